/**
 * A person's wish stands until an event grants it, replaces it or cancels it: every transition of the shift against
 * every pending wish, then random shifts, then a whole house.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { ChangedBy, ShiftEvent, Work } from '@ledgerline/core/agent/events.ts'
import type { ShiftCommand } from '@ledgerline/core/agent/commands.ts'
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import type { OpenShift, Shift } from '@ledgerline/core/agent/state.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { times } from '../support/depth.ts'
import { given } from '../support/given.ts'
import { queueNamed, VirtualHouse } from '../support/house.ts'

const who = { shiftId: '201-1', agentId: '201', agentCode: '201' }
const queues = [{ queueCode: 'PS', level: 1, position: 1 }]
const signIn: ShiftCommand = {
  do: 'sign_in',
  ...who,
  userId: '201',
  name: null,
  extension: '8001',
  group: null,
  department: null,
  queues,
  via: 'desk',
  registered: true,
}
const reserve = (offerId: string): ShiftCommand => ({
  do: 'reserve',
  offerId,
  callId: `c-${offerId}`,
  legId: `l-${offerId}`,
  queueCode: 'PS',
  deadline: 1e9,
  direction: 'inbound',
  decision: null,
})
const start = (offerId: string, wrapUpMs: number): ShiftCommand => ({
  do: 'start_call',
  callId: `c-${offerId}`,
  segmentId: `s-${offerId}`,
  offerId,
  queueCode: 'PS',
  direction: 'inbound',
  wrapUpMs,
})
const endCall = (offerId: string): ShiftCommand => ({ do: 'end_call', callId: `c-${offerId}`, talkMs: 1, holdMs: 0 })
const missed = (offerId: string, maxNoAnswer: number): ShiftCommand => ({
  do: 'end_reservation',
  offerId,
  result: 'no_answer',
  maxNoAnswer,
  pauseMs: 5_000,
})

/** A shift on which commands are carried out; the resulting events are kept. */
class Life {
  state: Shift = shiftDecider.initial
  at = 0
  readonly events: ShiftEvent[] = []

  /** The events of a command, folded; null if it was refused. */
  do(command: ShiftCommand): ShiftEvent[] | null {
    this.at += 1
    try {
      const events = shiftDecider.decide(command, this.state, { at: this.at, now: this.at, newId: () => 'new' })
      for (const event of events) this.state = shiftDecider.evolve(this.state, { ...event, at: this.at } as never)
      this.events.push(...events)
      return events
    } catch (error) {
      if (error instanceof Problem) return null
      throw error
    }
  }

  get open(): OpenShift | null {
    return this.state.status === 'open' ? this.state : null
  }
}

/** Did these events grant, replace or cancel the wish? Not: did a house rule wipe it out. */
function answered(wish: NonNullable<OpenShift['wish']>, events: readonly ShiftEvent[]): boolean {
  return events.some((event) => {
    switch (event.type) {
      case 'AgentSignedOut':
      case 'AgentWishedFor':
        return true
      case 'AgentBecameReady':
      case 'AgentBecameOnDemand':
      case 'AgentBecameNotReady':
      case 'AgentWentAway':
        return event.data.by !== 'system' || wish.by === 'system'
      default:
        return false
    }
  })
}

/** What is wrong with a step, or nothing. */
function forgotten(before: OpenShift | null, events: readonly ShiftEvent[], after: OpenShift | null): string | null {
  const wish = before?.wish
  const same =
    wish &&
    after?.wish &&
    wish.work === after.wish.work &&
    wish.by === after.wish.by &&
    wish.reason === after.wish.reason
  if (wish && !same && !answered(wish, events)) return `the wish for ${wish.work} is gone without a word`
  if (
    wish &&
    wish.by !== 'agent' &&
    wish.work === 'signed_out' &&
    after &&
    !after.wish &&
    !events.some((event) => 'by' in event.data && event.data.by === 'supervisor')
  )
    return 'an order of somebody else was taken back'
  if (after?.wish && after.engagement.kind === 'idle' && !after.reservation)
    return `the wish for ${after.wish.work} stands though nothing is in its way`
  return null
}

const test = suite('wishes and orders')

