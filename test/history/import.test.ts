import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { constants, gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  importAnonymousBank,
  UnfinishedImport,
  type ImportOptions,
  type ImportReport,
} from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import { readAnonymousBank } from '@ledgerline/adapters/import/anonymous-bank/rows.ts'
import type { Append } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { bankFile, bankRow, bankTarget, everything, hungUp, packed, unqueued, withFiles } from '../support/history.ts'

const numbers = ({
  rows,
  calls,
  repeated,
  phantom,
  answered,
  abandoned,
  preQueue,
  alreadyThere,
  notLoaded,
}: ImportReport) => ({ rows, calls, repeated, phantom, answered, abandoned, preQueue, alreadyThere, notLoaded })
const refused = (promise: Promise<unknown>, code: string) =>
  promise.then(
    () => assert.unreachable(`expected ${code}`),
    (error) => assert.ok(isProblem(error, code), `expected ${code}, got ${error}`),
  )

const day = suite('import of a day')

day('every call becomes a stream of imported events with their own times', async () => {
  const target = bankTarget()
  const report = await importAnonymousBank({ files: [DEMO_DAY], ...target })
  assert.equal(numbers(report), {
    rows: 1949,
    calls: 1939,
    repeated: 0,
    phantom: 10,
    answered: 1319,
    abandoned: 226,
    preQueue: 394,
    alreadyThere: 0,
    notLoaded: 0,
  })

  const events = await everything(target)
  assert.equal([...new Set(events.map((event) => event.origin))], ['imported'])
  assert.equal([...new Set(events.map((event) => event.tenant))], ['bank'])
  const calls = events.filter((event) => event.stream.startsWith('imported_call-bank.'))
  assert.is(calls.length, report.events)
  assert.is(new Set(calls.map((event) => event.stream)).size, 1939)
  const count = (type: string) => events.filter((event) => event.type === type).length
  assert.equal(
    ['CallReceived', 'CallQueued', 'CallAnswered', 'AgentLeftCall', 'CallLeftQueue', 'CallEnded'].map(count),
    [1939, 1545, 1319, 1319, 226, 1939],
  )
  const from = Date.parse('1999-02-03T00:00:00+02:00')
  for (const { at } of calls) assert.ok(at >= from && at < from + 86_400_000 + 3_600_000)
  const last = new Map<string, number>()
  for (const { stream, at } of calls) {
    assert.ok(at >= (last.get(stream) ?? 0), 'time never goes back within a stream')
    last.set(stream, at)
  }
})

day('the zone comes before the first call, and everybody is named before they serve one', async () => {
  const target = bankTarget()
  await importAnonymousBank({ files: [DEMO_DAY], ...target })
  const events = await everything(target)
  const [first] = events
  assert.is(first?.type, 'HistoryOpened')
  assert.equal(first?.data, { source: 'anonymous-bank', zone: 'Asia/Jerusalem', ids: 'keyed' })
  const named = new Map<string, string>()
  for (const { type, data } of events as {
    type: string
    data: { agentId: string | null; agentCode: string; name: string }
  }[]) {
    if (type === 'HistoryAgentNamed') named.set(data.agentId!, data.agentCode)
    else if (type === 'CallAnswered' && data.agentId !== null) assert.is(named.get(data.agentId), data.agentCode)
  }
  assert.equal(
    [...named.values()],
    Array.from({ length: 17 }, (_, index) => String(1001 + index)),
  )
  assert.is(first?.stream, 'imported_history-bank.history')
})

day('importing twice changes nothing, packed or not', async () => {
  const target = bankTarget()
  const once = await importAnonymousBank({ files: [DEMO_DAY], ...target })
  const before = (await everything(target)).length
  const plain = gunzipSync(await readFile(DEMO_DAY))
  await withFiles({ 'day.txt': plain }, async (paths) => {
    const twice = await importAnonymousBank({ files: [paths['day.txt']!], ...target })
    assert.equal(numbers(twice), { ...numbers(once), alreadyThere: 1939 })
    assert.is(twice.events, 0)
  })
  assert.is((await everything(target)).length, before)
})

day('a tenant’s copy is its own', async () => {
  const target = bankTarget()
  await importAnonymousBank({ files: [DEMO_DAY], ...target })
  const other = await importAnonymousBank({ files: [DEMO_DAY], ...target, tenant: 'other' })
  assert.is(other.alreadyThere, 0)
})

