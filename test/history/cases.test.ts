/**
 * Rows that are wrong in one way each, with the right result: every clock and length of a row, missing, too early,
 * hours wrong, around midnight and where the clock is put back or forward. Zone Asia/Jerusalem.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readRow } from '@ledgerline/adapters/import/anonymous-bank/rows.ts'
import { momentsOf } from '@ledgerline/adapters/import/anonymous-bank/events.ts'
import { bankRow, hungUp, unqueued } from '../support/history.ts'

type Change = NonNullable<Parameters<typeof bankRow>[0]>

/** A row without anything odd: came at 10:00:00, queued at 10:00:10, served from 10:00:30 to 10:01:30. */
const good: Change = {
  date: '990105',
  vru_entry: '10:00:00',
  vru_exit: '10:00:10',
  vru_time: '10',
  q_start: '10:00:10',
  q_exit: '10:00:30',
  q_time: '20',
  outcome: 'AGENT',
  ser_start: '10:00:30',
  ser_exit: '10:01:30',
  ser_time: '60',
  server: 'DANA',
  priority: '0',
}
const gaveUp: Change = { ...good, ...hungUp }

/**
 * Arrival, queue, answer, end on the wall clock (winter, unless stated), then wait and talk in seconds, then the fields
 * that are listed.
 */
type Right = [
  received: string,
  queued: string | null,
  answered: string | null,
  ended: string,
  waitS: number,
  talkS: number,
  ...odd: string[],
]

function told(change: Change, offsetHours = 2): Right {
  const { call, odd } = readRow('f', 2, bankRow(change))
  assert.ok(call, `loaded; refused: ${JSON.stringify(odd)}`)
  assert.ok(odd.every(({ loaded }) => loaded))
  const { receivedAt, queuedAt, answeredAt, endedAt, waitMs, talkMs } = momentsOf(call)
  const clock = (at: number): string =>
    new Date(at + offsetHours * 3_600_000).toISOString().slice(8, 19).replace(/^05T/, '')
  return [
    clock(receivedAt),
    queuedAt === null ? null : clock(queuedAt),
    answeredAt === null ? null : clock(answeredAt),
    clock(endedAt),
    waitMs / 1000,
    talkMs / 1000,
    ...odd.map(({ field }) => field),
  ]
}

