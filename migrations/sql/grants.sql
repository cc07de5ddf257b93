-- The application writes facts and never rewrites them; the reader reads. Ids, times of writing and derived columns are
-- the database's own word: nobody may give them, so the latest row of a fact is the one that was written last.
grant usage on schema assay to assay_app, assay_reader;
grant select on all tables in schema assay to assay_app, assay_reader;
grant update (lock_version) on phase to assay_app;
grant update (status, submitted_by, decided_by, reason) on version to assay_app;
grant update (versions) on item_revision, item_decision to assay_app;
grant update (result) on command to assay_app;
grant update (seq, hash) on stream_head to assay_app;

do $$
declare t text; columns text;
begin
  foreach t in array array['cycle_report', 'duty', 'cycle_hold', 'cycle_closing', 'person', 'phase', 'version', 'version_basis',
      'version_editor', 'version_signoff', 'item', 'item_revision', 'item_decision', 'item_request', 'item_request_landing',
      'rule_result', 'test_case', 'assignment', 'case_owner', 'case_waiver', 'owner_event', 'document', 'document_revision',
      'document_decision', 'case_evidence', 'execution_request', 'execution', 'execution_review', 'report_file', 'command',
      'stream_head', 'audit_event'] loop
    select string_agg(quote_ident(column_name), ', ') into columns from information_schema.columns
     where table_schema = 'assay' and table_name = t and is_identity = 'NO' and is_generated = 'NEVER'
       and coalesce(column_default, '') <> 'clock_timestamp()';
    execute format('grant insert (%s) on assay.%I to assay_app', columns, t);
  end loop;
  for t in select tablename from pg_tables where schemaname = 'assay' loop
    execute format('create trigger keep_everything before delete or truncate on assay.%I for each statement execute function assay.keep_everything()', t);
  end loop;
end $$;
