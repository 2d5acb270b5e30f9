/**
 * Faults of the simulated network, on demand: a layer between the network, which always knows what is true, and its
 * users, who command it and read its reports and have to find out. A fault is declared (what, and when it strikes), and
 * the dice are seeded, so that a bad day can be repeated.
 *
 * A fault strikes on an *occasion*: a report of a leg, or a command to one. It acts after the occasion is over, never
 * in the middle of what the network is doing.
 */
import type { Clock, Dice } from '@ledgerline/core/kernel/clock.ts'
import type { LegCommand, LegEnd, LiveLeg, TelephonyReport } from '@ledgerline/core/telephony/port.ts'

/** What can go wrong, on which occasions, and for how long by default (ms). */
export const faultKinds = {
  /** A leg is gone soon after a report of it, without any notice. */
  'leg-lost': { at: 'report', lastsMs: 10_000 },
  /** A leg ends, and the report of it never comes. */
  'bye-lost': { at: 'ended', lastsMs: 0 },
  /** Someone hangs up at the moment of being connected; both are reported, or only the end. */
  'bye-at-once': { at: 'answered', lastsMs: 0 },
  /**
   * A command crosses what its party does at the same moment: our cancel their answer; our answer, bridge or hold their
   * hang-up.
   */
  crossing: { at: 'command', lastsMs: 0 },
  /** A command is accepted but never carried out. */
  'command-lost': { at: 'command', lastsMs: 0 },
  /** A phone loses its registration while it rings, for this long. */
  'phone-gone': { at: 'ringing', lastsMs: 60_000 },
  /** The media server is gone for this long, with every leg it held and without any notice. */
  'media-down': { at: 'report', lastsMs: 30_000 },
  /** A report and all after it wait, up to this long. */
  'report-late': { at: 'report', lastsMs: 5_000 },
  /** A report comes again, up to this long afterwards. */
  'report-doubled': { at: 'report', lastsMs: 5_000 },
  /** A report comes up to this long after it should, and others overtake it. */
  'report-overtaken': { at: 'report', lastsMs: 2_000 },
} as const satisfies Record<string, { at: 'report' | TelephonyReport['what'] | 'command'; lastsMs: number }>

export type FaultKind = keyof typeof faultKinds

export interface Fault {
  kind: FaultKind
  /**
   * On each occasion with this chance; only on the n-th one; or on the first one after random moments, at this average
   * rate per hour.
   */
  when: { chance: number } | { nth: number } | { perHour: number }
  /**
   * Which occasions count: those of a leg (or, for reports, of a phone), or of one kind of report or command; all by
   * default.
   */
  of?: { legId?: string; what?: TelephonyReport['what'] | LegCommand['do'] }
  lastsMs?: number
}

/** The effects of a fault on the network. */
export interface FaultWorld {
  find(legId: string): LiveLeg | null
  phoneOf(legId: string): string | null
  answer(legId: string): void
  end(legId: string, end: LegEnd): void
  lose(legId: string): void
  /** The phone is away for this long. */
  phoneAway(tenant: string, extension: string, ms: number): void
  mediaAway(ms: number): void
}

export interface FaultsOptions {
  plan: readonly Fault[]
  clock: Clock
  dice: Dice
  world: FaultWorld
  /** Delivers a report to the readers. */
  deliver: (report: TelephonyReport) => void
}

type LegReport = Extract<TelephonyReport, { legId: string }>

/** A fault of the plan, and what it is waiting for. */
interface Armed extends Fault {
  seen: number
  /** With `perHour`: the random moment after which it strikes. */
  nextAt: number
}

const HOUR_MS = 3_600_000

export class Faults {
  /** How often each kind has struck. */
  readonly struck = new Map<FaultKind, number>()
  readonly #with: Omit<FaultsOptions, 'plan'>
  readonly #plan = new Map<FaultKind, Armed[]>()
  /** Reports waiting behind a late one. */
  #delayed: TelephonyReport[] | null = null

