-- Laws 1 to 8 of the versioning engine, held here whatever the caller does. The constraint field of each error names
-- the law, so that the caller can translate it without reading the message.
create function from_version(n int) returns int4multirange language sql immutable
    as $$ select int4multirange(int4range(n, null)) $$;

create function refuse(law text, message text) returns void language plpgsql as $$
begin raise exception using errcode = 'AS001', constraint = law, message = message; end $$;

-- Nothing is ever deleted, by nobody.
create function keep_everything() returns trigger language plpgsql as $$
begin perform assay.refuse('nothing_is_deleted', format('%s of %s: nothing is ever deleted', tg_op, tg_table_name)); return null; end $$;

-- Law 1: numbers are gapless and a version begins as an empty draft.
create function begin_version() returns trigger language plpgsql as $$
declare last int;
begin
  perform 1 from assay.phase where id = new.phase for no key update;
  select coalesce(max(number), 0) into last from assay.version where phase = new.phase;
  if new.number <> last + 1 then
    perform assay.refuse('version_numbers_are_gapless', format('version %s of %s would leave a gap after %s', new.number, assay.phase_name(new.phase), last));
  end if;
  if new.status <> 'draft' or coalesce(new.submitted_by, new.decided_by, new.content_hash, new.manifest_hash) is not null then
    perform assay.refuse('version_transition', format('version %s of %s must begin as a draft', new.number, assay.phase_name(new.phase)));
  end if;
  return new;
end $$;
create trigger begin_version before insert on version for each row execute function begin_version();

-- Law 4: those who created, edited, decided or submitted anything in a version.
create function makers(of_phase bigint, of_number int) returns setof text language sql stable as $$
    select created_by from assay.version where phase = of_phase and number = of_number
    union select submitted_by from assay.version where phase = of_phase and number = of_number
    union select person from assay.version_editor where phase = of_phase and number = of_number
    union select by from assay.item_revision where phase = of_phase and versions @> of_number
    union select d.by from assay.item_decision d join assay.item_revision r on r.id = d.revision
           where d.phase = of_phase and d.role = 'tester' and d.versions @> of_number and r.versions @> of_number
$$;

create function check_approver(of_phase bigint, of_number int, who text) returns void language plpgsql
    set enable_nestloop = off as $$
declare policy assay.phase_policy; of_cycle bigint;
begin
  select k.* into policy from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = of_phase;
  select cycle into of_cycle from assay.phase where id = of_phase;
  if not assay.holds_role(of_cycle, who, policy.approver) then
    perform assay.refuse('approver_holds_the_role', format('%s is not a %s of this cycle', who, policy.approver));
  end if;
  if not policy.may_approve_own and who in (select assay.makers(of_phase, of_number)) then
    perform assay.refuse('approver_is_nobody_who_made_it', format('%s made part of version %s of %s', who, of_number, assay.phase_name(of_phase)));
  end if;
end $$;