test('signs out while the phone rings, and that ring is the last permitted miss: signed out when it ends, whoever asked', () => {
  for (const by of ['agent', 'supervisor'] as const) {
    const life = new Life()
    for (const command of [
      signIn,
      { do: 'set_work', work: 'ready', by: 'agent' },
      reserve('o'),
      { do: 'sign_out', by, byCode: by === 'agent' ? null : '900' },
    ] as ShiftCommand[])
      life.do(command)
    const events = life.do(missed('o', 1))!
    assert.equal(
      events.map(({ type }) => type),
      ['AgentReservationEnded', 'AgentBecameNotResponding', 'AgentSignedOut'],
      by,
    )
    assert.is(life.state.status, 'ended')
  }
})

test('a forced sign-out on top of the agent’s own: their leaving is not forgotten', () => {
  const life = new Life()
  for (const command of [
    signIn,
    { do: 'set_work', work: 'ready', by: 'agent' },
    reserve('o'),
    start('o', 0),
    { do: 'sign_out', by: 'agent' },
    { do: 'sign_out', by: 'supervisor', byCode: '900' },
  ] as ShiftCommand[])
    life.do(command)
  assert.equal([life.open?.work, life.open?.wish?.work], ['away', 'signed_out'])
  life.do(endCall('o'))
  assert.is(life.state.status, 'ended')
})

test('a wish is granted at once if nothing stands in its way, and a preview that ends grants a wish made during it', () => {
  given(shiftDecider, {
    type: 'AgentSignedIn',
    data: {
      ...who,
      userId: '201',
      name: null,
      extension: null,
      group: null,
      department: null,
      queues,
      via: 'desk',
      registered: true,
    },
  })
    .when({ do: 'wish', work: 'not_ready' })
    .then({ type: 'AgentBecameNotReady', data: { by: 'agent' } })
  for (const result of ['timed_out', 'skipped'] as const) {
    const life = new Life()
    for (const command of [
      signIn,
      { do: 'set_work', work: 'ready', by: 'agent' },
      { do: 'start_preview', itemId: 'i', deadline: 1 },
      { do: 'wish', work: 'away', reason: 'lunch' },
    ] as ShiftCommand[])
      life.do(command)
    assert.is(life.open?.wish?.work, 'away')
    assert.equal(
      life.do({ do: 'end_preview', result })?.map(({ type }) => type),
      ['AgentPreviewEnded', 'AgentWentAway'],
    )
  }
})

test('an agent who is ordered out cannot cancel that; a supervisor can', () => {
  const life = new Life()
  for (const command of [
    signIn,
    { do: 'set_work', work: 'ready', by: 'agent' },
    reserve('o'),
    start('o', 60_000),
    { do: 'sign_out', by: 'supervisor', byCode: '900' },
  ] as ShiftCommand[])
    life.do(command)
  const pending = life.state as OpenShift
  for (const command of [
    { do: 'wish', work: null },
    { do: 'set_work', work: 'ready', by: 'agent' },
  ] as ShiftCommand[]) {
    assert.throws(
      () => shiftDecider.decide(command, pending, { at: 9, now: 9, newId: () => '' }),
      (error: Problem) => error.code === 'agent.ordered_out',
    )
  }
  life.do(endCall('o'))
  assert.equal(
    life.do({ do: 'set_work', work: 'ready', by: 'agent' })?.map(({ type }) => type),
    ['AgentWrapUpEnded', 'AgentSignedOut'],
    'the write-up is done, and with it the shift',
  )
  const other = new Life()
  for (const command of [
    signIn,
    { do: 'set_work', work: 'ready', by: 'agent' },
    reserve('o'),
    start('o', 60_000),
    { do: 'sign_out', by: 'supervisor', byCode: '900' },
    { do: 'set_work', work: 'ready', by: 'supervisor', byCode: '900' },
  ] as ShiftCommand[])
    other.do(command)
  assert.equal([other.open?.work, other.open?.wish], ['ready', null])
})

test('not responding: a wish to ring again is not granted, and an event says so; a wish for a break is', () => {
  for (const [work, then] of [
    ['ready', 'AgentWishedFor'],
    ['away', 'AgentWentAway'],
    ['not_ready', 'AgentBecameNotReady'],
  ] as const) {
    const life = new Life()
    for (const command of [
      signIn,
      { do: 'set_work', work: 'on_demand', by: 'agent' },
      reserve('o'),
      { do: 'set_work', work, by: 'agent', reason: 'x' },
    ] as ShiftCommand[])
      life.do(command)
    const events = life.do(missed('o', 1))!
    assert.is(events.at(-1)!.type, then, work)
    assert.equal([life.open?.wish, life.open?.work], [null, work === 'ready' ? 'away' : work])
  }
})

