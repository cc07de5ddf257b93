-- A version costs what changed in it more than what it carries: the same laws, asked of less.

-- Who wrote items or decided as a tester in a phase, each named once: most approvers did neither, and then the check
-- that they made no part of a version need not read what it carries. No fact, it follows from the facts: `audit verify`
-- compares.
create table phase_author (
    phase   bigint not null references phase,
    person  text not null,
    primary key (phase, person)
);
insert into phase_author
select phase, "by" from item_revision union select phase, "by" from item_decision where role = 'tester';
grant select on phase_author to assay_app, assay_reader;
create trigger keep_everything before delete or truncate on phase_author for each statement execute function keep_everything();

create function note_authors() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
begin
  if tg_table_name = 'item_revision' then
    insert into phase_author select distinct phase, "by" from newrows on conflict do nothing;
  else
    insert into phase_author select distinct phase, "by" from newrows where role = 'tester' on conflict do nothing;
  end if;
  return null;
end $$;
create trigger note_authors after insert on item_revision referencing new table as newrows for each statement execute function note_authors();
create trigger note_authors after insert on item_decision referencing new table as newrows for each statement execute function note_authors();

-- Whether somebody is among the `makers` of a version. All of them are only read for a person who wrote in the phase.
create function is_maker(of_phase bigint, of_number int, who text) returns boolean language plpgsql stable
    set enable_nestloop = off as $$
begin
  if exists (select from assay.version where phase = of_phase and number = of_number and who in (created_by, submitted_by))
     or exists (select from assay.version_editor where phase = of_phase and number = of_number and person = who) then
    return true;
  end if;
  if not exists (select from assay.phase_author where phase = of_phase and person = who) then return false; end if;
  return who in (select assay.makers(of_phase, of_number));
end $$;

create or replace function check_approver(of_phase bigint, of_number int, who text) returns void language plpgsql as $$
declare policy assay.phase_policy; of_cycle bigint;
begin
  select k.* into policy from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = of_phase;
  select cycle into of_cycle from assay.phase where id = of_phase;
  if not assay.holds_role(of_cycle, who, policy.approver) then
    perform assay.refuse('approver_holds_the_role', format('%s is not a %s of this cycle', who, policy.approver));
  end if;
  if not policy.may_approve_own and assay.is_maker(of_phase, of_number, who) then
    perform assay.refuse('approver_is_nobody_who_made_it', format('%s made part of version %s of %s', who, of_number, assay.phase_name(of_phase)));
  end if;
end $$;

create or replace function guard_signoff() returns trigger language plpgsql as $$
declare ok boolean;
begin
  perform assay.lock_phase(new.phase);
  select v.status = 'submitted' and new.role = any (k.signoffs) and assay.holds_role(p.cycle, new."by", new.role) into ok
    from assay.version v join assay.phase p on p.id = v.phase join assay.phase_policy k on k.kind = p.kind
   where v.phase = new.phase and v.number = new.number;
  if not coalesce(ok, false) then
    perform assay.refuse('signoff_fits_the_state', format('%s cannot sign version %s of %s as %s', new."by", new.number, assay.phase_name(new.phase), new.role));
  end if;
  if assay.is_maker(new.phase, new.number, new."by") and not exists (
      select from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = new.phase and k.submitter = new.role) then
    perform assay.refuse('approver_is_nobody_who_made_it', format('%s made part of version %s of %s', new."by", new.number, assay.phase_name(new.phase)));
  end if;
  return new;
end $$;

-- Rejections by the version that they were given in: those that a cut or a draft has to do with are of the last few.
drop index rejections;
create index rejections on item_decision (phase, version) where verdict = 'reject';

-- Law 2 of a draft that was cut from the version just before it is held by the guards of each row that is written or
-- changed; only a draft that goes back to an older parent takes in and leaves out what they cannot know.
create or replace function check_descent(of_phase bigint, d int, par int) returns void language plpgsql as $$
declare submitted int := par; refused bigint[];
begin
  if par < d - 1 then perform assay.check_return(of_phase, d, par); end if;
  -- The nearest ancestor that was submitted carried no rejection itself, so what stands was rejected there or later.
  while submitted is not null and exists (select from assay.version where phase = of_phase and number = submitted and submitted_by is null) loop
    select parent into submitted from assay.version where phase = of_phase and number = submitted;
  end loop;
  select array_agg(revision) into refused from assay.item_decision
   where phase = of_phase and verdict = 'reject' and role = 'approver' and version >= coalesce(submitted, 0) and versions @> d;
  if exists (select from assay.item_revision where id = any (refused) and versions @> d) then
    perform assay.refuse('a_rejection_lapses', format('version %s of %s carries rejected items', d, assay.phase_name(of_phase)));
  end if;
end $$;

create function check_return(of_phase bigint, d int, par int) returns void language plpgsql set enable_nestloop = off as $$
begin
  if exists (select from assay.item_revision where phase = of_phase and versions @> d and version <> d and not coalesce(versions @> par, false))
     or exists (select from assay.item_decision where phase = of_phase and versions @> d and version <> d and not coalesce(versions @> par, false))
     or exists (select from assay.item_decision where phase = of_phase and role = 'approver' and verdict <> 'reject' and versions @> par and not versions @> d) then
    perform assay.refuse('a_draft_follows_its_parent', format('version %s of %s differs from version %s by more than was written in it', d, assay.phase_name(of_phase), par));
  end if;
end $$;

-- What an approver said is no part of the content, and not read.
create or replace function content_hash(of_phase bigint, of_number int) returns text language sql stable as $$
    select encode(sha256(convert_to(coalesce(string_agg(
           jsonb_build_array(i.natural_key, r.digest, t.verdict, t."by", t.reason)::text,
           E'\n' order by i.natural_key collate "C"), ''), 'UTF8')), 'hex')
      from assay.item_revision r
      join assay.item i on i.id = r.item
      left join assay.item_decision t on t.phase = r.phase and t.revision = r.id and t.role = 'tester' and multirange_contains_elem(t.versions, of_number)
     where r.phase = of_phase and multirange_contains_elem(r.versions, of_number)
$$;
