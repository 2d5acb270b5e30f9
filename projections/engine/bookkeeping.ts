/**
 * The engine's own tables, in schema `tables`: which tables there are, how far each has come, what is parked, jobs,
 * readers.
 */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Layout } from '../postgres/migrate.ts'
import { SCHEMA } from './table.ts'

export const bookkeeping: Layout = {
  schema: SCHEMA,
  newer: (found, known) => new Problem('tables.newer', { model: 'tables', found, known }),
  migrations: {
    1: `
create table if not exists ${SCHEMA}.books (version integer not null);
-- Which log: see origin.ts.
alter table ${SCHEMA}.books add column if not exists log text;
create table if not exists ${SCHEMA}.models (
  table_name text primary key,
  model text not null,
  version integer not null,
  round integer not null,
  fingerprint text not null,
  live boolean not null,
  made_at timestamptz not null default now());
create unique index if not exists models_live on ${SCHEMA}.models (model) where live;
create table if not exists ${SCHEMA}.checkpoints (
  table_name text not null references ${SCHEMA}.models on delete cascade,
  lane text not null,
  position text,
  recorded_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (table_name, lane)) with (fillfactor = 50);
create table if not exists ${SCHEMA}.parked (
  table_name text not null references ${SCHEMA}.models on delete cascade,
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
-- Of a stream: where its events began to count again.
alter table ${SCHEMA}.parked add column if not exists resumed text;
-- Place in the stream of the event that could not be taken.
alter table ${SCHEMA}.parked add column if not exists revision bigint;
create table if not exists ${SCHEMA}.board_snapshots (
  versions text not null,
  tenant text not null,
  position text not null,
  recorded_at timestamptz not null,
  at timestamptz not null,
  boards jsonb not null,
  primary key (versions, tenant, position));
-- What a view was made by: it is left alone where that has not changed.
create table if not exists ${SCHEMA}.views (
  name text primary key,
  digest text not null);
create table if not exists ${SCHEMA}.readers (
  role text primary key,
  tenant text,
  secret text not null);
alter table ${SCHEMA}.books add column if not exists made_at timestamptz not null default now();
create table if not exists ${SCHEMA}.jobs (
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
create index if not exists jobs_due on ${SCHEMA}.jobs (due_at) where state = 'waiting';
create index if not exists jobs_ended on ${SCHEMA}.jobs (ended_at) where state <> 'waiting';
comment on table ${SCHEMA}.jobs is 'What shall leave the house because of an event: waiting, done, or dead (given up after many attempts).';
`,
  },
}