const right: Right = ['10:00:00', '10:00:10', '10:00:30', '10:01:30', 20, 60]
const cases: Record<string, [change: Change, right: Right]> = {
  'nothing is odd': [good, right],
  'clocks, a service that starts the usual second before the queue is left': [
    { ...good, ser_start: '10:00:29', ser_exit: '10:01:29' },
    right,
  ],

  'vru_entry nought': [{ ...good, vru_entry: '0:00:00' }, [...right, 'vru_entry']],
  'vru_entry and vru_exit nought': [
    { ...good, vru_entry: '0:00:00', vru_exit: '0:00:00', vru_time: '0' },
    ['10:00:10', '10:00:10', '10:00:30', '10:01:30', 20, 60, 'vru_entry', 'vru_exit'],
  ],
  'vru_entry nought, all clocks but the service’s too': [
    { ...good, ...unqueued, vru_entry: '0:00:00', vru_exit: '0:00:00', vru_time: '0' },
    ['10:00:30', '10:00:30', '10:00:30', '10:01:30', 0, 60, 'vru_entry', 'vru_exit'],
  ],
  'no clock at all': [
    { ...gaveUp, ...unqueued, vru_entry: '0:00:00', vru_exit: '0:00:00', vru_time: '0' },
    ['00:00:00', null, null, '00:00:00', 0, 0, 'vru_entry'],
  ],
  'vru_exit nought': [{ ...good, vru_exit: '0:00:00' }, [...right, 'vru_exit']],
  'vru_exit garbage': [{ ...good, vru_exit: '10:61:00' }, [...right, 'vru_exit']],
  'vru_exit an hour early': [{ ...good, vru_exit: '9:00:10' }, [...right, 'vru_exit']],
  'vru_exit a little early, negative length, queued at once': [
    { ...good, vru_exit: '9:59:30', vru_time: '-30', q_start: '9:59:30', q_time: '60' },
    ['09:59:30', '09:59:30', '10:00:30', '10:01:30', 60, 60, 'vru_exit'],
  ],
  'vru_time negative': [{ ...good, vru_time: '-10' }, [...right, 'vru_time']],
  'vru_time missing': [{ ...good, vru_time: '' }, [...right, 'vru_time']],
  'vru_time 9 s more than the clocks': [
    { ...gaveUp, ...unqueued, vru_time: '19' },
    ['10:00:00', null, null, '10:00:19', 0, 0, 'vru_time'],
  ],
  'vru_time of a day and a half': [{ ...good, vru_time: '130000' }, [...right, 'vru_time']],
  'vru_time of 12 hours beside clocks of 10 s': [{ ...good, vru_time: '43200' }, [...right, 'vru_time']],

  'q_start nought': [
    { ...good, q_start: '0:00:00', q_exit: '10:00:35', q_time: '25', ser_start: '10:00:35', ser_exit: '10:01:35' },
    ['10:00:00', '10:00:10', '10:00:35', '10:01:35', 25, 60, 'q_start'],
  ],
  'q_exit nought': [{ ...good, q_exit: '0:00:00' }, [...right, 'q_exit']],
  'q_start and q_exit nought, hung up': [
    { ...gaveUp, q_start: '0:00:00', q_exit: '0:00:00', q_time: '25' },
    ['10:00:00', '10:00:10', null, '10:00:35', 25, 0, 'q_start', 'q_exit'],
  ],
  'q_start and q_exit nought, served': [
    { ...good, q_start: '0:00:00', q_exit: '0:00:00' },
    [...right, 'q_start', 'q_exit'],
  ],
  'q_start an hour before the call came': [
    { ...gaveUp, q_start: '9:00:00', q_exit: '9:05:00', q_time: '300' },
    ['10:00:00', '10:00:10', null, '10:05:10', 300, 0, 'q_start'],
  ],
  'q_start half a minute before the call came, as on 31 March 1999': [
    {
      ...gaveUp,
      vru_entry: '8:55:29',
      vru_exit: '8:55:29',
      vru_time: '0',
      q_start: '8:55:00',
      q_exit: '8:55:13',
      q_time: '13',
    },
    ['08:55:29', '08:55:29', null, '08:55:42', 13, 0, 'q_start'],
  ],
  'queue and service eight hours before the call came': [
    { ...good, vru_entry: '18:00:00', vru_exit: '18:00:10' },
    ['18:00:00', '18:00:10', '18:00:30', '18:01:30', 20, 60, 'q_start', 'ser_start'],
  ],
  'q_start alone eight hours early': [{ ...good, q_start: '2:00:10' }, [...right, 'q_start', 'q_time']],
  'q_start hours late': [{ ...good, q_start: '14:00:10', q_exit: '14:00:30' }, [...right, 'q_start']],
  'q_exit before q_start': [{ ...good, q_exit: '10:00:01' }, [...right, 'q_exit']],
  'q_exit hours late': [{ ...good, q_exit: '15:00:30' }, [...right, 'q_time']],
  'q_start garbage': [{ ...good, q_start: '25:00:10' }, [...right, 'q_start']],
  'q_start and q_exit garbage': [{ ...good, q_start: 'x', q_exit: 'y' }, [...right, 'q_start', 'q_exit']],
  'q_time negative': [{ ...good, q_time: '-20' }, [...right, 'q_time']],
  'q_time missing': [{ ...good, q_time: '' }, [...right, 'q_time']],
  'q_time missing, and q_exit with it': [{ ...good, q_time: '', q_exit: '' }, [...right, 'q_exit', 'q_time']],
  'q_time negative without clocks': [
    { ...good, ...unqueued, q_time: '-5' },
    ['10:00:00', '10:00:30', '10:00:30', '10:01:30', 0, 60, 'q_time'],
  ],
  'q_time a minute more than the clocks: it is believed': [
    { ...good, q_time: '80', ser_start: '10:01:30', ser_exit: '10:02:30' },
    ['10:00:00', '10:00:10', '10:01:30', '10:02:30', 80, 60, 'q_time'],
  ],
  'q_time 2 s less than the clocks: the wait is q_time': [
    { ...good, q_time: '18' },
    ['10:00:00', '10:00:10', '10:00:28', '10:01:28', 18, 60, 'q_time'],
  ],
  'q_time beyond a day: by the clocks': [{ ...good, q_time: '999999' }, [...right, 'q_time']],

  'ser_start nought': [{ ...good, ser_start: '0:00:00' }, [...right, 'ser_start']],
  'ser_exit nought': [{ ...good, ser_exit: '0:00:00' }, [...right, 'ser_exit']],
  'ser_start and ser_exit nought': [{ ...good, ser_start: '0:00:00', ser_exit: '0:00:00' }, [...right, 'ser_start']],
  'ser_start before the call queued': [{ ...good, ser_start: '2:00:30', ser_exit: '2:01:30' }, [...right, 'ser_start']],
  'ser_start before the call came, and it never queued': [
    { ...good, ...unqueued, ser_start: '2:00:30', ser_exit: '2:01:30' },
    ['10:00:00', '10:00:10', '10:00:10', '10:01:10', 0, 60, 'ser_start'],
  ],
  'ser_start minutes before the wait ended': [
    { ...good, q_exit: '10:05:10', q_time: '300' },
    ['10:00:00', '10:00:10', '10:05:10', '10:06:10', 300, 60, 'ser_start'],
  ],
  'ser_start minutes after the wait ended': [
    { ...good, ser_start: '10:05:30', ser_exit: '10:06:30' },
    [...right, 'ser_start'],
  ],
  'ser_exit before ser_start': [{ ...good, ser_exit: '10:00:00' }, [...right, 'ser_exit']],
  'ser_time negative': [{ ...good, ser_time: '-60' }, [...right, 'ser_time']],
  'ser_time negative without clocks': [
    { ...good, ser_start: '0:00:00', ser_exit: '0:00:00', ser_time: '-5' },
    ['10:00:00', '10:00:10', '10:00:30', '10:00:30', 20, 0, 'ser_time', 'ser_start'],
  ],
  'ser_time more than the clocks: it is believed': [
    { ...good, ser_time: '99' },
    ['10:00:00', '10:00:10', '10:00:30', '10:02:09', 20, 99, 'ser_time'],
  ],
  'ser_time beyond a day: by the clocks': [{ ...good, ser_time: '86401' }, [...right, 'ser_time']],
  'ser_start garbage': [{ ...good, ser_start: '10:00' }, [...right, 'ser_start']],

  'midnight in the voice unit': [
    {
      ...good,
      vru_entry: '23:59:55',
      vru_exit: '0:00:05',
      q_start: '0:00:05',
      q_exit: '0:00:25',
      ser_start: '0:00:25',
      ser_exit: '0:01:25',
    },
    ['23:59:55', '06T00:00:05', '06T00:00:25', '06T00:01:25', 20, 60],
  ],
  'queued at midnight': [
    {
      ...good,
      vru_entry: '23:59:50',
      vru_exit: '23:59:54',
      vru_time: '4',
      q_start: '0:00:00',
      q_exit: '0:00:27',
      q_time: '27',
      ser_start: '0:00:26',
      ser_exit: '0:01:33',
      ser_time: '67',
    },
    ['23:59:50', '06T00:00:00', '06T00:00:27', '06T00:01:34', 27, 67],
  ],
  'a wait that ends at midnight': [
    { ...gaveUp, vru_entry: '23:59:00', vru_exit: '23:59:10', q_start: '23:59:10', q_exit: '0:00:00', q_time: '50' },
    ['23:59:00', '23:59:10', null, '06T00:00:00', 50, 0],
  ],
  'a service that ends at midnight': [
    {
      ...good,
      ...unqueued,
      vru_entry: '23:50:17',
      vru_exit: '23:50:26',
      vru_time: '9',
      ser_start: '23:50:26',
      ser_exit: '0:00:00',
      ser_time: '574',
    },
    ['23:50:17', '23:50:26', '23:50:26', '06T00:00:00', 0, 574],
  ],
  'a call that came at midnight': [
    {
      ...good,
      vru_entry: '0:00:00',
      vru_exit: '0:00:10',
      q_start: '0:00:10',
      q_exit: '0:00:30',
      ser_start: '0:00:30',
      ser_exit: '0:01:30',
    },
    ['00:00:00', '00:00:10', '00:00:30', '00:01:30', 20, 60],
  ],
  'q_start nought a minute after midnight is not midnight': [
    {
      ...good,
      vru_entry: '0:00:50',
      vru_exit: '0:01:00',
      q_start: '0:00:00',
      q_exit: '0:01:20',
      ser_start: '0:01:20',
      ser_exit: '0:02:20',
    },
    ['00:00:50', '00:01:00', '00:01:20', '00:02:20', 20, 60, 'q_start'],
  ],
}