  constructor({ plan, ...options }: FaultsOptions) {
    this.#with = options
    for (const fault of plan) this.add(fault)
  }

  /** Adds a fault. */
  add(fault: Fault): void {
    const armed = { ...fault, seen: 0, nextAt: 'perHour' in fault.when ? this.#randomMoment(fault.when.perHour) : 0 }
    this.#plan.set(fault.kind, [...(this.#plan.get(fault.kind) ?? []), armed])
  }

  /** Nothing goes wrong any longer; what is in progress takes its course. */
  calm(): void {
    this.#plan.clear()
  }

  // ── reports ────────────────────────────────────────────────────────────────────────────────────

  /** The network reports something: it is passed on, late, twice or never. */
  hear(report: TelephonyReport): void {
    if (this.#plan.size === 0) return this.#give(report)
    if (!('legId' in report)) return this.#deliver(report)
    const { world } = this.#with
    const { legId, what } = report
    if (what === 'ended') {
      if (this.#strikes('bye-lost', legId, what)) return
      return this.#deliver(report)
    }
    if (what === 'answered' && this.#strikes('bye-at-once', legId, what)) {
      if (this.#with.dice() < 0.5) this.#deliver(report)
      return this.#soon(0, legId, (leg) => world.end(legId, hangUpOf(leg)))
    }
    this.#deliver(report)
    if (what === 'ringing') this.#phoneGoes(report)
    const lost = this.#strikes('leg-lost', legId, what)
    if (lost) this.#soon(this.#upTo(lost), legId, () => world.lose(legId))
    const down = this.#strikes('media-down', legId, what)
    if (down) this.#at(0, () => world.mediaAway(lasts(down)))
  }

  #deliver(report: TelephonyReport): void {
    const { what } = report
    const legId = 'legId' in report ? report.legId : 'extension' in report ? report.extension : ''
    const doubled = this.#strikes('report-doubled', legId, what)
    if (doubled) this.#at(this.#upTo(doubled), () => this.#give(report))
    const overtaken = this.#strikes('report-overtaken', legId, what)
    if (overtaken) return this.#at(this.#upTo(overtaken), () => this.#give(report))
    const late = this.#strikes('report-late', legId, what)
    if (late && !this.#delayed) {
      this.#delayed = []
      this.#at(this.#upTo(late), () => {
        const waited = this.#delayed ?? []
        this.#delayed = null
        for (const each of waited) this.#with.deliver(each)
      })
    }
    this.#give(report)
  }

  #give(report: TelephonyReport): void {
    if (this.#delayed) this.#delayed.push(report)
    else this.#with.deliver(report)
  }

  #phoneGoes({ legId, tenant }: LegReport): void {
    const { world } = this.#with
    const extension = world.phoneOf(legId)
    if (extension === null) return
    const gone = this.#strikes('phone-gone', legId, 'ringing')
    if (gone) this.#at(0, () => world.phoneAway(tenant, extension, lasts(gone)))
  }

  // ── commands ───────────────────────────────────────────────────────────────────────────────────

