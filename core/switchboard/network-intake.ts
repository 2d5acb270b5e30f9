/**
 * What the network reports of gateways and registered phones becomes events, one after the other for each of them. Reports
 * say how things are, so only the latest of those that wait is written: a log that was away gets no history of pings.
 * The owner writes; a process that takes over is told everything again by its own network.
 */
import { isProblem } from '../kernel/problem.ts'
import { gatewayId, phoneId, type ReportGateway, type ReportPhone } from '../registration/reported.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import type { TelephonyReport } from '../telephony/port.ts'
import { RETRY_MS, type Executor } from './executor.ts'

export type NetworkReport = Extract<TelephonyReport, { what: 'gateway' | 'contacts' | 'registrar' }>

interface Waiting {
  report: ReportGateway | ReportPhone
  at: number
  /** Distinguishes it from others of the same millisecond. */
  key: string
}

export class NetworkIntake {
  readonly #executor: Executor
  readonly #switchboard: Pick<SwitchboardState, 'network' | 'trunks'>
  /** By stream: what is to be written next, while something is. */
  readonly #waiting = new Map<string, Waiting | null>()
  #taken = 0

  constructor(executor: Executor, switchboard: Pick<SwitchboardState, 'network' | 'trunks'>) {
    this.#executor = executor
    this.#switchboard = switchboard
  }

  take(report: NetworkReport): void {
    const { at } = report
    switch (report.what) {
      case 'gateway': {
        const { gateway, up, registration = 'none', reach = 'unknown', pingMs = null, sip = null } = report
        this.#switchboard.trunks.report(gateway, up)
        return this.#note(gatewayId(gateway), { do: 'gateway', gateway, up, registration, reach, pingMs, sip }, at)
      }
      case 'contacts': {
        const { extension, contacts } = report
        return this.#note(phoneId(extension), { do: 'phone', extension, contacts }, at)
      }
      case 'registrar': {
        const there = new Set(report.extensions)
        for (const extension of this.#switchboard.network.registered())
          if (!there.has(extension)) this.#note(phoneId(extension), { do: 'phone', extension, contacts: [] }, at)
      }
    }
  }

  #note(id: string, report: Waiting['report'], at: number): void {
    const isWriting = this.#waiting.has(id)
    this.#waiting.set(id, { report, at, key: `${id}:${at}:${this.#taken++}` })
    if (!isWriting) this.#executor.track(this.#write(id))
  }

  async #write(id: string): Promise<void> {
    for (let next = this.#waiting.get(id); next; next = this.#waiting.get(id)) {
      this.#waiting.set(id, null)
      const { report, at, key } = next
      const envelope = { ...this.#executor.envelope(key, null), at }
      try {
        await this.#executor.observe(id, report, envelope)
      } catch (error) {
        // Another process owns the switchboard, and its network tells it how things are.
        if (isProblem(error, 'switchboard.standby') || this.#executor.stopped) break
        if (!isProblem(error)) throw error
        await this.#executor.pause(RETRY_MS)
        if (!this.#waiting.get(id)) this.#waiting.set(id, next)
      }
    }
    this.#waiting.delete(id)
  }
}