const rows = suite('rows that are wrong in one way')
for (const [what, [change, expected]] of Object.entries(cases)) rows(what, () => assert.equal(told(change), expected))

rows('the clock is put back: a wait across the repeated hour is as long as it was', () => {
  const row = {
    ...good,
    date: '990903',
    vru_entry: '1:59:40',
    vru_exit: '1:59:50',
    q_start: '1:59:50',
    q_exit: '1:00:20',
    q_time: '30',
    ser_start: '1:00:20',
    ser_exit: '1:01:20',
  }
  // In summer time: the wall showed 1:00:20 once more, thirty seconds later.
  assert.equal(told(row, 3), ['03T01:59:40', '03T01:59:50', '03T02:00:20', '03T02:01:20', 30, 60])
})

rows('the clock is put forward: a wait across the skipped hour is as long as it was', () => {
  const row = {
    ...good,
    date: '990402',
    vru_entry: '1:59:40',
    vru_exit: '1:59:50',
    q_start: '1:59:50',
    q_exit: '3:00:20',
    q_time: '30',
    ser_start: '3:00:20',
    ser_exit: '3:01:20',
  }
  assert.equal(told(row), ['02T01:59:40', '02T01:59:50', '02T02:00:20', '02T02:01:20', 30, 60])
})

rows('a day of 23 and of 25 hours: midnight is where it was', () => {
  for (const [date, offset] of [
    ['990402', 3],
    ['990903', 2],
  ] as const) {
    const late = {
      ...good,
      date,
      vru_entry: '23:59:55',
      vru_exit: '0:00:05',
      q_start: '0:00:05',
      q_exit: '0:00:25',
      ser_start: '0:00:25',
      ser_exit: '0:01:25',
    }
    const day = Number(date.slice(4))
    const next = String(day + 1).padStart(2, '0')
    assert.equal(told(late, offset), [
      `${String(day).padStart(2, '0')}T23:59:55`,
      `${next}T00:00:05`,
      `${next}T00:00:25`,
      `${next}T00:01:25`,
      20,
      60,
    ])
    assert.ok(readRow('f', 2, bankRow(late)).call!.usual.includes('past_midnight'))
  }
})

