/**
 * The rules that hold for every file, on generated months: correct rows, and rows in which one to three fields were
 * made wrong, in each of their nine clocks and lengths, of each outcome, also around midnight and on the days on which
 * the clock changes. Each month comes from a seed, which a failure reports.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importAnonymousBank } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import { COLUMNS, type Column } from '@ledgerline/adapters/import/anonymous-bank/rows.ts'
import { instantsOf } from '@ledgerline/adapters/import/local-time.ts'
import { seededDice, type Dice } from '@ledgerline/core/kernel/clock.ts'
import { offsetAt } from '@ledgerline/core/kernel/time.ts'
import { bankFile, bankRow, bankTarget, everything, withFiles } from '../support/history.ts'

const ZONE = 'Asia/Jerusalem'
const ROWS = 1500
const CLOCKS = ['vru_entry', 'vru_exit', 'q_start', 'q_exit', 'ser_start', 'ser_exit'] as const
const LENGTHS = ['vru_time', 'q_time', 'ser_time'] as const

interface Made {
  row: Record<Column, string>
  /** Fields that were changed. */
  wrong: Set<Column>
}

const whole = (dice: Dice, from: number, to: number): number => from + Math.floor(dice() * (to - from + 1))
const one = <T>(dice: Dice, of: readonly T[]): T => of[whole(dice, 0, of.length - 1)]!

/** A wall clock, `H:MM:SS`, of an instant. */
function wall(at: number): string {
  const [hours, ...rest] = new Date(at + offsetAt(at, ZONE)).toISOString().slice(11, 19).split(':')
  return [Number(hours), ...rest].join(':')
}

/** A row in which everything fits: what happened, recorded by clocks of the zone. */
function rightRow(dice: Dice, number: number): Record<Column, string> {
  // An ordinary day, and the days on which the clock is put forward and back; most calls by day, some around midnight.
  const date = one(dice, ['1999-01-05', '1999-02-03', '1999-04-02', '1999-09-03'])
  const midnight = Date.parse(`${date}T00:00:00Z`)
  const time =
    dice() < 0.2
      ? whole(dice, 86_000, 86_399)
      : dice() < 0.1
        ? whole(dice, 5_000, 7_199)
        : whole(dice, 8 * 3600, 22 * 3600)
  const [came] = instantsOf(midnight + time * 1000, ZONE)
  const left = came + whole(dice, 1, 120) * 1000
  const outcome = one(dice, ['AGENT', 'AGENT', 'AGENT', 'HANG', 'PHANTOM'])
  const queued = dice() < 0.7
  const waitS = whole(dice, 1, 900)
  const waited = queued ? left + waitS * 1000 : left
  const talkS = whole(dice, 1, 1200)
  const served = outcome === 'AGENT'
  return {
    'vru+line': 'AA0101',
    call_id: String(number),
    customer_id: '0',
    priority: '0',
    type: 'PS',
    date: date.slice(2).replaceAll('-', ''),
    vru_entry: wall(came),
    vru_exit: wall(left),
    vru_time: String((left - came) / 1000),
    q_start: queued ? wall(left) : '0:00:00',
    q_exit: queued ? wall(waited) : '0:00:00',
    q_time: queued ? String(waitS) : '0',
    outcome,
    ser_start: served ? wall(waited) : '0:00:00',
    ser_exit: served ? wall(waited + talkS * 1000) : '0:00:00',
    ser_time: served ? String(talkS) : '0',
    // Nobody serves twice, so that no services overlap.
    server: served ? `S${number}` : 'NO_SERVER',
  }
}

function wrongClock(dice: Dice, text: string): string {
  const hour = (by: number): string => text.replace(/^\d+/, (hours) => String((Number(hours) + by + 24) % 24))
  return one(dice, [
    '0:00:00',
    '',
    '24:00:00',
    '10:61:00',
    'noon',
    hour(-whole(dice, 1, 11)),
    hour(whole(dice, 1, 11)),
    hour(12),
  ])
}