day('a killed import continues where it stopped', async () => {
  const whole = bankTarget()
  await importAnonymousBank({ files: [DEMO_DAY], ...whole })
  const wanted = (await everything(whole)).map(({ id, stream, revision }) => `${stream} ${revision} ${id}`).toSorted()

  // Another ledger under the same keys.
  const target = { ...whole, log: bankTarget().log }
  for (const killAfter of [300, 900, 1500]) {
    let appended = 0
    const dying = {
      ...bound(target.log),
      appendMany: async (appends: readonly Append[]) => {
        // Part of a batch may be written when the process dies: appends are whole, batches are not.
        const some = appends.slice(0, Math.max(0, killAfter - appended))
        appended += appends.length
        const results = await target.log.appendMany(some)
        if (some.length < appends.length) throw new Problem('log.unavailable', { reason: 'killed' })
        return results
      },
    }
    await refused(importAnonymousBank({ files: [DEMO_DAY], ...target, log: dying, patienceMs: 0 }), 'log.unavailable')
  }
  const report = await importAnonymousBank({ files: [DEMO_DAY], ...target })
  assert.equal([report.calls, report.alreadyThere, report.notLoaded], [1939, 1500, 0])
  assert.equal(
    (await everything(target)).map(({ id, stream, revision }) => `${stream} ${revision} ${id}`).toSorted(),
    wanted,
  )
})

day('stops when told to, and loses nothing by it', async () => {
  const target = bankTarget()
  const stop = new AbortController()
  const progress: ImportOptions['progress'] = ({ calls }) => calls > 0 && stop.abort(new Error('enough'))
  await importAnonymousBank({ files: [DEMO_DAY], ...target, signal: stop.signal, progress }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'enough'),
  )
  assert.is((await importAnonymousBank({ files: [DEMO_DAY], ...target })).calls, 1939)
})

day('progress ends with everything read', async () => {
  const seen: { bytes: number; totalBytes: number; calls: number }[] = []
  await importAnonymousBank({ files: [DEMO_DAY, DEMO_DAY], ...bankTarget(), progress: (now) => seen.push(now) })
  assert.is(seen.at(-1)?.bytes, seen.at(-1)?.totalBytes)
  assert.equal(
    seen.map(({ bytes }) => bytes),
    seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b),
  )
})

day.run()

const odd = suite('odd rows of an import')

odd('a changed row under the same key is listed, and the ledger keeps what it has', async () => {
  const target = bankTarget()
  await withFiles(
    {
      first: bankFile(bankRow()),
      second: bankFile(bankRow({ ser_time: '200', ser_exit: '8:04:19' }), bankRow({ call_id: '2' })),
    },
    async (paths) => {
      await importAnonymousBank({ files: [paths.first!], ...target })
      const before = (await everything(target)).length
      const report = await importAnonymousBank({ files: [paths.second!], ...target })
      assert.equal([report.calls, report.notLoaded, report.alreadyThere], [1, 1, 0])
      assert.equal(
        report.odd.map(({ line, field, value, loaded }) => [line, field, value, loaded]),
        [[2, 'row', '990201-AA0101-34540', false]],
      )
      assert.is((await everything(target)).length, before + 5)
    },
  )
})

odd('the same row twice is one call, reported as repeated and counted once, in one file or in two', async () => {
  const target = bankTarget()
  const text = bankFile(bankRow(), bankRow(), bankRow({ call_id: '2' }))
  await withFiles({ f: text, g: text }, async (paths) => {
    const expected = {
      rows: 6,
      calls: 2,
      repeated: 4,
      phantom: 0,
      answered: 2,
      abandoned: 0,
      preQueue: 0,
      notLoaded: 0,
    }
    for (const alreadyThere of [0, 2]) {
      const report = await importAnonymousBank({ files: [paths.f!, paths.g!], ...target })
      assert.equal(numbers(report), { ...expected, alreadyThere })
      assert.equal(
        report.odd.filter(({ kind }) => kind === 'repeated').map(({ line, loaded }) => [line, loaded]),
        [
          [3, true],
          [2, true],
          [3, true],
          [4, true],
        ],
      )
    }
    assert.is((await everything(target)).filter(({ type }) => type === 'CallReceived').length, 2)
  })
})

