-- As Ledgerline made it before there were migrations. Kept for test/postgres/migrations.test.ts; never changed.
create schema if not exists chain;
create table if not exists chain.seals (
  log       text        not null default '',
  page      bigint      not null check (page > 0),
  events    integer     not null check (events between 1 and 1000),
  position  text        not null,
  digest    bytea       not null,
  marks     bytea       not null,
  sealed_at timestamptz not null default now(),
  primary key (log, page)
);
-- As it was while every log was in its own database: positions were numbers.
do $$ begin
  if not exists (select from information_schema.columns where table_schema = 'chain' and table_name = 'seals' and column_name = 'log') then
    alter table chain.seals add column log text not null default '', alter column position type text using lpad(position::text, 19, '0'),
      drop constraint seals_pkey, add primary key (log, page);
  end if;
end $$;
comment on column chain.seals.log is 'Which log: empty for the one in this database, otherwise its identity.';
comment on table chain.seals is 'Digests over the ledger, 1000 events a page; each is made of the one before it. How: ops/docs/chain.md.';
comment on column chain.seals.events is 'Events in the page; the last page grows.';
comment on column chain.seals.position is 'Position of its last event.';
comment on column chain.seals.marks is 'For each event, which of a broken page it is: CRC-32 of its position, 8 bytes of its digest.';

create or replace function chain.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'what is sealed stays sealed (% of chain.seals)', lower(tg_op) using errcode = 'insufficient_privilege';
end $$;
create or replace trigger never_taken_away before delete or truncate on chain.seals for each statement execute function chain.refuse_change();
create or replace trigger only_grows before update on chain.seals for each row
  when (new.log <> old.log or new.page <> old.page or new.events <= old.events) execute function chain.refuse_change();
