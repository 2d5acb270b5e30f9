/** Ledgers for tests of folds: random days of the real switchboard on a virtual clock, so that every history is one that can happen. */
import fc from 'fast-check'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { queueNamed, VirtualHouse } from '../support/house.ts'

const AGENTS = 4

type Action =
  | { do: 'call'; queue: string; patience: number; talk: number }
  | { do: 'pass'; ms: number }
  | { do: 'agent'; agent: number; other: number; what: (typeof deeds)[number] }

const deeds = [
  'hold',
  'resume',
  'to_queue',
  'to_agent',
  'consult',
  'hand_over',
  'drop',
  'hang_up',
  'place',
  'end_wrap_up',
  'ready',
  'not_ready',
  'away',
  'sign',
  'listen',
  'take_over',
  'disconnect',
] as const

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      queue: fc.constantFrom('PS', 'NE'),
      patience: fc.integer({ min: 1, max: 120_000 }),
      talk: fc.integer({ min: 1, max: 900_000 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 60_000 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('agent' as const),
      agent: fc.nat({ max: AGENTS - 1 }),
      other: fc.nat({ max: AGENTS - 1 }),
      what: fc.constantFrom(...deeds),
    }),
  },
)

/** A random day, as {@link ledgerOf} runs it. */
export const day = fc.record({
  actions: fc.array(action, { minLength: 10, maxLength: 70 }),
  seed: fc.nat(),
  goHome: fc.boolean(),
})
export type Day = typeof day extends fc.Arbitrary<infer T> ? T : never

const habits = picksUp({ ignores: 0.15, refuses: 0.15, after: (dice) => Math.round(dice() * 8000) })

/** Runs a day. Without going home it ends in the middle: calls are open, agents talk. */
export async function houseAfter({ actions, seed, goHome }: Day): Promise<VirtualHouse> {
  const house = await new VirtualHouse({
    seed,
    agents: AGENTS,
    queues: [queueNamed('PS'), queueNamed('NE', { priority: 1, maxWaitMs: 60_000 })],
    habits,
  }).open()
  for (const each of actions) {
    try {
      if (each.do === 'pass') await house.pass(each.ms)
      else if (each.do === 'call') house.call(each.queue, { patienceMs: each.patience, talkMs: each.talk })
      else await house.until(deed(house, each))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
  if (goHome) await house.pass(3_600_000)
  return house
}

/** The events of a day, in the order of the ledger. */
export async function ledgerOf(day: Day): Promise<AnyEvent[]> {
  const house = await houseAfter(day)
  const events = await house.ledger()
  await house.close()
  return events
}

async function deed(house: VirtualHouse, { agent, other, what }: Extract<Action, { do: 'agent' }>): Promise<unknown> {
  const { desk } = house
  const [id, to, by, now] = [
    house.agents[agent]!.agentId,
    house.agents[other]!.agentId,
    house.by('agent'),
    house.clock.now(),
  ]
  switch (what) {
    case 'hold':
      return desk.hold(id, by)
    case 'resume':
      return desk.resume(id, by)
    case 'to_queue':
      return desk.transferToQueue(id, 'NE', by)
    case 'to_agent':
      return desk.transferToAgent(id, to, by)
    case 'consult':
      return desk.consult(id, to, now, by)
    case 'hand_over':
      return desk.handOver(id, by)
    case 'drop':
      return desk.endConsultation(id, by)
    case 'hang_up':
      return desk.hangUp(id, by)
    case 'place':
      return desk.place(id, '13900001111', `placed-${by.commandId}`, now, by)
    case 'end_wrap_up':
      return desk.agent(id, { do: 'end_wrap_up', by: 'agent' }, by)
    case 'sign':
      return house.process.switchboard.shift(id)
        ? desk.agent(id, { do: 'sign_out', by: 'agent' }, by)
        : desk.signIn(id, { via: 'phone', registered: true }, by)
    case 'listen':
      return desk.supervise(id, { supervisorCode: '900', mode: 'listen', extension: '8204', number: null }, now, by)
    case 'take_over': {
      const engagement = house.process.switchboard.shift(id)?.engagement
      return engagement?.kind === 'talking'
        ? desk.call(engagement.callId, { do: 'take_over', supervisorCode: '900' }, by)
        : undefined
    }
    case 'disconnect':
      return desk.disconnect(id, '900', by)
    default:
      return desk.setWork(id, what, null, by)
  }
}
