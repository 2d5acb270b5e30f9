/**
 * The demo: a busy day of a real bank, replayed as live traffic. Its callers come when they came, wait as long as they
 * waited and talk as long as they talked; its people work when they worked. Everything between them is the real
 * switchboard, on the demo's own clock.
 *
 * When a day is over, another follows: the next one of the file, and after the last the first again. Which recorded day
 * a day of the demo replays depends on its date alone, so that a restart continues where the ledger ended.
 */
import { BANK_ZONE } from '@ledgerline/adapters/import/anonymous-bank/events.ts'
import { instantOf } from '@ledgerline/adapters/import/local-time.ts'
import { enlarged } from '@ledgerline/adapters/import/enlarged-day.ts'
import {
  busiestDay,
  busiestHour,
  patienceOf,
  readRecordedDays,
  talkOf,
  type RecordedCall,
  type RecordedDay,
  type RecordedDays,
} from '@ledgerline/adapters/import/anonymous-bank/recorded-day.ts'
import { keepTone } from '@ledgerline/adapters/recordings/tones.ts'
import { ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { Agents, type AgentDesk, type Working } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import { letCall, type Arrival } from '@ledgerline/adapters/telephony/simulator/callers.ts'
import { between, exponential } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import { HOLD_PATIENCE_MS, picksUp, type Caller } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import type { Activate } from '@ledgerline/core/configuration/configuration.ts'
import type { Desk } from '@ledgerline/core/desk/desk.ts'
import type { SwitchboardFact } from '@ledgerline/core/state/switchboard-fact.ts'
import type { SwitchboardState } from '@ledgerline/core/state/switchboard-state.ts'
import { seededDice, uuid7, type Clock, type NewId } from '@ledgerline/core/kernel/clock.ts'
import type { CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import {
  DEMO_DAY,
  DEMO_TEAM,
  DEMO_TENANT,
  demoHabits,
  demoNetwork,
  demoQueue,
  demoRoutes,
  extensionOf,
  FIRST_AGENT_CODE,
  headStartOf,
} from '@ledgerline/fixtures/demo.ts'
import { dayOf, nextDay } from '@ledgerline/core/kernel/time.ts'
import { LONGEST_STEP_MS } from './pace.ts'

export interface DemoOptions {
  /** A month file or one day of it; by default the day in `fixtures/`. */
  file?: string
  /** At least this many agents: the recorded day is made larger accordingly. Absent: as recorded. */
  agents?: number
  /** Seconds of the demo per real second. */
  speed?: number
  seed?: number
  /** `at` of the tenant's last event, UTC ms: the demo continues after it. Null: it begins. */
  lastAt?: number | null
  /** Another clock than the demo's own; for tests. */
  clock?: Clock
}

export interface Demo {
  tenant: string
  zone: string
  /** The recorded day that is replayed first, `YYYY-MM-DD`. */
  day: string
  speed: number
  clock: Clock
  /** The clock, if it is the demo's own and may run slower than requested. */
  own: ScaledClock | null
  /** The configuration to activate before the switchboard starts. */
  configuration: Omit<Activate, 'do'>
  telephony: SimulatedTelephony
  /** People come to work and callers call. Call it when the switchboard is ready, also after {@link pause}. */
  start(switchboard: {
    state: SwitchboardState
    desk: Desk
    onRefusal?: (agentId: string, error: unknown) => void
  }): void
  /** Takes every event from the switchboard process (`onFact`). */
  onFact(fact: SwitchboardFact): void
  /** Nobody calls and nobody acts for now; the clock runs on. Present callers are left to themselves. */
  pause(): void
  /** Nobody calls and nobody acts any longer; the clock stands. */
  stop(): void
}

export const DEMO_SPEED = 10
/** The demo begins so long before its busiest hour, so that the screens are alive at once. */
const BEFORE_RUSH_MS = 5 * 60_000
/** A longer gap between two stretches of one day's work is a night. */
const LONGEST_BREAK_MS = 4 * 3_600_000
/** A stretch this long without calls and people is skipped. */
const QUIET_MS = 10 * 60_000
const LOOK_MS = 60_000
const DAY_MS = 86_400_000

/** @throws Problem `history.no_file`, `history.not_this_log`, `history.broken_file`, `history.no_day` */
export async function demo(options: DemoOptions = {}): Promise<Demo> {
  const speed = options.speed ?? DEMO_SPEED
  const asRecorded = await readRecordedDays(options.file ?? DEMO_DAY)
  // Always the same enlarged day, also after a restart.
  const recorded = enlarged(
    asRecorded,
    Math.ceil((options.agents ?? 1) / asRecorded.servers.length),
    seededDice(options.seed ?? 1),
  )
  const calendar = new Calendar(recorded)
  const first = recorded.days[busiestDay(recorded)]!
  const start =
    options.lastAt == null ? calendar.at(first.date, busiestHour(first)) - BEFORE_RUSH_MS : options.lastAt + 1
  const own = options.clock ? null : new ScaledClock(start, speed, { longestStepMs: LONGEST_STEP_MS })
  const clock = options.clock ?? own!
  // A restart throws other dice, or the same ids would be used again.
  const dice = seededDice((options.seed ?? 1) ^ (start / 1000))
  const newId = uuid7(Math.random)
  const telephony = new SimulatedTelephony({ clock, dice, newId, keepRecording: keepTone, contacts: true })
  const configuration = configurationOf(recorded)
  const numbers = new Map(configuration.routes.flatMap(({ queueCode, to }) => (queueCode ? [[queueCode, to]] : [])))
  for (const { extension } of configuration.agents) {
    telephony.plug(
      DEMO_TENANT,
      extension!,
      picksUp({ after: between(...demoHabits.answerMs), ignores: demoHabits.ignores, refuses: demoHabits.refuses }),
    )
  }

  telephony.begin(DEMO_TENANT)

  let agents: Agents | null = null
  const stops: (() => void)[] = []
  /** What {@link Demo.start} starts, until it has started. */
  let begin: (() => void) | null = null
  const pause = (): void => {
    begin = null
    for (const stop of stops.splice(0)) stop()
    agents?.stop()
    agents = null
  }
  return {
    tenant: DEMO_TENANT,
    zone: BANK_ZONE,
    day: calendar.recordedFor(calendar.dateOf(start)).date,
    speed,
    clock,
    own,
    configuration,
    telephony,
    start({ state, desk, onRefusal }) {
      begin = () => {
        const idOf = new Map(
          Object.values(state.configuration.state.agents).map(({ agentCode, agentId }) => [agentCode, agentId]),
        )
        // The switchboard may not have heard of the activation yet, which gives each of them an id.
        if (configuration.agents.some(({ agentCode }) => !idOf.has(agentCode))) return
        begin = null
        const servers = new Map(recorded.servers.map((server, index) => [idOf.get(codeOf(index))!, server]))
        agents = new Agents({
          desk: deskOf(desk, clock, newId),
          clock,
          dice,
          agentIds: [...servers.keys()],
          working: (agentId, now) => calendar.working(servers.get(agentId)!, now),
          maxBreakMs: LONGEST_BREAK_MS,
          breakReason: demoHabits.breakReason,
          wrapUp: exponential(demoHabits.meanWrapUpMs),
          backAfter: between(...demoHabits.backAfterMs),
          ...(onRefusal && { onRefusal }),
        })
        agents.start((agentId) => state.shift(agentId))
        let nextAt = Number.POSITIVE_INFINITY
        const arrivals = noted(
          calendar.arrivals(clock.now(), (call) => callerOf(call)),
          (at) => (nextAt = at),
        )
        stops.push(letCall(clock, arrivals, (caller) => telephony.arrive(caller)))
        if (own) stops.push(passQuietTimes(own, telephony, agents, () => nextAt))
      }
      begin()
    },
    onFact(fact) {
      if (fact.type === 'SwitchboardActivated') begin?.()
      if ('shiftId' in fact.data) agents?.onShift(fact as Parameters<Agents['onShift']>[0])
    },
    pause,
    stop() {
      pause()
      own?.close()
    },
  }

  function callerOf(call: RecordedCall): Caller {
    return {
      tenant: DEMO_TENANT,
      from: inventedNumber(call.customerId, dice),
      to: numbers.get(call.type)!,
      gateway: null,
      customerId: call.customerId,
      priority: headStartOf(call.priority),
      patienceMs: patienceOf(call, recorded, dice),
      talkMs: talkOf(call, recorded, dice),
      holdPatienceMs: HOLD_PATIENCE_MS,
      talkEndedBy: dice() < demoHabits.agentHangsUp ? 'agent' : 'customer',
    }
  }
}

/** 工号 of the n-th recorded person. */
function codeOf(index: number): string {
  return String(FIRST_AGENT_CODE + index)
}

/** Queues for the recorded types and agents for the recorded people; activation gives them their ids. */
function configurationOf({ types, servers, days }: RecordedDays): Omit<Activate, 'do'> {
  return {
    zone: BANK_ZONE,
    queues: types.map(demoQueue),
    agents: servers.map((server, index) => {
      const agentCode = codeOf(index)
      const served = new Set(
        days.flatMap((day) => day.shifts.filter((shift) => shift.server === server).flatMap((shift) => shift.types)),
      )
      return {
        agentCode,
        name: server.charAt(0) + server.slice(1).toLowerCase(),
        extension: extensionOf(agentCode),
        group: `team-${Math.floor(index / DEMO_TEAM) + 1}`,
        department: null,
        queues: types
          .filter((type) => served.has(type))
          .map((queueCode, position) => ({ queueCode, level: 1, position: position + 1 })),
      }
    }),
    routes: demoRoutes(types),
    network: demoNetwork(
      servers.map((_, index) => extensionOf(codeOf(index))),
      types,
    ),
  }
}

/**
 * The data has no numbers. A customer is given one that nobody can have in Israel (no area begins with
 * 5 without a 0 before it), always the same; an unknown customer withholds the number half of the time.
 */
function inventedNumber(customerId: string | null, dice: () => number): string | null {
  const digits = customerId ?? (dice() < 0.5 ? null : String(Math.floor(dice() * 1e7)))
  return digits === null ? null : `555${digits.padStart(7, '0').slice(-7)}`
}

function deskOf(desk: Desk, clock: Clock, newId: NewId): AgentDesk {
  const envelope = (agentId: string): CommandEnvelope => ({
    tenant: DEMO_TENANT,
    commandId: newId(clock.now()),
    actor: `agent:${agentId}`,
    origin: 'simulated',
  })
  return {
    signIn: (agentId) => desk.signIn(agentId, { via: 'desk', registered: true }, envelope(agentId)),
    ready: (agentId) => desk.setWork(agentId, 'ready', null, envelope(agentId)),
    away: (agentId, reason) => desk.setWork(agentId, 'away', reason, envelope(agentId)),
    endWrapUp: (agentId) => desk.agent(agentId, { do: 'end_wrap_up', by: 'agent' }, envelope(agentId)),
    signOut: (agentId) => desk.agent(agentId, { do: 'sign_out', by: 'agent' }, envelope(agentId)),
  }
}

/** Nights: while nobody is there and nobody is about to come, the clock skips to a minute before someone does. */
function passQuietTimes(
  clock: ScaledClock,
  telephony: SimulatedTelephony,
  agents: Agents,
  nextCallAt: () => number,
): () => void {
  let cancel = () => {}
  const look = () => {
    cancel = clock.at(clock.now() + LOOK_MS, () => void skip().finally(look))
  }
  const skip = async (): Promise<void> => {
    const next = Math.min(nextCallAt(), agents.nextAtWork())
    if (Number.isFinite(next) && next - clock.now() > QUIET_MS && (await telephony.legs()).length === 0)
      clock.skipTo(next - LOOK_MS)
  }
  look()
  return () => cancel()
}

function* noted(arrivals: Iterable<Arrival>, note: (at: number) => void): Iterable<Arrival> {
  for (const arrival of arrivals) {
    note(arrival.at)
    yield arrival
  }
}

/** Which recorded day is replayed on which date, and when that is. */
class Calendar {
  readonly #recorded: RecordedDays
  readonly #shifts = new Map<string, Working[]>()
  #shiftsOf = ''

  constructor(recorded: RecordedDays) {
    this.#recorded = recorded
  }

  dateOf(at: number): string {
    return dayOf(at, BANK_ZONE)
  }

  /** The instant of a time of day, seconds after midnight. */
  at(date: string, seconds: number): number {
    return instantOf(Date.parse(`${date}T00:00:00Z`) + seconds * 1000, BANK_ZONE)
  }

  /**
   * The recorded day itself on its own date; other dates continue from the busiest, one recorded day after the other.
   */
  recordedFor(date: string): RecordedDay {
    const { days } = this.#recorded
    const itself = days.find((day) => day.date === date)
    if (itself) return itself
    const busiest = busiestDay(this.#recorded)
    const since = Math.round((Date.parse(date) - Date.parse(days[busiest]!.date)) / DAY_MS)
    return days[(((busiest + since) % days.length) + days.length) % days.length]!
  }

  /** Callers from a moment on, day after day, for ever. */
  *arrivals(from: number, callerOf: (call: RecordedCall) => Caller): Iterable<Arrival> {
    // A day's calls may come after its midnight, so the previous day is included.
    for (let date = this.dateOf(from - DAY_MS); ; date = nextDay(date)) {
      for (const call of this.recordedFor(date).calls) {
        const at = this.at(date, call.at)
        if (at >= from) yield { at, caller: callerOf(call) }
      }
    }
  }

  /** When a recorded person works yesterday, today and tomorrow. */
  working(server: string, now: number): readonly Working[] {
    const today = this.dateOf(now)
    if (today !== this.#shiftsOf) {
      this.#shiftsOf = today
      this.#shifts.clear()
      for (const date of [this.dateOf(now - DAY_MS), today, nextDay(today)]) {
        for (const { server: worked, work } of this.recordedFor(date).shifts) {
          const stretches = work.map(({ from, to }) => ({ from: this.at(date, from), to: this.at(date, to) }))
          const known = this.#shifts.get(worked)
          if (known) known.push(...stretches)
          else this.#shifts.set(worked, stretches)
        }
      }
    }
    return this.#shifts.get(server) ?? []
  }
}
