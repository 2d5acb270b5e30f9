import { execFileSync } from 'node:child_process'
import { constants, gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readAnonymousBank, readRow, type ReadRow } from '@ledgerline/adapters/import/anonymous-bank/rows.ts'
import { eventsOf, momentsOf } from '@ledgerline/adapters/import/anonymous-bank/events.ts'
import { linesOf, LONGEST_LINE } from '@ledgerline/adapters/import/file-lines.ts'
import { instantOf } from '@ledgerline/adapters/import/local-time.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { bankFile, bankRow, hungUp, packed, unqueued, withFiles } from '../support/history.ts'

const read = (change: Parameters<typeof bankRow>[0] = {}): ReadRow => readRow('f', 7, bankRow(change))
const oddness = ({ odd }: ReadRow) => odd.map(({ field, value, loaded }) => [field, value, loaded])
/** The moments of a row as wall clock times, and its events. */
function told(change: Parameters<typeof bankRow>[0] = {}) {
  const { call } = read(change)
  const { receivedAt, queuedAt, answeredAt, endedAt, waitMs, talkMs } = momentsOf(call!)
  const clock = (at: number | null) => (at === null ? null : new Date(at + 2 * 3_600_000).toISOString().slice(5, 19))
  return {
    times: [receivedAt, queuedAt, answeredAt, endedAt].map(clock),
    waitS: waitMs / 1000,
    talkS: talkMs / 1000,
    types: eventsOf(call!).map(({ event }) => event.type),
  }
}

const rows = suite('rows of the bank')

rows('a served call: the wait is the row’s own q_time, and the talk begins when it ends', () => {
  assert.equal(oddness(read()), [])
  assert.equal(read().call?.usual, ['service_before_queue_exit'])
  assert.equal(told(), {
    times: ['02-01T08:00:00', '02-01T08:00:10', '02-01T08:01:00', '02-01T08:04:00'],
    waitS: 50,
    talkS: 180,
    types: ['CallReceived', 'CallQueued', 'CallAnswered', 'AgentLeftCall', 'CallEnded'],
  })
})

rows('a call that was answered at once entered the queue at that moment, with wait 0', () => {
  const at = { ...unqueued, ser_start: '8:00:09', ser_exit: '8:03:09' }
  assert.equal(told(at).times, ['02-01T08:00:00', '02-01T08:00:09', '02-01T08:00:09', '02-01T08:03:09'])
  assert.is(told(at).waitS, 0)
  assert.equal(read(at).call?.usual, ['service_before_vru_exit'])
})

rows('a caller who hangs up in the queue has abandoned, even after no time at all', () => {
  assert.equal(told(hungUp).types, ['CallReceived', 'CallQueued', 'CallLeftQueue', 'CallEnded'])
  assert.equal(told({ ...hungUp, q_exit: '8:00:10', q_time: '0' }).types, [
    'CallReceived',
    'CallQueued',
    'CallLeftQueue',
    'CallEnded',
  ])
  assert.is(told({ ...hungUp, q_exit: '8:00:10', q_time: '0' }).waitS, 0)
})

rows('a caller who hangs up before any queue never queued', () => {
  assert.equal(told({ ...hungUp, ...unqueued }).types, ['CallReceived', 'CallEnded'])
  assert.equal(told({ ...hungUp, ...unqueued }).times, ['02-01T08:00:00', null, null, '02-01T08:00:10'])
})

rows('a call past midnight continues on the next day', () => {
  const late = {
    vru_entry: '23:59:10',
    vru_exit: '23:59:20',
    q_start: '23:59:20',
    q_exit: '0:00:30',
    q_time: '70',
    ser_start: '0:00:29',
    ser_exit: '0:03:29',
  }
  assert.equal(told(late).times, ['02-01T23:59:10', '02-01T23:59:20', '02-02T00:00:30', '02-02T00:03:30'])
  assert.equal(oddness(read(late)), [])
  assert.ok(read(late).call?.usual.includes('past_midnight'))
  const queuedAtMidnight = { ...late, vru_exit: '23:59:59', vru_time: '49', q_start: '0:00:00', q_time: '30' }
  assert.equal(told(queuedAtMidnight).times[1], '02-02T00:00:00')
})

