-- Laws 1 to 8 of the versioning engine, held here whatever the caller does. The constraint field of each error names
-- the law, so that the caller can translate it without reading the message.
create function from_version(n int) returns int4multirange language sql immutable
    as $$ select int4multirange(int4range(n, null)) $$;

create function refuse(law text, message text) returns void language plpgsql as $$
begin raise exception using errcode = 'AS001', constraint = law, message = message; end $$;

-- Nothing is ever deleted, by nobody.
create function keep_everything() returns trigger language plpgsql as $$
begin perform assay.refuse('nothing_is_deleted', format('%s of %s: nothing is ever deleted or rewritten', tg_op, tg_table_name)); return null; end $$;

-- Every write to a version waits for its phase, so that no check is made on what another transaction is about to
-- change. A snapshot taken before that wait would be blind to it, hence the one isolation level.
create function lock_phase(of_phase bigint) returns void language plpgsql as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    perform assay.refuse('read_committed_only', 'versions are written at isolation level read committed');
  end if;
  perform 1 from assay.phase where id = of_phase for no key update;
end $$;

create function count_up() returns trigger language plpgsql as $$
begin
  if new.lock_version <> old.lock_version + 1 then
    perform assay.refuse('lock_version_counts_up', format('the lock version of %s goes from %s to %s', assay.phase_name(old.id), old.lock_version, new.lock_version));
  end if;
  return new;
end $$;
create trigger count_up before update on phase for each row execute function count_up();

-- Law 1: numbers are gapless and a version begins as an empty draft, cut from an earlier one unless it is the first.
create function begin_version() returns trigger language plpgsql as $$
declare last int;
begin
  perform assay.lock_phase(new.phase);
  if not exists (select from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = new.phase and k.item_table is not null) then
    perform assay.refuse('only_full_phases_have_versions', format('%s has no versions', assay.phase_name(new.phase)));
  end if;
  select coalesce(max(number), 0) into last from assay.version where phase = new.phase;
  if new.number <> last + 1 then
    perform assay.refuse('version_numbers_are_gapless', format('version %s of %s would leave a gap after %s', new.number, assay.phase_name(new.phase), last));
  end if;
  if new.status <> 'draft' or new.reason <> ''
     or num_nonnulls(new.submitted_by, new.submitted_at, new.decided_by, new.decided_at, new.content_hash, new.manifest_hash) > 0 then
    perform assay.refuse('version_transition', format('version %s of %s must begin as a draft', new.number, assay.phase_name(new.phase)));
  end if;
  if (new.parent is null) <> (last = 0) then
    perform assay.refuse('a_draft_follows_its_parent', format('version %s of %s: every version but the first has a parent', new.number, assay.phase_name(new.phase)));
  end if;
  return new;
end $$;
create trigger begin_version before insert on version for each row execute function begin_version();

-- Law 4: those who created, edited, decided or submitted anything in a version, also what did not stay in it.
create function makers(of_phase bigint, of_number int) returns setof text language sql stable as $$
    select created_by from assay.version where phase = of_phase and number = of_number
    union select submitted_by from assay.version where phase = of_phase and number = of_number
    union select person from assay.version_editor where phase = of_phase and number = of_number
    union select by from assay.item_revision where phase = of_phase and (versions @> of_number or version = of_number)
    union select d.by from assay.item_decision d join assay.item_revision r on r.id = d.revision
           where d.phase = of_phase and d.role = 'tester'
             and (d.version = of_number or d.versions @> of_number and r.versions @> of_number)
$$;

create function check_submitter(of_phase bigint, who text) returns void language plpgsql as $$
declare wanted text; of_cycle bigint;
begin
  select k.submitter, p.cycle into wanted, of_cycle from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = of_phase;
  if not assay.holds_role(of_cycle, who, wanted) then
    perform assay.refuse('submitter_holds_the_role', format('%s is not a %s of this cycle', who, wanted));
  end if;
end $$;

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

-- Law 2: a draft holds what its parent held and what was written in it. Approvals follow the parent; rejections lapse.
create function check_descent(of_phase bigint, d int, par int) returns void language plpgsql set enable_nestloop = off as $$
begin
  if exists (select from assay.item_revision where phase = of_phase and versions @> d and version <> d and not coalesce(versions @> par, false))
     or exists (select from assay.item_decision where phase = of_phase and versions @> d and version <> d and not coalesce(versions @> par, false))
     or exists (select from assay.item_decision where phase = of_phase and role = 'approver' and verdict <> 'reject' and versions @> par and not versions @> d) then
    perform assay.refuse('a_draft_follows_its_parent', format('version %s of %s differs from version %s by more than was written in it', d, assay.phase_name(of_phase), par));
  end if;
  if exists (select from assay.member where phase = of_phase and number = d and approver_verdict = 'reject') then
    perform assay.refuse('a_rejection_lapses', format('version %s of %s carries rejected items', d, assay.phase_name(of_phase)));
  end if;
