-- As Ledgerline made it before there were migrations. Kept for test/postgres/migrations.test.ts; never changed.
create schema if not exists processes;
create table if not exists processes.leases (
  name text primary key,
  epoch bigint not null,
  holder text not null,
  until timestamptz not null,
  renewals bigint not null,
  backend integer not null,
  began timestamptz
);
comment on table processes.leases is 'Which process acts under a name now, since which epoch and until when.';
create schema if not exists processes;
create table if not exists processes.snapshots (
  name text primary key,
  shape integer not null,
  position text not null,
  state text not null,
  taken_at timestamptz not null default now()
);
alter table processes.snapshots add column if not exists log text;
comment on table processes.snapshots is 'Where each process stood lately, so that its successor need not read the whole log.';
