/**
 * Supervisors in calls: what is written, and what the network is told so that the right people hear each
 * other. Real process, simulated telephony, virtual time; the orders to the network are recorded as they are given.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { SupervisionMode } from '@ledgerline/core/call/events.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand } from '@ledgerline/core/telephony/port.ts'
import { queueNamed, tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const test = suite('supervision')

type Supervised = Extract<LegCommand, { do: 'supervise' }>

class Stage {
  readonly house: VirtualHouse
  readonly orders: LegCommand[] = []
  callId = ''

  constructor(options: HouseOptions) {
    this.house = new VirtualHouse({ queues: [queueNamed('PS'), queueNamed('NE')], ...options })
    const command = this.house.telephony.command.bind(this.house.telephony)
    this.house.telephony.command = (id, of, order) => {
      this.orders.push(order)
      return command(id, of, order)
    }
    for (const extension of ['8900', '8901'])
      this.house.telephony.plug(tenant, extension, picksUp({ after: () => 1000, aloneMs: Number.POSITIVE_INFINITY }))
  }

  /** A customer talks to agent 201; the others are ready. */
  async talk(): Promise<this> {
    await this.house.open()
    for (const agent of ['202', '203'])
      if (this.house.agents.some(({ agentId }) => agentId === agent))
        await this.desk.setWork(agent, 'not_ready', null, this.house.by('agent'))
    this.callId = this.house.call('PS', { talkMs: 600_000, patienceMs: 600_000 })
    await this.house.pass(10_000)
    assert.is(this.shift('201')!.engagement.kind, 'talking')
    for (const agent of ['202', '203'])
      if (this.shift(agent)) await this.desk.setWork(agent, 'away', null, this.house.by('agent'))
    this.orders.length = 0
    return this
  }

  supervise(
    mode: SupervisionMode,
    change: { agent?: string; code?: string; extension?: string | null; number?: string | null } = {},
  ): Promise<unknown> {
    const { agent = '201', code = '900', extension = `8${code}`, number = null } = change
    return this.desk.supervise(
      agent,
      { supervisorCode: code, mode, extension, number },
      this.house.clock.now(),
      this.house.by(`supervisor:${code}`),
    )
  }

  command(command: Parameters<VirtualHouse['desk']['call']>[1]): Promise<unknown> {
    return this.desk.call(this.callId, command, this.house.by('somebody'))
  }

  /** Carries out what people ask for. Time passes meanwhile, because a command that meets a conflict waits a moment. */
  get desk(): VirtualHouse['desk'] {
    const { house } = this
    return new Proxy(house.desk, {
      get:
        (desk, name) =>
        (...asked: unknown[]) =>
          house.until((desk[name as 'call'] as (...asked: unknown[]) => Promise<unknown>).apply(desk, asked)),
    })
  }

  shift(agentId: string) {
    return this.house.process.switchboard.shift(agentId)
  }

  get call() {
    return this.house.process.switchboard.call(this.callId)!
  }

  /** The leg on which an agent or a supervisor is in the call. */
  leg(who: string): string {
    return Object.values(this.call.legs).find((leg) => (leg.agentCode ?? leg.purpose) === who && leg.state !== 'ended')!
      .legId
  }

  /** The last order about a supervisor's part, with the parties by name. */
  heard(): { mode: string; customer: boolean; agent: string | null } | null {
    const order = this.orders.findLast((each): each is Supervised => each.do === 'supervise')
    return order
      ? {
          mode: order.mode,
          customer: order.customerLegId === this.call.customerLegId,
          agent: this.call.legs[order.agentLegId]?.agentCode ?? null,
        }
      : null
  }

  async story(): Promise<string[]> {
    return this.house.story(this.callId)
  }

  /** Everybody signs out, and nothing is left over. */
  async end(): Promise<void> {
    try {
      if (this.house.process.switchboard.call(this.callId)?.status === 'live')
        this.house.telephony.act(this.call.customerLegId!, 'hang_up')
      await this.house.pass(120_000)
      assert.equal(await this.house.audit(), [])
    } finally {
      await this.house.close()
    }
  }
}