  /**
   * A command to a leg is about to be carried out.
   * @returns false if it must not be: it is accepted, but came too late or is lost
   */
  meet(command: LegCommand): boolean {
    if (this.#plan.size === 0) return true
    const legId = legOf(command)
    const leg = this.#with.world.find(legId)
    if (command.do !== 'dial' && !leg) return true
    if (this.#strikes('command-lost', legId, command.do)) return false
    if (!leg || !this.#strikes('crossing', legId, command.do)) return true
    const { world } = this.#with
    if (command.do !== 'hang_up') {
      this.#soon(0, legId, (now) => world.end(legId, hangUpOf(now)))
      return true
    }
    if (leg.state === 'ringing' && leg.purpose !== 'customer') {
      world.answer(legId)
      return true
    }
    world.end(legId, hangUpOf(leg))
    return false
  }

  // ── small things ───────────────────────────────────────────────────────────────────────────────

  /** The fault that strikes on this occasion; null if none does. */
  #strikes(kind: FaultKind, legId: string, what: string): Fault | null {
    const armed = this.#plan.get(kind)
    if (!armed) return null
    const { clock, dice } = this.#with
    for (const fault of armed) {
      const { when, of } = fault
      if ((of?.legId !== undefined && of.legId !== legId) || (of?.what !== undefined && of.what !== what)) continue
      fault.seen++
      if (
        'chance' in when ? dice() >= when.chance : 'nth' in when ? fault.seen !== when.nth : clock.now() < fault.nextAt
      )
        continue
      if ('perHour' in when) fault.nextAt = this.#randomMoment(when.perHour)
      this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1)
      return fault
    }
    return null
  }

  #randomMoment(perHour: number): number {
    return this.#with.clock.now() - (HOUR_MS / perHour) * Math.log(1 - this.#with.dice())
  }

  #upTo(fault: Fault): number {
    return Math.round(lasts(fault) * this.#with.dice())
  }

  /** Does something to a leg, if it is still there by then. */
  #soon(afterMs: number, legId: string, act: (leg: LiveLeg) => void): void {
    this.#at(afterMs, () => {
      const leg = this.#with.world.find(legId)
      if (leg) act(leg)
    })
  }

  #at(afterMs: number, act: () => void): void {
    this.#with.clock.at(this.#with.clock.now() + afterMs, act)
  }
}

/** Parts of a plan as they are written on a command line: `bye-lost=0.01,media-down=1/h:20s,leg-lost=@3`. */
const WRITTEN =
  /^(?<kind>[a-z-]+)=(?:@(?<nth>[1-9]\d*)|(?<rate>\d*\.?\d+)(?<hourly>\/h)?)(?::(?<lasts>\d*\.?\d+)(?<unit>ms|s))?$/

/**
 * Parses a plan: kinds with a chance on each occasion (`0.01`), a rate (`1/h`) or one occasion (`@3`, the third), and,
 * after a colon, how long.
 * @returns the plan, or the first part that is invalid
 */
export function readFaults(text: string): { plan: Fault[] } | { wrong: string } {
  const plan: Fault[] = []
  for (const part of text.split(',').map((each) => each.trim())) {
    const found = WRITTEN.exec(part)?.groups
    if (!found || !Object.hasOwn(faultKinds, found['kind']!)) return { wrong: part }
    const rate = Number(found['rate'])
    if (found['rate'] !== undefined && (found['hourly'] ? rate <= 0 : rate > 1)) return { wrong: part }
    const when = found['nth'] ? { nth: Number(found['nth']) } : found['hourly'] ? { perHour: rate } : { chance: rate }
    const lastsMs = found['lasts'] ? { lastsMs: Number(found['lasts']) * (found['unit'] === 's' ? 1000 : 1) } : {}
    plan.push({ kind: found['kind'] as FaultKind, when, ...lastsMs })
  }
  return { plan }
}

function lasts(fault: Fault): number {
  return fault.lastsMs ?? faultKinds[fault.kind].lastsMs
}

/** The leg that a command is for. */
function legOf(command: LegCommand): string {
  switch (command.do) {
    case 'dial':
      return command.target.legId
    case 'conference':
      return command.legIds[0] ?? ''
    default:
      return command.legId
  }
}

/** Someone hangs up of their own accord. */
export function hangUpOf({ purpose, state }: LiveLeg): LegEnd {
  const by = purpose === 'customer' ? 'customer' : purpose === 'supervisor' ? 'supervisor' : 'agent'
  return state === 'ringing'
    ? { by, cause: 16, sip: 487, reason: 'cancelled' }
    : { by, cause: 16, sip: null, reason: 'hung_up' }
}
