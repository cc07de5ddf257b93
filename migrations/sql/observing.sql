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
