-- Cycles, the people in them, and the phases as the database enforces them. Everything is insert-only: states that
-- change are later rows, so that no fact is ever overwritten.
create table phase_policy (
    kind                    text primary key,
    ordinal                 int not null unique,
    item_table              text,                        -- null: the phase is audit only
    submitter               text not null,
    approver                text,
    may_approve_own         boolean not null,
    approves_with_rejected  boolean not null,
    tester_verdicts         text[] not null,
    approver_verdicts       text[] not null,
    keeps                   text[] not null,
    signoffs                text[] not null
);

create table cycle_report (
    id                 bigint generated always as identity primary key,
    slug               text not null constraint one_cycle_per_slug unique,   -- cycle:report, amendments carry a suffix
    cycle              text not null,
    report             text not null,
    name               text not null,
    period             date not null,
    amends             bigint references cycle_report,
    cycle_file_sha256  text not null check (length(cycle_file_sha256) = 64),
    dictionary_sha256  text not null check (length(dictionary_sha256) = 64),
    report_sha256      text not null check (length(report_sha256) = 64),
    started_by         text not null,
    started_at         timestamptz not null default clock_timestamp()
);
create unique index one_first_cycle on cycle_report (cycle, report) where amends is null;

create table duty (                                      -- days until something is due, by what is waited for
    cycle  bigint not null references cycle_report,
    name   text not null,
    days   int not null check (days >= 0),
    primary key (cycle, name)
);

create table cycle_hold (
    id      bigint generated always as identity primary key,
    cycle   bigint not null references cycle_report,
    held    boolean not null,
    reason  text not null,
    by      text not null,
    at      timestamptz not null default clock_timestamp(),
    constraint holding_carries_a_reason check (reason ~ '\S')
);

create table cycle_closing (
    cycle    bigint primary key references cycle_report,
    outcome  text not null check (outcome in ('completed', 'cancelled')),
    reason   text not null default '',
    by       text not null,
    at       timestamptz not null default clock_timestamp(),
    constraint cancelling_carries_a_reason check (outcome <> 'cancelled' or reason ~ '\S')
);

create table person (
    id                 bigint generated always as identity primary key,      -- the latest row of a person counts
    cycle              bigint not null references cycle_report,
    person             text not null,
    name               text not null,
    roles              text[] not null,
    lines_of_business  text[] not null,
    by                 text not null,
    reason             text not null default '',
    at                 timestamptz not null default clock_timestamp(),
    constraint system_is_no_person check (person not in ('', 'system'))
);
create index on person (cycle, person, id desc);

create function holds_role(of_cycle bigint, who text, wanted text) returns boolean language sql stable as $$
    select coalesce((select wanted = any (roles) from assay.person
                      where cycle = of_cycle and person = who order by id desc limit 1), false)
$$;

create table phase (
    id            bigint generated always as identity primary key,
    cycle         bigint not null references cycle_report,
    kind          text not null references phase_policy,
    scope         text not null default '',              -- '' or the data owner whose observations these are
    lock_version  int not null default 0,
    begun_at      timestamptz not null default clock_timestamp(),
    constraint one_phase unique (cycle, kind, scope)
);

-- How messages name a phase: its kind, and the owner where it has one.
create function phase_name(of_phase bigint) returns text language sql stable as $$
    select kind || case scope when '' then '' else ' of ' || scope end from assay.phase where id = of_phase
$$;