const wrongLength = (dice: Dice, text: string): string =>
  one(dice, [
    '',
    '-1',
    `-${text}`,
    'x',
    '1.5',
    '99999',
    '999999',
    '99999999',
    String(Number(text) + whole(dice, 6, 4000)),
  ])

function madeWrong(dice: Dice, row: Record<Column, string>): Made {
  const changed = { ...row }
  for (let left = whole(dice, 1, 3); left > 0; left--) {
    const kind = dice()
    if (kind < 0.55) {
      const field = one(dice, CLOCKS)
      changed[field] = wrongClock(dice, row[field])
    } else if (kind < 0.9) {
      const field = one(dice, LENGTHS)
      changed[field] = wrongLength(dice, row[field])
    } else if (kind < 0.93) changed.outcome = one(dice, ['LOST', ''])
    else if (kind < 0.96) changed.date = one(dice, ['990230', '', 'Monday'])
    else changed.call_id = one(dice, ['', 'x', '-1'])
  }
  return { row: changed, wrong: new Set(COLUMNS.filter((column) => changed[column] !== row[column])) }
}

const month = (dice: Dice): Made[] =>
  Array.from({ length: ROWS }, (_, number) => {
    const row = rightRow(dice, number)
    return dice() < 0.3 ? { row, wrong: new Set<Column>() } : madeWrong(dice, row)
  })

const isLength = (text: string): boolean => /^\d{1,6}$/.test(text) && Number(text) <= 86_400
const isNought = (text: string): boolean => text === '' || text === '0:00:00'
const isTime = (text: string): boolean => /^([01]?\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text)

const test = suite('months of dirty rows')

for (const seed of [1, 2, 3, 4]) {
  test(`the rules hold for every row (seed ${seed})`, async () => {
    const dice = seededDice(seed)
    const made = month(dice)
    // Some come twice, unchanged, and some lines are blank.
    const lines: (Made | null)[] = made.flatMap((row) =>
      dice() < 0.03 ? [row, row] : dice() < 0.03 ? [row, null] : [row],
    )
    const target = bankTarget()
    await withFiles(
      {
        f: bankFile(
          ...lines.map((line) => (line === null ? one(dice, ['', '  ', '\t'.repeat(16)]) : bankRow(line.row))),
        ),
      },
      async ({ f }) => {
        const report = await importAnonymousBank({ files: [f!], ...target })
        const events = await everything(target)
        const streams = Map.groupBy(
          events.filter(({ stream }) => stream.startsWith('imported_call')),
          ({ stream }) => stream,
        )

        assert.is(report.blank, lines.filter((line) => line === null).length)
        assert.is(report.rows, lines.length - report.blank)
        assert.is(report.rows, report.calls + report.repeated + report.phantom + report.notLoaded)
        assert.is(report.calls, report.answered + report.abandoned + report.preQueue)
        assert.is(report.calls, streams.size, 'as many calls as the table has rows')
        assert.is(report.odd.length, report.oddRows)
        assert.is(
          new Set(report.odd.filter(({ loaded, kind }) => !loaded || kind === 'repeated').map(({ line }) => line)).size,
          report.notLoaded + report.repeated,
        )

        for (const [name, of] of streams)
          assert.equal(
            of.map(({ at }) => at),
            of.map(({ at }) => at).toSorted((a, b) => a - b),
            `${name} (seed ${seed})`,
          )
        const listed = Map.groupBy(report.odd, ({ line }) => line)
        lines.forEach((line, index) => {
          if (line === null) return
          judge(
            line,
            listed.get(index + 2) ?? [],
            streams.get(`imported_call-bank.${line.row.date}-AA0101-${line.row.call_id}`) ?? [],
            `seed ${seed}, line ${index + 2}: ${bankRow(line.row)}`,
          )
        })

        const again = await importAnonymousBank({ files: [f!], ...target })
        assert.equal(
          [again.calls, again.alreadyThere, again.repeated, again.events],
          [report.calls, report.calls, report.repeated, 0],
        )
        assert.is((await everything(target)).length, events.length)
      },
    )
  })
}

