-- What the report data looks like, attribute by attribute: the profile itself lies in the content store.
create table report_profile (
    phase           bigint not null references phase,
    report_sha256   text not null,
    profile_sha256  text not null,
    at              timestamptz not null default clock_timestamp(),
    primary key (phase, report_sha256)
);
grant select on report_profile to assay_app, assay_reader;
grant insert (phase, report_sha256, profile_sha256) on report_profile to assay_app;
create trigger keep_everything before delete or truncate on report_profile for each statement execute function keep_everything();
select take_down_rows('report_profile');
