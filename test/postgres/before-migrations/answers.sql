-- As Ledgerline made it before there were migrations. Kept for test/postgres/migrations.test.ts; never changed.
create schema if not exists answers;
create table if not exists answers.kept (
  tenant text not null,
  command_id text not null,
  digest text not null,
  answer text,
  refusal text,
  kept_at timestamptz not null,
  primary key (tenant, command_id)
);
comment on table answers.kept is 'What commands were answered in the last 24 hours: a repeated command changes nothing.';
create index if not exists kept_at on answers.kept (kept_at);
