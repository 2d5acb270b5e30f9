/** Support for tests of the import: a log in memory, and files made of rows. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { COLUMNS } from '@ledgerline/adapters/import/anonymous-bank/rows.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { Sealing } from '@ledgerline/adapters/keys/sealing.ts'
import { KeyVault } from '@ledgerline/adapters/keys/vault.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'

export function bankTarget() {
  const log = new MemoryLog(() => Date.UTC(2026, 0, 7))
  const codec = new Codec(catalogue, memoryVault())
  return { log, codec, tenant: 'bank' }
}

interface LedgerOfBefore {
  masterKey: string
  keys: { tenant: string; subject: string; wrapped: string }[]
  /** What had been imported into the tenant `bank`. */
  rows: string[]
  events: { stream: string; id: string; type: string; data: object; metadata: object }[]
}

/** A ledger written by an earlier version, with its keys. It holds agents by name, imported and configured. */
export async function ledgerOfBefore() {
  const { masterKey, keys, rows, events } = JSON.parse(
    readFileSync(new URL('../history/ledger-of-before.json', import.meta.url), 'utf8'),
  ) as LedgerOfBefore
  const wrapped = new Map<string, Buffer>(
    keys.map(({ tenant, subject, wrapped: key }) => [`${tenant} ${subject}`, Buffer.from(key, 'base64')]),
  )
  const load = async (tenant: string, subjects: readonly string[]) =>
    new Map(
      subjects.flatMap((subject) =>
        wrapped.has(`${tenant} ${subject}`) ? [[subject, wrapped.get(`${tenant} ${subject}`)!] as const] : [],
      ),
    )
  const vault = new KeyVault(new Sealing(Buffer.from(masterKey, 'base64')), {
    load,
    async add(tenant, made) {
      for (const [subject, key] of made)
        if (!wrapped.has(`${tenant} ${subject}`)) wrapped.set(`${tenant} ${subject}`, key)
      return load(tenant, [...made.keys()])
    },
    remove: async () => false,
    close: async () => {},
  })
  const log = new MemoryLog(() => Date.UTC(2026, 0, 7))
  const streams = Map.groupBy(events, ({ stream }) => stream)
  for (const [stream, of] of streams)
    await log.append(
      stream,
      'none',
      of.map(({ id, type, data, metadata }) => ({
        id,
        type,
        data: JSON.stringify(data),
        metadata: JSON.stringify(metadata),
      })),
    )
  return { log, codec: new Codec(catalogue, vault), rows }
}

/** Everything in a log, in order. */
export async function everything({
  log,
  codec,
}: Pick<ReturnType<typeof bankTarget>, 'log' | 'codec'>): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = []
  for await (const page of log.readAll(null)) events.push(...(await codec.decodeAll(page.events)))
  return events
}

/** A row as the bank wrote it, served after a wait. Fields can be changed by name. */
export function bankRow(change: Partial<Record<(typeof COLUMNS)[number], string>> = {}): string {
  const row: Record<(typeof COLUMNS)[number], string> = {
    'vru+line': 'AA0101',
    call_id: '34540',
    customer_id: '27997683',
    priority: '2',
    type: 'PS',
    date: '990201',
    vru_entry: '8:00:00',
    vru_exit: '8:00:10',
    vru_time: '10',
    q_start: '8:00:10',
    q_exit: '8:01:00',
    q_time: '50',
    outcome: 'AGENT',
    ser_start: '8:00:59',
    ser_exit: '8:03:59',
    ser_time: '180',
    server: 'MICHAL',
    ...change,
  }
  return COLUMNS.map((column) => row[column]).join('\t')
}

/** Changes that turn a row into a caller who hung up. */
export const hungUp = {
  outcome: 'HANG',
  ser_start: '0:00:00',
  ser_exit: '0:00:00',
  ser_time: '0',
  server: 'NO_SERVER',
} as const
/** Changes that turn a row into a call that never queued. */
export const unqueued = { q_start: '0:00:00', q_exit: '0:00:00', q_time: '0' } as const

/** Writes files into a directory that is removed afterwards. */
export async function withFiles<T>(
  files: Record<string, string | Buffer>,
  work: (paths: Record<string, string>) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'ledgerline-history-'))
  try {
    const paths: Record<string, string> = {}
    for (const [name, content] of Object.entries(files)) {
      paths[name] = join(directory, name)
      await writeFile(paths[name], content)
    }
    return await work(paths)
  } finally {
    await rm(directory, { recursive: true })
  }
}

export function bankFile(...rows: string[]): string {
  return [COLUMNS.join('\t'), ...rows, ''].join('\n')
}

export function packed(text: string): Buffer {
  return gzipSync(text)
}

/** Resolves when every lane's tables contain the log up to its current head. */
export async function caughtUp(engine: Engine, log: EventLog): Promise<void> {
  const head = await log.head()
  const isThere = () => head === null || engine.status().every(({ position }) => position !== null && position >= head)
  if (isThere()) return
  await new Promise<void>((resolve) => {
    const forget = engine.onCommitted(() => {
      // A lane's checkpoint moves after its listeners have been told.
      queueMicrotask(() => {
        if (!isThere()) return
        forget()
        resolve()
      })
    })
  })
}