end $$;

-- Laws 1, 3, 4, 5, 6 and 8: every update of a version is one of the transitions, with all that it needs.
create function check_transition() returns trigger language plpgsql set enable_nestloop = off as $$
declare policy assay.phase_policy; lacking text;
begin
  perform assay.lock_phase(old.phase);
  if (old.status, new.status) not in (('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'approved'),
      ('submitted', 'rejected'), ('submitted', 'withdrawn'), ('approved', 'superseded')) then
    perform assay.refuse('version_transition', format('version %s of %s is %s and cannot become %s', old.number, assay.phase_name(old.phase), old.status, new.status));
  end if;
  select k.* into policy from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = new.phase;
  if new.status = 'submitted' then
    if new.submitted_by is null or new.decided_by is not null or new.reason <> '' then
      perform assay.refuse('version_transition', 'submitting names who submits, and nothing else');
    end if;
    perform assay.check_submitter(new.phase, new.submitted_by);
    perform assay.check_descent(new.phase, new.number, new.parent);
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
  if new.status = 'withdrawn' then perform assay.check_submitter(new.phase, new.decided_by); end if;
  if new.status = 'withdrawn' and old.submitted_by <> new.decided_by then
    perform assay.refuse('withdrawn_by_its_submitter', format('version %s of %s was submitted by %s', new.number, assay.phase_name(new.phase), old.submitted_by));
  end if;
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
declare p bigint; d int; st text; par int; bad bigint;
begin
  for p in select distinct n.phase from newrows n order by n.phase loop
    perform assay.lock_phase(p);
    select number, status, parent into d, st, par from assay.version where phase = p and status in ('draft', 'submitted');
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
      select n.id into bad from newrows n join oldrows o using (id) where n.phase = p and n.versions @> d and not o.versions @> d
         and not coalesce(o.versions @> par, false) and (tg_table_name = 'item_decision' or n.version <> d) limit 1;
      if bad is not null then perform assay.refuse('a_draft_follows_its_parent', format('%s %s is not in version %s, from which version %s of %s was cut', tg_table_name, bad, par, d, assay.phase_name(p))); end if;
    end if;
  end loop;
  return null;
end $$;
create trigger guard_insert after insert on item_revision referencing new table as newrows for each statement execute function guard_membership();
create trigger guard_update after update on item_revision referencing new table as newrows old table as oldrows for each statement execute function guard_membership();

-- An item keeps its phase, its origin and one line of revisions, whatever leaves and comes back.
create function guard_lineage() returns trigger language plpgsql as $$
declare bad bigint;
begin
  select n.id into bad from newrows n join assay.item i on i.id = n.item
    left join lateral (select r.id, r.origin from assay.item_revision r where r.phase = n.phase and r.item = n.item and r.id < n.id
                        order by r.id desc limit 1) before on true
   where i.phase <> n.phase or n.supersedes is distinct from before.id or n.origin <> coalesce(before.origin, n.origin) limit 1;
  if bad is not null then
    perform assay.refuse('lineage_is_one_line', format('revision %s must follow the item''s last revision, in its phase and with its origin', bad));
  end if;
  return null;
end $$;
create trigger guard_lineage after insert on item_revision referencing new table as newrows for each statement execute function guard_lineage();
create trigger guard_insert after insert on item_decision referencing new table as newrows for each statement execute function guard_membership();
create trigger guard_update after update on item_decision referencing new table as newrows old table as oldrows for each statement execute function guard_membership();

-- Law 2 on decisions: each side in its own state; a draft takes over its parent's approvals, and rejections may lapse.
create function guard_decision() returns trigger language plpgsql set enable_nestloop = off as $$
declare bad bigint; r record;
begin
  perform assay.lock_phase(n.phase) from (select distinct phase from newrows order by phase) n;
  if tg_op = 'INSERT' then
    select n.id into bad from newrows n join assay.version v on v.phase = n.phase and v.status in ('draft', 'submitted')
      join assay.item_revision m on m.id = n.revision
      join assay.phase p on p.id = n.phase join assay.phase_policy k on k.kind = p.kind
     where (n.role = 'tester') <> (v.status = 'draft') or m.phase <> n.phase or not m.versions @> v.number
        or not n.verdict = any (case n.role when 'tester' then k.tester_verdicts else k.approver_verdicts end) limit 1;
    if bad is null then
      for r in select distinct n.phase, n.version, n.role, n."by" as who from newrows n loop
        if r.role = 'tester' then perform assay.check_submitter(r.phase, r.who);
        else perform assay.check_approver(r.phase, r.version, r.who); end if;
      end loop;
    end if;
  else
    select n.id into bad from newrows n join oldrows o using (id)
      join assay.version v on v.phase = n.phase and v.status in ('draft', 'submitted')
     where n.versions <> o.versions and (
           (n.role = 'tester' and v.status <> 'draft')
        or (v.status = 'submitted' and n.versions @> v.number)
        or (n.role = 'approver' and v.status = 'draft'
            and (n.versions @> v.number) <> coalesce(o.versions @> v.parent, false)
            and not (o.verdict = 'reject' and not n.versions @> v.number))) limit 1;
  end if;
  if bad is not null then perform assay.refuse('decision_fits_the_state', format('decision %s is not allowed in this state', bad)); end if;
  return null;
end $$;
create trigger guard_role_insert after insert on item_decision referencing new table as newrows for each statement execute function guard_decision();
create trigger guard_role_update after update on item_decision referencing new table as newrows old table as oldrows for each statement execute function guard_decision();

-- Whoever takes an approver decision back says something in its place, by name.
create function check_revoked() returns trigger language plpgsql as $$
declare d int; par int;
begin
  select number, parent into d, par from assay.version where phase = new.phase and old.versions @> number and not new.versions @> number order by number limit 1;
  if d is not null and (old.version = d or (old.verdict <> 'reject' and old.versions @> par)) and not exists (
      select from assay.item_decision where revision = new.revision and role = 'approver' and versions @> d) then
    perform assay.refuse('a_revoked_decision_is_replaced', format('approver decision %s was taken back in version %s of %s and nothing said in its place', old.id, d, assay.phase_name(new.phase)));
  end if;
  return null;
end $$;
create constraint trigger check_revoked after update on item_decision deferrable initially deferred
    for each row when (old.role = 'approver' and old.versions <> new.versions) execute function check_revoked();

-- What a version was cut on and who worked on it is written while it is a draft.
create function guard_draft() returns trigger language plpgsql as $$
begin
  perform assay.lock_phase(new.phase);
  if not exists (select from assay.version where phase = new.phase and number = new.number and status = 'draft') then
    perform assay.refuse('history_is_frozen', format('version %s of %s is no draft: its %s is fixed', new.number, assay.phase_name(new.phase), tg_table_name));
  end if;
  return new;
end $$;
create trigger guard_draft before insert on version_basis for each row execute function guard_draft();
create trigger guard_draft before insert on version_editor for each row execute function guard_draft();

create function guard_basis() returns trigger language plpgsql as $$
begin
  if not exists (select from assay.version v join assay.phase u on u.id = v.phase join assay.phase p on p.cycle = u.cycle
                  where p.id = new.phase and v.phase = new.upstream_phase and v.number = new.upstream_number and v.status = 'approved') then
    perform assay.refuse('basis_is_approved', format('version %s of phase %s is not approved in this cycle', new.upstream_number, new.upstream_phase));
  end if;
  return new;
end $$;
create trigger guard_upstream before insert on version_basis for each row execute function guard_basis();

-- A request lands as the item that was asked for, in a draft, or it still waits.
create function guard_landing() returns trigger language plpgsql as $$
begin
  perform assay.lock_phase(phase) from assay.item_request where id = new.request;
  if not exists (select from assay.item_request q join assay.item i on i.phase = q.phase and i.natural_key = q.natural_key
                   join assay.item_revision r on r.item = i.id and r.id = new.revision
                   join assay.version v on v.phase = q.phase and v.status = 'draft' and r.versions @> v.number where q.id = new.request) then
    perform assay.refuse('a_request_lands_in_a_draft', format('request %s does not land as revision %s', new.request, new.revision));
  end if;
  return new;
end $$;
create trigger guard_landing before insert on item_request_landing for each row execute function guard_landing();

-- Sign-offs are given on a submitted version, by somebody who holds the role; the makers sign as makers only.
create function guard_signoff() returns trigger language plpgsql as $$
declare ok boolean;
begin
  perform assay.lock_phase(new.phase);
  select v.status = 'submitted' and new.role = any (k.signoffs) and assay.holds_role(p.cycle, new."by", new.role) into ok
    from assay.version v join assay.phase p on p.id = v.phase join assay.phase_policy k on k.kind = p.kind
   where v.phase = new.phase and v.number = new.number;
  if not coalesce(ok, false) then
    perform assay.refuse('signoff_fits_the_state', format('%s cannot sign version %s of %s as %s', new."by", new.number, assay.phase_name(new.phase), new.role));
  end if;
  if new."by" in (select assay.makers(new.phase, new.number)) and not exists (
      select from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = new.phase and k.submitter = new.role) then
    perform assay.refuse('approver_is_nobody_who_made_it', format('%s made part of version %s of %s', new."by", new.number, assay.phase_name(new.phase)));
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
