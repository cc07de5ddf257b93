-- How a document was read, and why it could not be: an encrypted, damaged or oversized file is kept and told, not refused.
alter table document_revision
    add column problem text not null default '',         -- "is encrypted: it asks for a password"
    add column read_as text not null default '',         -- "CSV, semicolon, cp1252"
    add constraint a_problem_leaves_no_records check (problem = '' or (rows = 0 and read_as = ''));
grant insert (problem, read_as) on document_revision to assay_app;
