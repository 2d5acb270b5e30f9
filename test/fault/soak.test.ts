/**
 * Bad days: callers who press keys and call again, agents who ignore, refuse, rest and vanish, who hold, consult, join
 * and transfer whatever they have, owners that die, and every network fault all day long. In the end nobody is stuck,
 * and the tables equal the log. `SOAK=200` for more days.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Agents, type AgentDesk } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import { letCall, poissonArrivals } from '@ledgerline/adapters/telephony/simulator/callers.ts'
import { between, exponential } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import { faultKinds, type FaultKind } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice, type Dice } from '@ledgerline/core/kernel/clock.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { times } from '../support/depth.ts'
import { houseWith, ivr, menu, node } from '../ivr/menus.ts'
import { callerTo, queueNamed, tenant, VirtualHouse } from '../support/house.ts'
import { tablesEqual } from './phases.ts'

const DAYS = times('SOAK', 4, 40)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const AGENTS = 6

const habits = picksUp({ after: between(500, 8_000), ignores: 0.08, refuses: 0.05, aloneMs: Number.POSITIVE_INFINITY })
const nobodyThere = picksUp({ ignores: 1 })

/** How often each kind strikes: a few hundred times a day in all. */
const chances: Record<FaultKind, number> = {
  'leg-lost': 0.01,
  'bye-lost': 0.05,
  'bye-at-once': 0.03,
  crossing: 0.02,
  'command-lost': 0.01,
  'phone-gone': 0.02,
  'media-down': 0.001,
  'report-late': 0.01,
  'report-doubled': 0.05,
  'report-overtaken': 0.03,
}

/** Most callers come to a queue, a share to a menu, to a box of voicemail and to an agent's own number. */
const calledNumbers = ['PS', 'PS', 'PS', 'PS', 'PS', 'NE', 'NE', '95500', '95500', '8201', '95501']
const draw = (dice: Dice, from: readonly string[]): string => from[Math.floor(dice() * from.length)]!
const voicemail = { afterMs: 12_000, longestMs: 40_000 }
const menus = houseWith(
  ivr([
    menu(
      'root',
      [
        node('1', 'queue', 'PS'),
        node('2', 'agent', '202'),
        node('3', 'number', '13900001111'),
        node('4', 'voicemail', '8201'),
        node('5', 'menu', 'sub'),
      ],
      { exhausted: { do: 'queue', to: 'NE' } },
    ),
    menu('sub', [node('0', 'back'), node('1', 'extension', '8203')], { exhausted: { do: 'back', to: '' } }),
  ]),
  { extensions: [{ number: '8201', voicemail }] },
)
const withMenus = {
  network: menus.network,
  routes: [
    { code: 'box', order: 1, type: 'inbound', to: '95501', target: { kind: 'voicemail', code: '8201' } },
    ...menus.routes,
  ] satisfies RouteSettings[],
}

