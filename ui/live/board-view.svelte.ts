/**
 * What wall and monitor have in common: the board's figures for a scope, their held levels, and alarms. Create it
 * while a component is being set up; it lives as long as the component.
 */
import type { Board } from './board.ts'
import { alarms, tileLevels, type Limits, type TileLevels } from './alarms.ts'
import { abandonRate, serviceLevel } from '@ledgerline/projections/reports/ratios.ts'
import {
  agentsOf,
  byPriorityThenName,
  figures,
  queueFigures,
  waitingCalls,
  waitingSince,
  type QueueFigures,
  type Scope,
} from './figures.ts'
import { leftOut } from './left-out.ts'
import { LevelKeeper } from './level-keeper.svelte.ts'
import type { Level } from './levels.ts'
import type { AgentRow, QueueRow, Topic } from './protocol.ts'
import { ratioSeries } from './series.ts'
import type { Tables } from './tables.ts'
import { Trends } from './trends.svelte.ts'

export class BoardView {
  readonly #keeper: LevelKeeper
  readonly #board: Board
  readonly #scope: () => Scope
  readonly #limits: () => Limits
  readonly #known: () => boolean
  readonly trends: Trends

  /** @param known whether the scope is known to exist */
  constructor(board: Board, scope: () => Scope, limits: () => Limits, known = () => true) {
    this.#board = board
    this.#known = known
    this.#keeper = new LevelKeeper(board.live)
    this.#scope = scope
    this.#limits = limits
    $effect(() => {
      if (this.ready)
        this.#keeper.read(tileLevels(this.all, limits(), this.now), {
          waiting: this.all.waiting,
          longest: this.longestMs,
          serviceLevel: this.all.serviceLevelToday,
          last30: this.all.serviceLevelLast30,
          abandoned: this.all.abandonRateToday,
        })
    })
    this.trends = new Trends(board, scope)
  }

  /** The tenant's time, by the second. */
  get now(): number {
    return this.#board.now
  }

  /** Whether the first rows have arrived and the scope is known to exist. Until then no figure is shown. */
  get ready(): boolean {
    return this.#board.ready && this.#known()
  }

  /** Whether it shows the present. */
  get live(): boolean {
    return this.#board.live
  }

  get scope(): Scope {
    return this.#scope()
  }

  get limits(): Limits {
    return this.#limits()
  }

  /** The tables, tracked for these topics: they change in place, and their versions tell when. */
  #follow(...topics: Topic[]): Tables {
    for (const topic of topics) void this.#board.version[topic]
    return this.#board.tables
  }

  all = $derived.by(() =>
    figures(this.#follow('queues', 'queue_day', 'queue_minute', 'calls', 'agent_monitor'), this.scope, this.now),
  )
  queues = $derived.by(() => this.queuesOf(this.scope))
  calls = $derived.by(() => waitingCalls(this.#follow('calls'), this.scope))
  agents = $derived.by(() => [...agentsOf(this.#follow('agent_monitor'), this.scope)])
  /** Agents who are ready far longer than all others. */
  leftOut: ReadonlySet<string> = $derived.by(() => leftOut(this.#follow('agent_monitor', 'calls'), this.now))
  alarms = $derived.by(() =>
    alarms(this.#follow('agent_monitor', 'calls'), this.queues, this.scope, this.limits, this.now),
  )
  /** Queues as activated, in their standard order. */
  settings: readonly QueueRow[] = $derived.by(() =>
    [...this.#follow('queues').queues.values()].sort(byPriorityThenName),
  )
  /** Names of queues by code. */
  names: ReadonlyMap<string, string> = $derived.by(
    () => new Map(this.settings.map((queue) => [queue.queueCode, queue.name])),
  )
  /** Every agent there is, whatever the scope. */
  everybody: readonly AgentRow[] = $derived.by(() => [...this.#follow('agent_monitor').agent_monitor.values()])

  longestMs = $derived.by(() => (this.all.longest ? Math.max(0, this.now - waitingSince(this.all.longest)) : 0))
  inCall = $derived.by(() => this.all.counts.in_call + this.all.counts.on_hold)
  /** Waiting callers for whom a phone rings. */
  ringing = $derived.by(() => this.calls.filter((call) => call.status === 'offered').length)

  // Ratios change when a call ends and every minute, not with every tick.
  #minuteEnd = $derived.by(() => (Math.floor(this.now / 60_000) + 1) * 60_000 - 1)
  serviceLevelPoints = $derived.by(() =>
    ratioSeries(this.#follow('queue_minute'), this.scope, this.#minuteEnd, serviceLevel),
  )
  abandonPoints = $derived.by(() => ratioSeries(this.#follow('queue_minute'), this.scope, this.#minuteEnd, abandonRate))

  /** Figures of each queue of another scope. */
  queuesOf(scope: Scope): QueueFigures[] {
    return queueFigures(this.#follow('queues', 'queue_day', 'calls', 'agent_monitor'), scope)
  }

  /** A tile's level, once it has held long enough to be shown. */
  level(tile: keyof TileLevels): Level | null {
    return this.#keeper.shown(tile)
  }

  /** The value that broke a tile's limit, while its level is still shown although the figure has recovered. */
  broke(tile: keyof TileLevels): number | null {
    return this.#keeper.broke(tile)
  }
}
