-- Metrics: a row per version, item, document, request and wait, from the facts alone. docs/metrics.md defines what is
-- computed from them. Every view is meant to be read for one cycle: `cycle` reaches the indexes of the tables below it.

-- Whether somebody held a role at a time, whoever holds it now.
create function held_role(of_cycle bigint, who text, wanted text, moment timestamptz) returns boolean language sql stable as $$
    select coalesce((select wanted = any (roles) from assay.person
                      where cycle = of_cycle and person = who and at <= moment order by id desc limit 1), false)
$$;

-- A question and its answer: a later comment of the answering side on the same item. `decided_at` is the next decision
-- on a version of the phase, which ends the matter, answered or not.
create view question as
select p.cycle, p.kind, p.scope, c.id, c.phase, c.item, i.natural_key, c.version, c.text, c.by, c.at, s.role,
       a.by as answered_by, a.at as answered_at, d.at as decided_at
  from phase p
  join phase_policy k on k.kind = p.kind
  join item_comment c on c.phase = p.id and c.question
  join item i on i.id = c.item
  cross join lateral (select case when held_role(p.cycle, c.by, k.submitter, c.at) then k.approver
                                  else k.submitter end as role) s
  left join lateral (select x.by, x.at from item_comment x
                      where x.item = c.item and x.id > c.id and x.by <> c.by and held_role(p.cycle, x.by, s.role, x.at)
                      order by x.id limit 1) a on true
  left join lateral (select min(v.decided_at) as at from version v
                      where v.phase = p.id and v.decided_at > c.at
                        and v.status in ('approved', 'rejected', 'superseded')) d on true;

-- `carried` items are still the revision of an earlier version; `decided` ones got their approver's word in this one.
create view metric_version as
select p.cycle, p.kind, p.scope, k.ordinal, v.phase, v.number, v.parent, v.status, v.created_by, v.created_at,
       v.submitted_by, v.submitted_at, v.decided_by, v.decided_at, v.reason, v.content_hash, v.manifest_hash,
       m.items, m.carried, m.approved, m.rejected, m.decided,
       case when v.status in ('approved', 'superseded') then v.decided_at - v.created_at end as approved_after,
       case when v.status <> 'withdrawn' then v.decided_at - v.submitted_at end as decided_after
  from version v
  join phase p on p.id = v.phase
  join phase_policy k on k.kind = p.kind
  cross join lateral (
       select count(*) as items,
              count(*) filter (where r.version < v.number) as carried,
              count(*) filter (where a.verdict = any (k.keeps)) as approved,
              count(*) filter (where a.verdict = 'reject') as rejected,
              count(*) filter (where a.version = v.number) as decided
         from item_revision r
         left join item_decision a
           on a.phase = r.phase and a.revision = r.id and a.role = 'approver' and multirange_contains_elem(a.versions, v.number)
        where r.phase = v.phase and multirange_contains_elem(r.versions, v.number)) m;

-- An item that was ever submitted, by then with the tester's decision on it. It goes through a round of rework with each later submission for which its content
-- or the tester's decision on it was made anew.
create view metric_item as
select x.cycle, x.kind, x.scope, x.phase, x.item, i.natural_key, x.first_version, x.first_submitted_at, x.rework_rounds
  from (select cycle, kind, scope, phase, item, first_version, min(submitted_at) as first_submitted_at,
               count(*) filter (where made_anew and number > first_version) as rework_rounds
          from (select p.cycle, p.kind, p.scope, v.phase, r.item, v.number, v.submitted_at,
                       r.version = v.number or t.version = v.number as made_anew,
                       min(v.number) over (partition by p.cycle, p.kind, v.phase, r.item) as first_version
                  from phase p
                  join version v on v.phase = p.id and v.submitted_at is not null
                  join item_revision r on r.phase = v.phase and multirange_contains_elem(r.versions, v.number)
                  join item_decision t
                    on t.phase = r.phase and t.revision = r.id and t.role = 'tester' and multirange_contains_elem(t.versions, v.number)) m
         group by cycle, kind, scope, phase, item, first_version) x
  join item i on i.id = x.item;

-- A pair of attribute and line of business passes from one owner to another, by way of a dispute or a waiver or not.
create view metric_owner_change as
select cycle, 'data_owner_id' as kind, attribute, line_of_business, former, owner, reason, by, at
  from (select cycle, attribute, line_of_business, status, owner, reason, by, at,
               lag(owner) over (partition by cycle, attribute, line_of_business order by id) as former
          from assignment where owner is not null) x
 where status = 'assigned' and former <> owner;