rows('NO_SERVER served: answered, by nobody known', () => {
  const { call } = read({ server: 'NO_SERVER' })
  const answered = eventsOf(call!).find(({ event }) => event.type === 'CallAnswered')!.event
  assert.is(call?.server, null)
  assert.equal(
    [(answered.data as { agentId: unknown }).agentId, (answered.data as { agentCode: unknown }).agentCode],
    [null, null],
  )
})

rows('customer 0 is unknown', () => assert.is(read({ customer_id: '0' }).call?.customerId, null))

rows('a PHANTOM is reported as one and nothing about it is odd', () => {
  const { call, odd } = read({ outcome: 'PHANTOM', customer_id: '6.02E+11' })
  assert.is(call?.outcome, 'PHANTOM')
  assert.equal(odd, [])
})

rows('fields are trimmed', () => assert.is(read({ type: ' TT ', server: ' ANAT\r' }).call?.server, 'ANAT'))

for (const [what, change, expected] of [
  ['a service before the queue', { ser_start: '8:00:05', ser_exit: '8:03:05' }, ['ser_start', '8:00:05']],
  ['a service long after the wait', { ser_start: '8:05:00', ser_exit: '8:08:00' }, ['ser_start', '8:05:00']],
  ['a service without times', { ser_start: '0:00:00', ser_exit: '0:00:00', ser_time: '0' }, ['ser_start', '0:00:00']],
  ['a service of hours', { ser_exit: '11:00:59', ser_time: '10800' }, ['ser_time', '10800']],
  ['a service whose length is not what its clocks say', { ser_time: '99' }, ['ser_time', '99']],
  ['a service that ends before it starts', { ser_exit: '8:00:00' }, ['ser_exit', '8:00:00']],
  ['a service time that is no number', { ser_time: 'x' }, ['ser_time', 'x']],
  [
    'a voice unit that was left before it was entered',
    { vru_exit: '7:59:30', vru_time: '-30', q_start: '7:59:30', q_time: '90' },
    ['vru_exit', '7:59:30'],
  ],
  ['a time that is none', { q_exit: '8:61:00' }, ['q_exit', '8:61:00']],
  ['a queue that was left before it was entered', { q_exit: '8:00:01' }, ['q_exit', '8:00:01']],
  ['a wait that is not what its clocks say', { q_time: '3' }, ['q_time', '3']],
  ['a hang-up with a server', { ...hungUp, server: 'DARMON' }, ['server', 'DARMON']],
  ['a hang-up with a service', { outcome: 'HANG', server: 'NO_SERVER' }, ['ser_time', '180']],
  ['a type that nobody explains', { type: 'AA' }, ['type', 'AA']],
  ['a type that is no word', { type: '' }, ['type', '']],
  ['a customer whom a spreadsheet has rounded', { customer_id: '6.02E+11' }, ['customer_id', '6.02E+11']],
  ['a priority that is none', { priority: 'high' }, ['priority', 'high']],
] as const) {
  rows(`loaded with what is right in it, and listed: ${what}`, () => {
    const row = read(change)
    assert.equal(oddness(row), [[...expected, true]])
    const { waitMs, talkMs, receivedAt, endedAt } = momentsOf(row.call!)
    assert.ok(waitMs >= 0 && talkMs >= 0 && endedAt >= receivedAt, 'no negative durations')
    const times = eventsOf(row.call!).map(({ at }) => at)
    assert.equal(
      times,
      times.toSorted((a, b) => a - b),
      'events in order of time',
    )
  })
}

for (const [what, line, expected] of [
  ['too few fields', 'AA0101\t1\t2', ['row', '3']],
  ['too many fields', `${bankRow()}\tmore`, ['row', '18']],
  ['a date that does not exist', bankRow({ date: '990230' }), ['date', '990230']],
  ['a date that is none', bankRow({ date: 'Monday' }), ['date', 'Monday']],
  ['an unknown outcome', bankRow({ outcome: 'LOST' }), ['outcome', 'LOST']],
  ['a call without its time', bankRow({ vru_entry: '' }), ['vru_entry', '']],
  ['a call without its number', bankRow({ call_id: '' }), ['call_id', '']],
  ['a call without its line', bankRow({ 'vru+line': '' }), ['vru+line', '']],
  ['binary rubbish', '\u0000\u00ff\u0001', ['row', '1']],
] as const) {
  rows(`not loaded, and listed: ${what}`, () => {
    const row = readRow('f', 9, line)
    assert.is(row.call, null)
    assert.equal(oddness(row), [[...expected, false]])
    assert.is(row.odd[0]?.line, 9)
  })
}

