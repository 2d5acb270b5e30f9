/**
 * The chain over the ledger (promise 8 of the design): whatever is done to the stored events is found, and named as
 * exactly as possible; what is legitimate (a person is forgotten, sealing at other moments) changes nothing.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Client } from 'pg'
import { BEGINNING, PAGE_EVENTS, PageDigest, type Seal } from '@ledgerline/adapters/log/chain/chain.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { toPosition } from '@ledgerline/adapters/log/position.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { keepSealing, sealUp } from '@ledgerline/adapters/log/chain/sealer.ts'
import { memorySeals, openSeals, type Seals } from '@ledgerline/adapters/log/chain/seals.ts'
import { copyLog } from '@ledgerline/adapters/log/transfer.ts'
import { verifyChain, type ChainVerified } from '@ledgerline/adapters/log/chain/verify-chain.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog, LogEvent, LogPage, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { until } from '../support/gate.ts'
import { freshDatabase } from '../support/postgres.ts'
import { openDirectory } from '../cli/run.ts'

interface Context {
  log: EventLog
  seals: Seals
  client: Client
  url: string
  remove: () => Promise<void>
}

const test = suite<Context>('the chain (promise 8)')

test.before.each(async (context) => {
  const database = await freshDatabase('chain')
  context.url = database.url
  context.log = await openPostgresLog({ url: database.url })
  context.seals = await openSeals(database.url, context.log)
  context.client = connection(database.url, { application: 'test' })
  await context.client.connect()
  context.remove = async () => {
    await Promise.all([context.log.close(), context.seals.close(), context.client.end()])
    await database.drop()
  }
})
test.after.each(async ({ remove }) => remove())

const happened = (number: number): StoredEvent => ({
  id: randomUUID(),
  type: `Happened${number % 7}`,
  data: JSON.stringify({ number, said: '通话 📞' }),
  metadata: '{"t":"t","a":"test","at":1}',
})

/** Appends this many events to many streams. */
async function append(log: EventLog, count: number, stream = 'call-t.1'): Promise<void> {
  const events = Array.from({ length: count }, (_, number) => happened(number))
  const appends = Array.from({ length: Math.ceil(count / 50) }, (_, part) => ({
    stream: `${stream}-${part}`,
    expected: 'any' as const,
    events: events.slice(part * 50, part * 50 + 50),
  }))
  await log.appendMany(appends)
}

/** Someone who has the database, and knows how to get past what only guards against accidents. */
async function tamper(client: Client, ...statements: string[]): Promise<void> {
  await client.query(`begin; set local session_replication_role = replica; ${statements.join(';')}; commit`)
}

/** Findings in short: page, what, and the place without its zeros. */
function told({ findings }: ChainVerified): string[] {
  return findings.map(({ page, what, position }) =>
    [page, what, position && Number(position)].filter((part) => part !== null).join(' '),
  )
}

/** The report on a ledger of 2,500 events that was sealed and then tampered with. */
async function afterwards({ log, seals, client }: Context, ...statements: string[]): Promise<ChainVerified> {
  await append(log, 2_500)
  await sealUp({ log, seals })
  await tamper(client, ...statements)
  return verifyChain({ log, seals })
}

test('an untouched ledger is intact, up to its head, with a digest to keep', async ({ log, seals }) => {
  assert.equal(await verifyChain({ log, seals }).then(({ intact, head }) => [intact, head]), [true, null], 'empty')
  await append(log, 2_500)
  await sealUp({ log, seals })
  const { intact, head, pages, events, findings } = await verifyChain({ log, seals })
  assert.equal([intact, pages, events, findings], [true, 3, 2_500, []])
  assert.is(head!.position, await log.head())
  assert.match(head!.digest, /^[0-9a-f]{64}$/)
})

test('the digest can be computed from the log alone, as ops/docs/chain.md does in SQL', async ({
  log,
  seals,
  client,
}) => {
  await append(log, 2_345)
  await sealUp({ log, seals })
  const { head } = await verifyChain({ log, seals })
  const { rows } = await client.query<{ digest: string }>(CHAIN_IN_SQL)
  assert.is(rows[0]!.digest, head!.digest)
})