async function badDay(seed: number): Promise<{ house: VirtualHouse; answered: number; ledger: AnyEvent[] }> {
  const dice = seededDice(seed)
  let agents: Agents | null = null
  const house = new VirtualHouse({
    seed,
    agents: AGENTS,
    habits,
    queues: [
      queueNamed('PS', { exitKey: '9', survey: { when: 'every_call' } }),
      queueNamed('NE', { priority: 1, maxWaitMs: 90_000 }),
    ],
    ...withMenus,
    onFact: (fact) => {
      if ('shiftId' in fact.data) agents?.onShift(fact as Parameters<Agents['onShift']>[0])
    },
  })
  await house.open()
  const { clock, telephony } = house
  const start = clock.now()
  const phoneOf = (agentId: string): string => house.agents.find((agent) => agent.agentId === agentId)!.extension!
  const ask = (
    agentId: string,
    act: (desk: VirtualHouse['desk'], by: ReturnType<VirtualHouse['by']>) => Promise<unknown>,
  ): Promise<unknown> => act(house.desk, house.by(`agent:${agentId}`))
  const desk: AgentDesk = {
    signIn: (agentId) => ask(agentId, (desk, by) => desk.signIn(agentId, { via: 'phone', registered: true }, by)),
    ready: (agentId) => ask(agentId, (desk, by) => desk.setWork(agentId, 'ready', null, by)),
    away: (agentId, reason) => ask(agentId, (desk, by) => desk.setWork(agentId, 'away', reason, by)),
    endWrapUp: (agentId) => ask(agentId, (desk, by) => desk.agent(agentId, { do: 'end_wrap_up', by: 'agent' }, by)),
    signOut: (agentId) => ask(agentId, (desk, by) => desk.agent(agentId, { do: 'sign_out', by: 'agent' }, by)),
    vanish: (agentId) => telephony.plug(tenant, phoneOf(agentId), nobodyThere),
    comeBack: (agentId) => telephony.plug(tenant, phoneOf(agentId), habits),
  }
  const working = [
    { from: start, to: start + 25 * MINUTE_MS },
    { from: start + 30 * MINUTE_MS, to: start + 3 * HOUR_MS },
  ]
  agents = new Agents({
    desk,
    clock,
    dice,
    agentIds: house.agents.map(({ agentId }) => agentId),
    working: () => working,
    maxBreakMs: HOUR_MS,
    breakReason: 'break',
    wrapUp: between(1_000, 20_000),
    backAfter: between(10_000, 60_000),
    vanishes: { perHour: 1, for: between(MINUTE_MS, 5 * MINUTE_MS) },
  })
  agents.start((agentId) => house.process.switchboard.shift(agentId))
  for (const [kind, chance] of Object.entries(chances)) telephony.inject({ kind: kind as FaultKind, when: { chance } })

  const [talk, patience] = [exponential(40_000), exponential(90_000)]
  const arrivals = poissonArrivals({
    from: start,
    mostPerHour: 240,
    dice,
    caller: (throws) =>
      callerTo(draw(throws, calledNumbers), {
        talkMs: Math.round(talk(throws)),
        patienceMs: Math.round(patience(throws)),
        talkEndedBy: throws() < 0.3 ? 'agent' : 'customer',
        keys: [
          ...(throws() < 0.2 ? [{ when: 'waiting' as const, digit: throws() < 0.5 ? '9' : '3', afterMs: 5_000 }] : []),
          ...Array.from({ length: Math.floor(throws() * 4) }, () => ({
            when: 'asked' as const,
            digit: '1234567890#'[Math.floor(throws() * 11)]!,
            afterMs: 2_000,
          })),
        ],
        redials: { times: 2, afterMs: MINUTE_MS },
      }),
  })
  const stopCalling = letCall(clock, arrivals, (caller) => void telephony.arrive(caller))

  while (clock.now() < start + HOUR_MS) {
    await house.pass(Math.round(between(1_000, 20_000)(dice)))
    await house.until(meddle(house, dice)).catch((error: unknown) => {
      if (!isProblem(error)) throw error
    })
    if (dice() < 0.005) await house.takeOver({ withSnapshot: dice() < 0.5 })
  }
  stopCalling()
  telephony.calm()
  agents.stop()
  for (const { extension } of house.agents) telephony.plug(tenant, extension!, habits)
  await house.pass(HOUR_MS)
  const ledger = await house.ledger()
  return { house, answered: ledger.filter((event) => event.type === 'CallAnswered').length, ledger }
}

/** Someone does something with the call they are in. @throws Problem if it does not fit */
async function meddle(house: VirtualHouse, dice: Dice): Promise<unknown> {
  const { desk, agents, clock } = house
  const pick = (): string => agents[Math.floor(dice() * agents.length)]!.agentId
  const [agentId, other, by] = [pick(), pick(), house.by('agent')]
  const acts = [
    () => desk.hold(agentId, by),
    () => desk.resume(agentId, by),
    () => desk.transferToQueue(agentId, 'NE', by),
    () => desk.transferToAgent(agentId, other, by),
    () => desk.consult(agentId, other, clock.now(), by),
    () => desk.handOver(agentId, by),
    () => desk.join(agentId, by),
    () => desk.endConsultation(agentId, by),
    () => desk.hangUp(agentId, by),
    () => desk.survey(agentId, by),
    () => desk.place(agentId, '13900001111', `placed-${by.commandId}`, clock.now(), by),
  ]
  return acts[Math.floor(dice() * acts.length)]!()
}

const soak = suite('bad days')
const ledgers: AnyEvent[][] = []
for (let day = 1; day <= DAYS; day++) {
  soak(`day ${day}: whatever goes wrong, nobody is stuck`, async () => {
    const { house, answered, ledger } = await badDay(9_000 + day)
    try {
      assert.equal(await house.audit(), [])
      assert.equal(
        house.notes.filter((note) => note.startsWith('a step broke')),
        [],
      )
      assert.ok(answered > 50, `${answered} calls were answered all the same`)
      for (const kind of Object.keys(faultKinds) as FaultKind[])
        if (chances[kind] >= 0.02) assert.ok(house.telephony.struck.has(kind), `${kind} has struck`)
      for (const type of ['IvrTransferred', 'IvrExited', 'VoiceMessageLeft', 'SurveyRated'])
        assert.ok(
          ledger.some((event) => event.type === type),
          `${type} has happened`,
        )
      ledgers.push(ledger)
    } finally {
      await house.close()
    }
  })
}
soak('tables equal the log of every day', tablesEqual('soak', ledgers))
soak.run()
