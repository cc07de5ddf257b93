-- A data owner asks for more time, a tester grants or refuses. Insert-only: a granted due date is a later row of
-- `case_owner`, so everything that reads due dates follows by itself.
create table extension_request (
    id          bigint generated always as identity primary key,
    cycle       bigint not null references cycle_report,
    number      int not null,                            -- counts in the cycle, by the database: what people call it
    owner       text not null,
    until       date not null,                           -- asked for; due at the end of that day
    reason      text not null,
    command_id  text not null,
    by          text not null,
    at          timestamptz not null default clock_timestamp(),
    constraint one_extension_per_number unique (cycle, number),
    constraint one_extension_per_command unique (command_id),
    constraint an_extension_carries_a_reason check (reason ~ '\S'),
    constraint an_owner_asks_for_themselves check (by = owner)
);

create table extension_case (                            -- which cases it is for, and when each was due
    request    bigint not null references extension_request,
    test_case  bigint not null references test_case,
    due_at     timestamptz not null,
    primary key (request, test_case)
);
create index on extension_case (test_case);

create table extension_decision (                        -- an answer is final: a second thought is another request
    request  bigint not null references extension_request,
    verdict  text not null check (verdict in ('grant', 'refuse')),
    until    date,                                       -- granted; may be earlier or later than asked for
    reason   text not null default '',
    by       text not null,
    at       timestamptz not null default clock_timestamp(),
    constraint an_extension_is_decided_once primary key (request),
    constraint a_grant_names_its_date check ((verdict = 'grant') = (until is not null)),
    constraint refusing_an_extension_carries_a_reason check (verdict <> 'refuse' or reason ~ '\S')
);

-- What waits for a tester's answer, by case; a case of an owner is in one such request at most.
create view waiting_extension as
select r.cycle, r.owner, c.test_case, r.id as request, r.number, r.until
  from extension_request r join extension_case c on c.request = r.id
 where not exists (select from extension_decision d where d.request = r.id);
grant select on waiting_extension to assay_app, assay_reader;

-- When something that may be done until a day is due: at the day's end.
create function end_of(day date) returns timestamptz language sql immutable as $$
    select (day + 1)::timestamp at time zone 'UTC' - interval '1 second'
$$;

-- Two owners who ask at once wait for the cycle's row, so numbers have no gap.
create function number_extension() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
begin
  perform 1 from assay.cycle_report where id = new.cycle for no key update;
  select coalesce(max(number), 0) + 1 into new.number from assay.extension_request where cycle = new.cycle;
  return new;
end $$;
create trigger number_extension before insert on extension_request for each row execute function number_extension();

-- Only an open case of who asks, only to a later day than it is due, and not while another request of it waits.
create function check_extension_case() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare asked record; open_case record;
begin
  select * into asked from assay.extension_request where id = new.request;
  select number, owner, state, due_at into open_case from assay.case_state where id = new.test_case and cycle = asked.cycle;
  if open_case is null or open_case.owner is distinct from asked.owner or open_case.state not in ('open', 'returned') then
    perform assay.refuse('an_extension_is_for_own_open_cases',
        format('%s is no open case of %s', coalesce(open_case.number, 'a case'), asked.owner));
  elsif new.due_at is distinct from open_case.due_at
        or assay.end_of(asked.until) <= greatest(open_case.due_at, clock_timestamp()) then
    perform assay.refuse('an_extension_is_later',
        format('%s is due %s; %s is no later day to come', open_case.number, (open_case.due_at at time zone 'UTC')::date, asked.until));
  elsif exists (select from assay.waiting_extension w
                 where w.test_case = new.test_case and w.owner = asked.owner and w.request <> new.request) then
    perform assay.refuse('one_open_extension', format('another request for %s waits for an answer', open_case.number));
  end if;
  return new;
end $$;
create trigger check_extension_case before insert on extension_case for each row execute function check_extension_case();

-- Who decides is a tester and not who asked; what is granted is later than each of the cases was due.
create function check_extension_decision() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare asked record;
begin
  select * into asked from assay.extension_request where id = new.request for no key update;
  if new."by" = asked."by" then
    perform assay.refuse('nobody_extends_their_own', format('%s asked for extension %s', new."by", asked.number));
  elsif not assay.holds_role(asked.cycle, new."by", 'tester') then
    perform assay.refuse('a_tester_decides_extensions', format('%s is no tester of this cycle', new."by"));
  elsif assay.end_of(new.until) <= clock_timestamp()
        or exists (select from assay.extension_case c where c.request = new.request and assay.end_of(new.until) <= c.due_at) then
    perform assay.refuse('an_extension_is_later', format('%s is no later day than the cases were due', new.until));
  end if;
  return new;
end $$;
create trigger check_extension_decision before insert on extension_decision for each row execute function check_extension_decision();

do $$
declare t text; columns text;
begin
  foreach t in array array['extension_request', 'extension_case', 'extension_decision'] loop
    execute format('grant select on assay.%I to assay_app, assay_reader', t);
    select string_agg(quote_ident(column_name), ', ') into columns from information_schema.columns
     where table_schema = 'assay' and table_name = t and is_identity = 'NO' and is_generated = 'NEVER'
       and coalesce(column_default, '') <> 'clock_timestamp()' and (t, column_name) <> ('extension_request', 'number');
    execute format('grant insert (%s) on assay.%I to assay_app', columns, t);
    execute format('create trigger keep_everything before delete or truncate on assay.%I for each statement execute function assay.keep_everything()', t);
  end loop;
end $$;