const changes: [what: string, statement: string][] = [
  ['its data', `update log.events set data = replace(data, '1233', '1234') where position = 1234`],
  ['its metadata', `update log.events set metadata = '{}' where position = 1234`],
  ['its type', `update log.events set type = 'Else' where position = 1234`],
  ['its stream', `update log.events set stream = 'call-t.else' where position = 1234`],
  ['its revision', `update log.events set revision = 700 where position = 1234`],
  ['its id', `update log.events set id = gen_random_uuid() where position = 1234`],
  [
    'when it was recorded, by a microsecond',
    `update log.events set recorded_at = recorded_at + interval '1 microsecond' where position = 1234`,
  ],
]
for (const [what, statement] of changes) {
  test(`an event altered in ${what} is named`, async (context) => {
    const verified = await afterwards(context, statement)
    assert.equal(told(verified), ['2 altered 1234'])
    assert.not(verified.intact)
  })
}

test('a removed event is named by its place', async (context) => {
  assert.equal(told(await afterwards(context, 'delete from log.events where position = 1700')), ['2 removed 1699'])
})

test('the first events, removed, are missed', async (context) => {
  assert.equal(told(await afterwards(context, 'delete from log.events where position <= 2')), [
    '1 removed',
    '1 removed',
  ])
})

test('the last events, cut off, are missed', async (context) => {
  assert.equal(told(await afterwards(context, 'delete from log.events where position > 2498')), [
    '3 removed 2498',
    '3 removed 2498',
  ])
})

test('an event removed and the gap closed: its page says so first', async (context) => {
  const closed = [
    'delete from log.events where position = 1500',
    'update log.events set position = -position where position > 1500',
    'update log.events set position = -position - 1 where position < 0',
  ]
  const verified = await afterwards(context, ...closed)
  assert.is(verified.findings[0]!.page, 2)
  const moved = verified.findings.filter(({ what }) => what === 'moved')
  assert.equal(Number(moved[0]!.position), 1500)
})

test('an inserted event is named', async (context) => {
  const put = [
    'update log.events set position = -position where position > 1500',
    'update log.events set position = 1 - position where position < 0',
    `insert into log.events select 1501, 'call-t.forged', 0, gen_random_uuid(), type, data, metadata, recorded_at from log.events where position = 1500`,
  ]
  const verified = await afterwards(context, ...put)
  const forged = verified.findings.find(({ event }) => event?.stream === 'call-t.forged')!
  assert.equal([verified.findings[0]!.page, forged.what, Number(forged.position)], [2, 'altered', 1501])
})

test('an event inserted before the first one, where no reader of the log looks, is found', async (context) => {
  const verified = await afterwards(
    context,
    `insert into log.events select 0, 'call-t.forged', 0, gen_random_uuid(), type, data, metadata, recorded_at from log.events where position = 1`,
  )
  assert.equal(told(verified), ['outside'])
})

test('two events that changed places are both named', async (context) => {
  const swap = [
    'update log.events set position = -1 where position = 1100',
    'update log.events set position = 1100 where position = 1200',
    'update log.events set position = 1200 where position = -1',
  ]
  assert.equal(told(await afterwards(context, ...swap)), ['2 moved 1100', '2 moved 1200'])
})

test('several changes are several findings, and a page is not blamed for the previous one', async (context) => {
  const verified = await afterwards(
    context,
    `update log.events set data = '{}' where position in (10, 1000, 1001, 2400)`,
    'delete from log.events where position = 900',
  )
  assert.equal(told(verified), ['1 altered 10', '1 altered 1000', '1 removed 899', '2 altered 1001', '3 altered 2400'])
})

test('a seal that was altered, and one that was removed, are distinguished from changed events', async (context) => {
  const { client, log, seals } = context
  assert.equal(told(await afterwards(context, `update chain.seals set digest = sha256('else') where page = 1`)), [
    '1 resealed 1000',
    '2 resealed 2000',
  ])
  await tamper(
    client,
    `update chain.seals set digest = sha256('else') where page = 2`,
    'delete from chain.seals where page = 1',
  )
  assert.equal(told(await verifyChain({ log, seals })), ['1 unsealed', '2 resealed 2000', '3 resealed 2500'])
})