odd('a changed row in the same file is refused, and the ledger keeps the first', async () => {
  await withFiles({ f: bankFile(bankRow(), bankRow({ ser_time: '99', ser_exit: '8:02:38' })) }, async (paths) => {
    const report = await importAnonymousBank({ files: [paths.f!], ...bankTarget() })
    assert.equal([report.rows, report.calls, report.repeated, report.notLoaded], [2, 1, 0, 1])
    assert.match(report.odd.find(({ loaded }) => !loaded)!.reason, /came before and said something else/)
  })
})

odd('blank lines are counted and do not count as rows', async () => {
  await withFiles(
    { f: bankFile('', bankRow(), '   ', '\t'.repeat(16), '\0', bankRow({ call_id: '2', server: 'ANAT' })) },
    async (paths) => {
      const report = await importAnonymousBank({ files: [paths.f!], ...bankTarget() })
      assert.equal([report.rows, report.calls, report.blank, report.oddRows], [2, 2, 4, 0])
    },
  )
})

odd('every odd row is listed, even the thousandth, and no refused one is crowded out', async () => {
  const rows = Array.from({ length: 1500 }, (_, i) => bankRow({ call_id: String(i), priority: 'x', server: `S${i}` }))
  await withFiles({ f: bankFile(...rows, bankRow({ call_id: 'x1' }), bankRow({ date: '990230' })) }, async (paths) => {
    let told = 0
    const report = await importAnonymousBank({ files: [paths.f!], ...bankTarget(), onOdd: () => told++ })
    assert.equal([report.oddRows, report.odd.length, told, report.calls], [1502, 1502, 1502, 1500])
    assert.equal(report.counts.no_priority, 1500)
    assert.equal(
      report.odd.filter(({ loaded }) => !loaded).map(({ line }) => line),
      [1502, 1503],
    )
  })
})

odd('overlapping services of one server are loaded and listed', async () => {
  const rows = [
    bankRow(),
    bankRow({ call_id: '2', q_exit: '8:02:00', q_time: '110', ser_start: '8:01:59', ser_exit: '8:04:59' }),
    bankRow({ call_id: '3', server: 'ANAT' }),
  ]
  await withFiles({ f: bankFile(...rows) }, async (paths) => {
    const report = await importAnonymousBank({ files: [paths.f!], ...bankTarget() })
    assert.is(report.answered, 3)
    assert.equal(
      report.odd.map(({ line, field, value, loaded }) => [line, field, value, loaded]),
      [[3, 'ser_start', 'MICHAL', true]],
    )
    assert.match(report.odd[0]!.reason, /line 2 .* 120 s/)
  })
})

odd('rows that cannot be loaded do not keep the others out', async () => {
  await withFiles(
    { f: packed(bankFile(bankRow(), 'rubbish', bankRow({ ...hungUp, ...unqueued, call_id: '5' }))) },
    async (paths) => {
      const report = await importAnonymousBank({ files: [paths.f!], ...bankTarget() })
      assert.equal(numbers(report), {
        rows: 3,
        calls: 2,
        repeated: 0,
        phantom: 0,
        answered: 1,
        abandoned: 0,
        preQueue: 1,
        alreadyThere: 0,
        notLoaded: 1,
      })
    },
  )
})

odd(
  'a file that breaks off is reported with everything before the break, the next file is loaded, and the complete ' +
    'file brings the rest',
  async () => {
    const target = bankTarget()
    const rows = Array.from({ length: 5000 }, (_, i) =>
      bankRow({
        call_id: i % 10 === 9 ? `x${i}` : String(i * 7919),
        customer_id: String((i * 104_729) % 1_000_003),
        server: `S${i}`,
      }),
    )
    const whole = packed(bankFile(...rows))
    await withFiles({ whole, half: whole.subarray(0, whole.length >> 1), next: bankFile(bankRow()) }, async (paths) => {
      // What another program unpacks of the half: its last row is cut.
      const readable =
        gunzipSync(whole.subarray(0, whole.length >> 1), { finishFlush: constants.Z_SYNC_FLUSH })
          .toString('latin1')
          .split('\n').length - 2
      const error = await importAnonymousBank({ files: [paths.half!, paths.next!], ...target }).then(
        () => assert.unreachable(),
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof UnfinishedImport && isProblem(error, 'history.broken_file'))
      const { report } = error
      assert.equal(report.broken, [
        { file: paths.half!, line: readable + 1, code: 'history.broken_file', reason: 'the file ends too early' },
      ])
      assert.equal([report.rows, report.notLoaded], [readable + 1, Math.floor(readable / 10)])
      assert.is(report.odd.filter(({ loaded }) => !loaded).length, report.notLoaded)
      const again = await importAnonymousBank({ files: [paths.whole!], ...target })
      assert.equal([again.calls, again.alreadyThere], [4500, report.calls - 1])
    })
  },
)

