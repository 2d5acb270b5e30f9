/**
 * Brings a call to a phase of its life on a virtual switchboard, and lets a fault strike at that
 * moment. Some phases last (somebody talks); others are the moment between two steps of the
 * switchboard (an agent is reserved but has no offer yet) and are caught when the log accepts their event.
 */
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { houseWith, ivr, menu, node } from '../ivr/menus.ts'
import { queueNamed, tenant, VirtualHouse } from './house.ts'

/** The parties of a call whose legs a fault can strike. */
export type Role = 'customer' | 'agent' | 'third' | 'supervisor' | 'standing'

export interface Phase {
  name: string
  /** Legs that exist or are about to. */
  roles: readonly Role[]
  /** Brings a call there, and calls `strike` in that moment. */
  reach(stage: Stage, strike: () => Promise<void>): Promise<void>
  /** Whether the call is there: events that its streams must have and must not have yet. */
  has: readonly string[]
  hasNot: readonly string[]
}

/** How long its phones ring before they are picked up. */
export const PICK_UP_MS = 3_000

/** Nobody hangs up on a dead line or for lack of an answer, so whatever ends was ended by the switchboard. */
const habits = picksUp({ after: () => PICK_UP_MS, aloneMs: Number.POSITIVE_INFINITY })

const HOUR_MS = 3_600_000

export const SUPERVISOR = { code: '900', extension: '8900' }

const PLACED = 'placed-call'
/** An extension with voicemail, and a phone at which nobody sits. */
const BOX = '8299'

export class Stage {
  readonly house: VirtualHouse
  /** Types of the events of the call and of its agents since the call began, in order. */
  readonly story: string[] = []
  readonly legs: Partial<Record<Role, string>> = {}
  #trigger: { type: string; act: () => Promise<void> } | null = null

  private constructor(seed: number) {
    const queue = queueNamed('PS', {
      wrapUpMs: 15_000,
      maxNoAnswer: 0,
      announcements: [{ kind: 'place', media: 'place/{value}', firstAfterMs: 4_000, everyMs: 20_000 }],
      exitKey: '9',
      exits: { ...queueNamed('PS').exits, left_by_key: { kind: 'number', code: '02088886666', keepPlace: false } },
      callback: { key: '1', media: 'noted', attempts: 2, retryMs: 10_000 },
    })
    const { network, routes } = houseWith(
      ivr([
        menu('root', [node('1', 'menu', 'sub'), node('2', 'extension', '8300')], {
          timeoutMs: 2_000,
          maxTimeouts: 1,
          exhausted: { do: 'queue', to: 'PS' },
        }),
        menu('sub', [node('0', 'back')], { timeoutMs: 2_000, maxTimeouts: 1, exhausted: { do: 'back', to: '' } }),
      ]),
      { extensions: [{ number: '8300' }, { number: BOX, voicemail: { afterMs: 0, longestMs: 60_000 } }] },
    )
    const target = { kind: 'voicemail' as const, code: BOX }
    const box: RouteSettings = { code: 'box', order: 1, type: 'inbound', to: '95501', target }
    this.house = new VirtualHouse({
      seed,
      agents: 3,
      habits,
      queues: [queue],
      network,
      routes: [box, ...routes],
    })
  }

  /** A switchboard on which agent 201 is ready and all other agents are busy. */
  static async open(seed: number): Promise<Stage> {
    const stage = new Stage(seed)
    const { house } = stage
    await house.open()
    house.telephony.plug(tenant, SUPERVISOR.extension, habits)
    // Nobody sits there to be asked why the line is dead.
    house.telephony.plug(tenant, '8300', { ...habits, aloneMs: 30_000 })
    for (const colleague of ['202', '203']) await house.desk.setWork(colleague, 'not_ready', null, house.by('agent'))
    await house.pass(10)
    stage.#watch()
    return stage
  }

  /** A caller dials. */
  call(to = 'PS'): void {
    this.house.call(to, { patienceMs: HOUR_MS, talkMs: 60_000, holdPatienceMs: HOUR_MS })
  }

  async is(agentId: string, work: 'ready' | 'not_ready'): Promise<void> {
    await this.house.until(this.house.desk.setWork(agentId, work, null, this.house.by('agent')))
  }

  /** A caller who waits while no agent is ready. */
  async wait(ms: number): Promise<void> {
    await this.is('201', 'not_ready')
    this.call()
    await this.house.pass(ms)
  }

  /** A caller who presses a key while waiting. */
  async press(digit: string): Promise<void> {
    await this.wait(2_000)
    this.house.telephony.press(this.legs.customer!, digit)
  }

  /** A caller who asked for a callback, and an agent who is ready now. */
  async callBack(): Promise<void> {
    await this.press('1')
    await this.house.pass(15_000)
    await this.is('201', 'ready')
  }