create view metric_document as
select d.cycle, 'request_info' as kind, d.owner as scope, d.id as document, d.source, d.name, count(*) as revisions,
       min(r.at) as first_at, max(r.at) as last_at
  from document d join document_revision r on r.document = d.id group by d.id;

-- What was asked for and answered. A run of a case is asked for by an upload (initial, revised) or a tester (retest)
-- and answered by its execution; a clarification by the other side's comment; an extension by a tester. A request
-- lapses when a decision or the end of the cycle makes it idle.
create view metric_request as
select x.cycle, x.kind, x.scope, x.request, x.subject, x.requested_by, x.requested_at, x.responded_by, x.responded_at,
       case when x.responded_at is null then least(x.moot_at, z.at) end as lapsed_at
  from (select t.cycle, 'test_execution' as kind, d.owner as scope,
               case q.cause when 'evidence_revised' then 'revised' when 'rerun' then 'retest' else q.cause end as request,
               t.number as subject, q.by as requested_by, q.at as requested_at,
               case when e.id is not null then 'system' end as responded_by, e.at as responded_at,
               null::timestamptz as moot_at
          from test_case t
          join execution_request q on q.test_case = t.id
          join document_revision r on r.id = q.revision
          join document d on d.id = r.document
          left join execution e on e.test_case = q.test_case and e.request = q.request
        union all
        select cycle, kind, scope, 'clarification', natural_key, by, at, answered_by, answered_at, decided_at from question
        union all
        select r.cycle, 'request_info', r.owner, 'extension', 'extension ' || r.number, r.by, r.at, d.by, d.at, null
          from extension_request r left join extension_decision d on d.request = r.id) x
  left join cycle_closing z on z.cycle = x.cycle;

-- Whom each case waited for: its owner until evidence is in (`evidence`) or in again after a return or a value that was
-- not found (`corrected evidence`), a tester from a run until its review (`review`). What happened to a case is put in
-- order; what concerns evidence on which it does not stand any more is left out; like follows like only once.
create view case_wait as
with happened as (
    select cycle, test_case, at, 0 as place, true as anew, null::bigint as revision, owner, 'evidence' as task
      from (select t.cycle, o.test_case, o.owner, o.at,
                   lag(o.owner) over (partition by t.cycle, o.test_case order by o.id) as former
              from test_case t join case_owner o on o.test_case = t.id) x
     where former is distinct from owner
    union all
    select t.cycle, t.id, r.at, 1, true, r.id, null, null
      from test_case t join case_evidence c on c.test_case = t.id join document_revision r on r.id = c.revision
    union all                                            -- a new revision of its document does not cover it any more
    select t.cycle, t.id, n.at, 1, true, null, null, 'evidence'
      from test_case t
      join case_evidence c on c.test_case = t.id
      join document_revision r on r.id = c.revision
      join document d on d.id = r.document
      join document_revision n on n.document = r.document and n.revision = r.revision + 1
     where not exists (select from case_evidence x where x.test_case = t.id and x.revision > r.id and x.revision <= n.id)
       and not exists (select from case_owner o where o.test_case = t.id and o.owner <> d.owner and o.at between r.at and n.at)
       and not exists (select from case_waiver w where w.test_case = t.id and w.at < n.at)
       and not exists (select from execution e join execution_review w on w.execution = e.id
                        where e.test_case = t.id and e.revision = r.id and w.at < n.at)
    union all
    select t.cycle, t.id, e.at, 2, false, e.revision, null,
           case when e.outcome in ('not_found', 'unreadable') or x.verdict = 'return' then 'corrected evidence' else 'review' end
      from test_case t
      join execution e on e.test_case = t.id
      left join lateral (select verdict from document_decision where revision = e.revision and at < e.at
                          order by id desc limit 1) x on true
    union all
    select t.cycle, t.id, x.at, 3, false, c.revision, null,
           case when x.verdict = 'return' then 'corrected evidence' when not e.reviewed then 'review' end
      from test_case t
      join case_evidence c on c.test_case = t.id
      join document_decision x on x.revision = c.revision
      left join lateral (select e.outcome, exists (select from execution_review w where w.execution = e.id and w.at < x.at) as reviewed
                           from execution e where e.test_case = t.id and e.revision = c.revision and e.at < x.at
                          order by e.run desc limit 1) e on true
     where x.verdict = 'return' or e.outcome not in ('not_found', 'unreadable')
    union all
    select t.cycle, t.id, w.at, 4, false, e.revision, null, null
      from test_case t join execution e on e.test_case = t.id join execution_review w on w.execution = e.id
    union all
    select t.cycle, t.id, w.at, 5, true, null, null, null
      from test_case t join case_waiver w on w.test_case = t.id),