test('altering an event and computing all seals anew is revealed by a digest noted before', async (context) => {
  const { client, log, seals } = context
  await append(log, 1_700)
  await sealUp({ log, seals })
  const { head: noted } = await verifyChain({ log, seals })
  await append(log, 1_300, 'call-t.2')
  await sealUp({ log, seals })
  assert.ok((await verifyChain({ log, seals }, { expect: noted! })).intact, 'the ledger has grown, the note holds')
  await tamper(client, `update log.events set data = '{}' where position = 40`, 'delete from chain.seals')
  await sealUp({ log, seals })
  assert.ok((await verifyChain({ log, seals })).intact, 'the seals alone say nothing')
  assert.equal(told(await verifyChain({ log, seals }, { expect: noted! })), ['note 1700'])
})

test('a ledger cut off below a noted digest is found, even if its seals were cut off with it', async (context) => {
  const { client, log, seals } = context
  await append(log, 1_700)
  await sealUp({ log, seals })
  const { head: noted } = await verifyChain({ log, seals })
  await tamper(client, 'delete from log.events where position > 1000', 'delete from chain.seals where page > 1')
  assert.ok((await verifyChain({ log, seals })).intact)
  assert.equal(told(await verifyChain({ log, seals }, { expect: noted! })), ['note 1700'])
})

test('from a noted digest on, only what came after it is read and judged', async (context) => {
  const { client, log, seals } = context
  await append(log, 2_500)
  await sealUp({ log, seals })
  const { head: noted } = await verifyChain({ log, seals })
  await append(log, 1_000, 'call-t.2')
  await sealUp({ log, seals })
  const since = await verifyChain({ log, seals }, { since: noted! })
  assert.equal([since.intact, since.events], [true, 1_500])
  await tamper(client, `update log.events set data = '{}' where position in (5, 3000)`)
  assert.equal(told(await verifyChain({ log, seals }, { since: noted! })), ['3 altered 3000'])
  await tamper(client, `update log.events set data = '{}' where position = 2100`)
  assert.equal(told(await verifyChain({ log, seals }, { since: noted! })), [
    '3 altered 2100',
    '3 altered 3000',
    'note 2500',
  ])
})

test('a growing page is not sealed over what was altered in it', async ({ log, seals, client }) => {
  await append(log, 300)
  await sealUp({ log, seals })
  await tamper(client, `update log.events set data = '{}' where position = 7`)
  await append(log, 2_000, 'call-t.2')
  const problem = await sealUp({ log, seals }).then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(problem, 'chain.broken'), String(problem))
  assert.equal(told(await verifyChain({ log, seals })), ['1 altered 7'])
})

test('a running house seals after its appends; what is broken is reported once, and nothing is sealed after it', async ({
  log,
  seals,
  client,
}) => {
  let rounds = 0
  const counted: Seals = { ...seals, last: () => (rounds++, seals.last()) }
  const troubles: unknown[] = []
  const sealing = keepSealing({ log, seals: counted }, { everyMs: 1, onTrouble: (error) => troubles.push(error) })
  try {
    await append(log, 1_700)
    const head = (await log.head())!
    await until('all of it is sealed', async () => (await seals.last())?.position === head)
    await tamper(client, `update log.events set data = '{}' where position = 1300`)
    await append(log, 300, 'call-t.2')
    const before = rounds
    await until('it has looked again and again', () => rounds > before + 3)
    assert.is((await seals.last())!.position, head)
    assert.equal(
      troubles.map((error) => isProblem(error, 'chain.broken')),
      [true],
    )
  } finally {
    await sealing.stop()
  }
})

test('a step that took an hour, because the process stood or the log was away, is no reason to pause for an hour', async () => {
  const log = new MemoryLog(() => 1)
  await append(log, 3_000)
  const now = performance.now
  let leapt = 0
  performance.now = () => now.call(performance) + leapt
  const read = log.readAll.bind(log)
  log.readAll = async function* (...asked) {
    for await (const page of read(...asked)) {
      leapt += 3_600_000
      yield page
    }
  }
  try {
    const sealed = await sealUp({ log, seals: memorySeals(), gently: true, signal: AbortSignal.timeout(20_000) })
    assert.is(sealed?.position, await log.head())
  } finally {
    performance.now = now
    await log.close()
  }
})

