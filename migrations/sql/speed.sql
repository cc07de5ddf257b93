-- The same laws at a fraction of the cost, measured in docs/benchmarks.md: rows are checked by the statement, not one
-- by one. A reference that a statement trigger checks needs no row trigger, since nothing is ever deleted or renamed.

-- Only immutable functions, so that the planner puts them in place of the call.
create or replace function sha256_hex(t text) returns text language sql immutable strict parallel safe
    as $$ select encode(sha256(decode(replace(t, E'\\', E'\\\\'), 'escape')), 'hex') $$;

alter table item drop constraint item_phase_fkey;                                    -- guard_item
alter table item_revision drop constraint item_revision_item_fkey;                   -- guard_lineage
alter table item_revision drop constraint item_revision_supersedes_fkey;             -- guard_lineage
alter table item_revision drop constraint item_revision_phase_version_fkey;          -- guard_membership
alter table item_decision drop constraint item_decision_revision_fkey;               -- guard_decision
alter table item_decision drop constraint item_decision_phase_version_fkey;          -- guard_membership
alter table attribute_item drop constraint attribute_item_revision_fkey;             -- written by fill_typed_table alone
alter table rule_item drop constraint rule_item_revision_fkey;
alter table scope_item drop constraint scope_item_revision_fkey;
alter table sample_item drop constraint sample_item_revision_fkey;
alter table observation_item drop constraint observation_item_revision_fkey;
alter table section_item drop constraint section_item_revision_fkey;

create function guard_item() returns trigger language plpgsql as $$
declare bad bigint;
begin
  select n.phase into bad from (select distinct phase from newrows) n where not exists (select from assay.phase p where p.id = n.phase) limit 1;
  if bad is not null then perform assay.refuse('lineage_is_one_line', format('there is no phase %s', bad)); end if;
  return null;
end $$;
create trigger guard_item after insert on item referencing new table as newrows for each statement execute function guard_item();

create or replace function guard_lineage() returns trigger language plpgsql as $$
declare bad bigint;
begin
  select n.id into bad from newrows n left join lateral (select i.phase from assay.item i where i.id = n.item offset 0) i on true
    left join lateral (select r.id, r.origin from assay.item_revision r where r.phase = n.phase and r.item = n.item and r.id < n.id
                        order by r.id desc limit 1) before on true
   where i.phase is distinct from n.phase or n.supersedes is distinct from before.id or n.origin <> coalesce(before.origin, n.origin) limit 1;
  if bad is not null then
    perform assay.refuse('lineage_is_one_line', format('revision %s must follow the item''s last revision, in its phase and with its origin', bad));
  end if;
  return null;
end $$;

-- Rejections are few and never carried; with them at hand a cut need not look at what it carries.
create index rejections on item_decision (phase, revision) where verdict = 'reject';

create or replace function guard_decision() returns trigger language plpgsql set enable_nestloop = off as $$
declare bad bigint; p bigint; d int; st text; par int; policy assay.phase_policy; r record;
begin
  for p in select distinct phase from newrows order by phase loop
    perform assay.lock_phase(p);
    select number, status, parent into d, st, par from assay.version where phase = p and status in ('draft', 'submitted');
    select k.* into policy from assay.phase x join assay.phase_policy k on k.kind = x.kind where x.id = p;
    if tg_op = 'INSERT' then
      select n.id into bad from newrows n left join lateral (select m.phase, m.versions from assay.item_revision m where m.id = n.revision offset 0) m on true
       where n.phase = p and ((n.role = 'tester') <> (st = 'draft') or m.phase is distinct from p or not m.versions @> d
          or not n.verdict = any (case n.role when 'tester' then policy.tester_verdicts else policy.approver_verdicts end)) limit 1;
    else
      select n.id into bad from newrows n join oldrows o using (id)
       where n.phase = p and n.versions <> o.versions and ((n.role = 'tester' and st <> 'draft') or (st = 'submitted' and n.versions @> d)
          or (n.role = 'approver' and st = 'draft' and (n.versions @> d) <> coalesce(o.versions @> par, false)
              and not (o.verdict = 'reject' and not n.versions @> d))) limit 1;
    end if;
    if bad is not null then perform assay.refuse('decision_fits_the_state', format('decision %s is not allowed in this state', bad)); end if;
    if tg_op = 'INSERT' then
      for r in select distinct n.role, n."by" as who from newrows n where n.phase = p loop
        if r.role = 'tester' then perform assay.check_submitter(p, r.who);
        else perform assay.check_approver(p, d, r.who); end if;
      end loop;
    end if;
  end loop;
  return null;