rows('PHANTOM rows are left out, whatever their clocks say', () => {
  for (const vru_entry of ['', '0:00:00', '99:99:99']) {
    const { call, odd } = readRow(
      'f',
      2,
      bankRow({ ...good, outcome: 'PHANTOM', vru_entry, q_start: '-', ser_time: '-1' }),
    )
    assert.equal([call?.outcome, odd], ['PHANTOM', []])
  }
})

rows('names: long ones whole, UTF-8 and Latin-1 alike, invisible characters removed and listed', () => {
  const name = (server: string, encoding: BufferEncoding = 'utf8') =>
    readRow('f', 2, bankRow({ ...good, server: Buffer.from(server, encoding).toString('latin1') }))
  const [alice, bob] = [`${'N'.repeat(64)}ALICE`, `${'N'.repeat(64)}BOB`].map((server) => name(server))
  assert.is.not(alice!.call!.server, bob!.call!.server)
  assert.equal(
    [...alice!.odd, ...bob!.odd].map(({ kind }) => kind),
    ['long_name', 'long_name'],
  )
  for (const server of ['José', 'à', '张敏', 'דנה', 'Ünal'])
    assert.equal([name(server).call!.server, name(server).odd], [server, []])
  for (const server of ['JOSÉ', 'à']) assert.is(name(server, 'latin1').call!.server, server)
  // The same name, composed and decomposed.
  assert.is(name('Jose\u0301').call!.server, 'José')
  const nul = name('DA\0NA')
  assert.equal(
    [nul.call!.server, nul.odd.map(({ kind, field, loaded }) => [kind, field, loaded])],
    ['DANA', [['control_character', 'server', true]]],
  )
})

rows.run()