numbered as (
    select *, row_number() over (partition by cycle, test_case order by at, place) as n from happened),
placed as (
    select *, max(n) filter (where anew) over w as last_anew, max(n) filter (where owner is not null) over w as last_asked
      from numbered window w as (partition by cycle, test_case order by at, place)),
standing as (
    select cycle, test_case, at, place, anew, task, revision,
           lag(revision, (n - last_anew)::int) over w as stands_on, lag(owner, (n - last_asked)::int) over w as owner
      from placed window w as (partition by cycle, test_case order by at, place)),
turned as (
    select *, lag(row(task, owner)) over (partition by cycle, test_case order by at, place) as before
      from standing where anew or revision = stands_on)
select cycle, test_case, owner, task, at as since, until
  from (select *, lead(at) over (partition by cycle, test_case order by at, place) as until
          from turned where before is distinct from row(task, owner)) x
 where task is not null;

-- Whom the cycle waited for, since when and until when; the end of the cycle ends every wait.
create view metric_wait as
select x.cycle, x.kind, x.scope, x.role, x.task, x.subject, x.since, coalesce(x.until, z.at) as until
  from (select p.cycle, p.kind, p.scope, k.submitter as role, 'draft' as task, 'v' || v.number as subject,
               v.created_at as since, coalesce(v.submitted_at, v.decided_at) as until
          from phase p join phase_policy k on k.kind = p.kind join version v on v.phase = p.id
        union all                                        -- every other signer, since the submission
        select p.cycle, p.kind, p.scope, s.role, 'signature', 'v' || v.number, v.submitted_at, coalesce(g.at, v.decided_at)
          from phase p
          join phase_policy k on k.kind = p.kind
          cross join unnest(k.signoffs) s(role)
          join version v on v.phase = p.id and v.submitted_at is not null
          left join version_signoff g on g.phase = v.phase and g.number = v.number and g.role = s.role
         where s.role not in (k.submitter, k.approver)
        union all                                        -- the approver, since all the others have signed
        select p.cycle, p.kind, p.scope, k.approver, 'approval', 'v' || v.number, greatest(v.submitted_at, g.at), v.decided_at
          from phase p
          join phase_policy k on k.kind = p.kind
          join version v on v.phase = p.id and v.submitted_at is not null
          cross join lateral (select count(*) as signed, max(g.at) as at from version_signoff g
                               where g.phase = v.phase and g.number = v.number and g.role not in (k.submitter, k.approver)) g
         where g.signed = (select count(*) from unnest(k.signoffs) s(role) where s.role not in (k.submitter, k.approver))
        union all
        select p.cycle, p.kind, p.scope, k.submitter, 'rework', 'v' || v.number, v.decided_at, n.created_at
          from phase p
          join phase_policy k on k.kind = p.kind
          join version v on v.phase = p.id and v.status in ('rejected', 'withdrawn')
          left join version n on n.phase = v.phase and n.number = v.number + 1
        union all
        select cycle, 'data_owner_id', '', 'data_executive', 'assignment', attribute || ' / ' || line_of_business, at, until
          from (select a.*, lead(at) over (partition by cycle, attribute, line_of_business order by id) as until
                  from assignment a) a
         where status in ('unassigned', 'disputed')
        union all
        select w.cycle, case w.task when 'review' then 'test_execution' else 'request_info' end, w.owner,
               case w.task when 'review' then 'tester' else 'data_owner' end, w.task, t.number, w.since, w.until
          from case_wait w join test_case t on t.id = w.test_case
        union all
        select cycle, 'request_info', owner, 'tester', 'failed work', owner, at, until
          from (select e.*, lead(at) over (partition by cycle, owner order by id) as until from owner_event e) e
         where event = 'failed'
        union all
        select r.cycle, 'request_info', r.owner, 'tester', 'extension', 'extension ' || r.number, r.at, d.at
          from extension_request r left join extension_decision d on d.request = r.id
        union all
        select cycle, kind, scope, role, 'question', natural_key, at, least(answered_at, decided_at) from question) x
  left join cycle_closing z on z.cycle = x.cycle;

grant select on question, metric_version, metric_item, metric_owner_change, metric_document, metric_request, case_wait,
    metric_wait to assay_app, assay_reader;
