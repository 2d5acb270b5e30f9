/**
 * The menu engine by properties: whatever the settings, the keys and the moments, it never breaks, never goes on at one
 * moment for ever, and everybody gets out.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  dueNext,
  enter,
  fallDue,
  moved,
  press,
  refused,
  said,
  takesKeys,
  type IvrFacts,
} from '@ledgerline/core/ivr/menu.ts'
import { evolveIvr, type IvrEvent, type IvrProgress } from '@ledgerline/core/ivr/progress.ts'
import { ivrSettings, type IvrSettings } from '@ledgerline/core/ivr/settings.ts'
import { callEvents } from '@ledgerline/core/call/events.ts'

const test = suite('the menu engine')

const KEYS = [...'0123456789*#']
const codes = ['a', 'b', 'c']
const prompt = fc.constantFrom(null, 'x', 'y')
const action = fc.record({
  do: fc.constantFrom(
    'extension',
    'number',
    'queue',
    'agent',
    'robot',
    'voicemail',
    'menu',
    'back',
    'top',
    'play',
    'application',
    'hang_up',
  ),
  to: fc.constantFrom('', 'a', 'b', 'c', 'gone', 'say_time', 'say_number 12', '8201'),
})
const aMenu = (code: string) =>
  fc.record({
    code: fc.constant(code),
    name: fc.constant(code),
    greetLong: prompt,
    greetShort: prompt,
    invalid: prompt,
    exit: prompt,
    transfer: prompt,
    confirmKey: fc.constantFrom(null, '#', '1'),
    confirmMacro: prompt,
    timeoutMs: fc.integer({ min: 0, max: 9_000 }),
    interDigitMs: fc.integer({ min: 0, max: 3_000 }),
    maxFailures: fc.integer({ min: 0, max: 4 }),
    maxTimeouts: fc.integer({ min: 0, max: 4 }),
    digitLen: fc.integer({ min: 1, max: 4 }),
    exhausted: action,
    nodes: fc.uniqueArray(fc.record({ key: fc.constantFrom(...KEYS), name: fc.constant('n'), action }), {
      maxLength: 6,
      selector: ({ key }) => key,
    }),
  })
const settings = fc
  .record({
    root: fc.constantFrom('a', 'a', 'a', 'b', 'gone'),
    menus: fc.subarray(codes, { minLength: 1 }).chain((some) => fc.tuple(...some.map(aMenu))),
    longestMs: fc.integer({ min: 0, max: 120_000 }),
  })
  .map((known): IvrSettings => ivrSettings.parse({ code: 'main', name: 'main', ...known }))

/** What the caller and the network do at each turn. */
const turn = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('key' as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('wait' as const) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('heard' as const), complete: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('changed' as const), to: settings }) },
)

/** Runs a caller through the menus to the end; after the turns they press nothing. */
function run(
  first: IvrSettings,
  turns: readonly (
    | { what: 'key'; key: string }
    | { what: 'wait' }
    | { what: 'heard'; complete: boolean }
    | { what: 'changed'; to: IvrSettings }
  )[],
  refuses: boolean,
) {
  let now = 1_000_000
  let known = first
  let state: IvrProgress | null = null
  const events: (IvrEvent & { at: number })[] = []
  const facts = (): IvrFacts => ({ callId: 'c', configVersion: 1, at: now, zone: 'Asia/Shanghai' })
  const add = (made: readonly IvrEvent[]): void => {
    for (const event of made) {
      events.push({ ...event, at: now })
      state = evolveIvr(state, { ...event, at: now })
    }
  }
  const present = (): IvrProgress | null => state
  add(enter(known, facts()))
  const reach = (entry: string) => ({
    entry,
    whole: entry === '8201',
    longer: '8201'.startsWith(entry) && entry.length < 4,
  })
  const queue = [...turns]
  for (let steps = 0; present() && steps < 5_000; steps++) {
    const here = present()!
    const next = queue.shift() ?? { what: 'wait' as const }
    if (next.what === 'key') {
      now += 300
      if (takesKeys(here)) add(press(known, here, next.key, reach(`${here.entry}${next.key}`), facts()))
    } else if (next.what === 'heard') add(said(here, here.says[0] ?? '-', next.complete, 'c'))
    else if (next.what === 'changed') known = next.to
    else {
      const due = dueNext(known, here)
      now = Math.max(now, due.at)
      if (due.what !== 'go') add(fallDue(due.what, known, here, reach(here.entry), facts()))
      else {
        const there = moved(known, here, facts())
        const { to } = here.leaving!
        if (there) add(there)
        else if (refuses && to.do !== 'hang_up' && !['menu', 'back', 'top', 'play', 'application'].includes(to.do))
          add(refused(known, here, 'no_target', facts()))
        else add([{ type: 'IvrExited', data: { callId: 'c', ivr: 'main', menu: 'a', reason: here.leaving!.because } }])
      }
    }
  }
  return { events, out: present() === null, took: now - 1_000_000 }
}

test('A3.2.4.2-max-failures A3.2.4.2-max-timeouts: whatever is set and pressed, it is total, waits somewhere, and ends', () => {
  fc.assert(
    fc.property(settings, fc.array(turn, { maxLength: 80 }), fc.boolean(), (first, turns, refuses) => {
      const { events, out, took } = run(first, turns, refuses)
      assert.ok(out, 'the caller never got out')
      const longest = Math.max(first.longestMs, 1_000, ...turns.map((each) => ('to' in each ? each.to.longestMs : 0)))
      // The last prompts may take a minute each, if nobody reports their end.
      assert.ok(took <= longest + 60 * 60_000, `${took} ms`)
      for (const { type, data } of events) callEvents[type].schema.parse(data)
      // Without a key or a change, only so much happens at one moment.
      const changes = turns.filter(({ what }) => what !== 'wait').length
      const atOnce = new Map<number, number>()
      for (const { at } of events) atOnce.set(at, (atOnce.get(at) ?? 0) + 1)
      assert.ok(
        Math.max(...atOnce.values()) <= 40 + 6 * changes,
        `${Math.max(...atOnce.values())} events at one moment`,
      )
    }),
    { numRuns: 3_000, seed: 20_261_130 },
  )
})

test('A3.2.4.2-digit-len: no more keys than the menu asked for are in the ledger', () => {
  fc.assert(
    fc.property(settings, fc.array(turn, { maxLength: 80 }), (first, turns) => {
      const longest = Math.max(
        ...[first, ...turns.flatMap((each) => ('to' in each ? [each.to] : []))].flatMap(({ menus }) =>
          menus.map(({ digitLen }) => digitLen),
        ),
      )
      for (const { type, data } of run(first, turns, false).events)
        if (type === 'IvrKeyPressed') assert.ok(data.entry.length <= longest, data.entry)
    }),
    { numRuns: 1_000, seed: 20_261_130 },
  )
})

test.run()