async function staged(options: HouseOptions, body: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await new Stage(options).talk()
  try {
    await body(stage)
  } catch (error) {
    await stage.house.close()
    throw error
  }
  await stage.end()
}

async function refused(code: string, promise: Promise<unknown>): Promise<void> {
  const problem = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(problem, code), `${code} expected, got ${String(problem)}`)
}

test('C5.2-listen C5.2-steps: the supervisor’s phone rings, they answer and hear customer and agent, and neither notices', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('listen')
    await stage.house.pass(500)
    assert.equal(
      stage.orders.map((order) => order.do),
      ['dial'],
      'nothing happens to the call before they answer',
    )
    await stage.house.pass(1_000)
    assert.equal(stage.heard(), { mode: 'listen', customer: true, agent: '201' })
    assert.equal(
      stage.orders.map((order) => order.do),
      ['dial', 'supervise'],
    )
    assert.is(stage.shift('201')!.engagement.kind, 'talking')
  }))

test('C5.3-whisper: the supervisor switches from listening to whispering, to three-way and back, on the same leg', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('listen')
    await stage.house.pass(2_000)
    for (const mode of ['whisper', 'three_way', 'listen'] as const) {
      await stage.supervise(mode)
      await stage.house.pass(100)
      assert.equal(stage.heard(), { mode, customer: true, agent: '201' })
    }
    assert.is(stage.orders.filter((order) => order.do === 'dial').length, 1)
  }))

test('during hold the supervisor hears the agent and not the customer’s music, and the customer again afterwards', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('three_way')
    await stage.house.pass(2_000)
    for (let turn = 0; turn < 2; turn++) {
      await stage.command({ do: 'hold', agentId: '201' })
      await stage.house.pass(100)
      assert.equal(stage.heard(), { mode: 'three_way', customer: false, agent: '201' })
      await stage.command({ do: 'resume', agentId: '201' })
      await stage.house.pass(100)
      assert.equal(stage.heard(), { mode: 'three_way', customer: true, agent: '201' })
    }
  }))

test('the supervisor hears a consultation too; the consulted agent can be supervised as well, and still is after the transfer', () =>
  staged({ agents: 2 }, async (stage) => {
    await stage.supervise('listen')
    await stage.desk.consult('201', '202', stage.house.clock.now(), stage.house.by('agent'))
    await stage.house.pass(5_000)
    assert.equal(stage.heard(), { mode: 'listen', customer: false, agent: '201' })
    await stage.supervise('whisper', { agent: '202', code: '901' })
    await stage.house.pass(2_000)
    assert.equal(stage.heard(), { mode: 'whisper', customer: false, agent: '202' })
    await stage.desk.handOver('201', stage.house.by('agent'))
    await stage.house.pass(1_000)
    assert.equal(
      stage.heard(),
      { mode: 'whisper', customer: true, agent: '202' },
      'the supervisor of the second agent stays, now with the customer',
    )
    assert.equal(
      Object.values(stage.call.supervisors).map(({ supervisorCode }) => supervisorCode),
      ['901'],
      'the supervisor of the first agent leaves with them',
    )
  }))

test('after a blind transfer, or when the agent hangs up, their supervisor leaves; the customer’s call is not affected', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('listen')
    await stage.house.pass(2_000)
    await stage.desk.transferToQueue('201', 'NE', stage.house.by('agent'))
    await stage.house.pass(1_000)
    assert.equal(stage.call.supervisors, {})
    assert.is(stage.call.queue?.queueCode, 'NE')
    assert.ok((await stage.story()).includes('SupervisorLeft'))
  }))

test('the customer hangs up: everybody’s part ends and is recorded as ended', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('listen')
    await stage.supervise('whisper', { code: '901' })
    await stage.house.pass(2_000)
    stage.house.telephony.act(stage.call.customerLegId!, 'hang_up')
    await stage.house.pass(2_000)
    const story = await stage.story()
    assert.is(story.filter((type) => type === 'SupervisorLeft').length, 2)
    assert.is(stage.shift('201')!.engagement.kind, 'wrap_up')
  }))

