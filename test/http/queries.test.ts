import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { agentMonitor } from '@ledgerline/projections/models/agent_monitor.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { queueMinute } from '@ledgerline/projections/models/queue_minute.ts'
import { queueDay } from '@ledgerline/projections/models/queue_day.ts'
import { get, post, rowOf, startWeb, type Web } from './web.ts'

let web: Web
const T0 = Date.UTC(2026, 1, 1, 2)
const call = (number: number, change = {}) =>
  rowOf(calls as never, {
    callId: `call-${String(number).padStart(4, '0')}`,
    receivedAt: T0 + number * 1000,
    zone: 'Asia/Shanghai',
    status: 'ended',
    direction: 'inbound',
    ...change,
  })

const test = suite('queries')
test.before(async () => {
  web = await startWeb('queries')
  await web.tables.write(calls as never, [
    call(1, {
      queueCode: 'PS',
      agentCode: '201',
      outcome: 'answered',
      fromNumber: '13800002225',
      customerId: '4711',
      waitMs: 5_000,
      endedAt: T0 + 90_000,
    }),
    call(2, {
      queueCode: 'PS',
      outcome: 'abandoned',
      fromNumber: '+8613900001111',
      waitMs: 31_000,
      endedAt: T0 + 95_000,
    }),
    call(3, {
      queueCode: 'NE',
      agentCode: '202',
      outcome: 'answered',
      fromNumber: '021-555',
      waitMs: 0,
      endedAt: T0 + 99_000,
    }),
    call(4, { queueCode: 'NE', outcome: null, status: 'waiting', priority: 2 }),
  ])
  await web.tables.write(calls as never, [call(5, { callId: 'foreign', queueCode: 'PS', outcome: 'answered' })], {
    tenant: 'other',
  })
  await web.tables.write(agentMonitor as never, [
    rowOf(agentMonitor as never, {
      agentId: 'a1',
      agentCode: '201',
      name: '张三',
      extension: '8001',
      queueCodes: ['PS', 'NE'],
      state: 'ready',
    }),
    rowOf(agentMonitor as never, {
      agentId: 'a2',
      agentCode: '202',
      name: 'Maria',
      queueCodes: ['IN'],
      state: 'away',
      registered: true,
    }),
  ])
  await web.tables.write(queueDay as never, [
    rowOf(queueDay as never, { queueCode: 'PS', day: '2026-01-31', offered: 3 }),
    rowOf(queueDay as never, { queueCode: 'PS', day: '2026-02-01', offered: 4 }),
  ])
})
test.after(() => web.close())

const ids = async (query: string): Promise<string[]> => {
  const { status, json, text } = await get(web, `/api/v1/calls?${query}`)
  assert.is(status, 200, text)
  return json.rows.map((row: { callId: string }) => row.callId)
}

test('every row of the viewer’s tenant, newest first, and nobody else’s', async () => {
  assert.equal(await ids(''), ['call-0004', 'call-0003', 'call-0002', 'call-0001'])
  const foreign = await get(web, '/api/v1/calls?callId=foreign')
  assert.equal([foreign.status, foreign.json.code], [400, 'request.names_nothing'])
  assert.is((await get(web, '/api/v1/calls?tenant=other')).status, 400)
})

test('a column equals a value, or is one of several', async () => {
  assert.equal(await ids('queueCode=PS'), ['call-0002', 'call-0001'])
  assert.equal(await ids('outcome=answered,abandoned&queueCode=PS'), ['call-0002', 'call-0001'])
  assert.equal(await ids('outcome=answered&outcome=abandoned&sort=callId'), ['call-0001', 'call-0002', 'call-0003'])
  assert.equal(await ids('priority=2'), ['call-0004'])
})

test('ranges begin with their first value and end before their last', async () => {
  assert.equal(await ids(`receivedAt.from=${T0 + 2000}&receivedAt.to=${T0 + 4000}`), ['call-0003', 'call-0002'])
  assert.equal(
    await ids(`receivedAt.from=${encodeURIComponent('2026-02-01T10:00:02+08:00')}&receivedAt.to=2026-02-01T02:00:04Z`),
    ['call-0003', 'call-0002'],
  )
  assert.equal(await ids('waitMs.from=5000&waitMs.to=31000'), ['call-0001'])
})

test('a column is empty, or is not', async () => {
  assert.equal(await ids('endedAt.is=null'), ['call-0004'])
  assert.equal(await ids('agentCode.is=set&sort=callId'), ['call-0001', 'call-0003'])
})