test('what is sealed is not sealed again, nor removed by accident', async ({ log, seals, client }) => {
  await append(log, 1_200)
  await sealUp({ log, seals })
  const sealed = await seals.from(1, 10)
  await seals.keep(sealed.map((seal) => ({ ...seal, digest: BEGINNING })))
  assert.equal(await seals.from(1, 10), sealed)
  for (const change of ['delete from chain.seals', 'truncate chain.seals', `update chain.seals set digest = ''`]) {
    const refused = await client.query(change).then(
      () => null,
      (error: Error) => error,
    )
    assert.match(refused!.message, 'stays sealed', change)
  }
})

test('several sealing at once seal the same', async ({ log, seals, url }) => {
  await append(log, 2_300)
  const others = await Promise.all([openSeals(url, log), openSeals(url, log)])
  await Promise.all([seals, ...others].map((each) => sealUp({ log, seals: each })))
  assert.ok((await verifyChain({ log, seals })).intact)
  await Promise.all(others.map((each) => each.close()))
})

test('seals are of one log: a copy in the same hands starts its own, and seals from before logs were distinguished stay', async ({
  log,
  seals,
  client,
  url,
}) => {
  await append(log, 2_300)
  const [sealed] = [await sealUp({ log, seals })]
  // The table as it was.
  await client.query(`begin; set local session_replication_role = replica; drop trigger only_grows on chain.seals;
    drop table chain.migrations, chain.migrations_lock; alter table chain.seals drop constraint seals_pkey, drop column log, add primary key (page), alter column position type bigint using position::bigint; commit`)
  const again = await openSeals(url, log)
  assert.equal(await again.last(), sealed)
  assert.ok((await verifyChain({ log, seals: again })).intact)
  const copy = new MemoryLog(Date.now)
  await copyLog({ from: log, to: copy })
  const own = await openSeals(url, copy)
  assert.is(await own.last(), null)
  await sealUp({ log: copy, seals: own })
  assert.ok((await verifyChain({ log: copy, seals: own })).intact)
  assert.equal(await again.last(), sealed)
  assert.is((await own.last())!.events, 300)
  await Promise.all([again.close(), own.close()])
})

test('the same SQL digests a copied ledger', async ({ log, seals, client }) => {
  const early = new MemoryLog(() => Date.UTC(2026, 0, 5))
  await append(early, 1_200)
  await copyLog({ from: early, to: log })
  await sealUp({ log, seals })
  const { head } = await verifyChain({ log, seals })
  const { rows } = await client.query<{ digest: string }>(CHAIN_IN_SQL)
  assert.is(rows[0]!.digest, head!.digest)
})

test('forgetting a person leaves the chain whole: it is over the stored form, sealed fields and all', async ({
  log,
  seals,
  url,
}) => {
  const directory = openDirectory()
  const vault = await openVault({ url, directory: directory.path })
  try {
    const codec = new Codec(catalogue, vault)
    const data = {
      callId: 'c1',
      legId: 'l1',
      direction: 'inbound',
      from: '13800002225',
      fromRaw: '13800002225',
      to: '95588',
      gateway: null,
      customerId: null,
      category: null,
      priority: 0,
    }
    const meta = { tenant: 't', actor: 'test', at: 1, origin: 'live' as const, correlation: null, causation: null }
    await log.append(
      'call-t.c1',
      'none',
      await codec.encode([{ id: randomUUID(), event: { type: 'CallReceived', data }, meta }]),
    )
    await sealUp({ log, seals })
    const { head } = await verifyChain({ log, seals })
    assert.ok(await vault.forget('t', vault.subject('t', '13800002225')))
    const [read] = await codec.decodeAll(await log.readStream('call-t.c1'))
    assert.is((read!.data as { from: unknown }).from, null)
    assert.equal(await verifyChain({ log, seals }, { expect: head! }).then(({ intact, head }) => [intact, head]), [
      true,
      head,
    ])
  } finally {
    await vault.close()
    directory.remove()
  }
})