end $$;

-- A rejection that lapses in the next draft is not taken back: there is nothing to check.
drop trigger check_revoked on item_decision;
create constraint trigger check_revoked after update on item_decision deferrable initially deferred for each row
    when (old.role = 'approver' and old.versions <> new.versions
          and (old.verdict <> 'reject' or old.version >= lower(old.versions - new.versions))) execute function check_revoked();

create or replace function fill_typed_table() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare t text; columns text; typed text;
begin
  for t in select distinct k.item_table from newrows n join phase p on p.id = n.phase join phase_policy k on k.kind = p.kind loop
    -- All but the revision, which is not the content's to say.
    select string_agg(quote_ident(attname), ', '), string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ') into columns, typed
      from pg_attribute where attrelid = ('assay.' || t)::regclass and attnum > 0 and not attisdropped and attname <> 'revision';
    execute format('insert into assay.%I (revision, %s) select n.id, r.* from newrows n cross join lateral json_to_record(n.content::json) r(%s)', t, columns, typed);
  end loop;
  return null;
end $$;

-- The event's text is read once, and what stands beside it must be what it says.
alter table audit_event alter column actor drop expression, alter column action drop expression, alter column command_id drop expression;
grant insert (actor, action, command_id) on audit_event to assay_app;
create or replace function chain_event() returns trigger language plpgsql as $$
declare head record; previous text; said jsonb := new.body::jsonb;
begin
  select seq, hash into head from assay.stream_head where stream = new.stream;
  select hash into previous from assay.audit_event where stream = new.stream and seq = new.seq - 1;
  if (head.seq, head.hash) is distinct from (new.seq, new.hash)
     or new.hash <> assay.sha256_hex(coalesce(previous, assay.genesis()) || E'\n' || new.body)
     or (said ->> 'stream', (said ->> 'seq')::bigint, (said ->> 'at')::timestamptz, said ->> 'actor', said ->> 'action', said ->> 'command_id')
        is distinct from (new.stream, new.seq, new.at, new.actor, new.action, new.command_id) then
    perform assay.refuse('events_form_a_chain', format('event %s of %s does not continue its stream', new.seq, new.stream));
  end if;
  return new;
end $$;

-- A decision is of its revision's phase, and with the phase named it is found on decision_by_phase. The function is what
-- @> calls; of the operator the planner believes that one row in a thousand passes, and joins ten thousand one by one.
create or replace view member as
select v.phase, v.number, i.natural_key, r.id as revision, r.item, r.version as revised_in, r.origin, r.supersedes,
       r.digest, r.content, r.by as revised_by, r.at as revised_at,
       t.id as tester_decision, t.verdict as tester_verdict, t.reason as tester_reason, t.by as tester_by,
       t.at as tester_at, t.version as tester_in,
       a.id as approver_decision, a.verdict as approver_verdict, a.reason as approver_reason, a.by as approver_by,
       a.at as approver_at, a.version as approver_in
  from version v
  join item_revision r on r.phase = v.phase and multirange_contains_elem(r.versions, v.number)
  join item i on i.id = r.item
  left join item_decision t on t.phase = r.phase and t.revision = r.id and t.role = 'tester' and multirange_contains_elem(t.versions, v.number)
  left join item_decision a on a.phase = r.phase and a.revision = r.id and a.role = 'approver' and multirange_contains_elem(a.versions, v.number);

-- Most approved items are kept; `= any` has the planner believe that one in twenty is.
create or replace view effective as
select m.*, p.cycle, p.kind, p.scope
  from version v
  join phase p on p.id = v.phase
  join phase_policy k on k.kind = p.kind
  join member m on m.phase = v.phase and m.number = v.number
 where v.status = 'approved' and m.tester_verdict = 'approve' and array_position(k.keeps, m.approver_verdict) is not null;
