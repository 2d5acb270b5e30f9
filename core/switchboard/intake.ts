/**
 * The intake of a switchboard: what the network reports becomes events. While the log is away a report waits in memory
 * and is appended later with its own time; a new call is refused, because nothing of it has been acknowledged yet. What
 * happened is recorded even if another process owns the switchboard by then; a new call is left to the owner.
 */
import { transferOutcome } from '../call/transfer-outcome.ts'
import type { CommandEnvelope } from '../kernel/command.ts'
import { isProblem } from '../kernel/problem.ts'
import { cut } from '../number/number.ts'
import { agentOfShift } from '../agent/shift-id.ts'
import { CODES_IN_A_CALL, CODES_ON_A_LINE, type Feature } from '../routing/feature-codes.ts'
import { shiftOfOwner, type TelephonyReport } from '../telephony/port.ts'
import { ACTOR, RETRY_MS, type Executor, type ProcessLog } from './executor.ts'
import { agentEntity, callEntity, entityOfOwner } from './entity.ts'
import type { FeatureAnswer, FeatureAsked } from '../desk/phone-desk.ts'
import { Keypad } from './keypad.ts'
import { NetworkIntake } from './network-intake.ts'
import { dialledFeature, targetOf, type Target } from './report-commands.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** Who begins a call: an agent at their phone, a phone at which nobody is signed in, or someone outside. */
function callerOf(target: Target): string {
  if (!('callId' in target)) return ACTOR
  const { command } = target
  const phone = command.do === 'place' ? command : command.do === 'receive' ? command.phone : undefined
  if (!phone) return 'caller'
  return phone.agentCode === null ? `extension:${phone.extension}` : `agent:${phone.agentCode}`
}

/** What a phone is told of the transfer that it asked for: SIP statuses. */
const [REFUSED, GONE, NOT_IN_TIME] = [603, 487, 408]
/** A transfer has come to something within this, ms. */
const OUTCOME_WITHIN_MS = 60_000
/** A phone that dialled a function is answered within this, ms. */
const ANSWERED_WITHIN_MS = 5_000

export interface IntakeDependencies {
  tenant: string
  executor: Executor
  switchboard: SwitchboardState
  notes: ProcessLog
  /** Is another process known to own the switchboard? */
  ownedElsewhere: () => boolean
  /** Carries out functions that are keyed in on phones; null: nobody does. */
  features: ((asked: FeatureAsked) => Promise<FeatureAnswer>) | null
  /** A media server is gone, or back. */
  onMedia: (up: boolean) => void
  /** A leg is connected with somebody, or on hold. */
  onPlaced: (callId: string, legId: string, to: string | null) => void
}

export class Intake {
  readonly #dependencies: IntakeDependencies
  /** The moment of the latest report about each phone: an older one that arrives later is ignored. */
  readonly #heard = new Map<string, number>()

