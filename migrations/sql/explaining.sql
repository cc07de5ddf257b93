-- Failures of an explainable rule: who submits the rules explains them, who approves the rules decides. Insert-only.
create table explanation (
    id             bigint generated always as identity primary key,
    phase          bigint not null references phase,
    number         int not null,                         -- counts in the phase, by the database: what people call it
    result         bigint not null references rule_result,
    result_sha256  text not null,                        -- of the result as it was explained, by the database
    whole          boolean not null,                     -- all failing records, or those of its explained_key
    records        bigint not null,                      -- how many failing records that is
    reason         text not null,
    command_id     text not null,
    by             text not null,
    at             timestamptz not null default clock_timestamp(),
    constraint one_explanation_per_number unique (phase, number),
    constraint one_explanation_per_command unique (command_id),
    constraint an_explanation_carries_a_reason check (reason ~ '\S'),
    constraint an_explanation_is_of_failures check (records > 0)
);

create table explained_key (
    explanation  bigint not null references explanation,
    key          text not null,
    records      bigint not null check (records > 0),    -- failing records that share the key
    primary key (explanation, key)
);

create table explanation_decision (                      -- final: a second thought is another explanation
    explanation  bigint not null references explanation,
    verdict      text not null check (verdict in ('approve', 'reject')),
    reason       text not null default '',
    by           text not null,
    at           timestamptz not null default clock_timestamp(),
    constraint an_explanation_is_decided_once primary key (explanation),
    constraint rejecting_an_explanation_carries_a_reason check (verdict <> 'reject' or reason ~ '\S')
);

-- What a result says: the rule's query, the report it ran over, and which records fail.
create function result_sha256(sql_sha256 text, report_sha256 text, keys_sha256 text) returns text
    language sql immutable parallel safe as $$ select assay.sha256_hex(sql_sha256 || E'\n' || report_sha256 || E'\n' || keys_sha256) $$;

-- An explanation counts for a result of the same rule that says the same, whichever version's run it is from.
create view explained_result as
select x.id as result, x.phase, x.number, x.revision, r.item, i.gate, x.failed, s.sha256,
       least(x.failed, coalesce(c.explained, 0)) as explained, x.failed - least(x.failed, coalesce(c.explained, 0)) as open
  from rule_result x
  join item_revision r on r.id = x.revision
  join rule_item i on i.revision = x.revision
 cross join lateral (select result_sha256(x.sql_sha256, x.report_sha256, x.keys_sha256) as sha256) s
  left join lateral (
       select coalesce(max(e.records) filter (where e.whole), sum(e.records)::bigint) as explained
         from explanation e
         join explanation_decision d on d.explanation = e.id and d.verdict = 'approve'
         join rule_result o on o.id = e.result
         join item_revision n on n.id = o.revision
        where e.phase = x.phase and n.item = r.item and e.result_sha256 = s.sha256) c on i.gate = 'explainable';

-- Once the report has been submitted its body is fixed, and what it says of failures with it.
create function report_is_open(of_phase bigint) returns boolean language plpgsql as $$
declare closing bigint[];
begin
  -- So that a report which is being submitted is waited for, and then seen.
  select coalesce(array_agg(c.id), '{}') into closing from assay.phase p join assay.phase c on c.cycle = p.cycle
    join assay.phase_policy k on k.kind = c.kind and cardinality(k.signoffs) > 0 where p.id = of_phase;
  perform 1 from assay.phase where id = any (closing) order by id for share;
  return not exists (select from assay.version where phase = any (closing) and status in ('submitted', 'approved'));
end $$;

create function check_explanation() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare ran record;
begin
  perform assay.lock_phase(new.phase);
  select x.*, i.name, v.status, p.cycle, k.submitter into ran
    from assay.explained_result x join assay.rule_item i on i.revision = x.revision
    join assay.version v on v.phase = x.phase and v.number = x.number
    join assay.phase p on p.id = x.phase join assay.phase_policy k on k.kind = p.kind
   where x.result = new.result and x.phase = new.phase;
  if ran is null or ran.status <> 'approved' then
    perform assay.refuse('an_explanation_is_of_a_standing_result', format('result %s is of no approved version of phase %s', new.result, new.phase));
  elsif ran.gate <> 'explainable' then
    perform assay.refuse('only_explainable_rules_are_explained', format('rule %s is %s: its failures are corrected, not explained', ran.name, ran.gate));
  elsif not assay.holds_role(ran.cycle, new."by", ran.submitter) then
    perform assay.refuse('a_submitter_explains', format('%s is no %s of this cycle', new."by", ran.submitter));
  elsif not assay.report_is_open(new.phase) then
    perform assay.refuse('a_submitted_report_is_explained', format('the report is submitted: rule %s is explained no more', ran.name));
  end if;
  new.result_sha256 := ran.sha256;
  select coalesce(max(number), 0) + 1 into new.number from assay.explanation where phase = new.phase;
  return new;
end $$;
create trigger check_explanation before insert on explanation for each row execute function check_explanation();

