/**
 * Traffic for tests and benchmarks: many short calls a second and agents who never leave, in real time. It replaces
 * the demo (`ops/run/demo.ts`) behind the same interface.
 */
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { Agents } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import { letCall, poissonArrivals } from '@ledgerline/adapters/telephony/simulator/callers.ts'
import { between, exponential } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import { seededDice, uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { DEMO_TENANT } from '@ledgerline/fixtures/demo.ts'
import type { Demo } from '@ledgerline/ops/run/demo.ts'
import { agentNumbered, callerTo, queueNamed } from './house.ts'

export interface RushOptions {
  callsPerSecond: number
  agents: number
  queues: number
  /** Mean talk, ms. */
  talkMs: number
  /** Length of agents' wrap-up, ms. */
  wrapUpMs: number
  seed: number
}

export function rush({ callsPerSecond, agents: staff, queues: lines, talkMs, wrapUpMs, seed }: RushOptions): Demo {
  const clock = realClock
  const dice = seededDice(seed)
  const newId = uuid7(Math.random)
  const telephony = new SimulatedTelephony({ clock, dice, newId })
  const queues = Array.from({ length: lines }, (_, n) =>
    queueNamed(`Q${n + 1}`, {
      wrapUpMs: wrapUpMs * 10,
      ringMs: 2_000,
      noAnswerDelayMs: 500,
      rejectDelayMs: 500,
      maxNoAnswer: 0,
    }),
  )
  // Each agent serves three queues next to each other.
  const people = Array.from({ length: staff }, (_, n) =>
    agentNumbered(
      n,
      [0, 1, 2].map((next) => `Q${((n + next) % lines) + 1}`),
    ),
  )
  for (const { extension } of people)
    telephony.plug(DEMO_TENANT, extension!, picksUp({ after: between(20, 200), ignores: 0.02, refuses: 0.02 }))
  const always = [{ from: 0, to: Number.MAX_SAFE_INTEGER }]
  let agents: Agents | null = null
  let stopCalling = (): void => {}
  const pause = (): void => {
    stopCalling()
    agents?.stop()
    agents = null
  }
  return {
    tenant: DEMO_TENANT,
    zone: 'Asia/Shanghai',
    day: 'rush',
    speed: 1,
    clock,
    own: null,
    configuration: {
      zone: 'Asia/Shanghai',
      queues,
      agents: people,
      routes: queues.map(({ code }) => ({ code, to: code, queueCode: code })),
    },
    telephony,
    start({ state, desk, onRefusal }) {
      const by = (agentId: string) => ({
        tenant: DEMO_TENANT,
        commandId: newId(clock.now()),
        actor: `agent:${agentId}`,
        origin: 'simulated' as const,
      })
      agents = new Agents({
        desk: {
          signIn: (agentId) => desk.signIn(agentId, { via: 'desk', registered: true }, by(agentId)),
          ready: (agentId) => desk.setWork(agentId, 'ready', null, by(agentId)),
          away: (agentId, reason) => desk.setWork(agentId, 'away', reason, by(agentId)),
          endWrapUp: (agentId) => desk.agent(agentId, { do: 'end_wrap_up', by: 'agent' }, by(agentId)),
          signOut: (agentId) => desk.agent(agentId, { do: 'sign_out', by: 'agent' }, by(agentId)),
        },
        clock,
        dice,
        agentIds: people.map(({ agentId }) => agentId),
        working: () => always,
        maxBreakMs: 1_000,
        breakReason: 'break',
        wrapUp: exponential(wrapUpMs),
        backAfter: between(100, 500),
        ...(onRefusal && { onRefusal }),
      })
      agents.start((agentId) => state.shift(agentId))
      const talk = exponential(talkMs)
      const patience = exponential(talkMs * 2)
      const arrivals = poissonArrivals({
        from: clock.now(),
        mostPerHour: callsPerSecond * 3600,
        dice,
        caller: (throws) =>
          callerTo(queues[Math.floor(throws() * lines)]!.code, {
            tenant: DEMO_TENANT,
            talkMs: Math.round(talk(throws)),
            patienceMs: Math.round(patience(throws)),
            talkEndedBy: throws() < 0.3 ? 'agent' : 'customer',
          }),
      })
      stopCalling = letCall(clock, arrivals, (caller) => void telephony.arrive(caller))
    },
    onFact(fact) {
      if ('shiftId' in fact.data) agents?.onShift(fact as Parameters<Agents['onShift']>[0])
    },
    pause,
    stop: pause,
  }
}