// ── page borders: any number of events, sealed at any moments ────────────────────────────────────

/** A log that delivers events as someone left them. */
function showing(events: readonly LogEvent[]): EventLog {
  const log = new MemoryLog(() => 0)
  log.head = async () => events.at(-1)?.position ?? null
  log.readAll = async function* (after, { pageSize = 777 } = {}): AsyncIterable<LogPage> {
    const rest = events.filter(({ position }) => after === null || position > after)
    for (let at = 0; at < rest.length; at += pageSize)
      yield {
        events: rest.slice(at, at + pageSize),
        position: rest[Math.min(at + pageSize, rest.length) - 1]!.position,
        atHead: at + pageSize >= rest.length,
      }
  }
  return log
}

const eventAt = (place: number): LogEvent => ({
  id: randomUUID(),
  type: 'Happened',
  data: `{"place":${place}}`,
  metadata: '{}',
  stream: `call-t.${place % 9}`,
  revision: Math.floor(place / 9),
  position: toPosition(place),
  recordedAt: place,
})

async function sealedAt(events: readonly LogEvent[], lengths: readonly number[]): Promise<Seals & { kept: Seal[] }> {
  const seals = memorySeals()
  for (const length of [...lengths, events.length].sort((a, b) => a - b))
    await sealUp({ log: showing(events.slice(0, length)), seals })
  return seals
}

const near = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -2, max: 2 }))
  .map(([pages, off]) => Math.max(1, pages * PAGE_EVENTS + off))

test('sealed at whatever moments, a ledger of whatever length has one digest', async () => {
  await fc.assert(
    fc.asyncProperty(near, fc.array(fc.integer({ min: 1, max: 3_002 }), { maxLength: 4 }), async (length, moments) => {
      const events = Array.from({ length }, (_, index) => eventAt(index + 1))
      const seals = await sealedAt(
        events,
        moments.filter((moment) => moment < length),
      )
      let digest = new PageDigest(BEGINNING)
      for (const event of events) {
        if (digest.full) digest = new PageDigest(digest.digest())
        digest.take(event)
      }
      const verified = await verifyChain({ log: showing(events), seals })
      assert.equal(
        [verified.intact, verified.head?.digest, verified.events],
        [true, digest.digest().toString('hex'), length],
      )
      assert.equal(
        seals.kept.map((seal) => seal.events),
        Array.from({ length: Math.ceil(length / PAGE_EVENTS) }, (_, page) =>
          Math.min(PAGE_EVENTS, length - page * PAGE_EVENTS),
        ),
      )
    }),
    { numRuns: 15 },
  )
})

test('at whatever place, and however near a page border, one change is one finding that names it', async () => {
  await fc.assert(
    fc.asyncProperty(near, near, fc.constantFrom('alter', 'remove', 'insert'), async (length, asked, change) => {
      const place = Math.min(asked, length)
      // Every other place is free, as in logs that number their events with gaps.
      const events = Array.from({ length }, (_, index) => eventAt(2 * (index + 1)))
      const seals = await sealedAt(events, [])
      const changed = [...events]
      if (change === 'alter') changed[place - 1] = { ...events[place - 1]!, data: '{}' }
      if (change === 'remove') changed.splice(place - 1, 1)
      if (change === 'insert') changed.splice(place - 1, 0, eventAt(2 * place - 1))
      const page = Math.ceil(place / PAGE_EVENTS)
      const named = {
        alter: `${page} altered ${2 * place}`,
        remove: place === 1 ? `${page} removed` : `${page} removed ${2 * place - 2}`,
        insert: `${page} inserted ${2 * place - 1}`,
      }[change]!
      assert.equal(told(await verifyChain({ log: showing(changed), seals })), [named])
    }),
    { numRuns: 30 },
  )
})

/** The statement of the page that auditors read. */
const CHAIN_IN_SQL = /```sql\n([\s\S]*?)```/.exec(
  readFileSync(new URL('../../ops/docs/chain.md', import.meta.url), 'utf8'),
)![1]!

test.run()
