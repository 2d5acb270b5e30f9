/**
 * The boards of a made-up floor for tests of the screens: rows in the shapes of the live stream, and what has changed
 * in them since the last push.
 */
import type {
  AgentRow,
  CallPartyRow,
  MailboxRow,
  LiveCallRow,
  QueueDayRow,
  QueueMinuteRow,
  QueueMonitorRow,
  QueueRow,
  Topic,
  TopicRows,
} from '../../ui/live/protocol.ts'

/** A finished call, as the call list and the call's page show it. */
export interface FinishedCall extends LiveCallRow {
  outcome: string
  endedAt: number
  waitMs: number
  ringMs: number
  talkMs: number
  holdMs: number
  wrapUpMs: number
  callMs: number
  endedBy: string
  cause: number
  reason: string
  category: string | null
  priority: number
  targetMs: number
  transfers: number
  configVersion: number
  linkedCallId: string | null
  offeredAt: number | null
  zone: string
}

export const MINUTE = 60_000
export type Changes = { [T in Topic]?: { upserts: Map<string, TopicRows[T]>; removes: Set<string> } }

export class FloorBoards {
  readonly zone = 'Asia/Shanghai'
  now: number
  readonly queues: QueueRow[] = []
  readonly agents = new Map<string, AgentRow>()
  readonly mailboxes = new Map<string, MailboxRow>()
  readonly calls = new Map<string, LiveCallRow>()
  readonly parties = new Map<string, CallPartyRow>()
  readonly minutes = new Map<string, QueueMinuteRow>()
  readonly days = new Map<string, QueueDayRow>()
  readonly finished: FinishedCall[] = []
  /** The situation at each whole minute, by queue; '' stands for all queues. */
  readonly #past: {
    at: number
    byQueue: Map<string, { waiting: number; longestMs: number }>
    ready: number
    inCall: number
  }[] = []
  #changes: Changes = {}

  /** @param at the floor's clock at the start, UTC ms */
  constructor(at: number) {
    this.now = at
  }

  protected day(): string {
    return new Date(this.now + 8 * 3_600_000).toISOString().slice(0, 10)
  }

  protected note<T extends Topic>(topic: T, key: string, row: TopicRows[T] | null): void {
    const change = (this.#changes[topic] ??= { upserts: new Map(), removes: new Set() } as never) as {
      upserts: Map<string, TopicRows[T]>
      removes: Set<string>
    }
    if (row) {
      change.upserts.set(key, row)
      change.removes.delete(key)
    } else {
      change.upserts.delete(key)
      change.removes.add(key)
    }
  }

  /** What has changed since the last call of this function. */
  takeChanges(): Changes {
    const changes = this.#changes
    this.#changes = {}
    return changes
  }

  rows<T extends Topic>(topic: T): TopicRows[T][] {
    const all = {
      queues: () => this.queues,
      queue_monitor: () => this.queues.map((queue) => this.monitor(queue)),
      queue_day: () => [...this.days.values()],
      queue_minute: () => [...this.minutes.values()],
      calls: () => [...this.calls.values()],
      call_parties: () => [...this.parties.values()],
      agent_monitor: () => [...this.agents.values()],
      mailboxes: () => [...this.mailboxes.values()],
    }
    return all[topic]() as TopicRows[T][]
  }

  protected monitor({ queueCode }: QueueRow): QueueMonitorRow {
    const calls = [...this.calls.values()].filter((call) => call.queueCode === queueCode)
    const count = (...statuses: string[]) => calls.filter((call) => statuses.includes(call.status)).length
    return { queueCode, waiting: count('waiting'), offered: count('offered'), talking: count('talking', 'held') }
  }

  setAgent(agentId: string, change: Partial<AgentRow>): AgentRow {
    const before = this.agents.get(agentId)!
    const moved = change.state !== undefined && change.state !== before.state
    const row = { ...before, ...change, ...(moved ? { since: this.now, stateSeq: before.stateSeq + 1 } : {}) }
    this.agents.set(agentId, row)
    this.note('agent_monitor', agentId, row)
    return row
  }

  /** Someone joins a call besides its customer and agents; null: they leave. */
  setParty(legId: string, row: Omit<CallPartyRow, 'legId'> | null): void {
    const before = this.parties.get(legId)
    const callId = row?.callId ?? before?.callId ?? ''
    if (row) this.parties.set(legId, { ...row, legId })
    else this.parties.delete(legId)
    this.note('call_parties', `${callId}\u0000${legId}`, row && { ...row, legId })
  }

  setCall(callId: string, change: Partial<LiveCallRow>): LiveCallRow {
    const row = { ...this.calls.get(callId)!, ...change }
    this.calls.set(callId, row)
    this.note('calls', callId, row)
    if (row.queueCode)
      this.note(
        'queue_monitor',
        row.queueCode,
        this.monitor(this.queues.find((queue) => queue.queueCode === row.queueCode)!),
      )
    return row
  }

  protected count(
    queueCode: string,
    enteredAt: number,
    add: Partial<Omit<QueueMinuteRow, 'queueCode' | 'startsAt'>>,
  ): void {
    const startsAt = Math.floor(enteredAt / MINUTE) * MINUTE
    const day = this.day()
    const none = { offered: 0, answered: 0, abandoned: 0, shortAbandoned: 0, answeredInTarget: 0 }
    const minute = { ...(this.minutes.get(`${queueCode}\u0000${startsAt}`) ?? { queueCode, startsAt, ...none }) }
    const whole = { ...(this.days.get(`${queueCode}\u0000${day}`) ?? { queueCode, day, ...none }) }
    for (const [name, n] of Object.entries(add) as [keyof typeof none, number][]) {
      minute[name] += n
      whole[name] += n
    }
    this.minutes.set(`${queueCode}\u0000${startsAt}`, minute)
    this.note('queue_minute', `${queueCode}\u0000${startsAt}`, minute)
    this.days.set(`${queueCode}\u0000${day}`, whole)
    this.note('queue_day', `${queueCode}\u0000${day}`, whole)
  }

  protected remember(): void {
    const byQueue = new Map<string, { waiting: number; longestMs: number }>()
    for (const call of this.calls.values()) {
      if (call.status !== 'waiting' && call.status !== 'offered') continue
      for (const code of ['', call.queueCode!]) {
        const known = byQueue.get(code) ?? { waiting: 0, longestMs: 0 }
        byQueue.set(code, {
          waiting: known.waiting + 1,
          longestMs: Math.max(known.longestMs, this.now - call.joinedAt!),
        })
      }
    }
    const agents = [...this.agents.values()]
    const of = (...states: string[]) => agents.filter(({ state }) => states.includes(state)).length
    this.#past.push({
      at: Math.floor(this.now / MINUTE) * MINUTE,
      byQueue,
      ready: of('ready'),
      inCall: of('in_call', 'on_hold'),
    })
    if (this.#past.length > 30) this.#past.shift()
  }

  /** The last half hour as the server reports it, for one queue or for all. */
  trends(queue: string | null): { at: number; waiting: number; longestMs: number; ready: number; inCall: number }[] {
    return this.#past.map(({ at, byQueue, ready, inCall }) => ({
      at,
      ...(byQueue.get(queue ?? '') ?? { waiting: 0, longestMs: 0 }),
      ready,
      inCall,
    }))
  }
}
