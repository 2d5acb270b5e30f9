/**
 * The intake of a switchboard: what the network reports becomes events. When the log is away a report
 * waits in memory and is appended with its own time; a new call is refused then, because nothing of it
 * was acknowledged yet.
 */
import { isProblem } from '../kernel/problem.ts'
import type { LegEnd, TelephonyReport } from '../telephony/port.ts'
import { ACTOR, agentKey, callKey, noop, RETRY_MS, type Hands, type ProcessLog } from './hands.ts'
import { commandFor } from './reports.ts'
import type { Switchboard } from './switchboard.ts'

export interface IntakeDependencies {
  tenant: string
  hands: Hands
  board: Switchboard
  notes: ProcessLog
}

export class Intake {
  readonly #with: IntakeDependencies

  constructor(dependencies: IntakeDependencies) {
    this.#with = dependencies
  }

  /** Reads the reports to their end: each call's in order, the calls beside each other. */
  async read(reports: AsyncIterable<TelephonyReport>): Promise<void> {
    const { tenant, hands } = this.#with
    for await (const report of reports) {
      if (report.tenant !== tenant) continue
      if ('callId' in report) hands.track(hands.inLine(callKey(report.callId), () => this.#report(report)))
      else if ('extension' in report) this.#registration(report.extension, report.what === 'registered', report.at)
    }
  }

  async #report(report: Extract<TelephonyReport, { callId: string }>): Promise<void> {
    const { hands, board, notes } = this.#with
    const { callId, legId } = report
    const command = commandFor(report, board)
    if (!command) return
    const key = report.what === 'digit' ? `${legId}:digit:${report.at}` : `${legId}:${report.what}`
    for (;;) {
      try {
        await hands.carryOut({ callId, command }, { ...hands.envelope(key, callId), at: report.at, actor: report.what === 'incoming' ? 'caller' : ACTOR })
        return
      } catch (error) {
        if (!isProblem(error)) throw error
        if (error.code === 'call.unknown' || error.code === 'call.ended') return
        if (report.what === 'incoming') {
          // Nothing was acknowledged, so nothing is lost: the caller hears 503 and may try again.
          notes.warn('a call was refused', { call: callId, code: error.code })
          const end: LegEnd = { by: 'system', cause: 41, sip: 503, reason: 'refused' }
          await hands.order(`${legId}:refuse`, { do: 'hang_up', legId, end }).catch(noop)
          return
        }
        if (!error.code.startsWith('log.') || hands.stopped) throw error
        await hands.pause(RETRY_MS)
      }
    }
  }

  #registration(extension: string, registered: boolean, at: number): void {
    const { hands, board } = this.#with
    const agentId = board.agentOfExtension(extension)
    const shift = agentId ? board.shift(agentId) : null
    if (!agentId || !shift || shift.extension !== extension) return
    const envelope = { ...hands.envelope(`${shift.shiftId}:phone:${registered}:${at}`, null), at }
    hands.track(hands.inLine(agentKey(agentId), () => hands.carryOut({ agentId, shiftId: shift.shiftId, command: { do: 'phone', registered } }, envelope)))
  }
}