test('a phone that is moved is no longer kept connected; nobody moves in a call on it', () => {
  const life = new Life()
  for (const command of [
    signIn,
    { do: 'set_work', work: 'ready', by: 'agent' },
    { do: 'long_sign_in', legId: 'standing', ringMs: 9, by: 'agent' },
    { do: 'long_sign_in_answered', legId: 'standing' },
    reserve('o'),
    start('o', 0),
  ] as ShiftCommand[])
    life.do(command)
  const move: ShiftCommand = { do: 'change_extension', extension: '8002', registered: true }
  assert.is(life.do(move), null)
  life.do(endCall('o'))
  assert.equal(
    life.do(move)?.map(({ type }) => type),
    ['AgentLongSignInEnded', 'AgentExtensionChanged'],
  )
})

// ── every transition against every pending wish ─────────────────────────────────────────────────

const beginnings: Record<string, ShiftCommand[]> = {
  ringing: [reserve('o')],
  talking: [reserve('o'), start('o', 0)],
  'talking, write-up follows': [reserve('o'), start('o', 60_000)],
  'rung while in another call': [reserve('o'), start('x', 0)],
  'rung while in another call, write-up follows': [reserve('o'), start('x', 60_000)],
  previewing: [{ do: 'start_preview', itemId: 'i', deadline: 5 }],
}
const asks: Record<string, ShiftCommand> = {
  'sign-out': { do: 'sign_out', by: 'agent' },
  'sign-out by a supervisor': { do: 'sign_out', by: 'supervisor', byCode: '900' },
  'sign-out by a rule': { do: 'sign_out', by: 'system', reason: 'shift_limit' },
  break: { do: 'wish', work: 'away', reason: 'lunch' },
  'not ready': { do: 'wish', work: 'not_ready' },
  ready: { do: 'wish', work: 'ready' },
  'on demand': { do: 'wish', work: 'on_demand' },
}
const works: readonly Work[] = ['ready', 'on_demand', 'not_ready', 'away']
const transitions: ShiftCommand[] = [
  ...(['agent', 'supervisor', 'system'] as ChangedBy[]).flatMap((by): ShiftCommand[] => [
    { do: 'sign_out', by },
    ...works.map((work): ShiftCommand => ({ do: 'set_work', work, by, reason: by === 'system' ? 'desk_lost' : null })),
  ]),
  ...[...works, 'signed_out' as const, null].map((work): ShiftCommand => ({ do: 'wish', work })),
  { do: 'grant_wish' },
  { do: 'change_queues', queues: [], byCode: '900' },
  reserve('p'),
  missed('o', 1),
  missed('o', 3),
  ...(['refused', 'busy', 'caller_gone', 'lost_race', 'withdrawn', 'failed', 'unregistered'] as const).map(
    (result): ShiftCommand => ({ do: 'end_reservation', offerId: 'o', result, maxNoAnswer: 1, pauseMs: 0 }),
  ),
  { do: 'ring', callId: 'c-o', offerId: 'o' },
  start('o', 0),
  start('o', 60_000),
  start('y', 0),
  { do: 'hold_call', callId: 'c-o' },
  { do: 'resume_call', callId: 'c-o' },
  endCall('o'),
  endCall('x'),
  { do: 'extend_wrap_up', byMs: 1_000 },
  ...(['agent', 'form', 'supervisor'] as const).map((by): ShiftCommand => ({ do: 'end_wrap_up', by })),
  { do: 'start_preview', itemId: 'j', deadline: 5 },
  ...(['called', 'skipped', 'timed_out'] as const).map((result): ShiftCommand => ({ do: 'end_preview', result })),
  { do: 'phone', registered: false },
  { do: 'phone', registered: true },
  { do: 'claim_desk', deskId: 'd1' },
  { do: 'desk', connected: false, graceMs: 10 },
  { do: 'change_extension', extension: '8002', registered: false },
  { do: 'long_sign_in', legId: 'standing', ringMs: 9, by: 'agent' },
  { do: 'long_sign_in_answered', legId: 'standing' },
  { do: 'end_long_sign_in', legId: null, by: 'agent' },
]