rows.run()

const files = suite('files of the bank')

const lines = async (file: string) => {
  const found: ReadRow[] = []
  for await (const rows of readAnonymousBank(file)) found.push(...rows)
  return found
}
const refused = (promise: Promise<unknown>, code: string, where?: RegExp) =>
  promise.then(
    () => assert.unreachable(`expected ${code}`),
    (error) => {
      if (!isProblem(error, code)) throw new Error(`expected ${code}, got ${error}`)
      if (where) assert.match(String(error.where), where)
    },
  )

files('plain and packed files are told apart by their content, not their names', async () => {
  const text = bankFile(bankRow(), bankRow({ call_id: '2' }))
  await withFiles({ 'plain.gz': text, 'packed.txt': packed(text) }, async (paths) => {
    assert.is((await lines(paths['plain.gz']!)).length, 2)
    assert.is((await lines(paths['packed.txt']!)).length, 2)
  })
})

files('Windows line ends, empty lines and a last line without an end are read', async () => {
  await withFiles(
    { f: `${bankFile(bankRow(), '', bankRow({ call_id: '2' })).replaceAll('\n', '\r\n')}${bankRow({ call_id: '3' })}` },
    async (paths) => {
      const found = await lines(paths.f!)
      assert.equal(
        found.map(({ call }) => [call?.line, call?.server]),
        [
          [2, 'MICHAL'],
          [4, 'MICHAL'],
          [5, 'MICHAL'],
        ],
      )
    },
  )
})

files('names in Latin-1 are read as they are', async () => {
  await withFiles({ f: Buffer.from(bankFile(bankRow({ server: 'JOS\u00c9' })), 'latin1') }, async (paths) =>
    assert.is((await lines(paths.f!))[0]?.call?.server, 'JOSÉ'),
  )
})

files('a line without an end is listed, not held in memory', async () => {
  await withFiles(
    { f: `${bankFile(bankRow())}${'x'.repeat(1_000_000)}\n${bankRow({ call_id: '2' })}\n` },
    async (paths) => {
      const found = await lines(paths.f!)
      assert.equal(
        found.map(({ call }) => call === null),
        [false, true, false],
      )
    },
  )
})

files('a file that is missing, empty, a directory or something else is refused in one sentence', async () => {
  await withFiles(
    { empty: '', other: 'name,phone\nx,1\n', nearly: bankFile(bankRow()).replace('q_start', 'queue_start') },
    async (paths) => {
      await refused(lines(`${paths.empty}-not-there`), 'history.no_file')
      await refused(lines(paths.empty!.replace('/empty', '')), 'history.no_file')
      await refused(lines(paths.empty!), 'history.not_this_log')
      await refused(lines(paths.other!), 'history.not_this_log', /other:1$/)
      await refused(lines(paths.nearly!), 'history.not_this_log', /nearly:1$/)
    },
  )
})

files('a packed file that breaks off yields its rows first, and says after which line', async () => {
  const whole = packed(
    bankFile(
      ...Array.from({ length: 20_000 }, (_, i) =>
        bankRow({ call_id: String(i * 7919), customer_id: String((i * 104_729) % 1_000_003) }),
      ),
    ),
  )
  await withFiles(
    {
      f: whole.subarray(0, whole.length >> 1),
      damaged: Buffer.concat([whole.subarray(0, 5000), Buffer.alloc(5000, 7), whole.subarray(10_000)]),
    },
    async (paths) => {
      let seen = 0
      await refused(
        (async () => {
          for await (const rows of readAnonymousBank(paths.f!)) seen += rows.length
        })(),
        'history.broken_file',
      )
      assert.ok(seen > 5000, `${seen}`)
      await refused(lines(paths.damaged!), 'history.broken_file')
    },
  )
})

