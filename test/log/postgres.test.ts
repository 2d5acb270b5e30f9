/** The PostgreSQL log keeps the contract of every log, on a real server. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import type { EventLog, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { eventLogContract } from '../contract/event-log.ts'
import { freshDatabase } from '../support/postgres.ts'

eventLogContract(
  'PostgreSQL',
  async () => {
    const database = await freshDatabase('event_log')
    const { url } = database
    const log = await openPostgresLog({ url })
    return {
      log,
      another: () => openPostgresLog({ url }),
      dropConnections: () => database.dropConnections(),
      hesitate: (stream, events) => slowWriter(url, stream, events),
      async stall() {
        // A writer holds the lock, and everybody else waits.
        const { finish } = await slowWriter(url, 'shift-t.stalled', [
          { id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' },
        ])
        return { release: () => finish().catch(() => {}) }
      },
      async cut(stream, before) {
        // By hand, as anyone with the database can.
        const client = connection(url, { application: 'knife' })
        await client.connect()
        await client.query('alter table log.events disable trigger never_changed')
        await client.query('delete from log.events where stream = $1 and revision < $2', [stream, before])
        await client.query('alter table log.events enable trigger never_changed')
        await client.end()
      },
      async remove() {
        await log.close()
        await database.drop()
      },
    }
  },
  'another',
  'dropConnections',
  'hesitate',
  'stall',
  'cut',
)

/** Appends in a transaction that stays open, with its place in the log taken. */
async function slowWriter(
  url: string,
  stream: string,
  events: readonly StoredEvent[],
): Promise<{ finish(): Promise<void> }> {
  const client = connection(url, { application: 'slow writer' })
  await client.connect()
  await client.query('begin')
  await client.query('select * from log.append($1, $2, $3, $4, $5, $6, $7)', [
    [stream],
    [-1],
    events.map(() => 1),
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ data }) => data),
    events.map(({ metadata }) => metadata),
  ])
  return {
    async finish() {
      try {
        await client.query('commit')
      } finally {
        await client.end()
      }
    },
  }
}

const HOUR_MS = 3_600_000
const clock = suite('a clock that is far ahead')

