import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  Agents,
  type AgentDesk,
  type AgentsOptions,
  type Working,
} from '@ledgerline/adapters/telephony/simulator/agents.ts'
import { always } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import type { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import type { ShiftCommand } from '@ledgerline/core/agent/commands.ts'
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import type { Shift } from '@ledgerline/core/agent/state.ts'
import type { ShiftEvent } from '@ledgerline/core/agent/events.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { pass, testClock } from '../support/clock.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** One agent's ledger: the real decider behind the desk, with its events returned as the ledger would. */
class Floor {
  readonly clock: VirtualClock = testClock()
  readonly seen: string[] = []
  readonly start = this.clock.now()
  shift: Shift = shiftDecider.initial
  agents!: Agents
  refusals = 0
  /** Events that the ledger withholds for now. */
  silent = false
  #made = 0

  readonly #vanishes: AgentsOptions['vanishes']

  constructor(working: Working[], vanishes?: AgentsOptions['vanishes']) {
    this.#vanishes = vanishes
    this.open(working)
  }

  /** A new driver, as after a restart. */
  open(working: Working[]): void {
    this.agents?.stop()
    this.agents = new Agents({
      desk: this.#desk,
      clock: this.clock,
      dice: seededDice(1),
      agentIds: ['201'],
      working: () => working,
      maxBreakMs: 2 * HOUR,
      breakReason: 'lunch',
      wrapUp: always(9000),
      backAfter: always(2 * MINUTE),
      ...(this.#vanishes && { vanishes: this.#vanishes }),
      onRefusal: () => this.refusals++,
    })
    this.agents.start(() => (this.shift.status === 'open' ? this.shift : null))
  }

  /** Something happens to the agent's shift. */
  do(command: ShiftCommand): void {
    const events = shiftDecider.decide(command, this.shift, {
      at: this.clock.now(),
      now: this.clock.now(),
      newId: () => String(this.#made++),
    })
    for (const event of events) this.happened({ ...event, at: this.clock.now() })
  }

  happened(event: ShiftEvent & { at: number }): void {
    this.seen.push(`${(event.at - this.start) / MINUTE} ${event.type}`)
    this.shift = shiftDecider.evolve(this.shift, event)
    if (!this.silent) this.agents.onShift(event)
  }

  talk(ms: number, callId = 'c1'): Promise<void> {
    this.do({
      do: 'start_call',
      callId,
      segmentId: callId,
      offerId: null,
      queueCode: 'PS',
      direction: 'inbound',
      wrapUpMs: 30_000,
    })
    return pass(this.clock, ms).then(() => this.do({ do: 'end_call', callId, talkMs: ms, holdMs: 0 }))
  }

  get work(): string {
    return this.shift.status === 'open' ? this.shift.work : this.shift.status
  }

  readonly #desk: AgentDesk = {
    signIn: async (agentId) => {
      const shiftId = `${agentId}-${this.#made++}`
      if (this.shift.status === 'ended') this.shift = shiftDecider.initial
      this.do({
        do: 'sign_in',
        shiftId,
        agentId,
        agentCode: agentId,
        userId: agentId,
        name: null,
        extension: '8201',
        group: null,
        department: null,
        queues: [],
        via: 'desk',
        registered: true,
      })
    },
    ready: async () => this.do({ do: 'set_work', work: 'ready', by: 'agent' }),
    away: async (_, reason) => this.do({ do: 'set_work', work: 'away', by: 'agent', reason }),
    endWrapUp: async () => this.do({ do: 'end_wrap_up', by: 'agent' }),
    signOut: async () => this.do({ do: 'sign_out', by: 'agent' }),
    vanish: () => this.#note('vanishes'),
    comeBack: () => this.#note('comes back'),
  }

  #note(what: string): void {
    this.seen.push(`${(this.clock.now() - this.start) / MINUTE} ${what}`)
  }
}

const test = suite('agents at their desks')

test('arrive when their shift begins, take a break between two stretches, and go home', async () => {
  const now = testClock().now()
  const floor = new Floor([
    { from: now + 10 * MINUTE, to: now + 2 * HOUR },
    { from: now + 3 * HOUR, to: now + 5 * HOUR },
  ])
  await pass(floor.clock, 10 * HOUR)
  assert.equal(floor.seen, [
    '10 AgentSignedIn',
    '10 AgentBecameReady',
    '120 AgentWentAway',
    '180 AgentBecameReady',
    '300 AgentSignedOut',
  ])
  assert.is(floor.refusals, 0)
})

test('a night between two stretches is no break', async () => {
  const now = testClock().now()
  const floor = new Floor([
    { from: now, to: now + HOUR },
    { from: now + 12 * HOUR, to: now + 13 * HOUR },
  ])
  await pass(floor.clock, 14 * HOUR)
  assert.equal(floor.seen, [
    '0 AgentSignedIn',
    '0 AgentBecameReady',
    '60 AgentSignedOut',
    '720 AgentSignedIn',
    '720 AgentBecameReady',
    '780 AgentSignedOut',
  ])
})

test('end wrap-up after their own time, once per call', async () => {
  const floor = new Floor([{ from: testClock().now(), to: testClock().now() + HOUR }])
  await pass(floor.clock, MINUTE)
  await floor.talk(MINUTE)
  await pass(floor.clock, 8999)
  assert.is(floor.shift.status === 'open' && floor.shift.engagement.kind, 'wrap_up')
  await pass(floor.clock, 1)
  assert.is(floor.shift.status === 'open' && floor.shift.engagement.kind, 'idle')
})

test('an agent in a call at the end of work goes home after it', async () => {
  const floor = new Floor([{ from: testClock().now(), to: testClock().now() + HOUR }])
  await pass(floor.clock, 59 * MINUTE)
  await floor.talk(3 * MINUTE)
  await pass(floor.clock, HOUR)
  assert.equal(floor.seen.slice(2), [
    '59 AgentCallStarted',
    '60 AgentWishedFor',
    '62 AgentCallEnded',
    '62 AgentWrapUpStarted',
    '62.15 AgentWrapUpEnded',
    '62.15 AgentSignedOut',
  ])
})

test('return after a while from not responding', async () => {
  const floor = new Floor([{ from: testClock().now(), to: testClock().now() + HOUR }])
  await pass(floor.clock, MINUTE)
  for (const offerId of ['o1', 'o2', 'o3']) {
    floor.do({
      do: 'reserve',
      offerId,
      callId: 'c',
      legId: 'l',
      queueCode: 'PS',
      deadline: floor.clock.now() + 20_000,
      direction: 'inbound',
      decision: null,
    })
    floor.do({ do: 'end_reservation', offerId, result: 'no_answer', maxNoAnswer: 3, pauseMs: 0 })
  }
  assert.is(floor.work, 'away')
  await pass(floor.clock, 2 * MINUTE - 1)
  assert.is(floor.work, 'away')
  await pass(floor.clock, 1)
  assert.is(floor.work, 'ready')
})

test('a state set by a supervisor lasts until the supervisor changes it or the shift ends', async () => {
  const floor = new Floor([{ from: testClock().now(), to: testClock().now() + HOUR }])
  await pass(floor.clock, MINUTE)
  floor.do({ do: 'set_work', work: 'not_ready', by: 'supervisor', byCode: '9001', reason: 'training' })
  await pass(floor.clock, 20 * MINUTE)
  assert.is(floor.work, 'not_ready')
  floor.do({ do: 'set_work', work: 'ready', by: 'supervisor', byCode: '9001' })
  await pass(floor.clock, MINUTE)
  assert.is(floor.work, 'ready')
  floor.do({ do: 'sign_out', by: 'supervisor', byCode: '9001' })
  await pass(floor.clock, 30 * MINUTE)
  assert.is(floor.shift.status, 'ended')
})

test('continue after a restart from the shift in the ledger', async () => {
  const working = [{ from: testClock().now(), to: testClock().now() + HOUR }]
  const floor = new Floor(working)
  await pass(floor.clock, MINUTE)
  const done = floor.talk(MINUTE)
  floor.open(working)
  await done
  await pass(floor.clock, MINUTE)
  assert.equal(floor.seen, [
    '0 AgentSignedIn',
    '0 AgentBecameReady',
    '1 AgentCallStarted',
    '2 AgentCallEnded',
    '2 AgentWrapUpStarted',
    '2.15 AgentWrapUpEnded',
  ])
  assert.is(floor.refusals, 0)
})

test('trust the ledger rather than their own commands: one whose event has not arrived is not repeated at once', async () => {
  const floor = new Floor([{ from: testClock().now() + MINUTE, to: testClock().now() + HOUR }])
  floor.silent = true
  await pass(floor.clock, MINUTE + 4999)
  assert.is(floor.seen.length, 1)
  await pass(floor.clock, 10_000)
  assert.ok(floor.refusals > 0 && floor.refusals < 4, `${floor.refusals}`)
})

test('vanish without notice during work, do nothing while gone, and come back', async () => {
  const now = testClock().now()
  const floor = new Floor([{ from: now, to: now + 8 * HOUR }], { perHour: 2, for: always(10 * MINUTE) })
  const momentsOf = (what: string): number[] =>
    floor.seen.filter((line) => line.endsWith(` ${what}`)).map((line) => Number(line.split(' ')[0]))
  await pass(floor.clock, HOUR)
  while (momentsOf('vanishes').length === momentsOf('comes back').length) await pass(floor.clock, MINUTE)
  await floor.talk(MINUTE)
  const called = floor.seen.at(-1)
  await pass(floor.clock, MINUTE)
  assert.is(floor.seen.at(-1), called, 'an agent who is gone does not end wrap-up')
  await pass(floor.clock, 8 * HOUR)
  const [gone, back] = [momentsOf('vanishes'), momentsOf('comes back')]
  assert.ok(gone.length >= 3, `${gone.length} times in eight hours`)
  assert.equal(
    back.map((minute) => Math.round(minute * 1000)),
    gone.map((minute) => Math.round((minute + 10) * 1000)),
  )
  assert.is(floor.shift.status, 'ended')
  assert.is(floor.refusals, 0)
})

test('do nothing once they are stopped', async () => {
  const floor = new Floor([{ from: testClock().now() + MINUTE, to: testClock().now() + HOUR }])
  floor.agents.stop()
  await pass(floor.clock, HOUR)
  assert.equal(floor.seen, [])
})

test('leave an agent to the person who signed in at a desk until sign-out, and then return to work', async () => {
  const floor = new Floor([{ from: testClock().now() + HOUR, to: testClock().now() + 3 * HOUR }])
  floor.do({
    do: 'sign_in',
    shiftId: '201-1',
    agentId: '201',
    agentCode: '201',
    userId: '201',
    name: null,
    extension: '8201',
    group: null,
    department: null,
    queues: [],
    via: 'desk',
    registered: true,
  })
  await pass(floor.clock, 2 * HOUR)
  assert.equal(floor.seen, ['0 AgentSignedIn'], 'neither sent home early nor set ready')
  floor.do({ do: 'sign_out', by: 'agent' })
  await pass(floor.clock, MINUTE)
  assert.equal(
    floor.seen.slice(1).map((seen) => seen.split(' ')[1]),
    ['AgentSignedOut', 'AgentSignedIn', 'AgentBecameReady'],
  )
})

test.run()
