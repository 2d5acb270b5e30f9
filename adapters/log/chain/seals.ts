/**
 * Where the chain's seals are kept: in the log's database, beside what they seal, so that a backup of one is a backup
 * of the other. Seals held by the same people as the log prove little against those people: that is what a digest noted
 * outside is for. Seals of a log that is elsewhere (EventStoreDB) are kept under its identity: they say nothing about
 * another log, nor about a copy, whose positions differ.
 */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { answered } from '../../postgres/answered.ts'
import { withOwnTables } from '../../postgres/own-tables.ts'
import { PAGE_EVENTS, type Seal } from './chain.ts'
import type { Signature } from './signature.ts'

export interface Seals {
  /** Seals from a page on, in order, at most `limit`. */
  from(page: number, limit: number): Promise<Seal[]>
  /** The last one; null if nothing was sealed yet. */
  last(): Promise<Seal | null>
  /** Keeps seals. A page that is already sealed as far or further stays as it is: nothing is ever resealed. */
  keep(seals: readonly Seal[]): Promise<void>
  /** Signatures from a number on, in order, at most `limit`. */
  signatures(from: number, limit: number): Promise<Signature[]>
  /** The last signature; null: nothing was signed yet. */
  lastSignature(): Promise<Signature | null>
  /** Keeps a signature. False: there is one of that number already; it stays. */
  keepSignature(signature: Signature): Promise<boolean>
  /** Events in the store that are outside the order seen by the log's readers. */
  strays(): Promise<number>
  close(): Promise<void>
}

const layout: Layout = {
  schema: 'chain',
  newer: (found, known) => new Problem('log.newer', { found, known }),
  migrations: {
    1: `
create table if not exists chain.seals (
  log       text        not null default '',
  page      bigint      not null check (page > 0),
  events    integer     not null check (events between 1 and ${PAGE_EVENTS}),
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
comment on table chain.seals is 'Digests over the ledger, ${PAGE_EVENTS} events a page; each is made of the one before it. How: ops/docs/chain.md.';
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
`,
    2: `
create table if not exists chain.signatures (
  log        text    not null,
  number     bigint  not null check (number > 0),
  after      text    not null,
  position   text    not null,
  digest     text    not null,
  at         bigint  not null,
  public_key bytea   not null,
  signature  bytea   not null,
  primary key (log, number)
);
comment on table chain.signatures is
  'Who vouched that the ledger had a digest at a moment; each includes the one before it. How: ops/docs/chain.md.';
comment on column chain.signatures.after is 'SHA-256 of the signature before.';
comment on column chain.signatures.at is 'UTC milliseconds.';
comment on column chain.signatures.public_key is 'SubjectPublicKeyInfo (DER).';
create or replace function chain.refuse_signature_change() returns trigger language plpgsql as $$
begin
  raise exception 'what is signed stays signed (% of chain.signatures)', lower(tg_op) using errcode = 'insufficient_privilege';
end $$;
create or replace trigger never_changed before update or delete or truncate on chain.signatures
  for each statement execute function chain.refuse_signature_change();
`,
  },
}

/** Seals sent in one statement. */
const BATCH = 200

/** The log in the same database. */
const BESIDE = ''

const COLUMNS = 'page, events, position, digest, marks'
const SIGNED = 'log, number, after, position, digest, at, public_key as "publicKey", signature'

/**
 * Opens the seals of a log.
 * @param url the database where they are kept: the log's own, if it has one
 * @throws Problem `log.unavailable`
 */
export async function openSeals(url: string, log: Pick<EventLog, 'identity'>): Promise<Seals> {
  const pool = await withOwnTables(url, { application: 'ledgerline seals', max: 1 }, layout)
  let known: string | null = null
  /** The log's name in the table. A log without a name has no seals yet: it is empty. */
  const name = async (): Promise<string> => {
    known ??= await log.identity()
    return known === null || known.startsWith('postgres ') ? BESIDE : known
  }
  return {
    async from(page, limit) {
      const { rows } = await answered(
        pool.query<Seal>(`select ${COLUMNS} from chain.seals where log = $1 and page >= $2 order by page limit $3`, [
          await name(),
          page,
          limit,
        ]),
      )
      return rows
    },
    async last() {
      const { rows } = await answered(
        pool.query<Seal>(`select ${COLUMNS} from chain.seals where log = $1 order by page desc limit 1`, [
          await name(),
        ]),
      )
      return rows[0] ?? null
    },
    async keep(seals) {
      for (let start = 0; start < seals.length; start += BATCH) {
        const batch = seals.slice(start, start + BATCH)
        await answered(
          pool.query(
            `insert into chain.seals as kept (log, ${COLUMNS}) select $6, * from unnest($1::bigint[], $2::integer[], $3::text[], $4::bytea[], $5::bytea[])
             on conflict (log, page) do update set events = excluded.events, position = excluded.position, digest = excluded.digest, marks = excluded.marks, sealed_at = now()
             where excluded.events > kept.events`,
            [
              batch.map(({ page }) => page),
              batch.map(({ events }) => events),
              batch.map(({ position }) => position),
              batch.map(({ digest }) => digest),
              batch.map(({ marks }) => marks),
              await name(),
            ],
          ),
        )
      }
    },
    async signatures(from, limit) {
      const { rows } = await answered(
        pool.query<Signature>(
          `select ${SIGNED} from chain.signatures where log = $1 and number >= $2 order by number limit $3`,
          [(await log.identity()) ?? '', from, limit],
        ),
      )
      return rows
    },
    async lastSignature() {
      const { rows } = await answered(
        pool.query<Signature>(`select ${SIGNED} from chain.signatures where log = $1 order by number desc limit 1`, [
          (await log.identity()) ?? '',
        ]),
      )
      return rows[0] ?? null
    },
    async keepSignature({ log: of, number, after, position, digest, at, publicKey, signature }) {
      const { rowCount } = await answered(
        pool.query(
          `insert into chain.signatures (log, number, after, position, digest, at, public_key, signature)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (log, number) do nothing`,
          [of, number, after, position, digest, at, publicKey, signature],
        ),
      )
      return rowCount === 1
    },
    async strays() {
      // Only our own table can be asked for events that no reader sees.
      if ((await name()) !== BESIDE) return 0
      const { rows } = await answered(
        pool.query<{ count: number }>('select count(*) from log.events where position < 1'),
      )
      return rows[0]!.count
    },
    close: () => pool.end(),
  }
}

/** Seals in memory: for tests, and for logs that forget. */
export function memorySeals(): Seals & { kept: Seal[]; signed: Signature[] } {
  const kept: Seal[] = []
  const signed: Signature[] = []
  return {
    kept,
    signed,
    signatures: async (from, limit) => signed.filter(({ number }) => number >= from).slice(0, limit),
    lastSignature: async () => signed.at(-1) ?? null,
    async keepSignature(signature) {
      if (signed.some(({ number }) => number === signature.number)) return false
      signed.push(signature)
      return true
    },
    from: async (page, limit) => kept.filter((seal) => seal.page >= page).slice(0, limit),
    last: async () => kept.at(-1) ?? null,
    async keep(seals) {
      for (const seal of seals) {
        const index = kept.findIndex(({ page }) => page === seal.page)
        if (index < 0) kept.push(seal)
        else if (kept[index]!.events < seal.events) kept[index] = seal
      }
    },
    strays: async () => 0,
    close: async () => {},
  }
}