clock('is not written into the ledger: appends wait until it is right, or someone confirms that it is', async () => {
  const database = await freshDatabase('clock_ahead')
  const log = await openPostgresLog({ url: database.url })
  const client = connection(database.url, { application: 'test' })
  await client.connect()
  const event = (): StoredEvent => ({ id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' })
  const lastIs = (ago: string) =>
    client.query(
      `begin; set local session_replication_role = replica; update log.events set recorded_at = now() - interval '${ago}'; commit`,
    )
  try {
    await log.append('shift-t.1', 'none', [event()])
    await lastIs('399 days')
    await log.append('shift-t.1', 0, [event()])
    await lastIs('401 days')
    const again = event()
    let refused: unknown
    await log.append('shift-t.1', 1, [again]).catch((error: unknown) => (refused = error))
    assert.ok(isProblem(refused, 'log.unavailable'), String(refused))
    assert.match(
      String(refused.details['reason']),
      /^the clock of its machine says \d{4}-\S+Z, more than 400 days after the last event \(\d{4}-\S+Z\): set it right, or/,
    )
    assert.is((await log.readStream('shift-t.1')).length, 2, 'nothing was written')
    await lastIs('1 hour')
    assert.is(
      (await log.append('shift-t.1', 1, [again])).revision,
      2,
      'what waited is written as soon as the clock is right',
    )
    await lastIs('401 days')
    await client.query(
      `do $$ begin execute format('alter database %I set ledgerline.trust_clock = on', current_database()); end $$`,
    )
    await database.dropConnections()
    const trusted = await openPostgresLog({ url: database.url })
    assert.is((await trusted.append('shift-t.1', 2, [event()])).revision, 3)
    await trusted.close()
  } finally {
    await client.end().catch(() => {})
    await log.close()
    await database.drop()
  }
})

clock(
  'is not written if the process knows that it cannot be that late: even in a new ledger, and whichever machine’s ' +
    'clock it is',
  async () => {
    const database = await freshDatabase('clock_leapt')
    // The process's own time is moved instead of the server's: if it is an hour behind, the server is an hour ahead.
    let wallAhead = 0
    let steadyAhead = 0
    const log = await openPostgresLog({
      url: database.url,
      ownTime: { wall: () => Date.now() + wallAhead, steady: () => performance.now() + steadyAhead },
    })
    const event = (): StoredEvent => ({ id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' })
    const refusal = async (append: Promise<unknown>): Promise<string> => {
      const error = await append.then(
        () => null,
        (thrown: unknown) => thrown,
      )
      assert.ok(isProblem(error, 'log.unavailable'), String(error))
      return String(error.details['reason'])
    }
    try {
      wallAhead = -HOUR_MS
      assert.match(
        await refusal(log.append('shift-t.1', 'none', [event()])),
        /^the clock of its machine says \S+Z, that of the process that writes \S+Z: set right the one/,
        'from the beginning',
      )
      assert.is(await log.head(), null)
      wallAhead = 0
      assert.is((await log.append('shift-t.1', 'none', [event()])).revision, 0, 'right again, it goes on by itself')
      for (const ahead of [10 * 60_000, 3 * HOUR_MS, 30 * 24 * HOUR_MS]) {
        steadyAhead -= ahead
        wallAhead -= ahead
        const again = event()
        assert.match(
          await refusal(log.append('shift-t.2', 'any', [again])),
          /^the clock of its machine says \S+Z, and it cannot be later than \S+Z yet: set it right; if it is right now, start this process anew/,
        )
        assert.match(await refusal(log.append('shift-t.2', 'any', [event()])), /cannot be later/, 'again')
        assert.equal(await log.readStream('shift-t.2'), [])
        steadyAhead += ahead
        wallAhead += ahead
      }
      assert.is((await log.append('shift-t.1', 0, [event()])).revision, 1)
      wallAhead = HOUR_MS
      assert.match(
        await refusal(log.append('shift-t.1', 1, [event()])),
        /that of the process that writes/,
        'its own is ahead',
      )
      wallAhead = 0
      wallAhead -= HOUR_MS
      assert.is(
        (await log.append('shift-t.1', 1, [event()])).revision,
        2,
        'its own was set back: the server’s was right, and has not leapt',
      )
      wallAhead = 4 * 60_000
      assert.is(
        (await log.append('shift-t.1', 2, [event()])).revision,
        3,
        'as far as clocks are apart where nobody sets them',
      )
      const { recordedAt } = (await log.readStream('shift-t.1')).at(-1)!
      assert.ok(Math.abs(recordedAt - Date.now()) < 60_000, 'nothing is left of it in recorded time')
      wallAhead = HOUR_MS
      const client = connection(database.url, { application: 'test' })
      await client.connect()
      await client.query(
        `do $$ begin execute format('alter database %I set ledgerline.trust_clock = on', current_database()); end $$`,
      )
      await client.end()
      await database.dropConnections()
      await log.append('shift-t.1', 'any', [event()]).catch(() => log.append('shift-t.1', 'any', [event()]))
    } finally {
      await log.close()
      await database.drop()
    }
  },
)

clock(
  'that was wrong before is reported: until when recorded time stands still, and no longer once that moment has come',
  async () => {
    const database = await freshDatabase('clock_poisoned')
    const client = connection(database.url, { application: 'test' })
    await client.connect()
    let steadyAhead = 0
    const told: Problem[] = []
    const open = () =>
      openPostgresLog({
        url: database.url,
        ownTime: { wall: () => Date.now(), steady: () => performance.now() + steadyAhead },
        onTrouble: (problem) => told.push(problem),
      })
    const event = (): StoredEvent => ({ id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' })
    const logs: EventLog[] = []
    try {
      logs.push(await open())
      await logs[0]!.append('shift-t.1', 'none', [event()])
      assert.equal([logs[0]!.recordedUntil!(), told], [null, []])
      await client.query(
        `begin; set local session_replication_role = replica; update log.events set recorded_at = now() + interval '2 hours'; commit`,
      )
      logs.push(await open())
      const until = logs[1]!.recordedUntil!()!
      assert.ok(Math.abs(until - Date.now() - 2 * HOUR_MS) < 60_000, new Date(until).toISOString())
      assert.equal(
        told.map(({ code, details }) => [code, details['moment']]),
        [['log.recorded_ahead', new Date(until).toISOString().slice(0, 19) + 'Z']],
      )
      await logs[1]!.append('shift-t.1', 0, [event()])
      assert.is(
        (await logs[1]!.readStream('shift-t.1')).at(-1)!.recordedAt,
        until,
        'it goes on, and recorded time stands still',
      )
      steadyAhead = 2 * HOUR_MS
      assert.is(logs[1]!.recordedUntil!(), null)
    } finally {
      await client.end()
      for (const log of logs) await log.close()
      await database.drop()
    }
  },
)

clock.run()

const pace = suite('a subscription with a pace')

pace('gets the first event at once and what follows together, never more often', async () => {
  const database = await freshDatabase('pace')
  const log = await openPostgresLog({ url: database.url })
  const paceMs = 100
  const total = 40
  const abort = new AbortController()
  const began = performance.now()
  const append = async (): Promise<void> => {
    for (let nth = 0; nth < total; nth++)
      await log.append('shift-t.1', nth === 0 ? 'none' : nth - 1, [
        { id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' },
      ])
  }
  try {
    const revisions: number[] = []
    let pages = 0
    let appended = Promise.resolve()
    for await (const page of log.subscribe(null, { paceMs, signal: abort.signal })) {
      if (page.events.length === 0) appended = append()
      else pages++
      revisions.push(...page.events.map(({ revision }) => revision))
      if (revisions.length === total) break
    }
    await appended
    assert.equal(
      revisions,
      Array.from({ length: total }, (_, nth) => nth),
    )
    assert.ok(pages <= 1 + Math.ceil((performance.now() - began) / paceMs), `${pages} pages`)
  } finally {
    abort.abort()
    await log.close()
    await database.drop()
  }
})

pace.run()