test('C0.3-row-count: where a page lies in its list is counted on request, whatever the order, to 10,000', async () => {
  assert.is((await get(web, '/api/v1/calls')).json.count, null)
  for (const sort of ['receivedAt', '-receivedAt', 'endedAt', '-endedAt', 'callId', '-callId']) {
    let cursor: string | null = null
    for (const before of [0, 1, 2, 3]) {
      const at = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const { json } = await get(web, `/api/v1/calls?count=true&limit=1&sort=${sort}${at}`)
      assert.equal(json.count, { total: 4, before }, `${sort} ${before}`)
      cursor = json.next
    }
  }
  const { json } = await get(web, '/api/v1/calls?count=true&queueCode=PS&limit=1')
  assert.equal(json.count, { total: 2, before: 0 })
  const minute = (n: number) => rowOf(queueMinute as never, { queueCode: 'PS', startsAt: T0 + n * 60_000, offered: 1 })
  await web.tables.write(
    queueMinute as never,
    Array.from({ length: 10_000 }, (_, n) => minute(n)),
  )
  const counted = async (query: string) => (await get(web, `/api/v1/queue_minute?count=true&${query}`)).json
  const last = await counted(`sort=startsAt&startsAt.from=${T0 + 9_998 * 60_000}&limit=1`)
  assert.equal((await counted('limit=1')).count, { total: 10_000, before: 0 })
  await web.tables.write(queueMinute as never, [minute(10_000)])
  assert.equal((await counted('limit=1')).count, { total: null, before: 0 }, 'more than can be counted')
  assert.equal((await counted(`limit=1&sort=startsAt&cursor=${last.next}`)).count, { total: null, before: 9_999 })
})

test('a flag is true or false', async () => {
  const { json } = await get(web, '/api/v1/agent_monitor?registered=true')
  assert.equal(
    json.rows.map((row: { agentId: string }) => row.agentId),
    ['a2'],
  )
})

test('a list of texts contains one of several; a day is a day', async () => {
  const agents = await get(web, '/api/v1/agent_monitor?queueCodes=NE,IN&sort=agentId')
  assert.equal(
    agents.json.rows.map((row: { agentId: string }) => row.agentId),
    ['a1', 'a2'],
  )
  const days = await get(web, '/api/v1/queue_day?day.from=2026-02-01')
  assert.equal(
    days.json.rows.map((row: { day: string; offered: number }) => [row.day, row.offered]),
    [['2026-02-01', 4]],
  )
})

test('rows are as declared: camelCase, instants in UTC ms, numbers as numbers', async () => {
  const { json } = await get(web, '/api/v1/calls?callId=call-0001')
  const [row] = json.rows
  assert.is(row.receivedAt, T0 + 1000)
  assert.is(row.waitMs, 5_000)
  assert.is(row.answeredAt, null)
  assert.equal(Object.keys(row).sort(), [...Object.keys(calls.key), ...Object.keys(calls.columns)].sort())
  assert.equal(json.asOf, {
    position: String(web.tables.position).padStart(19, '0'),
    at: web.tables.now,
    lagMs: 0,
    behind: false,
  })
})

test('numbers and customers are masked, agents’ names are not, each by its permission', async () => {
  const numbers = async () =>
    (await get(web, '/api/v1/calls?sort=callId&limit=3')).json.rows.map((row: { fromNumber: string }) => row.fromNumber)
  assert.equal(await numbers(), ['138****2225', '+86139****1111', '0****55'])
  assert.is((await get(web, '/api/v1/calls?callId=call-0001')).json.rows[0].customerId, '****')
  const names = async () =>
    (await get(web, '/api/v1/agent_monitor?sort=agentId')).json.rows.map((row: { name: string }) => row.name)
  assert.equal(await names(), ['张三', 'Maria'])
  web.permissions.add('numbers.see')
  web.permissions.delete('staff.see')
  try {
    assert.equal(await numbers(), ['13800002225', '+8613900001111', '021-555'])
    assert.equal(await names(), ['张**', 'M**'])
  } finally {
    web.permissions.delete('numbers.see')
    web.permissions.add('staff.see')
  }
})

test('a number is searched for in a body, never in an address, and never by range or order', async () => {
  assert.is((await get(web, '/api/v1/calls?fromNumber=13800002225')).status, 400)
  const found = await post(web, '/api/v1/calls/search', { fromNumber: ['13800002225'] })
  assert.equal(
    found.json.rows.map((row: { callId: string }) => row.callId),
    ['call-0001'],
  )
  for (const body of [{ 'fromNumber.from': '138' }, { sort: 'fromNumber' }, { 'fromNumber.is': 'set' }]) {
    assert.is((await post(web, '/api/v1/calls/search', body)).status, 400, JSON.stringify(body))
  }
})

