-- What each statement wrote, row by row, taken down here and named by exactly one event: the facts can be rebuilt from
-- the events alone, and no fact is committed without one. Only triggers write it; the application claims it.
create table audit_rows (
    id       bigint generated always as identity primary key,
    stream   text,                                       -- the event that names these rows; set once
    seq      bigint,
    "table"  text not null,
    op       text not null check (op in ('insert', 'update')),
    columns  text[] not null,                            -- of each row, the key first
    key      int not null,                               -- how many of them are the key
    rows     bigint not null,
    body     text not null,                              -- a JSON array per row, one a line
    foreign key (stream, seq) references audit_event,
    check ((stream is null) = (seq is null))
);
alter table audit_rows alter body set storage external;               -- hashes do not shrink; compressing took longer than writing
create index rows_of_event on audit_rows (stream, seq);
create index unclaimed_rows on audit_rows (id) where stream is null;

-- Arguments: the columns as SQL, how many of them are the key.
create function take_down() returns trigger language plpgsql security definer set search_path = assay, pg_temp set timezone = 'UTC' as $$
begin
  execute format('insert into assay.audit_rows ("table", op, columns, key, rows, body)
    select %L, %L, %L, %s, count(*), string_agg(json_build_array(%s)::text, E''\n'') from newrows having count(*) > 0',
    tg_table_name, lower(tg_op), string_to_array(replace(tg_argv[0], '"', ''), ', '), tg_argv[1], tg_argv[0]);
  return null;
end $$;

-- Takes down every insert into a table, and the given columns of every update. `but` is a column that others stand for.
create function take_down_rows(t text, updated text[] default null, but text default '') returns void language plpgsql as $$
declare keys text[]; columns text[];
begin
  select array_agg(quote_ident(a.attname) order by k.place) into keys
    from pg_index x cross join lateral unnest(x.indkey) with ordinality k(attnum, place)
    join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum
   where x.indrelid = ('assay.' || quote_ident(t))::regclass and x.indisprimary;
  select array_agg(quote_ident(a.attname) order by a.attnum) into columns from pg_attribute a
   where a.attrelid = ('assay.' || quote_ident(t))::regclass and a.attnum > 0 and not a.attisdropped
     and a.attname <> but and quote_ident(a.attname) <> all (keys);
  execute format('create or replace trigger take_down_insert after insert on assay.%I referencing new table as newrows
    for each statement execute function assay.take_down(%L, %s)', t, array_to_string(keys || columns, ', '), cardinality(keys));
  if updated is not null then
    execute format('create or replace trigger take_down_update after update on assay.%I referencing new table as newrows
      for each statement execute function assay.take_down(%L, %s)', t, array_to_string(keys || updated, ', '), cardinality(keys));
  end if;
end $$;

alter table command add column cycle text not null default '';       -- as the command names it, so that verifying a cycle finds it
grant insert (cycle) on command to assay_app;
alter table command disable trigger answer_once;
update command c set cycle = r.slug from audit_event e, cycle_report r
 where e.command_id = c.id and (e.stream = r.slug or starts_with(e.stream, r.slug || '/'));
alter table command enable trigger answer_once;

select take_down_rows(t) from unnest(array['cycle_report', 'duty', 'cycle_hold', 'cycle_closing', 'person', 'version_basis',
    'version_editor', 'version_signoff', 'item', 'item_request', 'item_request_landing', 'item_comment', 'rule_result', 'test_case',
    'assignment', 'case_owner', 'case_waiver', 'owner_event', 'document', 'document_revision', 'document_decision',
    'case_evidence', 'execution_request', 'execution', 'execution_review', 'report_file', 'extension_request',
    'extension_case', 'extension_decision']) t;
select take_down_rows('phase', '{lock_version}'), take_down_rows('command', '{result}'),
       take_down_rows('version', '{status,submitted_by,submitted_at,decided_by,decided_at,reason,content_hash,manifest_hash}'),
       take_down_rows('item_revision', '{versions}', but => 'content'), take_down_rows('item_decision', '{versions}');

-- Law 9: whatever a transaction wrote is in an event of that transaction, once and for ever.
create function claim_once() returns trigger language plpgsql as $$
begin
  if old.stream is not null then perform assay.refuse('an_event_keeps_its_rows', format('rows %s belong to event %s of %s', old.id, old.seq, old.stream)); end if;
  return new;
end $$;
create trigger claim_once before update on audit_rows for each row execute function claim_once();

create function check_claimed() returns trigger language plpgsql as $$
begin
  if exists (select from assay.audit_rows where id = new.id and stream is null) then
    perform assay.refuse('every_fact_is_in_an_event', format('%s of %s is in no event', new.op, new."table"));
  end if;
  return null;
end $$;
create constraint trigger check_claimed after insert on audit_rows deferrable initially deferred
    for each row execute function check_claimed();
create trigger keep_everything before delete or truncate on audit_rows for each statement execute function keep_everything();

grant select on audit_rows to assay_app, assay_reader;
grant update (stream, seq) on audit_rows to assay_app;
