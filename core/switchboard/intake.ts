/**
 * The intake of a switchboard: what the network reports becomes events. While the log is away a report waits in memory
 * and is appended later with its own time; a new call is refused, because nothing of it has been acknowledged yet. What
 * happened is recorded even if another process owns the switchboard by then; a new call is left to the owner.
 */
import type { CommandEnvelope } from '../kernel/command.ts'
import { isProblem } from '../kernel/problem.ts'
import type { TelephonyReport } from '../telephony/port.ts'
import { ACTOR, RETRY_MS, type Executor, type ProcessLog } from './executor.ts'
import { agentEntity, entityOfOwner } from './entity.ts'
import { targetOf, type Target } from './report-commands.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

export interface IntakeDependencies {
  tenant: string
  executor: Executor
  switchboard: SwitchboardState
  notes: ProcessLog
  /** Is another process known to own the switchboard? */
  ownedElsewhere: () => boolean
  /** A media server is gone, or back. */
  onMedia: (up: boolean) => void
}

export class Intake {
  readonly #dependencies: IntakeDependencies
  /** The moment of the latest report about each phone: an older one that arrives later is ignored. */
  readonly #heard = new Map<string, number>()

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies
  }

  /** Reads the reports to their end: those of a call in order, different calls side by side. */
  async read(reports: AsyncIterable<TelephonyReport>): Promise<void> {
    const { tenant, executor, switchboard, onMedia } = this.#dependencies
    for await (const report of reports) {
      if (report.tenant !== tenant) continue
      if ('callId' in report) executor.track(executor.inLine(entityOfOwner(report.callId), () => this.#report(report)))
      else if ('extension' in report) this.#registration(report.extension, report.what === 'registered', report.at)
      else if (report.what === 'media') onMedia(report.up)
      else if (report.what === 'gateway') switchboard.trunks.report(report.gateway, report.up)
    }
  }

  async #report(report: Extract<TelephonyReport, { callId: string }>): Promise<void> {
    const { executor, switchboard, notes } = this.#dependencies
    const { callId, legId } = report
    const target = targetOf(report, switchboard)
    if (!target) return
    const key = report.what === 'digit' ? `${legId}:digit:${report.digit}:${report.at}` : `${legId}:${report.what}`
    const correlation = 'callId' in target ? callId : null
    try {
      await this.#write(
        target,
        { ...executor.envelope(key, correlation), at: report.at, actor: report.what === 'incoming' ? 'caller' : ACTOR },
        report.what !== 'incoming',
      )
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

  /** @param waits for a log that is away; such a report is recorded by any process, owner or not */
  async #write(target: Target, envelope: CommandEnvelope, waits: boolean): Promise<void> {
    const { executor } = this.#dependencies
    for (;;) {
      try {
        // A key press that is reported twice happened once.
        const once = target.command.do === 'digit'
        await (waits ? executor.record(target, envelope, once) : executor.carryOut(target, envelope))
        return
      } catch (error) {
        if (!waits || !isProblem(error) || !error.code.startsWith('log.') || executor.stopped) throw error
        await executor.pause(RETRY_MS)
      }
    }
  }
}