test('two supervisors at once, each in a different mode; one leaves and the other stays', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('listen')
    await stage.supervise('whisper', { code: '901' })
    await stage.house.pass(2_000)
    const modes = stage.orders.filter((order): order is Supervised => order.do === 'supervise').map(({ mode }) => mode)
    assert.equal(modes.toSorted(), ['listen', 'whisper'])
    await stage.command({ do: 'end_supervision', supervisorCode: '900' })
    await stage.house.pass(1_000)
    assert.equal(
      Object.values(stage.call.supervisors).map(({ supervisorCode }) => supervisorCode),
      ['901'],
    )
    assert.is((await stage.house.telephony.legs()).filter(({ purpose }) => purpose === 'supervisor').length, 1)
    await refused('call.not_supervised', stage.command({ do: 'end_supervision', supervisorCode: '900' }))
  }))

test('C5.4-barge C5.4-steps: one step rings the supervisor’s phone; when they answer, they have the customer and the agent’s call ends', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('take_over')
    await stage.house.pass(500)
    assert.is(stage.shift('201')!.engagement.kind, 'talking', 'the agent keeps talking until they answer')
    await stage.house.pass(1_000)
    assert.is(stage.shift('201')!.engagement.kind, 'wrap_up')
    assert.equal(Object.keys(stage.call.segments), ['900'])
    const bridge = stage.orders.findLast((order) => order.do === 'bridge')!
    assert.equal(bridge, { do: 'bridge', legId: stage.leg('900'), to: stage.call.customerLegId! })
    assert.not(stage.orders.some((order) => order.do === 'supervise'))
  }))

test('C5.4-barge: taking over a customer on hold resumes the call and drops a consultation in progress', () =>
  staged({ agents: 2 }, async (stage) => {
    await stage.supervise('listen')
    await stage.desk.consult('201', '202', stage.house.clock.now(), stage.house.by('agent'))
    await stage.house.pass(5_000)
    await stage.supervise('take_over')
    await stage.house.pass(1_000)
    assert.is(stage.call.legs[stage.call.customerLegId!]!.state, 'answered')
    assert.is(stage.call.consultation, null)
    assert.equal(Object.keys(stage.call.segments), ['900'])
    assert.equal((await stage.house.telephony.legs()).map(({ purpose }) => purpose).toSorted(), [
      'customer',
      'supervisor',
    ])
  }))

test('C5.4-barge: in a three-party call the supervisor who takes over replaces the agent, and the third party stays', () =>
  staged({ agents: 2 }, async (stage) => {
    await stage.desk.consult('201', '202', stage.house.clock.now(), stage.house.by('agent'))
    await stage.house.pass(5_000)
    await stage.desk.join('201', stage.house.by('agent'))
    await stage.house.pass(500)
    await stage.supervise('take_over')
    await stage.house.pass(2_000)
    assert.equal(Object.keys(stage.call.segments).toSorted(), ['202', '900'])
    const room = stage.orders.findLast((order) => order.do === 'conference') as Extract<
      LegCommand,
      { do: 'conference' }
    >
    assert.equal(room.legIds.toSorted(), [stage.call.customerLegId!, stage.leg('202'), stage.leg('900')].toSorted())
  }))

test('if the supervisor’s phone is not answered, their part ends and the call is untouched', () =>
  staged({ agents: 1 }, async (stage) => {
    stage.house.telephony.plug(tenant, '8902', picksUp({ ignores: 1 }))
    await stage.supervise('take_over', { code: '902' })
    await refused('call.supervisor_not_there', stage.command({ do: 'take_over', supervisorCode: '902' }))
    await stage.house.pass(40_000)
    assert.equal(stage.call.supervisors, {})
    assert.equal(Object.keys(stage.call.segments), ['201'])
    assert.equal(
      stage.orders.map((order) => order.do),
      ['dial'],
      'the network stops ringing by itself',
    )
  }))