files('a packed file that is damaged yields every line before the byte at which it breaks', async () => {
  const dice = seededDice(19990203)
  const whole = packed(
    bankFile(
      ...Array.from({ length: 3_000 }, (_, i) =>
        bankRow({ call_id: String(i * 7919), customer_id: String((i * 104_729) % 1_000_003) }),
      ),
    ),
  )
  const unpacked = (length: number): string | null => {
    try {
      return gunzipSync(damaged.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH }).toString('latin1')
    } catch {
      return null
    }
  }
  let damaged = whole
  for (let round = 0; round < 30; round++) {
    const at = 1_000 + Math.floor(dice() * (whole.length - 1_100))
    damaged = Buffer.from(whole)
    for (let byte = 0; byte < 4; byte++) damaged[at + byte] = Math.floor(dice() * 256)
    // Bytes that another program unpacks before it finds what is wrong.
    let [good, bad] = [10, damaged.length]
    while (bad - good > 1) {
      const middle = (good + bad) >> 1
      if (unpacked(middle) === null) bad = middle
      else good = middle
    }
    const right = unpacked(good)!.split('\n').slice(0, -1)
    const found: string[] = []
    await withFiles({ damaged }, async (paths) => {
      await refused(
        (async () => {
          for await (const lines of linesOf(paths.damaged!)) found.push(...lines.map(({ text }) => text))
        })(),
        'history.broken_file',
      )
    })
    assert.equal(
      found.slice(0, right.length),
      right.map((line) => line.slice(0, LONGEST_LINE)),
      `damaged at ${at}`,
    )
    // The byte itself may end one line more.
    assert.ok(found.length <= right.length + 1, `${found.length} of ${right.length}`)
  }
})

files('a bomb is given up, but what came before is not', async () => {
  const row = bankRow()
  const bomb = packed(bankFile(...Array.from({ length: 40_000 }, () => row)))
  await withFiles({ bomb, small: packed(bankFile(...Array.from({ length: 1_000 }, () => row))) }, async (paths) => {
    const reading = async (path: string, bombBytes?: number): Promise<number> => {
      let bytes = 0
      try {
        for await (const lines of linesOf(path, bombBytes === undefined ? {} : { bombBytes }))
          bytes += lines.reduce((sum, { text }) => sum + text.length + 1, 0)
      } catch (error) {
        if (!isProblem(error, 'history.bomb')) throw error
        assert.match(String(error.details['file']), /bomb$/)
        return -bytes
      }
      return bytes
    }
    const most = 1024 * 1024
    const given = -(await reading(paths.bomb!, most))
    assert.ok(given > most - 64 * 1024 && given < most + 1024 * 1024, `${given} bytes before it was given up`)
    assert.ok((await reading(paths.bomb!)) > 4 * most, 'what is small enough is no bomb, however well it is packed')
    assert.ok((await reading(paths.small!, most)) > 0)
  })
})

files('a pipe that nobody writes into and a device that never ends are refused at once', async () => {
  await withFiles({ f: '' }, async (paths) => {
    const pipe = `${paths.f}.pipe`
    execFileSync('mkfifo', [pipe])
    for (const [path, what] of [
      [pipe, 'a pipe'],
      ['/dev/zero', 'a device'],
      ['/dev/null', 'a device'],
    ] as const) {
      const error = await lines(path).then(
        () => assert.unreachable(),
        (thrown: unknown) => thrown,
      )
      assert.ok(isProblem(error, 'history.no_file'))
      assert.is(error.details['reason'], `${what}, not a file`)
    }
  })
})

files('reading stops when told to', async () => {
  await withFiles({ f: bankFile(...Array.from({ length: 5000 }, () => bankRow())) }, async (paths) => {
    const stop = new AbortController()
    try {
      for await (const _ of readAnonymousBank(paths.f!, { signal: stop.signal })) stop.abort(new Error('enough'))
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).message, 'enough')
    }
  })
})

files.run()

const wall = suite('wall clock times')

wall('Jerusalem has winter time in February and summer time from 2 April 1999', () => {
  const at = (text: string) => new Date(instantOf(Date.parse(`${text}Z`), 'Asia/Jerusalem')).toISOString()
  assert.is(at('1999-02-03T13:00:00'), '1999-02-03T11:00:00.000Z')
  assert.is(at('1999-04-01T23:30:00'), '1999-04-01T21:30:00.000Z')
  assert.is(at('1999-04-02T12:00:00'), '1999-04-02T09:00:00.000Z')
  assert.is(at('1999-04-02T02:30:00'), '1999-04-02T00:30:00.000Z', 'skipped: as if the clock had not been put forward')
  assert.is(at('1999-09-03T01:30:00'), '1999-09-02T22:30:00.000Z', 'came twice: the first time')
  assert.is(at('1999-09-03T02:30:00'), '1999-09-03T00:30:00.000Z')
})

wall.run()