-- Laws 1, 3, 4, 5, 6 and 8: every update of a version is one of the transitions, with all that it needs.
create function check_transition() returns trigger language plpgsql set enable_nestloop = off as $$
declare policy assay.phase_policy; lacking text;
begin
  if (old.status, new.status) not in (('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'approved'),
      ('submitted', 'rejected'), ('submitted', 'withdrawn'), ('approved', 'superseded')) then
    perform assay.refuse('version_transition', format('version %s of %s is %s and cannot become %s', old.number, assay.phase_name(old.phase), old.status, new.status));
  end if;
  select k.* into policy from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = new.phase;
  if new.status = 'submitted' then
    if new.submitted_by is null or new.decided_by is not null then
      perform assay.refuse('version_transition', 'submitting names who submits, and nothing else');
    end if;
    select string_agg(natural_key, ', ' order by natural_key) into lacking from assay.member
     where phase = new.phase and number = new.number and tester_verdict is null;
    if lacking is not null then perform assay.refuse('every_item_is_decided', 'undecided by the tester: ' || lacking); end if;
    new.submitted_at := clock_timestamp();
    new.content_hash := assay.content_hash(new.phase, new.number);
    new.manifest_hash := null;
    return new;
  end if;
  if (new.submitted_by, new.submitted_at, new.content_hash) is distinct from (old.submitted_by, old.submitted_at, old.content_hash) then
    perform assay.refuse('submission_is_fixed', format('the submission of version %s of %s is fixed', new.number, assay.phase_name(new.phase)));
  end if;
  if new.status = 'superseded' then
    if (new.decided_by, new.decided_at, new.reason, new.manifest_hash) is distinct from (old.decided_by, old.decided_at, old.reason, old.manifest_hash) then
      perform assay.refuse('decision_is_fixed', format('the decision on version %s of %s is fixed', new.number, assay.phase_name(new.phase)));
    end if;
    return new;
  end if;
  if new.decided_by is null then perform assay.refuse('version_transition', 'deciding names who decides'); end if;
  new.decided_at := clock_timestamp();
  new.manifest_hash := null;
  if new.status in ('approved', 'rejected') then perform assay.check_approver(new.phase, new.number, new.decided_by); end if;
  if new.status = 'withdrawn' and exists (select from assay.item_decision where phase = new.phase and role = 'approver' and version = new.number) then
    perform assay.refuse('withdrawn_before_decided', format('version %s of %s has approver decisions', new.number, assay.phase_name(new.phase)));
  end if;
  if new.status = 'approved' then
    select string_agg(natural_key, ', ' order by natural_key) into lacking from assay.member
     where phase = new.phase and number = new.number and approver_verdict is null;
    if lacking is not null then perform assay.refuse('every_item_is_decided', 'undecided by the approver: ' || lacking); end if;
    select string_agg(natural_key, ', ' order by natural_key) into lacking from assay.member
     where phase = new.phase and number = new.number and approver_verdict = 'reject';
    if lacking is not null and not policy.approves_with_rejected then
      perform assay.refuse('rejected_items_need_rework', 'rejected: ' || lacking);
    end if;
    select string_agg(role, ', ') into lacking from unnest(policy.signoffs) role
     where role not in (select s.role from assay.version_signoff s where s.phase = new.phase and s.number = new.number);
    if lacking is not null then perform assay.refuse('every_role_signs', 'not signed by: ' || lacking); end if;
    new.manifest_hash := assay.manifest_hash(new.phase, new.number);
  end if;
  return new;
end $$;
create trigger check_transition before update on version for each row execute function check_transition();

-- A version is superseded only by another that takes its place.
create function check_superseded() returns trigger language plpgsql as $$
begin
  if not exists (select from assay.version where phase = new.phase and status = 'approved' and number > new.number) then
    perform assay.refuse('superseded_by_an_approved_version', format('nothing newer than version %s of %s is approved', new.number, assay.phase_name(new.phase)));
  end if;
  return null;
end $$;
create constraint trigger check_superseded after update on version deferrable initially deferred
    for each row when (new.status = 'superseded' and old.status = 'approved') execute function check_superseded();

-- Law 2: items and tester decisions move in a draft, approver decisions in a submitted version, nothing below it ever.
create function guard_membership() returns trigger language plpgsql set enable_nestloop = off as $$
declare p bigint; d int; st text; bad bigint;
begin
  for p in select distinct n.phase from newrows n loop
    select number, status into d, st from assay.version where phase = p and status in ('draft', 'submitted');
    if d is null then perform assay.refuse('history_is_frozen', format('%s has no open version', assay.phase_name(p))); end if;
    if tg_table_name = 'item_revision' and st <> 'draft' then
      perform assay.refuse('history_is_frozen', format('the items of version %s of %s are %s', d, assay.phase_name(p), st));
    end if;
    if tg_op = 'INSERT' then
      select n.id into bad from newrows n where n.phase = p and (n.version <> d or n.versions <> assay.from_version(d)) limit 1;
      if bad is not null then perform assay.refuse('history_is_frozen', format('a new row begins at the open version %s', d)); end if;
    else
      select n.id into bad from newrows n join oldrows o using (id) where n.phase = p
         and (n.versions - assay.from_version(d) <> o.versions - assay.from_version(d)
              or n.versions * assay.from_version(d) not in ('{}', assay.from_version(d))) limit 1;
      if bad is not null then perform assay.refuse('history_is_frozen', format('history below version %s of %s may not change', d, assay.phase_name(p))); end if;
    end if;
  end loop;
  return null;
end $$;
create trigger guard_insert after insert on item_revision referencing new table as newrows for each statement execute function guard_membership();
create trigger guard_update after update on item_revision referencing new table as newrows old table as oldrows for each statement execute function guard_membership();
create trigger guard_insert after insert on item_decision referencing new table as newrows for each statement execute function guard_membership();
create trigger guard_update after update on item_decision referencing new table as newrows old table as oldrows for each statement execute function guard_membership();

-- Law 2 on decisions: each side in its own state; a draft takes over its parent's approvals, and rejections may lapse.
create function guard_decision() returns trigger language plpgsql set enable_nestloop = off as $$
declare bad bigint; r record;
begin
  if tg_op = 'INSERT' then
    select n.id into bad from newrows n join assay.version v on v.phase = n.phase and v.status in ('draft', 'submitted')
      join assay.item_revision m on m.id = n.revision
      join assay.phase p on p.id = n.phase join assay.phase_policy k on k.kind = p.kind
     where (n.role = 'tester') <> (v.status = 'draft') or m.phase <> n.phase or not m.versions @> v.number
        or not n.verdict = any (case n.role when 'tester' then k.tester_verdicts else k.approver_verdicts end) limit 1;
    if bad is null then
      for r in select distinct n.phase, n.version, n."by" as who from newrows n where n.role = 'approver' loop
        perform assay.check_approver(r.phase, r.version, r.who);
      end loop;
    end if;
  else
    select n.id into bad from newrows n join oldrows o using (id)
      join assay.version v on v.phase = n.phase and v.status in ('draft', 'submitted')
     where n.versions <> o.versions and (
           (n.role = 'tester' and v.status <> 'draft')
        or (n.role = 'approver' and v.status = 'draft'
            and (n.versions @> v.number) <> coalesce(o.versions @> v.parent, false)
            and not (o.verdict = 'reject' and not n.versions @> v.number))) limit 1;
  end if;
  if bad is not null then perform assay.refuse('decision_fits_the_state', format('decision %s is not allowed in this state', bad)); end if;
  return null;
end $$;
create trigger guard_role_insert after insert on item_decision referencing new table as newrows for each statement execute function guard_decision();
create trigger guard_role_update after update on item_decision referencing new table as newrows old table as oldrows for each statement execute function guard_decision();

-- Sign-offs are given on a submitted version, by somebody who holds the role.
create function guard_signoff() returns trigger language plpgsql as $$
declare ok boolean;
begin
  select v.status = 'submitted' and new.role = any (k.signoffs) and assay.holds_role(p.cycle, new."by", new.role) into ok
    from assay.version v join assay.phase p on p.id = v.phase join assay.phase_policy k on k.kind = p.kind
   where v.phase = new.phase and v.number = new.number;
  if not coalesce(ok, false) then
    perform assay.refuse('signoff_fits_the_state', format('%s cannot sign version %s of %s as %s', new."by", new.number, assay.phase_name(new.phase), new.role));
  end if;
  return new;
end $$;
create trigger guard_signoff before insert on version_signoff for each row execute function guard_signoff();

-- The typed row of a revision is made from its content, here, so the two cannot differ.
create function fill_typed_table() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare t text;
begin
  for t in select distinct k.item_table from newrows n join phase p on p.id = n.phase join phase_policy k on k.kind = p.kind loop
    execute format('insert into assay.%1$I select r.* from newrows n join assay.phase p on p.id = n.phase
      join assay.phase_policy k on k.kind = p.kind and k.item_table = %1$L
      cross join lateral jsonb_populate_record(null::assay.%1$I, n.content::jsonb || jsonb_build_object(''revision'', n.id)) r', t);
  end loop;
  return null;
end $$;
create trigger fill_typed_table after insert on item_revision referencing new table as newrows for each statement execute function fill_typed_table();