odd('a tenant with a switchboard of its own, or with other history, accepts none', async () => {
  const target = bankTarget()
  const meta = { tenant: 'bank', actor: 'test', at: 0, correlation: null, causation: null }
  const [stored] = await target.codec.encode([
    {
      id: '00000000-0000-4000-8000-000000000001',
      event: {
        type: 'SwitchboardActivated',
        data: { version: 1, zone: 'Asia/Shanghai', queues: [], agents: [], routes: [] },
      },
      meta: { ...meta, origin: 'live' },
    },
  ])
  await target.log.append('switchboard-bank.configuration', 'none', [stored!])
  await refused(importAnonymousBank({ files: [DEMO_DAY], ...target }), 'history.not_for_history')

  const other = bankTarget()
  const [opened] = await other.codec.encode([
    {
      id: '00000000-0000-4000-8000-000000000002',
      event: { type: 'HistoryOpened', data: { source: 'elsewhere', zone: 'Asia/Tokyo' } },
      meta: { ...meta, origin: 'imported' },
    },
  ])
  await other.log.append('imported_history-bank.history', 'none', [opened!])
  await refused(importAnonymousBank({ files: [DEMO_DAY], ...other }), 'history.not_for_history')
})

odd('nothing is written for a file of another kind', async () => {
  const target = bankTarget()
  await withFiles({ f: 'a,b\n1,2\n' }, async (paths) =>
    refused(importAnonymousBank({ files: [DEMO_DAY, paths.f!], ...target }), 'history.not_this_log'),
  )
  assert.equal(await everything(target), [])
})

odd.run()

/**
 * The months as published by the Technion are beside the project where it is built; a clone elsewhere has only the day.
 */
const months = suite('the published totals')
const beside = (month: string) =>
  fileURLToPath(new URL(`../../../shared/data/anonymous-bank/1999-${month}.txt.gz`, import.meta.url))

for (const [month, agent, hang, phantom] of [
  ['01', 27_060, 4_299, 240],
  ['02', 27_162, 5_904, 278],
  ['03', 27_847, 10_547, 407],
] as const) {
  const test = existsSync(beside(month)) ? months : months.skip
  test(`1999-${month}: ${agent} served, ${hang} hung up, ${phantom} phantoms`, async () => {
    const counted = { AGENT: 0, HANG: 0, PHANTOM: 0 }
    const keys = new Set<string>()
    let [sum, squares] = [0, 0]
    for await (const rows of readAnonymousBank(beside(month))) {
      for (const { call } of rows) {
        assert.ok(call, 'no row of the published months is lost')
        counted[call.outcome]++
        keys.add(call.key)
        if (call.outcome !== 'AGENT') continue
        sum += call.serviceS
        squares += call.serviceS ** 2
      }
    }
    assert.equal(counted, { AGENT: agent, HANG: hang, PHANTOM: phantom })
    assert.is(keys.size, agent + hang + phantom, 'the key is unique')
    if (month !== '02') return
    const mean = sum / agent
    assert.is(mean.toFixed(2), '176.35')
    assert.is(Math.sqrt(squares / agent - mean ** 2).toFixed(2), '217.13')
  })
}

const february = existsSync(beside('02')) ? months : months.skip
february('February imported: 27,162 answered, 5,904 abandoned or pre-queue, 262 overlaps', async () => {
  const report = await importAnonymousBank({ files: [beside('02')], ...bankTarget() })
  assert.is(report.answered, 27_162)
  assert.is(report.abandoned + report.preQueue, 5_904)
  assert.is(report.counts.overlapping_service, 262)
  assert.is(report.notLoaded, 0)
})

months.run()

/** The methods of a log, so that some can be replaced. */
function bound(log: ReturnType<typeof bankTarget>['log']): ImportOptions['log'] {
  return {
    append: (...args) => log.append(...args),
    appendMany: (appends) => log.appendMany(appends),
    readStream: (...args) => log.readStream(...args),
    readAll: (...args) => log.readAll(...args),
    subscribe: (...args) => log.subscribe(...args),
    head: () => log.head(),
    identity: () => log.identity(),
    awayMs: () => log.awayMs(),
    close: () => log.close(),
  }
}
