-- What the audit-only phases leave behind: results, cases, owners, documents, executions. Insert-only throughout.
create table rule_result (
    id             bigint generated always as identity primary key,
    phase          bigint not null,
    number         int not null,
    revision       bigint not null references item_revision,
    report_sha256  text not null,
    passed         bigint not null,
    failed         bigint not null,
    total          bigint not null,
    keys_sha256    text not null,                        -- the failing keys, a line each, in the content store
    sql            text not null,
    sql_sha256     text not null,
    at             timestamptz not null default clock_timestamp(),
    constraint one_result_per_rule unique (phase, number, revision),
    constraint every_record_is_counted check (passed >= 0 and failed >= 0 and passed + failed = total),
    foreign key (phase, number) references version (phase, number)
);

create table test_case (
    id                  bigint generated always as identity primary key,
    cycle               bigint not null references cycle_report,
    number              text not null,
    sample_revision     bigint not null references item_revision,
    scope_revision      bigint not null references item_revision,
    attribute_revision  bigint not null references item_revision,
    record_key          text not null,
    attribute           text not null,
    line_of_business    text not null,
    reported            text,                            -- as filed; never shown to a data owner
    created_at          timestamptz not null default clock_timestamp(),
    constraint one_case_per_number unique (cycle, number),
    constraint one_case_per_value unique (cycle, record_key, attribute)
);
create index on test_case (cycle, attribute, line_of_business);

create table assignment (                                -- the latest row of a pair counts
    id                bigint generated always as identity primary key,
    cycle             bigint not null references cycle_report,
    attribute         text not null,
    line_of_business  text not null,
    status            text not null check (status in ('unassigned', 'assigned', 'disputed', 'waived')),
    owner             text,
    reason            text not null default '',
    due_at            timestamptz not null,
    by                text not null,
    at                timestamptz not null default clock_timestamp(),
    constraint an_assignment_names_its_owner check ((status in ('assigned', 'disputed')) = (owner is not null)),
    constraint a_change_carries_a_reason check (status not in ('disputed', 'waived') or reason ~ '\S')
);
create index on assignment (cycle, attribute, line_of_business, id desc);

create table case_owner (                                -- the latest row of a case counts
    id            bigint generated always as identity primary key,
    test_case     bigint not null references test_case,
    owner         text not null,
    due_at        timestamptz not null,
    instructions  text not null default '',
    by            text not null,
    at            timestamptz not null default clock_timestamp()
);
create index on case_owner (test_case, id desc);

create table case_waiver (
    test_case  bigint primary key references test_case,
    reason     text not null,
    by         text not null,
    at         timestamptz not null default clock_timestamp(),
    constraint waiving_carries_a_reason check (reason ~ '\S')
);

create table owner_event (
    id      bigint generated always as identity primary key,
    cycle   bigint not null references cycle_report,
    owner   text not null,
    event   text not null check (event in ('started', 'failed', 'retried', 'waived', 'completed')),
    reason  text not null default '',
    by      text not null,
    at      timestamptz not null default clock_timestamp()
);
create index on owner_event (cycle, owner, id desc);

create table document (
    id      bigint generated always as identity primary key,
    cycle   bigint not null references cycle_report,
    owner   text not null,
    source  text not null,
    name    text not null,
    constraint one_document unique (cycle, owner, source, name)
);

create table document_revision (
    id            bigint generated always as identity primary key,
    document      bigint not null references document,
    revision      int not null,
    sha256        text not null check (length(sha256) = 64),
    bytes         bigint not null check (bytes > 0),
    rows          int not null,
    covered       int not null,
    missing       text[] not null,                       -- keys of open cases that the file does not hold
    unknown       text[] not null,                       -- the first keys of the file that no case asks for
    unknown_keys  int not null,
    same_as       bigint references document_revision,   -- the same bytes were handed in before
    note          text not null default '',
    command_id    text not null,
    by            text not null,
    at            timestamptz not null default clock_timestamp(),
    constraint one_document_revision unique (document, revision),
    constraint one_revision_per_command unique (command_id)
);
create function chain_document_revision() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare last int;
begin
  perform 1 from assay.document where id = new.document for no key update;
  select coalesce(max(revision), 0) into last from assay.document_revision where document = new.document;
  if new.revision <> last + 1 then
    perform assay.refuse('document_revisions_form_a_chain', format('revision %s of document %s does not follow %s', new.revision, new.document, last));
  end if;
  return new;
end $$;
create trigger chain_document_revision before insert on document_revision for each row execute function chain_document_revision();

create table document_decision (                         -- the latest row of a revision counts
    id        bigint generated always as identity primary key,
    revision  bigint not null references document_revision,
    verdict   text not null check (verdict in ('accept', 'return')),
    reason    text not null default '',
    by        text not null,
    at        timestamptz not null default clock_timestamp(),
    constraint a_return_carries_a_reason check (verdict <> 'return' or reason ~ '\S')
);
create index on document_decision (revision, id desc);