-- When its keys are there: no record is explained twice, and none that does not fail.
create function check_explained() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare said record; named bigint; twice text; taken bigint;
begin
  select e.*, x.item, x.failed into said from assay.explanation e join assay.explained_result x on x.result = e.result
   where e.id = (to_jsonb(new) ->> tg_argv[0])::bigint;
  select sum(records) into named from assay.explained_key where explanation = said.id;
  if (said.whole and (named is not null or said.records <> said.failed)) or (not said.whole and named is distinct from said.records) then
    perform assay.refuse('an_explanation_counts_its_records', format('explanation %s says %s records, its keys have %s, %s fail', said.number, said.records, coalesce(named, 0), said.failed));
  end if;
  with others as (
      select o.* from assay.explanation o join assay.explained_result y on y.result = o.result
       left join assay.explanation_decision d on d.explanation = o.id
       where o.phase = said.phase and y.item = said.item and o.result_sha256 = said.result_sha256 and o.id <> said.id
         and d.verdict is distinct from 'reject')
  select (select format('all failing records, by explanation %s', number) from others where whole limit 1),
         coalesce((select sum(records) from others where not whole), 0) into twice, taken;
  if twice is null then
    select format('%s, by explanation %s', k.key, o.number) into twice
      from assay.explained_key k join assay.explained_key m on m.key = k.key and m.explanation = said.id
      join assay.explanation o on o.id = k.explanation
      join assay.explained_result y on y.result = o.result
      left join assay.explanation_decision d on d.explanation = o.id
     where o.phase = said.phase and y.item = said.item and o.result_sha256 = said.result_sha256 and o.id <> said.id
       and d.verdict is distinct from 'reject' limit 1;
  end if;
  if twice is not null then
    perform assay.refuse('a_failure_is_explained_once', 'explained already: ' || twice);
  elsif not said.whole and taken + said.records > said.failed then
    perform assay.refuse('an_explanation_counts_its_records', format('%s records would be explained, %s fail', taken + said.records, said.failed));
  end if;
  return null;
end $$;
create constraint trigger check_explained after insert on explanation deferrable initially deferred
    for each row execute function check_explained('id');
create constraint trigger check_explained after insert on explained_key deferrable initially deferred
    for each row execute function check_explained('explanation');

-- Four eyes: who decides approves the rules, and is not who explained.
create function check_explanation_decision() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
declare said record;
begin
  select e.number, e.phase, e."by", e.result_sha256, x.item, p.cycle, k.approver into said from assay.explanation e
    join assay.explained_result x on x.result = e.result
    join assay.phase p on p.id = e.phase join assay.phase_policy k on k.kind = p.kind where e.id = new.explanation;
  perform assay.lock_phase(said.phase);
  if new."by" = said."by" then
    perform assay.refuse('nobody_decides_their_own_explanation', format('%s wrote explanation %s', new."by", said.number));
  elsif not assay.holds_role(said.cycle, new."by", said.approver) then
    perform assay.refuse('an_approver_decides_explanations', format('%s is no %s of this cycle', new."by", said.approver));
  elsif not assay.report_is_open(said.phase) then
    perform assay.refuse('a_submitted_report_is_explained', format('the report is submitted: explanation %s is decided no more', said.number));
  elsif new.verdict = 'approve' and not exists (
      select from assay.explained_result x join assay.version v on v.phase = x.phase and v.number = x.number and v.status = 'approved'
       where x.phase = said.phase and x.item = said.item and x.sha256 = said.result_sha256) then
    perform assay.refuse('an_explanation_is_of_a_standing_result', format('explanation %s is of a result that the approved rules no longer have; it can be rejected, and what fails now be explained', said.number));
  end if;
  return new;
end $$;
create trigger check_explanation_decision before insert on explanation_decision for each row execute function check_explanation_decision();

-- Where a proposed rule comes from: an approved one of an earlier cycle of the same report.
alter table rule_item add taken_from jsonb;
create function check_taken_from() returns trigger language plpgsql security definer set search_path = assay, pg_temp as $$
begin
  if not exists (select from assay.item_revision r join assay.rule_item i on i.revision = r.id
                   join assay.version v on v.phase = r.phase and v.number = (new.taken_from ->> 'version')::int
                        and r.versions @> v.number and v.status in ('approved', 'superseded')
                   join assay.item_decision d on d.revision = r.id and d.role = 'approver' and d.verdict = 'approve' and d.versions @> v.number
                   join assay.phase p on p.id = r.phase join assay.cycle_report f on f.id = p.cycle
                   join assay.item_revision n on n.id = new.revision
                   join assay.phase m on m.id = n.phase join assay.cycle_report c on c.id = m.cycle
                  where r.id = (new.taken_from ->> 'revision')::bigint and f.slug = new.taken_from ->> 'cycle'
                    and c.report = f.report and (f.period < c.period or f.id = c.amends)) then
    perform assay.refuse('a_rule_comes_from_an_earlier_cycle', format('rule %s does not come from %s', new.name, new.taken_from));
  end if;
  return new;
end $$;
create trigger check_taken_from before insert on rule_item for each row when (new.taken_from is not null) execute function check_taken_from();

do $$
declare t text;
begin
  foreach t in array array['explanation', 'explained_key', 'explanation_decision'] loop
    execute format('create trigger keep_everything before delete or truncate on assay.%I for each statement execute function assay.keep_everything()', t);
  end loop;
end $$;
select take_down_rows(t) from unnest(array['explanation', 'explained_key', 'explanation_decision']) t;
grant select on explanation, explained_key, explanation_decision, explained_result to assay_app, assay_reader;
grant insert (phase, result, whole, records, reason, command_id, by) on explanation to assay_app;
grant insert (explanation, key, records) on explained_key to assay_app;
grant insert (explanation, verdict, reason, by) on explanation_decision to assay_app;