test('a search takes every filter of the list, written as JSON', async () => {
  const { json } = await post(web, '/api/v1/calls/search', {
    queueCode: ['PS'],
    'receivedAt.from': T0 + 1500,
    waitMs: [31_000],
    limit: 10,
    sort: '-callId',
  })
  assert.equal(
    json.rows.map((row: { callId: string }) => row.callId),
    ['call-0002'],
  )
  const asText = await post(web, '/api/v1/calls/search', {
    queueCode: ['PS'],
    'receivedAt.from': String(T0 + 1500),
    limit: '10',
  })
  assert.equal(
    asText.json.rows.map((row: { callId: string }) => row.callId),
    ['call-0002'],
  )
})

test('bad values are refused with their name', async () => {
  const wrong = [
    'limit=0',
    'limit=201',
    'limit=ten',
    'receivedAt.from=2026-02-01',
    'receivedAt.from=99999999999999999',
    'waitMs.from=1.5',
    'priority=',
    'cursor=',
    'sort=talk',
    'cursor=zzz',
    'endedAt.is=empty',
    'position=%20',
  ]
  for (const query of wrong) {
    const { status, json } = await get(web, `/api/v1/calls?${query}`)
    assert.is(status, 400, query)
    assert.is(json.where.split('.')[0], query.split('=')[0]!.split('.')[0], query)
  }
  for (const day of ['2026-02-30', 'today', '20260201'])
    assert.is((await get(web, `/api/v1/queue_day?day=${day}`)).status, 400, day)
})

test('a filter that names nothing says so, and lists what there is; what existed once is not nothing', async () => {
  const refused = async (path: string, where: string, says: RegExp) => {
    const { status, json, text } = await get(web, path)
    assert.equal([status, json.where], [400, where], text)
    assert.match(json.translations.en.detail, says)
    assert.match(json.translations.zh.detail, /[\u4e00-\u9fff]/)
    return json.code
  }
  // No queue is configured here; PS has figures, NE only calls.
  assert.is(
    await refused('/api/v1/calls?queueCode=ZZ', 'queueCode', /no queue ZZ; there are PS\b/),
    'request.names_nothing',
  )
  await refused('/api/v1/calls?queueCode=PS,ZZ', 'queueCode', /no queue ZZ/)
  await refused('/api/v1/calls?queueCode=', 'queueCode', /no queue ""/)
  await refused('/api/v1/agent_monitor?queueCodes=NE,ZZ', 'queueCodes', /no queue ZZ/)
  await refused('/api/v1/calls?agentCode=999', 'agentCode', /no agent 999; there are 201, 202/)
  await refused('/api/v1/agent_monitor?groupCode=nobody', 'groupCode', /no group nobody; there are none yet/)
  await refused('/api/v1/agent_monitor?extension=8999', 'extension', /no extension 8999; there are 8001/)
  await refused('/api/v1/legs?extension=8999', 'extension', /no extension 8999/)
  for (const model of ['calls', 'legs', 'offers', 'call_segments'])
    await refused(`/api/v1/${model}?callId=nowhere`, 'callId', /no call nowhere/)
  for (const model of ['agent_monitor', 'agent_day', 'calls'])
    await refused(`/api/v1/${model}?agentId=nobody`, 'agentId', /no agent with the id nobody/)
  await refused('/api/v1/reports/work?extension=8999', 'extension', /no extension 8999; there are 8001/)
  await refused('/api/v1/boards/trends?queue=PS,ZZ', 'queue', /no queue ZZ; there are PS/)
  await refused('/api/v1/boards/trends?group=nobody', 'group', /no group nobody/)
  assert.equal((await get(web, '/api/v1/legs?callId=call-0001')).json.rows, [], 'a call that has none')
  await refused('/api/v1/reports/queues?queue=ZZ', 'queue', /no queue ZZ/)
  await refused('/api/v1/reports/agent-statistics?agent=201,999', 'agent', /no agent 999/)
  await refused('/api/v1/calls?outcome=vanished', 'outcome.0', /no vanished; there are answered, abandoned/)
  await refused('/api/v1/calls?status=waiting,asleep', 'status.1', /no asleep; there are ringing/)
  await refused('/api/v1/agent_monitor?state=asleep', 'state.0', /no asleep/)
  await refused('/api/v1/agent_state_log?state=signed_out', 'state.0', /no signed_out/)
  assert.is((await post(web, '/api/v1/calls/search', { queueCode: ['ZZ'] })).json.code, 'request.names_nothing')
  assert.equal(await ids('queueCode=NE'), ['call-0004', 'call-0003'])
  assert.is((await get(web, '/api/v1/queue_day?queueCode=PS')).json.rows.length, 2)
  assert.equal((await get(web, '/api/v1/agent_monitor?state=ready,away')).json.rows.length, 2)
  // Another tenant's do not exist here.
  await web.tables.write(
    queueDay as never,
    [rowOf(queueDay as never, { queueCode: 'THEIRS', day: '2026-02-01', offered: 1 })],
    { tenant: 'other' },
  )
  await refused('/api/v1/calls?queueCode=THEIRS', 'queueCode', /no queue THEIRS/)
})

