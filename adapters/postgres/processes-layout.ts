/** Schema `processes`, beside the tables: which process acts under which name, and how far each process has come. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Layout } from '@ledgerline/projections/postgres/migrate.ts'

export const processesLayout: Layout = {
  schema: 'processes',
  newer: (found, known) => new Problem('tables.newer', { model: 'processes', found, known }),
  migrations: {
    1: `
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
create table if not exists processes.snapshots (
  name text primary key,
  shape integer not null,
  position text not null,
  state text not null,
  taken_at timestamptz not null default now()
);
alter table processes.snapshots add column if not exists log text;
comment on table processes.snapshots is 'Where each process stood lately, so that its successor need not read the whole log.';
`,
  },
}
