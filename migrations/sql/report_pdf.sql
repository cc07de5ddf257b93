-- The report has a third body file: PDF beside HTML and workbook.
alter table report_file drop constraint report_file_kind_check;
alter table report_file add constraint report_file_kind_check check (kind in ('html', 'xlsx', 'pdf', 'attestation'));

-- Whoever holds a file asks whether it is one that was signed.
create index on report_file (sha256);
