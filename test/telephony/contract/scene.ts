/** One case of the contract: the commands it gives, the reports it has seen, and what must hold at the end of every case. */
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { DialTarget, LegCommand, LegEnd, LiveLeg, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import type { Person, Reaction, Sound, Subject, Voice } from './subject.ts'

export const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
type Of<W extends TelephonyReport['what']> = Extract<TelephonyReport, { what: W }>

/** Reports that come whether the leg is there or not, or of no leg at all. */
const OF_NO_LEG = new Set<TelephonyReport['what']>([
  'recorded',
  'registered',
  'unregistered',
  'contacts',
  'registrar',
  'gateway',
  'media',
])

/** A caller of ours, and their call. */
export interface Call {
  customer: Person
  legId: string
  callId: string
}
export type Talk = Call & { agent: Person }

/** Adds a case to the contract. */
export type Case = (title: string, body: (context: { scene: Scene }) => Promise<void>) => void

export class Scene {
  readonly subject: Subject
  readonly seen: TelephonyReport[] = []
  /** Legs may be gone without an end of their own: the media server was lost. */
  isLossy = false
  readonly #over = new AbortController()
  readonly #reading: Promise<void>
  #commands = 0

  constructor(subject: Subject) {
    this.subject = subject
    this.#reading = (async () => {
      for await (const report of subject.telephony.reports(this.#over.signal)) this.seen.push(report)
    })()
  }

  /** Reads no reports from now on. */
  async stopReading(): Promise<void> {
    this.#over.abort()
    await this.#reading
  }

  // ── commands ─────────────────────────────────────────────────────────────────────────────────

  send(command: LegCommand, id = `command-${this.#commands++}`): Promise<void> {
    return this.subject.telephony.command(id, this.subject.tenant, command)
  }

  async refused(command: LegCommand, code: string): Promise<void> {
    await this.send(command).then(
      () => assert.unreachable(`${command.do}: expected ${code}`),
      (error: unknown) => assert.ok(isProblem(error, code), `${command.do}: ${error} instead of ${code}`),
    )
  }

  target(legId: string, to: DialTarget['to'], more: Partial<DialTarget> = {}): DialTarget {
    return { legId, callId: 'call-1', purpose: 'agent', to, callerId: '13800001111', ringMs: 20_000, ...more }
  }

  /** Dials a phone of ours, and does not wait for it. */
  dial(legId: string, extension: string, more: Partial<DialTarget> = {}): Promise<void> {
    return this.send({ do: 'dial', target: this.target(legId, { kind: 'extension', extension }, more) })
  }

  /** Dials somebody's phone, which is answered. */
  async reach(legId: string, person: Person, more: Partial<DialTarget> = {}): Promise<void> {
    person.legId = legId
    await this.dial(legId, person.extension!, more)
    await this.report('answered', legId)
  }

  hangUp(...legs: string[]): Promise<unknown> {
    return Promise.all(legs.map((legId) => this.send({ do: 'hang_up', legId, end: COMPLETED })))
  }

  // ── reports ──────────────────────────────────────────────────────────────────────────────────

  of<W extends TelephonyReport['what']>(what: W, legId?: string): Of<W>[] {
    return this.seen.filter(
      (report): report is Of<W> =>
        report.what === what && (legId === undefined || ('legId' in report && report.legId === legId)),
    )
  }

  until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
    return this.subject.until(what, is)
  }

  pass(ms: number): Promise<void> {
    return this.subject.pass(ms)
  }

  /** The n-th such report of a leg, as soon as it is there. */
  async report<W extends TelephonyReport['what']>(what: W, legId: string, n = 1): Promise<Of<W>> {
    await this.until(`${what} of ${legId}, ${n}; seen: ${this.#story()}`, () => this.of(what, legId).length >= n)
    return this.of(what, legId)[n - 1]!
  }

  async end(legId: string): Promise<LegEnd> {
    return (await this.report('ended', legId)).end
  }

  hear(...expected: readonly (readonly [Person, ...Sound[]])[]): Promise<void> {
    return this.subject.hear(expected)
  }

  async leg(legId: string): Promise<LiveLeg | undefined> {
    return (await this.subject.telephony.legs()).find((leg) => leg.legId === legId)
  }

  // ── people ───────────────────────────────────────────────────────────────────────────────────

  phone(extension: string, voice: Voice = 'agent', reaction: Reaction = 'answer'): Promise<Person> {
    return this.subject.phone(extension, voice, reaction)
  }

  /** Somebody outside calls; the network has said so. */
  async incoming(voice: Voice = 'customer'): Promise<Call> {
    const before = this.of('incoming').length
    const customer = await this.subject.calls(voice, '13800001111')
    await this.until('the call', () => this.of('incoming').length > before)
    const { legId, callId } = this.of('incoming')[before]!
    customer.legId = legId
    return { customer, legId, callId }
  }

  /** A caller who was answered, and to whom nobody talks. */
  async answered(voice: Voice = 'customer'): Promise<Call> {
    const call = await this.incoming(voice)
    await this.send({ do: 'answer', legId: call.legId })
    await this.report('answered', call.legId)
    return call
  }

  /** A caller who talks with the agent at 8201, on leg `A`. */
  async talk(): Promise<Talk> {
    const agent = await this.phone('8201')
    const call = await this.answered()
    await this.reach('A', agent, { callId: call.callId })
    await this.send({ do: 'bridge', legId: call.legId, to: 'A' })
    await this.hear([call.customer, 'agent'], [agent, 'customer'])
    return { ...call, agent }
  }

  /** The customer is on hold, the agent talks with a third, on leg `B`. */
  async consultation(): Promise<Talk & { third: Person }> {
    const talk = await this.talk()
    const third = await this.phone('8202', 'third')
    await this.send({ do: 'hold', legId: talk.legId, music: null })
    await this.reach('B', third, { callId: talk.callId, purpose: 'consultation' })
    await this.send({ do: 'bridge', legId: 'A', to: 'B' })
    await this.hear([talk.customer, 'hold_music'], [talk.agent, 'third'], [third, 'agent'])
    return { ...talk, third }
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────

  /**
   * Hangs up whatever is left, and looks at everything that was reported: it is in order of time, each leg ended once, and
   * reported nothing afterwards.
   */
  async finish(): Promise<void> {
    const { telephony } = this.subject
    const gone = (error: unknown): void => assert.ok(isProblem(error, 'telephony.no_leg'), String(error))
    for (const { legId } of await telephony.legs()) await this.hangUp(legId).catch(gone)
    await this.until('no leg to be left', async () => (await telephony.legs()).length === 0)
    const ofLegs = (): TelephonyReport[] => this.seen.filter(({ what }) => !OF_NO_LEG.has(what))
    const isOver = (): boolean => {
      const legs = new Set(ofLegs().map((report) => ('legId' in report ? report.legId : '')))
      return legs.size === this.#ends(ofLegs()).size
    }
    if (!this.isLossy) await this.until('every leg to have ended', isOver)
    await this.subject.leaves()
    await this.stopReading()
    this.#ends(ofLegs())
    const times = ofLegs().map(({ at }) => at)
    assert.equal(
      times,
      times.toSorted((a, b) => a - b),
      this.#story(),
    )
  }

  /** How often each leg ended: once, and with its last report. */
  #ends(reports: readonly TelephonyReport[]): Set<string> {
    const ended = new Set<string>()
    for (const report of reports) {
      if (!('legId' in report)) continue
      assert.not(ended.has(report.legId), `${report.what} after the end of ${report.legId}: ${this.#story()}`)
      if (report.what === 'ended') ended.add(report.legId)
    }
    return ended
  }

  #story(): string {
    return this.seen
      .map((report) => `${report.what}${'legId' in report ? ` ${report.legId.slice(-4)}` : ''}`)
      .join(', ')
  }
}