function judge(
  { row, wrong }: Made,
  odd: readonly { kind: string; loaded: boolean }[],
  events: Awaited<ReturnType<typeof everything>>,
  where: string,
): void {
  const others = odd.filter(({ kind }) => kind !== 'repeated')
  if (row.outcome === 'PHANTOM' && events.length === 0) return
  if (events.length === 0)
    return assert.ok(
      others.some(({ loaded }) => !loaded),
      `refused, and not listed: ${where}`,
    )
  if (wrong.size === 0) assert.equal(others, [], `nothing wrong, and listed: ${where}`)
  else assert.ok(others.length > 0 || wasHarmless(row, wrong), `wrong, and not listed: ${where}`)

  const received = events.find(({ type }) => type === 'CallReceived')!
  const midnight = Date.parse(`19${row.date.replace(/(..)(..)(..)/, '$1-$2-$3')}T00:00:00Z`)
  const local = received.at + offsetAt(received.at, ZONE) - midnight
  assert.ok(local >= 0 && local < 86_400_000, `on its day: ${where}`)
  // If a length is invalid, the voice unit's other clock counts, by at most ten minutes.
  if (!isNought(row.vru_entry))
    assert.ok(
      received.at === instantsOf(midnight + secondsOf(row.vru_entry) * 1000, ZONE)[0] ||
        (!isLength(row.vru_time) && !isNought(row.vru_exit)),
      `when its row says: ${where}`,
    )
  else if (CLOCKS.slice(1).some((clock) => isTime(row[clock]) && !isNought(row[clock]) && row[clock] > '1'))
    assert.is.not(wall(received.at), '0:00:00', `not at midnight: ${where}`)

  const answered = events.find(({ type }) => type === 'CallAnswered')
  const left = events.find(({ type }) => type === 'CallLeftQueue')
  const waitMs = ((answered ?? left)?.data as { waitMs: number } | undefined)?.waitMs
  const neverQueued = isNought(row.q_start) && isNought(row.q_exit) && !(isLength(row.q_time) && Number(row.q_time) > 0)
  if (!neverQueued && isLength(row.q_time)) assert.is(waitMs, Number(row.q_time) * 1000, `the wait is q_time: ${where}`)
  if (neverQueued) assert.is(waitMs ?? 0, 0, `never queued: ${where}`)
  assert.is(answered !== undefined, row.outcome === 'AGENT', where)
  const talkMs = (events.find(({ type }) => type === 'AgentLeftCall')?.data as { talkMs: number } | undefined)?.talkMs
  if (row.outcome === 'AGENT' && isLength(row.ser_time))
    assert.is(talkMs, Number(row.ser_time) * 1000, `the talk is ser_time: ${where}`)
  const queued = events.find(({ type }) => type === 'CallQueued')
  if (queued && (answered ?? left))
    assert.is((answered ?? left)!.at - queued.at, waitMs, `the wait lies between its moments: ${where}`)
}

function secondsOf(clock: string): number {
  const [hours, minutes, seconds] = clock.split(':').map(Number)
  return hours! * 3600 + minutes! * 60 + seconds!
}

/** A queue wiped out completely, a clock that says the same in another hour: nothing is left that could be odd. */
function wasHarmless(row: Record<Column, string>, wrong: ReadonlySet<Column>): boolean {
  const wiped = isNought(row.q_start) && isNought(row.q_exit) && row.q_time === '0'
  return [...wrong].every(
    (field) =>
      (wiped && field.startsWith('q_')) ||
      (isNought(row[field]) && row.outcome !== 'AGENT' && field.startsWith('ser_')),
  )
}

test.run()