  readonly #keypad: Keypad
  readonly #network: NetworkIntake

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies
    const { switchboard, executor } = dependencies
    this.#network = new NetworkIntake(executor, switchboard)
    this.#keypad = new Keypad({
      codes: () => switchboard.configuration.state.network.featureCodes,
      later: (ms, then) => executor.later(ms, then),
    })
  }

  /** Reads the reports to their end: those of a call in order, different calls side by side. */
  async read(reports: AsyncIterable<TelephonyReport>): Promise<void> {
    const { tenant, executor, onMedia } = this.#dependencies
    for await (const report of reports) {
      if (report.tenant !== tenant) continue
      if ('callId' in report) executor.track(executor.inLine(entityOfOwner(report.callId), () => this.#report(report)))
      else if (report.what === 'registered' || report.what === 'unregistered')
        this.#registration(report.extension, report.what === 'registered', report.at)
      else if (report.what === 'media') onMedia(report.up)
      else this.#network.take(report)
    }
  }

  async #report(report: Extract<TelephonyReport, { callId: string }>): Promise<void> {
    const { executor, switchboard, notes } = this.#dependencies
    const { callId, legId } = report
    if (report.what === 'digit') this.#pressed(report)
    else if (report.what === 'referred') return this.#refer(report)
    else if (report.what === 'do_not_disturb') return this.#disturbed(report)
    else if (report.what === 'ended') this.#keypad.forget(legId)
    else if (report.what === 'bridged' || report.what === 'resumed' || report.what === 'held')
      this.#dependencies.onPlaced(callId, legId, report.what === 'bridged' ? report.to : null)
    const target = targetOf(report, switchboard)
    if (!target) return
    const feature = dialledFeature(report, switchboard)
    const key = keyOf(report)
    const correlation = 'callId' in target ? callId : null
    try {
      const isNew = await this.#write(
        target,
        {
          ...executor.envelope(key, correlation),
          at: report.at,
          actor: report.what === 'incoming' ? callerOf(target) : ACTOR,
        },
        report.what !== 'incoming',
      )
      if (feature && isNew && report.what === 'incoming')
        executor.track(this.#use(feature, { callId, legId, at: report.at, extension: report.extension, agentId: null }))
    } catch (error) {
      if (!isProblem(error)) throw error
      if (error.code === 'call.unknown' || error.code === 'call.ended' || error.code === 'agent.not_signed_in') return
      if (report.what !== 'incoming') throw error
      if (error.code === 'switchboard.standby' && this.#dependencies.ownedElsewhere()) return
      // Nothing was acknowledged, so nothing is lost: the caller gets a 503 and may try again.
      notes.warn('a call was refused', { call: callId, code: error.code })
      await executor.turnAway(legId)
    }
  }

  #registration(extension: string, registered: boolean, at: number): void {
    const { executor, switchboard } = this.#dependencies
    if (at < (this.#heard.get(extension) ?? 0)) return
    this.#heard.set(extension, at)
    switchboard.phones.report(extension, registered)
    const agentId = switchboard.agentOfExtension(extension)
    const shift = agentId ? switchboard.shift(agentId) : null
    if (!agentId || !shift || shift.extension !== extension) return
    const envelope = { ...executor.envelope(`${shift.shiftId}:phone:${registered}:${at}`, null), at }
    const target: Target = { agentId, shiftId: shift.shiftId, command: { do: 'phone', registered } }
    const written = executor.inLine(agentEntity(agentId), () => this.#write(target, envelope, true))
    executor.track(
      written.catch((error: unknown) => (isProblem(error, 'agent.not_signed_in') ? undefined : Promise.reject(error))),
    )
  }

  /** A key on an agent's phone, in a call or on a phone that is kept connected, may belong to a feature code. */
  #pressed({ callId, legId, digit, at }: Extract<TelephonyReport, { what: 'digit' }>): void {
    const { executor, switchboard } = this.#dependencies
    const shiftId = shiftOfOwner(callId)
    const call = switchboard.call(callId)
    // Keys for a menu, a survey or a box are no codes.
    if (call && (call.ivr || call.survey || call.voicemail) && call.customerLegId === legId) return
    const leg = call?.legs[legId]
    const agentId = shiftId === null ? (leg?.agentId ?? null) : agentOfShift(shiftId)
    if (agentId === null || leg?.purpose === 'supervisor') return
    const extension = switchboard.shift(agentId)?.extension ?? null
    this.#keypad.press(legId, digit, shiftId === null ? CODES_IN_A_CALL : CODES_ON_A_LINE, (feature) =>
      executor.track(this.#use(feature, { callId, legId, at, extension, agentId })),
    )
  }

  /** The transfer key of an agent's phone is the transfer button of their desk; the phone is told what came of it. */
  async #refer({ callId, legId, to, at, other }: Extract<TelephonyReport, { what: 'referred' }>): Promise<void> {
    const { executor, switchboard, features } = this.#dependencies
    if (!features || !executor.mayAct) return
    const agentId = switchboard.call(callId)?.legs[legId]?.agentId ?? null
    const key = `${legId}:refer:${at}`
    const feature: Feature = { action: 'blind_transfer', digit: null, party: cut(to, 100) }
    const envelope = { ...executor.envelope(key, callId), actor: 'phone' }
    const { result } = await features({ feature, extension: null, agentId, at, legId: null, other, envelope })
    const answer = (status: number): Promise<void> =>
      executor
        .order(`${key}:answer`, { do: 'answer_refer', legId, accepted: status === 200, status })
        // It is gone by itself.
        .catch((error: unknown) => (isProblem(error) ? undefined : Promise.reject(error)))
    if (result !== 'done') return answer(REFUSED)
    // Two who were connected talk; else whether the target answers is seen later, and nobody waits for it here.
    executor.track(this.#outcome(callId, legId).then((status) => (status === null ? undefined : answer(status))))
  }

  /** Whether the target of a transfer answers, as a SIP status; null: it is not for this process to say any more. */
  async #outcome(callId: string, legId: string): Promise<number | null> {
    const { executor, switchboard } = this.#dependencies
    for (let waited = 0; waited < OUTCOME_WITHIN_MS && !executor.stopped; waited += RETRY_MS) {
      const call = switchboard.call(callId)
      const status = call ? transferOutcome(call, legId) : GONE
      if (status !== null) return status
      await executor.pause(RETRY_MS)
    }
    if (executor.stopped) return null
    return NOT_IN_TIME
  }

  /** The do-not-disturb key of an agent's phone is the key for a break: no queue offers them calls that their phone refuses. */
  #disturbed({ callId, legId, at }: Extract<TelephonyReport, { what: 'do_not_disturb' }>): void {
    const { executor, switchboard } = this.#dependencies
    const leg = switchboard.call(callId)?.legs[legId]
    if (!leg || leg.agentId === null || leg.purpose === 'supervisor') return
    const { agentId, extension } = leg
    const feature: Feature = { action: 'not_ready', digit: null, party: null }
    executor.track(this.#use(feature, { callId, legId, at, extension, agentId }))
  }

  /** Carries out a function, and records what came of it: in the call, if it was keyed in during one. */
  async #use(
    feature: Feature,
    asked: { callId: string; legId: string; at: number; extension: string | null; agentId: string | null },
  ): Promise<void> {
    const { executor, features } = this.#dependencies
    const { callId, legId, at, extension } = asked
    if (!features || !executor.mayAct) return
    const { action, digit } = feature
    const key = `${legId}:feature:${action}:${at}`
    const envelope = { ...executor.envelope(key, callId), actor: 'phone' }
    // The call by which it was dialled is kept, once it is there.
    if (action === 'long_sign_in' && !(await this.#answered(callId, legId))) return
    const dialledOn = asked.agentId === null ? legId : null
    const answer = await features({ ...asked, legId: dialledOn, feature, envelope })
    if (shiftOfOwner(callId) === null) {
      const command = { do: 'feature_used' as const, legId, action, digit, extension, ...answer }
      const recorded = { ...executor.envelope(`${key}:used`, callId) }
      await executor
        .inLine(callEntity(callId), () => this.#write({ callId, command }, recorded, true))
        .catch((error: unknown) => (isProblem(error) ? undefined : Promise.reject(error)))
    }
  }

  /** Waits until a phone that dialled is answered; false: it is gone. */
  async #answered(callId: string, legId: string): Promise<boolean> {
    const { executor, switchboard } = this.#dependencies
    for (let waited = 0; waited < ANSWERED_WITHIN_MS; waited += RETRY_MS) {
      const state = switchboard.call(callId)?.legs[legId]?.state
      if (state === 'answered') return true
      if (state === 'ended' || executor.stopped) return false
      await executor.pause(RETRY_MS)
    }
    return false
  }

  /**
   * True if it was news.
   * @param waits for a log that is away; such a report is recorded by any process, owner or not
   */
  async #write(target: Target, envelope: CommandEnvelope, waits: boolean): Promise<boolean> {
    const { executor } = this.#dependencies
    for (;;) {
      try {
        // A key press that is reported twice happened once.
        const once = pressesKeys.has(target.command.do)
        const { events } = await (waits ? executor.record(target, envelope, once) : executor.carryOut(target, envelope))
        return events.length > 0
      } catch (error) {
        if (!waits || !isProblem(error) || !error.code.startsWith('log.') || executor.stopped) throw error
        await executor.pause(RETRY_MS)
      }
    }
  }
}

/** Commands whose repetition the state does not reveal. */
const pressesKeys: ReadonlySet<string> = new Set(['digit', 'ivr_key', 'survey_key', 'voicemail_key'])

/** Distinguishes a report from others of its leg; the same report has the same key whenever it arrives. */
function keyOf(report: Extract<TelephonyReport, { callId: string }>): string {
  const { legId, what, at } = report
  switch (report.what) {
    case 'digit':
      return `${legId}:digit:${report.digit}:${at}`
    case 'collected':
      return `${legId}:collected:${at}`
    case 'held':
    case 'resumed':
      // As often as somebody presses the key.
      return `${legId}:${what}:${at}`
    case 'played':
      // Without the prompt: what is read out may be somebody's number, and keys stand in the ledger.
      return `${legId}:played:${at}`
    case 'recorded':
      return `${report.recordingId}:recorded${typeof report.file === 'string' ? `:${report.file}` : ''}`
    default:
      return `${legId}:${what}`
  }
}
