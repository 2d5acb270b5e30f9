-- As Ledgerline made it before there were migrations. Kept for test/postgres/migrations.test.ts; never changed.
create schema if not exists tables;
create table if not exists tables.books (version integer not null);
alter table tables.books add column if not exists log text;
create table if not exists tables.models (
     table_name text primary key,
     model text not null,
     version integer not null,
     round integer not null,
     fingerprint text not null,
     live boolean not null,
     made_at timestamptz not null default now());
create unique index if not exists models_live on tables.models (model) where live;
create table if not exists tables.checkpoints (
     table_name text not null references tables.models on delete cascade,
     lane text not null,
     position text,
     recorded_at timestamptz,
     updated_at timestamptz not null default now(),
     primary key (table_name, lane)) with (fillfactor = 50);
create table if not exists tables.parked (
     table_name text not null references tables.models on delete cascade,
     lane text not null,
     tenant text not null,
     key text not null,
     event_id text not null,
     event_type text not null,
     position text not null,
     reason text not null,
     waiting bigint not null default 0,
     parked_at timestamptz not null default now(),
     primary key (table_name, lane, tenant, key));
alter table tables.parked add column if not exists resumed text;
alter table tables.parked add column if not exists revision bigint;
create table if not exists tables.board_snapshots (
     versions text not null,
     tenant text not null,
     position text not null,
     recorded_at timestamptz not null,
     at timestamptz not null,
     boards jsonb not null,
     primary key (versions, tenant, position));
create table if not exists tables.views (
     name text primary key,
     digest text not null);
create table if not exists tables.readers (
     role text primary key,
     tenant text,
     secret text not null);
alter table tables.books add column if not exists made_at timestamptz not null default now();
create table if not exists tables.jobs (
     id text primary key,
     kind text not null,
     tenant text not null,
     model text not null,
     event_id text not null,
     event_type text not null,
     position text not null,
     recorded_at timestamptz not null,
     row jsonb not null,
     state text not null default 'waiting' check (state in ('waiting', 'done', 'dead')),
     attempts integer not null default 0,
     due_at timestamptz not null default now(),
     last_error text,
     queued_at timestamptz not null default now(),
     ended_at timestamptz);
create index if not exists jobs_due on tables.jobs (due_at) where state = 'waiting';
create index if not exists jobs_ended on tables.jobs (ended_at) where state <> 'waiting';
comment on table tables.jobs is 'What shall leave the house because of an event: waiting, done, or dead (given up after many attempts).';
create or replace function tables.advance(of_lane text, of_tables text[], from_position text, to_position text, recorded timestamptz) returns void
     language plpgsql as $$
     declare moved integer;
     begin
       update tables.checkpoints c set position = to_position, recorded_at = recorded, updated_at = now()
         from tables.models m
         where c.lane = of_lane and c.table_name = any(of_tables) and c.position is not distinct from from_position
           and m.table_name = c.table_name;
       get diagnostics moved = row_count;
       if moved <> cardinality(of_tables) then
         raise exception 'the checkpoint of lane % is not where this engine left it', of_lane using errcode = 'LL001';
       end if;
     end $$;
insert into tables.books (version, log) values (1, '');
