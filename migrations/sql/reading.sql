-- Most items of an approved version are kept by both sides. Of `=` the planner believes that few are, and then looks the
-- approver's decisions up one by one.
create or replace view effective as
select m.*, p.cycle, p.kind, p.scope
  from version v
  join phase p on p.id = v.phase
  join phase_policy k on k.kind = p.kind
  join member m on m.phase = v.phase and m.number = v.number
 where v.status = 'approved' and array_position(array['approve'], m.tester_verdict) is not null
   and array_position(k.keeps, m.approver_verdict) is not null;
