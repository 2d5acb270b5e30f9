/** Tiers, hours, exits and the explanation of a choice, as tables: pure functions, no clock, no log. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  checkConfiguration,
  configurationDecider,
  type Activate,
} from '@ledgerline/core/configuration/configuration.ts'
import { dueAt, prompt } from '@ledgerline/core/queue/announcements.ts'
import { readCandidates, writeCandidates } from '@ledgerline/core/acd/candidate-bits.ts'
import { explain, type Member } from '@ledgerline/core/acd/decision.ts'
import type { OpenHours } from '@ledgerline/core/queue/settings.ts'
import { destinationOf, wayOut, type QueueFacts } from '@ledgerline/core/queue/exits.ts'
import { isOpen } from '@ledgerline/core/queue/hours.ts'
import { highestLevel, nextTurn, waitForLevel, type Levels, type TierRules } from '@ledgerline/core/queue/tiers.ts'
import type { Decision } from '@ledgerline/core/agent/events.ts'
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import type { OpenShift } from '@ledgerline/core/agent/state.ts'
import type { LiveCall } from '@ledgerline/core/call/state.ts'
import { queueNamed } from '../support/house.ts'

// ── tiers ─────────────────────────────────────────────────────────────────────────────────────────

const tiers = suite('tier rules')
const rules = (change: Partial<TierRules> = {}): TierRules => ({
  apply: true,
  waitMs: 300_000,
  multiply: true,
  skipEmpty: false,
  ...change,
})
const levels = (all: number[], lowestPresent: number | null = all[0] ?? null): Levels => ({ all, lowestPresent })

tiers('A3.2.2.1-tier-rule-wait A3.2.2.1-tier-rule-multiply: level n after the wait, or n times the wait', () => {
  assert.equal(
    [1, 2, 3].map((level) => waitForLevel(rules(), level, levels([1, 2, 3]))),
    [0, 600_000, 900_000],
  )
  assert.equal(
    [1, 2, 3].map((level) => waitForLevel(rules({ multiply: false }), level, levels([1, 2, 3]))),
    [0, 300_000, 300_000],
  )
})

tiers('A3.2.2.1-tier-rules-apply: off, every level’s turn has come', () => {
  assert.is(highestLevel(rules({ apply: false }), levels([1, 2, 3]), 0), null)
})

tiers('corrected: a queue’s lowest level never waits, whatever its number', () => {
  assert.is(waitForLevel(rules(), 5, levels([5, 7])), 0)
  assert.is(waitForLevel(rules(), 7, levels([5, 7])), 2_100_000)
})

tiers('A3.2.2.1-tier-rule-skip: at once while nobody is signed in at a lower level', () => {
  const skip = rules({ skipEmpty: true })
  assert.is(waitForLevel(skip, 3, levels([1, 2, 3], 3)), 0)
  assert.is(waitForLevel(skip, 3, levels([1, 2, 3], null)), 0)
  assert.is(waitForLevel(skip, 3, levels([1, 2, 3], 2)), 900_000)
})

tiers('levels open one after the other, and the next turn is known in advance', () => {
  const all = levels([1, 2, 3])
  for (const [waited, highest, next] of [
    [0, 1, 600_000],
    [599_999, 1, 600_000],
    [600_000, 2, 900_000],
    [900_000, 3, null],
  ] as const) {
    assert.is(highestLevel(rules(), all, waited), highest)
    assert.is(nextTurn(rules(), all, waited), next)
  }
})

tiers.run()

// ── hours ─────────────────────────────────────────────────────────────────────────────────────────

const hours = suite('opening hours')
const at = (local: string, offset = '+08:00'): number => Date.parse(`${local}:00${offset}`)
const working: OpenHours[] = [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }]

hours('no hours: always open', () => assert.ok(isOpen([], 0, 'Asia/Shanghai')))

hours('in the tenant’s zone, from its first minute and up to its last', () => {
  // 2026-11-20 is a Friday.
  const table: [string, boolean][] = [
    ['2026-11-20T08:59', false],
    ['2026-11-20T09:00', true],
    ['2026-11-20T17:59', true],
    ['2026-11-20T18:00', false],
    ['2026-11-21T12:00', false],
  ]
  for (const [moment, open] of table) assert.is(isOpen(working, at(moment), 'Asia/Shanghai'), open, moment)
})

hours('a stretch that ends before it begins extends into the next day', () => {
  const night: OpenHours[] = [{ days: [5], from: '22:00', to: '06:00' }]
  assert.ok(isOpen(night, at('2026-11-20T23:00'), 'Asia/Shanghai'))
  assert.ok(isOpen(night, at('2026-11-21T05:59'), 'Asia/Shanghai'))
  assert.not.ok(isOpen(night, at('2026-11-20T05:00'), 'Asia/Shanghai'))
})

hours('on days when the clock changes the wall clock counts', () => {
  const morning: OpenHours[] = [{ days: [7], from: '08:00', to: '09:00' }]
  // Berlin goes back an hour on 2026-10-25.
  assert.ok(isOpen(morning, Date.parse('2026-10-25T07:30:00Z'), 'Europe/Berlin'))
  assert.not.ok(isOpen(morning, Date.parse('2026-10-25T06:30:00Z'), 'Europe/Berlin'))
})

hours.run()

// ── ways out ──────────────────────────────────────────────────────────────────────────────────────

const out = suite('ways out of a queue')
const here = (change: Partial<NonNullable<LiveCall['queue']>> = {}): NonNullable<LiveCall['queue']> => ({
  segmentId: 's',
  queueCode: 'PS',
  priority: 0,
  joinedAt: 0,
  queuedAt: 0,
  targetMs: 0,
  shortAbandonMs: 0,
  notBefore: null,
  announced: {},
  pressed: null,
  ...change,
})
const facts = (change: Partial<QueueFacts> = {}): QueueFacts => ({
  zone: 'UTC',
  absentSince: null,
  ahead: 0,
  ...change,
})
const noAgent = (afterMs: number, rejectMs: number) => ({ afterMs, rejectMs, restCounts: true })

out('nothing is due in a queue without rules, and there is no need to look again', () => {
  assert.equal(wayOut(here(), queueNamed('PS'), facts({ absentSince: -1e9, ahead: 99 }), 1e9), {
    exit: null,
    wakeAt: null,
  })
})

out('of several deadlines the first decides, and until then it is when to look again', () => {
  const settings = queueNamed('PS', { maxWaitMs: 60_000, overflow: { length: 0, afterMs: 40_000 } })
  assert.equal(wayOut(here(), settings, facts(), 30_000), { exit: null, wakeAt: 40_000 })
  assert.is(wayOut(here(), settings, facts(), 40_000).exit, 'overflowed')
})

out(
  'A3.2.2.1-max-wait-no-agent: both times for a caller who came into an empty queue; only the queue’s for those ' +
    'who were there before',
  () => {
    const settings = queueNamed('PS', { noAgent: noAgent(20_000, 5_000) })
    assert.equal(wayOut(here({ queuedAt: 100_000 }), settings, facts({ absentSince: 0 }), 100_000), {
      exit: null,
      wakeAt: 125_000,
    })
    assert.equal(wayOut(here({ queuedAt: 0 }), settings, facts({ absentSince: 100_000 }), 100_000), {
      exit: null,
      wakeAt: 120_000,
    })
    assert.equal(wayOut(here(), settings, facts({ absentSince: null }), 1e9), { exit: null, wakeAt: null })
  },
)

out('the length counts callers who came earlier, not those ahead in line', () => {
  const settings = queueNamed('PS', { overflow: { length: 2, afterMs: 0 } })
  assert.is(wayOut(here(), settings, facts({ ahead: 1 }), 0).exit, null)
  assert.is(wayOut(here(), settings, facts({ ahead: 2 }), 0).exit, 'overflowed')
})

out('only its own key leads out', () => {
  const settings = queueNamed('PS', { exitKey: '#' })
  assert.is(wayOut(here({ pressed: '1' }), settings, facts(), 0).exit, null)
  assert.is(wayOut(here({ pressed: '#' }), settings, facts(), 0).exit, 'left_by_key')
})

out('a number is personal and has its own field; hanging up is not a destination', () => {
  assert.equal(destinationOf({ kind: 'number', code: '10086', keepPlace: false }), {
    kind: 'number',
    code: '',
    number: '10086',
  })
  assert.is(destinationOf({ kind: 'hang_up', code: '', keepPlace: false }), null)
})

out(
  'an announcement: first after its delay, then at its interval; a wait is announced in minutes, never as none',
  () => {
    const told = { kind: 'expected_wait' as const, media: 'wait/{value}', firstAfterMs: 5_000, everyMs: 30_000 }
    assert.is(dueAt(told, here({ queuedAt: 1_000 })), 6_000)
    assert.is(dueAt(told, here({ announced: { expected_wait: { at: 6_000, value: 1 } } })), 36_000)
    assert.equal(
      [20_000, 95_000].map((value) => prompt(told, value)),
      ['wait/1', 'wait/2'],
    )
  },
)

out.run()

// ── explanation ───────────────────────────────────────────────────────────────────────────────────

const why = suite('an explained decision')

function shiftOf(agentId: string, ...events: Parameters<typeof shiftDecider.evolve>[1][]): OpenShift {
  const signedIn = {
    type: 'AgentSignedIn',
    at: 0,
    data: {
      shiftId: `${agentId}-1`,
      agentId,
      agentCode: agentId,
      userId: agentId,
      name: null,
      extension: `8${agentId}`,
      group: null,
      department: null,
      queues: [],
      via: 'phone',
      registered: true,
    },
  }
  return [signedIn, ...events].reduce(
    (state, event) => shiftDecider.evolve(state, event as never),
    shiftDecider.initial,
  ) as OpenShift
}

const ready = { type: 'AgentBecameReady', at: 1, data: { by: 'agent', byCode: null, reason: null } } as never
const lunch = { type: 'AgentWentAway', at: 2, data: { by: 'agent', byCode: null, reason: 'lunch' } } as never
const gone = { type: 'AgentPhoneUnregistered', at: 2, data: {} } as never
const member = (agentId: string, shift: Member['shift'], level = 1): Member => ({
  agentId,
  agentCode: agentId,
  membership: { queueCode: 'PS', level, position: 1 },
  shift,
  reservedNext: false,
})
const ranked = (agentId: string, measure: number) => ({ agentId, agentCode: agentId, level: 1, position: 1, measure })
const decision: Decision = {
  configVersion: 3,
  strategy: 'longest-idle-agent',
  waited: 12_000,
  score: 12_000,
  candidates: 2,
  level: 1,
  place: 0,
  ranked: [ranked('201', 1), ranked('202', 5)],
  seen: null,
  others: [],
}

why('candidates in their order, then everybody else with what ruled them out', () => {
  const members = [
    member('201', shiftOf('201', ready)),
    member('202', shiftOf('202', ready)),
    member('203', shiftOf('203', ready, lunch)),
    member('204', shiftOf('204', ready, gone)),
    member('205', { status: 'none' }),
    member('206', shiftOf('206', ready), 2),
    { ...member('207', shiftOf('207', ready)), reservedNext: true },
    { ...member('208', shiftOf('208', ready)), membership: null },
    member('209', shiftOf('209', ready)),
  ]
  const told = explain(decision, '201', members, 1_000, null)
  assert.equal(
    told.map(({ agentCode, place, ruledOut, chosen }) => [agentCode, place, ruledOut, chosen]),
    [
      ['201', 0, null, true],
      ['202', 1, null, false],
      ['203', null, 'away', false],
      ['204', null, 'phone_not_registered', false],
      ['205', null, 'signed_out', false],
      ['206', null, 'tier', false],
      ['207', null, 'matched', false],
      ['208', null, 'not_member', false],
      ['209', null, 'unlisted', false],
    ],
  )
})

why(
  'with more candidates than are ranked, the others seen by the switchboard follow; an agent who was free but not ' +
    'seen is never called a candidate',
  () => {
    const roster = ['201', '202', ...Array.from({ length: 14 }, (_, nth) => String(210 + nth))]
    const seen = [...roster.filter((agentId) => agentId !== '215'), 'guest']
    const slots = new Map(roster.map((agentId, slot) => [agentId, slot]))
    const written = writeCandidates(
      seen.map((agentId) => ({ agentId, slot: slots.get(agentId) ?? -1 })),
      roster.length,
    )
    assert.equal(written.others, ['guest'])
    const full = { ...decision, candidates: 16, ...written }
    const members = ['201', '212', '215', '216', 'guest', 'stranger'].map((agentId) => ({
      ...member(agentId, shiftOf(agentId, ready)),
      reservedNext: agentId === 'stranger',
    }))
    const told = (given: Decision, known: readonly string[] | null) =>
      explain(given, '201', members, 1_000, known).map(({ agentCode, ruledOut }) => [agentCode, ruledOut])
    assert.equal(told(full, roster), [
      ['201', null],
      ['202', null],
      ['212', null],
      ['216', null],
      ['guest', null],
      ['215', 'unlisted'],
      ['stranger', 'matched'],
    ])
    // An older decision, or a configuration that cannot be read: nobody is said to have been a candidate.
    const unknown = [
      ['201', null],
      ['202', null],
      ...['212', '215', '216', 'guest', 'stranger'].map((agentId) => [agentId, 'unrecorded']),
    ]
    assert.equal(told({ ...full, seen: null, others: [] }, roster), unknown)
    assert.equal(told(full, null), unknown)
  },
)

why('the agents seen by the switchboard read back as written, for queues of any size', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 700 }), (free) => {
      const roster = free.map((_, slot) => `agent-${slot}`)
      const seen = roster.flatMap((agentId, slot) => (free[slot] ? [{ agentId, slot }] : []))
      const { seen: bits, others } = writeCandidates(seen, roster.length)
      assert.equal(
        [...readCandidates(bits, others, roster)!],
        seen.map(({ agentId }) => agentId),
      )
    }),
  )
})

why.run()

// ── the example ───────────────────────────────────────────────────────────────────────────────────

const example = suite('the example of a configuration')

example('the configuration that the README activates is accepted, as version 1', () => {
  const { commandId: _, ...asked } = JSON.parse(
    readFileSync(new URL('../../fixtures/switchboard.json', import.meta.url), 'utf8'),
  ) as { commandId: string } & Omit<Activate, 'do'>
  const remarks = [...checkConfiguration({ do: 'activate', ...asked }, configurationDecider.initial)]
  assert.equal(
    remarks.map(({ problem }) => problem.message),
    [],
    'there is nothing to say about it',
  )
  const [activated] = configurationDecider.decide({ do: 'activate', ...asked }, configurationDecider.initial, {
    at: 0,
    now: 0,
    newId: () => '',
  })
  assert.is(activated!.type, 'SwitchboardActivated')
  assert.is((activated!.data as { version: number }).version, 1)
})

example.run()
