-- Notes and questions on an item, whatever its revision; `version` is the latest of the phase when it was written.
create table item_comment (
    id        bigint generated always as identity primary key,
    phase     bigint not null,
    item      bigint not null references item,
    version   int not null,
    question  boolean not null,
    text      text not null,
    by        text not null,
    at        timestamptz not null default clock_timestamp(),
    foreign key (phase, version) references version (phase, number),
    constraint comment_says_something check (text ~ '\S'),
    constraint comment_is_short check (length(text) <= 4000)
);
create index comment_by_item on item_comment (item, id);
create index comment_by_phase on item_comment (phase, id);

-- Whose answer a question waits for: the approver's when the submitting side asks, else the submitting side's.
create function answering_role(of_phase bigint, asked_by text) returns text language sql stable as $$
    select case when assay.holds_role(p.cycle, asked_by, k.submitter) then k.approver else k.submitter end
      from assay.phase p join assay.phase_policy k on k.kind = p.kind where p.id = of_phase
$$;

create function guard_comment() returns trigger language plpgsql as $$
declare fits boolean; takes_part boolean;
begin
  perform assay.lock_phase(new.phase);
  select i.phase = new.phase and new.version = (select max(number) from assay.version v where v.phase = new.phase) into fits
    from assay.item i where i.id = new.item;
  if not coalesce(fits, false) then
    perform assay.refuse('comment_fits_its_item', format('item %s is not in version %s of %s', new.item, new.version, assay.phase_name(new.phase)));
  end if;
  -- Whoever proposes, approves or signs in some phase; a data owner on their own observations alone.
  select (p.scope = new."by" and assay.holds_role(p.cycle, new."by", 'data_owner'))
         or exists (select from assay.phase_policy k, unnest(k.signoffs || k.submitter || k.approver) role
                     where k.item_table is not null and assay.holds_role(p.cycle, new."by", role)) into takes_part
    from assay.phase p where p.id = new.phase;
  if not coalesce(takes_part, false) then
    perform assay.refuse('commenter_takes_part', format('%s takes no part in %s', new."by", assay.phase_name(new.phase)));
  end if;
  return new;
end $$;
create trigger guard_comment before insert on item_comment for each row execute function guard_comment();
create trigger keep_everything before delete or truncate on item_comment for each statement execute function keep_everything();

grant select on item_comment to assay_app, assay_reader;
grant insert (phase, item, version, question, text, by) on item_comment to assay_app;
