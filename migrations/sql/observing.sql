-- Observations from proposal to the next cycle. Columns are nullable: contents written earlier do not have the fields.
alter table observation_item add proposed_severity text check (proposed_severity in ('critical', 'high', 'medium', 'low'));
alter table observation_item add severity_basis text;
alter table observation_item add severity_reason text;

-- Which questions dispute the observation: the data owner's own, until somebody answers.
create table item_dispute (
    comment  bigint primary key references item_comment
);
create function guard_dispute() returns trigger language plpgsql as $$
begin
  if not exists (select from assay.item_comment c join assay.phase p on p.id = c.phase
                  where c.id = new.comment and c.question and c."by" = p.scope and assay.holds_role(p.cycle, c."by", 'data_owner')) then
    perform assay.refuse('an_owner_disputes_their_own', format('comment %s is no question of the data owner whose observations these are', new.comment));
  end if;
  return new;
end $$;
create trigger guard_dispute before insert on item_dispute for each row execute function guard_dispute();
create trigger keep_everything before delete or truncate on item_dispute for each statement execute function keep_everything();

-- Answered is a dispute by a word of the side that prepares the observations, by its new content, or by a decision of
-- the approver after it that the observation is no issue; one on an item that has left waits for nobody.
create view open_dispute as
select p.cycle, p.kind, p.scope as owner, p.id as phase, c.item, i.natural_key, c.id as comment, c.text, c.by, c.at
  from item_dispute d
  join item_comment c on c.id = d.comment
  join item i on i.id = c.item
  join phase p on p.id = c.phase
  join phase_policy k on k.kind = p.kind
  join item_revision r on r.item = c.item and upper_inf(r.versions)
 where not (r.at > c.at and r.by <> 'system')
   and not exists (select from item_comment a
                    where a.item = c.item and a.id > c.id and a.by <> c.by and held_role(p.cycle, a.by, k.submitter, a.at))
   and not exists (select from item_decision a where a.revision = r.id and a.role = 'approver' and upper_inf(a.versions)
                    and a.verdict = 'non_issue' and a.at > c.at);

-- Nobody approves a grave observation that nobody has planned to remedy, nor one that is disputed and not answered. One
-- that is decided to be no issue needs neither.
create function require_settled() returns trigger language plpgsql set enable_nestloop = off as $$
declare lacking text;
begin
  if new.status = 'approved' and old.status = 'submitted' then
    select string_agg(m.natural_key, ', ' order by m.natural_key) into lacking
      from assay.member m join assay.observation_item o on o.revision = m.revision
     where m.phase = new.phase and m.number = new.number and m.approver_verdict = 'approve'
       and o.severity in ('critical', 'high')
       and (btrim(o.remediation_plan) = '' or btrim(o.remediation_owner) = '' or o.remediation_due is null);
    if lacking is not null then
      perform assay.refuse('grave_observations_have_plans', 'critical or high, without a remediation plan with owner and due date: ' || lacking);
    end if;
    select string_agg(m.natural_key, ', ' order by m.natural_key) into lacking
      from assay.member m join assay.open_dispute d on d.item = m.item
     where m.phase = new.phase and m.number = new.number and d.phase = new.phase and m.approver_verdict = 'approve';
    if lacking is not null then
      perform assay.refuse('disputes_are_answered', 'disputed by the data owner and not answered: ' || lacking);
    end if;
  end if;
  return new;
end $$;
create trigger require_settled before update on version for each row execute function require_settled();

select take_down_rows('item_dispute');
grant select on item_dispute, open_dispute to assay_app, assay_reader;
grant insert (comment) on item_dispute to assay_app;

-- Findings that have left their observation because a later run of their case passed, with that run.
create view resolved_finding as
select distinct on (r.item, f.number) p.cycle, p.scope as owner, p.id as phase, r.item, i.natural_key, f.number, s.execution, s.run,
       s.conclusion, s.document, s.revision_number, s.executed_at
  from phase p
  join item i on i.phase = p.id
  join item_revision r on r.item = i.id
  join observation_item o on o.revision = r.id
  cross join lateral unnest(o.findings) f(number)
  join case_state s on s.cycle = p.cycle and s.number = f.number and s.state = 'concluded' and s.conclusion <> 'mismatch'
 where not exists (select from item_revision c join observation_item x on x.revision = c.id
                    where c.item = r.item and upper_inf(c.versions) and f.number = any (x.findings))
 order by r.item, f.number, r.id desc;

-- What an earlier cycle of the same report left unresolved, fixed when the cycle starts.
create table carried_observation (
    cycle     bigint not null references cycle_report,
    revision  bigint not null,                           -- the observation as the earlier cycle approved it; guard_carried
    primary key (cycle, revision)
);
create function guard_carried() returns trigger language plpgsql as $$
begin
  if not exists (select from assay.item_revision r join assay.observation_item o on o.revision = r.id
                   join assay.phase p on p.id = r.phase join assay.cycle_report f on f.id = p.cycle
                   join assay.cycle_closing z on z.cycle = f.id and z.outcome = 'completed'
                   join assay.cycle_report c on c.id = new.cycle and c.report = f.report and c.period > f.period
                  where r.id = new.revision) then
    perform assay.refuse('a_cycle_carries_of_its_report', format('revision %s is no observation of a completed earlier cycle of the same report', new.revision));
  end if;
  return new;
end $$;
create trigger guard_carried before insert on carried_observation for each row execute function guard_carried();
create trigger keep_everything before delete or truncate on carried_observation for each statement execute function keep_everything();

-- Where a carried observation stands: `recurs` with a failed case of its attribute and line of business in this cycle,
-- `resolved` when cases were tested, none failed and none waits (`number` and `run` name the last), else `open`.
create view carried as
select c.cycle, c.revision, f.slug as from_cycle, f.period as from_period, p.scope as owner, i.natural_key, o.attribute,
       o.line_of_business, o.severity, o.title, o.root_cause, o.remediation_plan, o.remediation_owner, o.remediation_due,
       t.tested, t.failed, l.number, l.run,
       case when t.failed > 0 then 'recurs' when t.tested > 0 and t.waiting = 0 then 'resolved' else 'open' end as state
  from carried_observation c
  join item_revision r on r.id = c.revision
  join item i on i.id = r.item
  join observation_item o on o.revision = r.id
  join phase p on p.id = r.phase
  join cycle_report f on f.id = p.cycle
  cross join lateral (
       select count(*) filter (where s.state = 'concluded') as tested,
              count(*) filter (where s.state = 'concluded' and s.conclusion = 'mismatch') as failed,
              count(*) filter (where s.state not in ('concluded', 'waived')) as waiting
         from case_state s where s.cycle = c.cycle and s.attribute = o.attribute and s.line_of_business = o.line_of_business) t
  left join lateral (
       select s.number, s.run from case_state s
        where s.cycle = c.cycle and s.attribute = o.attribute and s.line_of_business = o.line_of_business
          and s.state = 'concluded' and s.conclusion <> 'mismatch' order by s.executed_at desc, s.id desc limit 1) l on true;

select take_down_rows('carried_observation');
grant select on resolved_finding, carried_observation, carried to assay_app, assay_reader;
grant insert (cycle, revision) on carried_observation to assay_app;