test('the words a column can contain are those it is declared to contain', () => {
  for (const model of readModels.models) {
    for (const [name, { words, about }] of Object.entries({ ...model.key, ...model.columns })) {
      for (const word of words ?? []) assert.match(about, new RegExp(`\\b${word}\\b`), `${model.name}.${name} ${word}`)
    }
  }
})

test('a tampered cursor, or one of another order, is refused', async () => {
  const { json } = await get(web, '/api/v1/calls?limit=1')
  assert.is((await get(web, `/api/v1/calls?limit=1&cursor=${json.next}`)).status, 200)
  assert.is((await get(web, `/api/v1/calls?limit=1&sort=callId&cursor=${json.next}`)).json.where, 'cursor')
  const bent = (values: unknown) => Buffer.from(JSON.stringify(values)).toString('base64url')
  for (const values of [
    ['-receivedAt', 'x', 'y'],
    ['-receivedAt', null, 'y'],
    ['-receivedAt', 1e99, 'y'],
    ['-receivedAt', T0, null],
    ['-receivedAt', T0],
    {},
    null,
  ]) {
    assert.is((await get(web, `/api/v1/calls?cursor=${bent(values)}`)).status, 400, JSON.stringify(values))
  }
})

test('a slow or lost database is reported as such, and nothing of it leaks', async () => {
  const own = await startWeb('queries_lost')
  try {
    await get(own, '/api/v1/calls')
    await own.tables.lose()
    const answers = await Promise.all([1, 2, 3].map(() => get(own, '/api/v1/calls')))
    for (const { status, text } of answers) {
      assert.ok(status >= 500, text)
      assert.not.match(text, /select|postgres:\/\//)
    }
  } finally {
    await own.close()
  }
})

test('pages give every row once, in order, whatever comes and goes between them', async () => {
  const own = await startWeb('queries_pages')
  try {
    const sorts = ['callId', '-callId', 'receivedAt', '-receivedAt', 'endedAt', '-endedAt', 'queuedAt', '-queuedAt']
    const property = fc.asyncProperty(
      fc.constantFrom(...sorts),
      fc.integer({ min: 1, max: 7 }),
      fc.integer(),
      async (sort, limit, seed) => {
        const dice = seededDice(seed)
        const instant = () => (dice() < 0.3 ? null : T0 + Math.floor(dice() * 4) * 1000)
        const some = (from: number, count: number) =>
          Array.from({ length: count }, (_, index) =>
            call(from + index, {
              receivedAt: T0 + Math.floor(dice() * 5) * 1000,
              endedAt: instant(),
              queuedAt: instant(),
            }),
          )
        const steady = some(1, 17)
        await own.tables.write(calls as never, steady)
        const seen: Record<string, unknown>[] = []
        let cursor = ''
        const guests: Record<string, unknown>[] = []
        do {
          const { json } = await get(own, `/api/v1/calls?sort=${sort}&limit=${limit}${cursor}`)
          seen.push(...json.rows)
          cursor = json.next === null ? '' : `&cursor=${json.next}`
          const guest = some(100 + guests.length, 1)[0]!
          guests.push(guest)
          await own.tables.write(calls as never, [guest], {
            removes: guests.length > 2 ? [guests[guests.length - 3]!] : [],
          })
        } while (cursor !== '' && seen.length < 200)
        const idsSeen = seen.map((row) => row['callId'] as string)
        assert.is(new Set(idsSeen).size, idsSeen.length, 'no row twice')
        const missing = steady.filter((row) => !idsSeen.includes(row['callId'] as string))
        assert.equal(missing, [])
        const column = sort.replace('-', '')
        const falling = sort.startsWith('-')
        // What has no value comes last either way.
        const rank = (value: unknown) => (value === null ? (falling ? -Infinity : Infinity) : value)
        for (let index = 1; index < seen.length; index++) {
          const [a, b] = [rank(seen[index - 1]![column]), rank(seen[index]![column])] as [number, number]
          assert.ok(falling ? a >= b : a <= b, `${sort}: ${String(a)} before ${String(b)}`)
        }
        await own.tables.write(calls as never, [], { removes: [...steady, ...guests] })
      },
    )
    await fc.assert(property, { numRuns: 24 })
  } finally {
    await own.close()
  }
})

test.run()
