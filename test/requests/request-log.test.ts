/** The request log (catalogue A3.3.1): what is kept of a request, for how long, and while its database is away. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { countPage, selectPage } from '@ledgerline/adapters/queries/select.ts'
import { conditionsOf } from '@ledgerline/adapters/queries/filters.ts'
import { RequestLog } from '@ledgerline/adapters/requests/request-log.ts'
import {
  keptClient,
  keptParameters,
  keptPath,
  requestsModel,
  type LoggedRequest,
} from '@ledgerline/adapters/requests/request.ts'
import { gateBefore } from '../support/gate.ts'
import { freshDatabase } from '../support/postgres.ts'

const kept = suite('what is kept of a request')

kept('no number of a customer, whatever part of the address it is in', () => {
  assert.is(keptPath('/api/v1/calls/13812345678'), '/api/v1/calls/1*********8')
  assert.is(keptParameters('number=13812345678&limit=50'), 'number=1*********8 limit=50')
  assert.is(keptParameters('number=%2B86+138+1234+5678'), 'number=+8* *** **** ***8')
  assert.is(keptParameters('number=138-1234-5678'), 'number=1**-****-***8')
  assert.is(keptParameters('number=(010)+6512+3456'), 'number=(0**) **** ***6')
})
kept('ids and moments as they are', () => {
  const id = '0a0e3c5e-1234-4000-8000-123456789012'
  assert.is(keptPath(`/api/v1/calls/${id}`), `/api/v1/calls/${id}`)
  assert.is(keptParameters(`callId=${id}&at.from=918000000000`), `callId=${id} at.from=918000000000`)
  assert.is(keptParameters('day=2026-11-30&at.to=2026-12-01T00:00:00Z'), 'day=2026-11-30 at.to=2026-12-01T00:00:00Z')
})
kept('nothing without end', () => {
  assert.is(keptPath(`/${'x'.repeat(5_000)}`).length, 300)
  assert.is(keptParameters(`q=${'x'.repeat(5_000)}`).length, 500)
  assert.is(keptClient('x'.repeat(5_000)).length, 200)
})
kept.run()

const NOON = Date.UTC(2026, 10, 30, 12)
const DAY_MS = 86_400_000
const database = await freshDatabase('requests')
const client = connection(database.url, { application: 'test' })
await client.connect()

let made = 0
const request = (at: number, more: Partial<LoggedRequest> = {}): LoggedRequest => ({
  tenant: 't',
  requestId: `request-${++made}`,
  at,
  ms: 12,
  method: 'GET',
  route: '/api/v1/calls',
  path: '/api/v1/calls',
  parameters: '',
  status: 200,
  problem: null,
  actor: 'user:1',
  session: null,
  address: '127.0.0.1',
  client: 'test',
  node: 'here',
  ...more,
})

async function withLog(
  work: (log: RequestLog, troubles: unknown[]) => Promise<void>,
  { url = database.url, days = 2 } = {},
): Promise<void> {
  const troubles: unknown[] = []
  const log = await RequestLog.open({ url, days, onTrouble: (error) => troubles.push(error) })
  try {
    await work(log, troubles)
  } finally {
    await log.close()
  }
}

const page = (log: RequestLog, filters: object, tenant = 't') =>
  selectPage(log.tables, requestsModel, {
    tenant,
    conditions: conditionsOf(requestsModel, filters as Record<string, unknown>),
    sort: '-at',
    limit: 50,
  })

const log = suite('the request log')
log.before.each(async () => {
  await client.query('drop schema if exists requests cascade')
})
log.after(async () => {
  await client.end()
  await database.drop()
})

log('A3.3.1-search: by who, from where, what, how it went, how long it took, and when', async () => {
  await withLog(async (log, troubles) => {
    const slow = request(NOON + 2, { ms: 900, status: 503, problem: 'tables.unavailable', parameters: 'queue=sales' })
    log.note(request(NOON))
    log.note(request(NOON + 1, { actor: 'visitor', address: '::1', status: 401 }))
    log.note(slow)
    log.note(request(NOON, { tenant: 'another' }))
    await log.flush()
    const { tenant: _, ...row } = slow
    assert.equal((await page(log, { 'ms.from': 500 })).rows, [row])
    const found = async (filters: object) => (await page(log, filters)).rows.map(({ at }) => Number(at) - NOON)
    assert.equal(await found({}), [2, 1, 0])
    assert.equal(await found({ actor: ['visitor'] }), [1])
    assert.equal(await found({ address: ['127.0.0.1'], status: [200, 401] }), [0])
    assert.equal(await found({ problem: ['tables.unavailable'] }), [2])
    assert.equal(await found({ 'parameters.part': 'sales' }), [2])
    assert.equal(await found({ 'at.from': NOON + 1, 'at.to': NOON + 2 }), [1])
    const all = { tenant: 't', conditions: [], sort: '-at' }
    assert.equal(await countPage(log.tables, requestsModel, all), { total: 3, before: 0 })
    assert.equal(troubles, [])
  })
})

log('days that are over leave after as many days as are kept', async () => {
  await withLog(async (log) => {
    for (const days of [0, 1, 2]) log.note(request(NOON + days * DAY_MS))
    await log.flush()
    assert.is((await page(log, {})).rows.length, 3)
  })
  // Two days later the first request of the day makes room.
  await withLog(async (log) => {
    log.note(request(NOON + 4 * DAY_MS))
    await log.flush()
    assert.equal(
      (await page(log, {})).rows.map(({ at }) => (Number(at) - NOON) / DAY_MS),
      [4, 2],
    )
  })
})

log('while the database is away the latest wait for it, and it is told once', async () => {
  const gate = await gateBefore(Number(new URL(database.url).port))
  try {
    await withLog(
      async (log, troubles) => {
        gate.shut()
        for (let nth = 0; nth < 6_000; nth++) log.note(request(NOON + nth))
        await log.flush()
        await log.flush()
        assert.is(troubles.length, 1)
        gate.open()
        await log.flush()
        const all = { tenant: 't', conditions: [], sort: 'at' }
        assert.equal(await countPage(log.tables, requestsModel, all), { total: 5_000, before: 0 })
        const oldest = await selectPage(log.tables, requestsModel, { ...all, limit: 1 })
        assert.is(Number(oldest.rows[0]!['at']) - NOON, 1_000, 'the oldest were given up')
      },
      { url: gate.through(database.url) },
    )
  } finally {
    await gate.close()
  }
})

log('two processes begin a day at once', async () => {
  await withLog((one) =>
    withLog(async (other) => {
      one.note(request(NOON))
      other.note(request(NOON + 1))
      await Promise.all([one.flush(), other.flush()])
      assert.is((await page(one, {})).rows.length, 2)
    }),
  )
})
log.run()
