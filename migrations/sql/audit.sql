-- Commands answer the same way twice; every state change, decision, membership change and refusal is in one event.
create table command (
    id           text primary key,
    sha256       text not null,
    actor        text not null,
    verb         text not null,
    received_at  timestamptz not null default clock_timestamp(),
    result       text                                    -- canonical JSON of the first answer
);
create function answer_once() returns trigger language plpgsql as $$
begin
  if old.result is not null then perform assay.refuse('an_answer_is_final', format('command %s was answered', old.id)); end if;
  return new;
end $$;
create trigger answer_once before update on command for each row execute function answer_once();

-- A claimed id without an answer would keep whoever repeats the command waiting for ever.
create function check_answered() returns trigger language plpgsql as $$
begin
  if exists (select from assay.command where id = new.id and result is null) then
    perform assay.refuse('a_command_is_answered', format('command %s has no answer', new.id));
  end if;
  return null;
end $$;
create constraint trigger check_answered after insert on command deferrable initially deferred
    for each row execute function check_answered();

create table stream_head (
    stream  text primary key,
    seq     bigint not null,
    hash    text not null
);
create function genesis() returns text language sql immutable as $$ select repeat('0', 64) $$;

create function advance_by_one() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and (new.seq <> 0 or new.hash <> assay.genesis()) then
    perform assay.refuse('a_stream_is_gapless', format('stream %s begins at 0', new.stream));
  elsif tg_op = 'UPDATE' and new.seq <> old.seq + 1 then
    perform assay.refuse('a_stream_is_gapless', format('stream %s goes from %s to %s', old.stream, old.seq, new.seq));
  end if;
  return new;
end $$;
create trigger advance_by_one before insert or update on stream_head for each row execute function advance_by_one();

create table audit_event (
    stream      text not null references stream_head,
    seq         bigint not null,
    at          timestamptz not null,
    body        text not null,                           -- canonical JSON, hashed as stored
    hash        text not null,                           -- SHA-256 of previous hash, newline, body
    actor       text not null generated always as (body::jsonb ->> 'actor') stored,
    action      text not null generated always as (body::jsonb ->> 'action') stored,
    command_id  text generated always as (body::jsonb ->> 'command_id') stored,
    primary key (stream, seq)
);
create index on audit_event (command_id);

-- Law 9: an event is what the head of its stream says, and the head never moves without one.
create function chain_event() returns trigger language plpgsql as $$
declare head record; previous text;
begin
  select seq, hash into head from assay.stream_head where stream = new.stream;
  select hash into previous from assay.audit_event where stream = new.stream and seq = new.seq - 1;
  if (head.seq, head.hash) is distinct from (new.seq, new.hash)
     or new.hash <> assay.sha256_hex(coalesce(previous, assay.genesis()) || E'\n' || new.body)
     or (new.body::jsonb ->> 'stream', (new.body::jsonb ->> 'seq')::bigint, (new.body::jsonb ->> 'at')::timestamptz)
        is distinct from (new.stream, new.seq, new.at) then
    perform assay.refuse('events_form_a_chain', format('event %s of %s does not continue its stream', new.seq, new.stream));
  end if;
  return new;
end $$;
create trigger chain_event before insert on audit_event for each row execute function chain_event();

create function check_head() returns trigger language plpgsql as $$
begin
  if not exists (select from assay.audit_event where stream = new.stream and seq = new.seq and hash = new.hash) then
    perform assay.refuse('events_form_a_chain', format('stream %s has no event %s', new.stream, new.seq));
  end if;
  return null;
end $$;
create constraint trigger check_head after update on stream_head deferrable initially deferred
    for each row execute function check_head();

create trigger keep_events before update on audit_event for each statement execute function keep_everything();