test('C5.0-number-sip C5.0-number-landline C5.0-number-mobile: the supervisor’s phone is the one given, an outside number or their own; without one the request is refused', () =>
  staged({ agents: 2 }, async (stage) => {
    const dialled = () =>
      (stage.orders.findLast((order) => order.do === 'dial') as Extract<LegCommand, { do: 'dial' }>).target.to
    await stage.supervise('listen')
    await stage.house.pass(100)
    assert.equal(dialled(), { kind: 'extension', extension: '8900' })
    await stage.supervise('listen', { code: '901', extension: null, number: '13800001111' })
    await stage.house.pass(100)
    assert.equal(dialled(), { kind: 'number', number: '13800001111', gateway: null })
    await stage.supervise('listen', { code: '202', extension: null })
    await stage.house.pass(100)
    assert.equal(dialled(), { kind: 'extension', extension: '8202' }, 'the phone configured for them')
    await refused('call.no_supervisor_phone', stage.supervise('listen', { code: '990', extension: null }))
  }))

test('C5.0-precondition: a supervisor who is also an agent gets no other call meanwhile; taking over makes the call theirs, with wrap-up', () =>
  staged({ agents: 2 }, async (stage) => {
    await stage.desk.setWork('202', 'ready', null, stage.house.by('agent'))
    await stage.supervise('listen', { code: '202', extension: null })
    const waiting = stage.house.call('PS', { talkMs: 1_000, patienceMs: 60_000 })
    await stage.house.pass(5_000)
    assert.equal(
      [stage.shift('202')!.engagement.kind, stage.house.process.switchboard.call(waiting)?.queue?.queueCode],
      ['talking', 'PS'],
    )
    await refused(
      'agent.not_available',
      stage.desk.consult('201', '202', stage.house.clock.now(), stage.house.by('agent')),
    )
    await stage.supervise('take_over', { code: '202', extension: null })
    await stage.house.pass(1_000)
    assert.equal(Object.keys(stage.call.segments), ['202'])
    stage.house.telephony.act(stage.call.customerLegId!, 'hang_up')
    await stage.house.pass(1_000)
    assert.is(stage.shift('202')!.engagement.kind, 'wrap_up')
  }))

test('a supervisor who only listened gets no wrap-up and is free again when they leave', () =>
  staged({ agents: 2 }, async (stage) => {
    await stage.supervise('listen', { code: '202', extension: null })
    await stage.house.pass(5_000)
    assert.is(stage.shift('202')!.engagement.kind, 'talking')
    await stage.command({ do: 'end_supervision', supervisorCode: '202' })
    await stage.house.pass(1_000)
    assert.is(stage.shift('202')!.engagement.kind, 'idle')
    await refused('agent.not_available', stage.supervise('listen', { agent: '201', code: '201', extension: null }))
  }))

test('C5.5-break: a disconnect ends agent and customer, or only the agent in a three-party call; the supervisor’s phone does not ring', () =>
  staged({ agents: 2 }, async (stage) => {
    await stage.desk.consult('201', '202', stage.house.clock.now(), stage.house.by('agent'))
    await stage.house.pass(5_000)
    await stage.desk.join('201', stage.house.by('agent'))
    await stage.house.pass(500)
    stage.orders.length = 0
    await stage.desk.disconnect('201', '900', stage.house.by('supervisor'))
    await stage.house.pass(1_000)
    assert.equal([Object.keys(stage.call.segments), stage.call.status], [['202'], 'live'])
    assert.not(stage.orders.some((order) => order.do === 'dial'))
    await stage.desk.disconnect('202', '900', stage.house.by('supervisor'))
    await stage.house.pass(1_000)
    assert.ok((await stage.story()).includes('CallEnded'))
  }))

test('the owner dies in the middle: the next one finds the supervisor in place and continues', () =>
  staged({ agents: 1 }, async (stage) => {
    await stage.supervise('whisper')
    await stage.house.pass(2_000)
    await stage.house.takeOver()
    await stage.command({ do: 'hold', agentId: '201' })
    await stage.house.pass(1_000)
    assert.equal(stage.heard(), { mode: 'whisper', customer: false, agent: '201' })
  }))

test.run()
