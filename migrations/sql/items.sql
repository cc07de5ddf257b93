-- One typed table per item type, filled from a revision's content by trigger; columns bear the names of models.items.
create table attribute_item (
    revision       bigint primary key references item_revision,
    name           text not null,
    line           text not null,
    title          text not null,
    description    text not null,
    data_type      text not null,
    format         text not null,
    mandatory      boolean not null,
    primary_key    boolean not null,
    critical       boolean not null,
    source_column  text not null,
    domain         text[] not null,
    minimum        numeric,
    maximum        numeric
);
create table rule_item (
    revision     bigint primary key references item_revision,
    name         text not null,
    attribute    text not null,
    description  text not null,
    dimension    text not null,
    gate         text not null check (gate in ('blocking', 'explainable', 'informational')),
    severity     text not null check (severity in ('critical', 'high', 'medium', 'low')),
    expression   jsonb not null,
    threshold    int not null check (threshold >= 0)
);
create table scope_item (
    revision         bigint primary key references item_revision,
    attribute        text not null,
    action           text not null check (action in ('test', 'skip')),
    recommended      text not null check (recommended in ('test', 'skip')),
    score            int not null,
    reason           text not null,
    critical         boolean not null,
    failing_records  int not null,
    past_issues      int not null,
    constraint override_carries_a_reason check (reason ~ '\S')
);
create table sample_item (
    revision           bigint primary key references item_revision,
    record_key         text not null,
    key_values         text[] not null,
    line_of_business   text not null,
    category           text not null,
    reason             text not null,
    method             text not null,
    population_sha256  text not null,
    seed               text not null
);
create table observation_item (
    revision           bigint primary key references item_revision,
    attribute          text not null,
    line_of_business   text not null,
    title              text not null,
    description        text not null,
    severity           text not null check (severity in ('critical', 'high', 'medium', 'low')),
    issue_type         text not null,
    root_cause         text not null,
    remediation_plan   text not null,
    remediation_owner  text not null,
    remediation_due    date,
    cases_tested       int not null,
    findings           text[] not null
);
create table section_item (
    revision  bigint primary key references item_revision,
    name      text not null,
    ordinal   int not null,
    title     text not null,
    body      text not null,
    comment   text not null
);
