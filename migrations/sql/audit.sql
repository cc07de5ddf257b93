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

create table stream_head (
    stream  text primary key,
    seq     bigint not null,
    hash    text not null
);
create function advance_by_one() returns trigger language plpgsql as $$
begin
  if new.seq <> old.seq + 1 then perform assay.refuse('a_stream_is_gapless', format('stream %s goes from %s to %s', old.stream, old.seq, new.seq)); end if;
  return new;
end $$;
create trigger advance_by_one before update on stream_head for each row execute function advance_by_one();

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