  /** Agent 201 keeps the phone connected. */
  async stand(): Promise<void> {
    await this.house.until(this.house.desk.longSignIn('201', null, this.house.by('agent')))
    await this.house.pass(PICK_UP_MS + 1_000)
  }

  /** Acts at the moment the log has accepted an event of this type. */
  when(type: string, act: () => Promise<void>): void {
    this.#trigger = { type, act }
  }

  /** A caller who talks to agent 201. */
  async talk(): Promise<void> {
    this.call()
    await this.house.pass(PICK_UP_MS + 5_000)
  }

  async consult(): Promise<void> {
    await this.talk()
    const { house } = this
    await house.until(house.desk.consult('201', '202', house.clock.now(), house.by('agent')))
    await house.pass(PICK_UP_MS + 1_000)
  }

  async supervise(): Promise<void> {
    await this.talk()
    const { house } = this
    await house.until(
      house.desk.supervise(
        '201',
        { supervisorCode: SUPERVISOR.code, mode: 'listen', extension: SUPERVISOR.extension, number: null },
        house.clock.now(),
        house.by('supervisor'),
      ),
    )
    await house.pass(PICK_UP_MS + 1_000)
  }

  async place(): Promise<void> {
    const { house } = this
    await house.until(house.desk.place('201', '13900001111', PLACED, house.clock.now(), house.by('agent')))
  }

  /**
   * The rest of the day: the other agents are ready again, the agent does arbitrary things with the call,
   * and at some point faults stop. Everything in progress ends, nothing is
   * left over, and the next caller is served normally.
   */
  async end(): Promise<void> {
    const { house } = this
    this.#trigger = null
    for (const colleague of ['202', '203']) await this.is(colleague, 'ready')
    await house.pass(20_000)
    await this.#meddle()
    await house.pass(60_000)
    house.telephony.calm()
    await this.#meddle()
    await house.pass(180_000)
    assert.equal(await house.audit(), [])
    const next = house.call('PS', { talkMs: 10_000 })
    await house.pass(60_000)
    assert.ok((await house.story(next)).includes('CallAnswered'), 'the next caller is answered')
    assert.equal(await house.audit(), [])
    assert.equal(
      house.notes.filter((note) => note.startsWith('a step broke')),
      [],
    )
  }

  /** What the agent may ask for; whatever does not fit the state is refused. */
  async #meddle(): Promise<void> {
    const { house } = this
    const { desk } = house
    const by = () => house.by('agent')
    for (const act of [
      () => desk.resume('201', by()),
      () => desk.hold('201', by()),
      () => desk.resume('201', by()),
      () => desk.endConsultation('201', by()),
      () => desk.hangUp('202', by()),
      () => desk.hangUp('201', by()),
      () => desk.endLongSignIn('201', null, by()),
    ]) {
      try {
        await house.until(act())
      } catch (error) {
        if (!(error instanceof Problem)) throw error
      }
      await house.pass(2_000)
    }
  }

  /** Legs that only the ledger has (except those just dialled) or only the network has. */
  async disagreements(): Promise<string[]> {
    const { process, telephony } = this.house
    const existing = new Set((await telephony.legs()).map((leg) => leg.legId))
    const known = new Map<string, boolean>()
    for (const call of process.switchboard.calls())
      for (const { legId, state } of Object.values(call.legs))
        if (state !== 'ended') known.set(legId, state !== 'dialled')
    for (const { longSignIn } of process.switchboard.shifts())
      if (longSignIn) known.set(longSignIn.legId, longSignIn.active)
    const onlyLedger = [...known]
      .filter(([legId, reached]) => reached && !existing.has(legId))
      .map(([legId]) => `only the ledger has ${legId}`)
    return [
      ...onlyLedger,
      ...[...existing].filter((legId) => !known.has(legId)).map((legId) => `only the network has ${legId}`),
    ]
  }

  #watch(): void {
    const { log } = this.house
    const append = log.append.bind(log)
    log.append = async (...asked) => {
      const answer = await append(...asked)
      for (const { type, data } of asked[2]) {
        this.story.push(type)
        this.#noteLeg(type, JSON.parse(data) as { legId?: string; purpose?: string })
      }
      const trigger = this.#trigger
      if (trigger && asked[2].some(({ type }) => type === trigger.type)) {
        this.#trigger = null
        await trigger.act()
      }
      return answer
    }
  }

  #noteLeg(type: string, { legId, purpose }: { legId?: string; purpose?: string }): void {
    if (legId === undefined) return
    if (type === 'AgentLongSignInRequested') this.legs.standing = legId
    if (type === 'CallReceived') this.legs.customer ??= legId
    if (type === 'AgentReserved') this.legs.agent ??= legId
    if (type !== 'LegDialled') return
    // A caller who is called back was on another leg before.
    if (purpose === 'customer') this.legs.customer = legId
    if (purpose === 'consultation') this.legs.third ??= legId
    if (purpose === 'supervisor') this.legs.supervisor ??= legId
  }
}
