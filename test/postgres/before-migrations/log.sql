-- As Ledgerline made it before there were migrations. Kept for test/postgres/migrations.test.ts; never changed.
create schema log;

create table log.layout (version integer not null, made_at timestamptz not null default now());
comment on table log.layout is 'Version of the layout of this schema.';

create table log.events (
  position    bigint      not null primary key,
  stream      text        not null,
  revision    integer     not null,
  id          uuid        not null,
  type        text        not null,
  data        text        not null,
  metadata    text        not null,
  recorded_at timestamptz not null,
  unique (stream, revision)
);
comment on table log.events is 'The ledger: every event once, never changed. Personal fields are encrypted. Appended to by log.append() only.';
comment on column log.events.position is 'Place in the log, from 1, without gaps; visible in this order.';
comment on column log.events.stream is '<category>-<tenant>.<id>';
comment on column log.events.revision is 'Place in its stream, from 0, without gaps.';
comment on column log.events.recorded_at is 'When the log took it; never goes back from one position to the next.';
-- Whole events stay in their row: a page is read from one place.
alter table log.events set (toast_tuple_target = 8160, autovacuum_vacuum_insert_scale_factor = 0.5);

create function log.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is never changed (% of log.events)', lower(tg_op) using errcode = 'insufficient_privilege';
end $$;
create trigger never_changed before update or delete or truncate on log.events for each statement execute function log.refuse_change();

insert into log.layout (version) values (1);