create table case_evidence (
    test_case  bigint not null references test_case,
    revision   bigint not null references document_revision,
    primary key (test_case, revision)
);
create index on case_evidence (revision);

create table execution_request (                         -- asked by an upload or a tester; answered by an execution
    test_case  bigint not null references test_case,
    request    text not null,                            -- the command that asked
    cause      text not null check (cause in ('initial', 'evidence_revised', 'rerun')),
    revision   bigint not null,
    by         text not null,
    at         timestamptz not null default clock_timestamp(),
    primary key (test_case, request),
    foreign key (test_case, revision) references case_evidence (test_case, revision)
);
create index on execution_request (request, test_case);

create table execution (
    id           bigint generated always as identity primary key,
    test_case    bigint not null references test_case,
    run          int not null,
    revision     bigint not null references document_revision,
    request      text not null,
    reported     text,
    evidence     text,
    outcome      text not null check (outcome in ('match', 'match_within_tolerance', 'mismatch', 'not_found', 'unreadable', 'needs_review')),
    explanation  text not null,
    locator      text not null default '',
    at           timestamptz not null default clock_timestamp(),
    constraint one_run_per_number unique (test_case, run),
    constraint one_run_per_request unique (test_case, request),
    foreign key (test_case, request) references execution_request (test_case, request)
);

create table execution_review (                          -- the latest row of an execution counts
    id          bigint generated always as identity primary key,
    execution   bigint not null references execution,
    conclusion  text not null check (conclusion in ('match', 'match_within_tolerance', 'mismatch')),
    concluded   boolean not null,                        -- true: a person's conclusion, not the comparison's
    reason      text not null default '',
    by          text not null,
    at          timestamptz not null default clock_timestamp(),
    constraint a_conclusion_carries_a_reason check (not concluded or reason ~ '\S')
);
create index on execution_review (execution, id desc);

create table report_file (
    id      bigint generated always as identity primary key,
    phase   bigint not null,
    number  int not null,
    kind    text not null check (kind in ('html', 'xlsx', 'attestation')),
    name    text not null,
    sha256  text not null,
    bytes   bigint not null,
    at      timestamptz not null default clock_timestamp(),
    constraint one_file_per_kind unique (phase, number, kind),
    foreign key (phase, number) references version (phase, number)
);

-- Approved observations that are grave enough to need a remediation plan with owner and due date, and lack one.
create view unplanned as
select e.cycle, e.scope as owner, e.natural_key, o.severity, e.approver_at as since
  from effective e join observation_item o on o.revision = e.revision
 where e.approver_verdict = 'approve' and o.severity in ('critical', 'high')
   and (btrim(o.remediation_plan) = '' or btrim(o.remediation_owner) = '' or o.remediation_due is null);

-- Where each case stands, from the facts alone.
create view case_state as
select c.id, c.cycle, c.number, c.record_key, c.attribute, c.line_of_business, c.reported as filed, o.owner, o.due_at, o.instructions,
       w.reason as waiver, d.document, d.revision as document_revision, d.revision_number, d.decision, d.decision_reason,
       e.id as execution, e.run, e.outcome, e.reported, e.evidence, e.explanation, e.locator, e.at as executed_at,
       v.conclusion, v.reason as review_reason, v.by as reviewed_by,
       case when w.test_case is not null then 'waived'
            when o.owner is null then 'unassigned'
            when d.revision is null then 'open'
            when d.decision = 'return' then 'returned'
            when e.id is null then 'executing'
            when e.outcome in ('not_found', 'unreadable') and v.conclusion is null then 'returned'
            when d.decision is null then 'to_accept'
            when v.conclusion is null then 'to_review'
            else 'concluded' end as state
  from test_case c
  left join case_waiver w on w.test_case = c.id
  left join lateral (select owner, due_at, instructions from case_owner where test_case = c.id order by id desc limit 1) o on true
  left join lateral (
      select r.id as revision, r.revision as revision_number, doc.name as document, x.verdict as decision, x.reason as decision_reason
        from case_evidence ce join document_revision r on r.id = ce.revision join document doc on doc.id = r.document
        left join lateral (select verdict, reason from document_decision where revision = r.id order by id desc limit 1) x on true
       where ce.test_case = c.id and doc.owner = o.owner       -- what a former owner handed in stays with them
         and (not exists (select from document_revision newer where newer.document = r.document and newer.revision > r.revision)
              or exists (select from execution x join execution_review y on y.execution = x.id
                          where x.test_case = c.id and x.revision = r.id))
       order by r.id desc limit 1) d on true
  left join lateral (select * from execution where test_case = c.id and revision = d.revision order by run desc limit 1) e on true
  left join lateral (select conclusion, reason, by from execution_review where execution = e.id order by id desc limit 1) v on true;
