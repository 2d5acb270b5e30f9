-- As Ledgerline made it before there were migrations. Kept for test/postgres/migrations.test.ts; never changed.
create schema if not exists keys;
create table if not exists keys.master (check_value bytea not null, made_at timestamptz not null default now());
comment on table keys.master is 'One row: recognises the master key that wraps the keys of persons.';
create unique index if not exists one_master on keys.master ((true));
create table if not exists keys.person_keys (
  tenant text not null,
  subject text not null,
  wrapped_key bytea not null,
  made_at timestamptz not null default now(),
  primary key (tenant, subject)
);
comment on table keys.person_keys is 'The key of each person, wrapped by the master key. Deleting a row forgets the person.';
comment on column keys.person_keys.subject is 'Keyed hash of the person''s number or customer id.';