test('every transition, whatever is pending and whatever state the shift is in: nothing is forgotten', () => {
  const wrong: string[] = []
  let looked = 0
  for (const work of works) {
    for (const [where, beginning] of Object.entries(beginnings)) {
      for (const [what, ask] of Object.entries(asks)) {
        for (const [nth, transition] of transitions.entries()) {
          const life = new Life()
          // The agent is ready when the phone rings, and may have been set otherwise since.
          for (const command of [
            signIn,
            { do: 'set_work', work: 'ready', by: 'agent' },
            ...beginning,
            ...(work === 'ready' ? [] : [{ do: 'set_work', work, by: 'supervisor', byCode: '900' }]),
            ask,
          ] as ShiftCommand[])
            life.do(command)
          const before = life.open
          if (!before?.wish) continue
          looked++
          // A call that was requested twice in a row, and its wrap-up.
          for (const command of [transition, ...(nth % 2 === 0 ? [] : [endCall('o'), endCall('x')])]) {
            const was = life.open
            const events = life.do(command)
            const why = events && forgotten(was, events, life.open)
            if (why)
              wrong.push(
                `${where}, ${work}, ${what}, then ${JSON.stringify(command)}: ${why} (${events.map(({ type }) => type).join(' ')})`,
              )
          }
        }
      }
    }
  }
  assert.equal(wrong.slice(0, 20), [])
  assert.ok(looked > 4_000, `${looked} were looked at`)
})

test('random shifts: a wish is granted, replaced or cancelled by an event, and comes true in the end', () => {
  const command = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...Object.values(asks)) },
    { weight: 6, arbitrary: fc.constantFrom(...transitions, ...Object.values(beginnings).flat()) },
  )
  fc.assert(
    fc.property(fc.array(command, { minLength: 5, maxLength: 60 }), (commands) => {
      const life = new Life()
      life.do(signIn)
      for (const each of commands) {
        const before = life.open
        if (!before) return
        const events = life.do(each)
        const why = events && forgotten(before, events, life.open)
        if (why) throw new Error(`${JSON.stringify(each)}: ${why}`)
      }
      // Everything ends by itself, and with it the waiting.
      for (let turn = 0; turn < 3 && life.open; turn++) {
        const { engagement, reservation } = life.open
        if (engagement.kind === 'talking') life.do({ do: 'end_call', callId: engagement.callId, talkMs: 1, holdMs: 0 })
        if (life.open?.engagement.kind === 'wrap_up') life.do({ do: 'end_wrap_up', by: 'supervisor' })
        if (life.open?.engagement.kind === 'previewing') life.do({ do: 'end_preview', result: 'skipped' })
        if (reservation)
          life.do({
            do: 'end_reservation',
            offerId: reservation.offerId,
            result: 'caller_gone',
            maxNoAnswer: 0,
            pauseMs: 0,
          })
      }
      if (life.open?.wish) throw new Error(`${life.open.wish.work} never came true`)
    }),
    { numRuns: times('WISHES', 3_000, 100_000), includeErrorInReport: true },
  )
})

// ── in a house ──────────────────────────────────────────────────────────────────────────────────

for (const by of ['agent', 'supervisor'] as const) {
  test(`the ${by} asks for sign-out while the phone rings for the last permitted time: signed out when the ring ends, and callers leave in time`, async () => {
    const queue = queueNamed('PS', { maxNoAnswer: 1, noAgent: { afterMs: 30_000, rejectMs: 0, restCounts: true } })
    const house = await new VirtualHouse({ agents: 1, queues: [queue], habits: picksUp({ ignores: 1 }) }).open()
    try {
      const callId = house.call('PS', { patienceMs: 3_600_000 })
      await house.pass(5_000)
      if (by === 'agent') await house.until(house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent')))
      else await house.until(house.desk.force('201', 'signed_out', '900', null, house.by('supervisor')))
      await house.pass(20_000)
      assert.is(house.process.switchboard.shift('201'), null)
      await house.pass(31_000)
      const left = (await house.ledger()).find(
        (event) => event.type === 'CallLeftQueue' && event.data.callId === callId,
      )
      assert.is(left?.type === 'CallLeftQueue' && left.data.exit, 'no_agent')
      await house.pass(60_000)
      assert.equal(await house.audit(), [])
    } finally {
      await house.close()
    }
  })
}

test.run()
