create table control_item (
    revision   bigint primary key references item_revision,
    name       text not null,
    objective  text not null,
    frequency  text not null check (frequency in ('daily', 'monthly', 'quarterly')),
    performer  text not null
);
create trigger keep_everything before delete or truncate on control_item for each statement execute function keep_everything();
grant select on control_item to assay_app, assay_reader;
insert into phase_policy values ('control_testing', 10, 'control_item', 'tester', 'test_executive', false, false,
    '{approve}', '{approve,reject}', '{approve}', '{}');
