-- Versions and membership. A revision is in version v iff versions @> v; new rows are {[d,)} with d the open version.
-- Below d nothing ever changes; from d on a row is in or out. So carrying an item forward writes nothing.
create table version (
    phase          bigint not null references phase,
    number         int not null check (number > 0),
    parent         int,
    status         text not null default 'draft'
                   check (status in ('draft', 'submitted', 'approved', 'rejected', 'superseded', 'withdrawn')),
    created_by     text not null,
    created_at     timestamptz not null default clock_timestamp(),
    submitted_by   text,
    submitted_at   timestamptz,
    decided_by     text,
    decided_at     timestamptz,
    reason         text not null default '',
    content_hash   text,
    manifest_hash  text,
    primary key (phase, number),
    foreign key (phase, parent) references version (phase, number),
    constraint parent_is_older check (parent < number),
    constraint version_hash unique (phase, number, content_hash),
    constraint refusal_carries_a_reason check (status not in ('rejected', 'withdrawn') or reason ~ '\S')
);
create unique index one_open_version on version (phase) where status in ('draft', 'submitted');
create unique index one_approved_version on version (phase) where status = 'approved';

create table version_basis (
    phase            bigint not null,
    number           int not null,
    upstream_phase   bigint not null,
    upstream_number  int not null,
    primary key (phase, number, upstream_phase),
    foreign key (phase, number) references version (phase, number),
    foreign key (upstream_phase, upstream_number) references version (phase, number)
);

-- Everybody who changed anything in a draft, removals included, which leave no row of their own.
create table version_editor (
    phase   bigint not null,
    number  int not null,
    person  text not null,
    at      timestamptz not null default clock_timestamp(),
    primary key (phase, number, person),
    foreign key (phase, number) references version (phase, number)
);

create table version_signoff (
    phase         bigint not null,
    number        int not null,
    role          text not null,
    by            text not null,
    content_hash  text not null,
    at            timestamptz not null default clock_timestamp(),
    constraint one_signoff_per_role primary key (phase, number, role),
    constraint one_signoff_per_person unique (phase, number, by),
    constraint signoff_names_the_content foreign key (phase, number, content_hash)
        references version (phase, number, content_hash)
);

create table item (
    id           bigint generated always as identity primary key,
    phase        bigint not null references phase,
    natural_key  text not null,
    constraint one_item_per_key unique (phase, natural_key)
);

create function sha256_hex(t text) returns text language sql immutable strict parallel safe
    as $$ select encode(sha256(convert_to(t, 'UTF8')), 'hex') $$;

create table item_revision (
    id          bigint generated always as identity primary key,
    phase       bigint not null,
    item        bigint not null references item,
    version     int not null,                            -- the draft it was written in
    versions    int4multirange not null,
    origin      text not null check (origin in ('tester', 'generated', 'llm', 'report_owner', 'uploaded', 'imported')),
    supersedes  bigint references item_revision,
    content     text not null,                           -- canonical JSON; the typed table is filled from it
    digest      text not null generated always as (sha256_hex(content)) stored,
    by          text not null,
    at          timestamptz not null default clock_timestamp(),
    foreign key (phase, version) references version (phase, number)
) with (fillfactor = 90);
create unique index one_open_revision on item_revision (item) where upper_inf(versions);
create index revision_by_phase on item_revision (phase, item);

create table item_decision (
    id        bigint generated always as identity primary key,
    phase     bigint not null,
    revision  bigint not null references item_revision,
    version   int not null,                              -- the version it was taken in
    versions  int4multirange not null,
    role      text not null check (role in ('tester', 'approver')),
    verdict   text not null,
    reason    text not null default '',
    by        text not null,
    at        timestamptz not null default clock_timestamp(),
    foreign key (phase, version) references version (phase, number),
    constraint verdict_carries_a_reason check (verdict not in ('reject', 'non_issue') or reason ~ '\S')
) with (fillfactor = 90);
create unique index one_open_decision on item_decision (revision, role) where upper_inf(versions);
create index decision_by_phase on item_decision (phase, revision);

-- What arrives while a version is submitted waits here and lands in the next draft.
create table item_request (
    id           bigint generated always as identity primary key,
    phase        bigint not null references phase,
    natural_key  text not null,
    content      text not null,
    origin       text not null check (origin in ('tester', 'generated', 'llm', 'report_owner', 'uploaded', 'imported')),
    reason       text not null,
    by           text not null,
    at           timestamptz not null default clock_timestamp(),
    constraint request_carries_a_reason check (reason ~ '\S')
);
create table item_request_landing (
    request   bigint primary key references item_request,
    revision  bigint not null references item_revision
);

create view member as
select v.phase, v.number, i.natural_key, r.id as revision, r.item, r.version as revised_in, r.origin, r.supersedes,
       r.digest, r.content, r.by as revised_by, r.at as revised_at,
       t.id as tester_decision, t.verdict as tester_verdict, t.reason as tester_reason, t.by as tester_by,
       t.at as tester_at, t.version as tester_in,
       a.id as approver_decision, a.verdict as approver_verdict, a.reason as approver_reason, a.by as approver_by,
       a.at as approver_at, a.version as approver_in
  from version v
  join item_revision r on r.phase = v.phase and r.versions @> v.number
  join item i on i.id = r.item
  left join item_decision t on t.revision = r.id and t.role = 'tester' and t.versions @> v.number
  left join item_decision a on a.revision = r.id and a.role = 'approver' and a.versions @> v.number;

-- What counts now: in the approved version, kept by both sides.
create view effective as
select m.*, p.cycle, p.kind, p.scope
  from version v
  join phase p on p.id = v.phase
  join phase_policy k on k.kind = p.kind
  join member m on m.phase = v.phase and m.number = v.number
 where v.status = 'approved' and m.tester_verdict = 'approve' and m.approver_verdict = any (k.keeps);

-- A JSON array per item: no key can be written so that two sets of items read alike.
create function content_hash(of_phase bigint, of_number int) returns text language sql stable as $$
    select encode(sha256(convert_to(coalesce(string_agg(
           jsonb_build_array(natural_key, digest, tester_verdict, tester_by, tester_reason)::text,
           E'\n' order by natural_key collate "C"), ''), 'UTF8')), 'hex')
      from assay.member where phase = of_phase and number = of_number
$$;

create function manifest_hash(of_phase bigint, of_number int) returns text language sql stable as $$
    select encode(sha256(convert_to(coalesce(string_agg(
           jsonb_build_array(natural_key, digest, tester_verdict, tester_by, tester_reason,
                             approver_verdict, approver_by, approver_reason)::text,
           E'\n' order by natural_key collate "C"), ''), 'UTF8')), 'hex')
      from assay.member where phase = of_phase and number = of_number
$$;
