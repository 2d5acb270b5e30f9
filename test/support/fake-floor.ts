/**
 * A made-up floor for tests of the screens: callers come, wait, are answered or give up; agents ring, talk, wrap up,
 * rest. It moves only when told to (`advance`), the same every time for the same seed. It knows nothing of the real
 * switchboard; its rows have the shapes of the live stream.
 */
import type { AgentRow, AgentState, LiveCallRow } from '../../ui/live/protocol.ts'

import { FloorBoards, MINUTE } from './floor-boards.ts'

export interface FloorOptions {
  agents: number
  queues: number
  /** Calls per hour, all queues together; by default enough to keep four agents of five busy. */
  callsPerHour?: number
  /** Mean talk, ms; wrap-up goes with it. */
  talkMs?: number
  seed?: number
  /** The floor's clock at the start, UTC ms. */
  at?: number
}

const queueNames = [
  '售后服务',
  '售前咨询',
  'VIP 专线',
  '投诉处理',
  '英文服务',
  '回访',
  '技术支持',
  '账单查询',
  '企业客户',
  '夜间值班',
]
const families = '王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾'
const given = [
  '芳',
  '伟',
  '敏',
  '洋',
  '静',
  '磊',
  '强',
  '婷',
  '超',
  '丽',
  '涛',
  '琳',
  '斌',
  '洁',
  '峰',
  '倩',
  '凯',
  '爽',
  '军',
  '佳',
  '宁',
  '诺',
  '雪',
  '刚',
  '华',
  '颖',
  '博',
  '莉',
  '思远',
  '雨桐',
  '子涵',
  '建国',
]
/** Tuesday, 3 March 2026, 13:20:00 in Shanghai. */
const START = Date.UTC(2026, 2, 3, 5, 20)

export class FakeFloor extends FloorBoards {
  #random: number
  /** When an agent's present state ends by itself; a caller's patience; when an offered call is taken. */
  readonly #until = new Map<string, number>()
  readonly #callsPerHour: number
  readonly #talkMs: number
  #nextArrival: number
  #callNumber = 0

  constructor({ agents, queues, callsPerHour = agents * 11.5, talkMs = 165_000, seed = 7, at = START }: FloorOptions) {
    super(at)
    this.#random = seed
    this.#callsPerHour = callsPerHour
    this.#talkMs = talkMs
    for (let i = 0; i < queues; i++) {
      const name =
        queueNames[i % queueNames.length]! + (i < queueNames.length ? '' : ` ${Math.floor(i / queueNames.length) + 1}`)
      this.queues.push({
        queueCode: `q${i + 1}`,
        name,
        priority: i === 2 ? 5 : 1,
        targetMs: 20_000,
        targetRatio: i === 2 ? 0.9 : 0.8,
        maxWaitMs: 0,
        starvingSince: null,
        mendedAt: null,
      })
    }
    for (let i = 0; i < agents; i++) this.#hire(i)
    this.#nextArrival = this.now
    if (queues > 0 && agents > 0) this.advance(65 * MINUTE, 1000)
    this.#morning()
  }

  #rand(): number {
    this.#random = (this.#random * 16807) % 2147483647
    return this.#random / 2147483647
  }
  #exp(mean: number): number {
    return -Math.log(1 - this.#rand()) * mean
  }
  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#rand() * list.length)]!
  }

  #hire(i: number): void {
    const agentId = `agent-${i + 1}`
    const queueCodes = this.queues
      .filter((_, q) => q === i % this.queues.length || this.#rand() < 0.18)
      .map((queue) => queue.queueCode)
    const out = this.#rand() < 0.08
    const state: AgentState = out ? 'signed_out' : 'ready'
    this.agents.set(agentId, {
      agentId,
      agentCode: String(201 + i),
      name: families[(i * 7) % families.length]! + given[(i * 5 + Math.floor(i / 32)) % given.length]!,
      groupCode: ['A', 'B', 'C', 'D', 'E'][i % 5]!,
      department: '客户服务部',
      extension: out ? null : String(8001 + i),
      shiftId: out ? null : `${agentId}-1`,
      work: out ? 'signed_out' : 'ready',
      reason: null,
      callState: 'idle',
      registered: !out && this.#rand() > 0.015,
      desk: out ? 'none' : 'connected',
      deskId: null,
      longSignIn: 'none',
      reserved: false,
      notResponding: false,
      wishedWork: null,
      queueCodes,
      callId: null,
      queueCode: null,
      callSince: null,
      talkMs: null,
      holdMs: null,
      wrapUpUntil: null,
      wrapUpForm: false,
      state,
      since: this.now - Math.floor(this.#rand() * 8 * MINUTE),
      stateSeq: 1,
      signedInAt: out ? null : this.now - 4 * 60 * MINUTE,
    })
  }

  /** Totals of the day from before the floor was opened. */
  #morning(): void {
    const day = this.day()
    for (const queue of this.queues) {
      const row = this.days.get(`${queue.queueCode}\u0000${day}`)
      if (!row) continue
      const k = 2 + this.#rand() * 2
      const answered = Math.round(row.answered * k)
      const abandoned = Math.round(row.abandoned * k)
      this.days.set(`${queue.queueCode}\u0000${day}`, {
        ...row,
        answered,
        abandoned,
        shortAbandoned: Math.round(row.shortAbandoned * k),
        answeredInTarget: Math.round(row.answeredInTarget * k),
        offered: answered + abandoned,
      })
    }
  }

  /** A caller arrives and queues. */
  arrive(queueCode = this.#pick(this.queues).queueCode): LiveCallRow {
    const callId = `0199c0de-0000-7000-8000-${String(++this.#callNumber).padStart(12, '0')}`
    const tail = String(Math.floor(this.#rand() * 10_000)).padStart(4, '0')
    const row: LiveCallRow = {
      callId,
      direction: 'inbound',
      fromNumber: `13${Math.floor(this.#rand() * 10)}****${tail}`,
      toNumber: '4008009000',
      status: 'waiting',
      queueCode,
      agentId: null,
      agentCode: null,
      receivedAt: this.now - 800,
      queuedAt: this.now,
      joinedAt: this.now,
      answeredAt: null,
    }
    this.calls.set(callId, row)
    this.setCall(callId, {})
    this.#until.set(callId, this.now + this.#exp(4 * MINUTE))
    this.count(queueCode, this.now, { offered: 1 })
    return row
  }

  /** The clock advances by `ms`, in steps of `step`. */
  advance(ms: number, step = 250): void {
    const end = this.now + ms
    while (this.now < end) {
      const before = this.now
      this.now = Math.min(end, this.now + step)
      this.#step()
      if (Math.floor(this.now / MINUTE) > Math.floor(before / MINUTE)) this.remember()
    }
    const from = this.now - 60 * MINUTE
    for (const [key, row] of this.minutes) {
      if (row.startsAt >= from) continue
      this.minutes.delete(key)
      this.note('queue_minute', key, null)
    }
  }

  #step(): void {
    while (this.#nextArrival <= this.now) {
      this.#nextArrival += this.#exp(3_600_000 / this.#callsPerHour)
      if (this.queues.length > 0) this.arrive()
    }
    for (const call of this.calls.values()) {
      if (call.status === 'waiting' && (this.#until.get(call.callId) ?? Infinity) <= this.now)
        this.#end(call, 'abandoned')
    }
    for (const agent of this.agents.values())
      if ((this.#until.get(agent.agentId) ?? Infinity) <= this.now) this.#next(agent)
    const waiting = [...this.calls.values()]
      .filter((call) => call.status === 'waiting')
      .sort((a, b) => a.receivedAt - b.receivedAt)
    if (waiting.length === 0) return
    const ready = [...this.agents.values()]
      .filter((agent) => agent.state === 'ready' && agent.registered)
      .sort((a, b) => a.since - b.since)
    for (const call of waiting) {
      const index = ready.findIndex((agent) => agent.queueCodes.includes(call.queueCode!))
      if (index < 0) continue
      const [agent] = ready.splice(index, 1)
      this.setCall(call.callId, { status: 'offered', agentId: agent!.agentId, agentCode: agent!.agentCode })
      this.setAgent(agent!.agentId, { state: 'ringing', callState: 'ringing', callId: call.callId, reserved: true })
      this.#until.set(agent!.agentId, this.now + 1500 + this.#exp(3000))
    }
  }

  /** An agent's state has run its time. */
  #next(agent: AgentRow): void {
    this.#until.delete(agent.agentId)
    const call = agent.callId ? this.calls.get(agent.callId) : undefined
    if (agent.state === 'ringing' && call) {
      this.setCall(call.callId, { status: 'talking', answeredAt: this.now })
      this.setAgent(agent.agentId, { state: 'in_call', callState: 'inbound', reserved: false })
      const wait = this.now - call.queuedAt!
      this.count(call.queueCode!, call.queuedAt!, { answered: 1, answeredInTarget: wait <= 20_000 ? 1 : 0 })
      this.#until.set(agent.agentId, this.now + this.#talkMs / 11 + this.#exp(this.#talkMs / 1.1))
    } else if (agent.state === 'in_call' && call) {
      if (this.#rand() < 0.1) {
        this.setCall(call.callId, { status: 'held' })
        this.setAgent(agent.agentId, { state: 'on_hold', callState: 'on_hold' })
        this.#until.set(agent.agentId, this.now + this.#exp(40_000))
        return
      }
      this.#end(call, 'answered')
      this.setAgent(agent.agentId, { state: 'wrap_up', callState: 'wrap_up', callId: null })
      this.#until.set(agent.agentId, this.now + this.#talkMs / 20 + this.#exp(this.#talkMs / 7.5))
    } else if (agent.state === 'on_hold' && call) {
      this.setCall(call.callId, { status: 'talking' })
      this.setAgent(agent.agentId, { state: 'in_call', callState: 'inbound' })
      this.#until.set(agent.agentId, this.now + 10_000 + this.#exp(60_000))
    } else if (agent.state === 'wrap_up') {
      const dice = this.#rand()
      if (dice < 0.04) this.#rest(agent, 'not_ready', 'training', 3 * MINUTE)
      else if (dice < 0.1) this.#rest(agent, 'away', 'lunch', 6 * MINUTE)
      else if (dice < 0.105) this.#rest(agent, 'not_responding', null, MINUTE)
      else this.setAgent(agent.agentId, { state: 'ready', work: 'ready', callState: 'idle' })
    } else {
      this.setAgent(agent.agentId, {
        state: 'ready',
        work: 'ready',
        callState: 'idle',
        reason: null,
        notResponding: false,
      })
    }
  }

  #rest(agent: AgentRow, state: 'not_ready' | 'away' | 'not_responding', reason: string | null, mean: number): void {
    this.setAgent(agent.agentId, {
      state,
      work: state === 'not_ready' ? 'not_ready' : 'away',
      callState: 'idle',
      reason,
      notResponding: state === 'not_responding',
    })
    this.#until.set(agent.agentId, this.now + 30_000 + this.#exp(mean))
  }

  /** A finished conversation leaves the board. */
  endCall(callId: string): void {
    this.#end(this.calls.get(callId)!, 'answered')
  }

  #end(call: LiveCallRow, outcome: 'answered' | 'abandoned'): void {
    const waitMs = (call.answeredAt ?? this.now) - call.queuedAt!
    if (outcome === 'abandoned')
      this.count(call.queueCode!, call.queuedAt!, { abandoned: 1, shortAbandoned: waitMs < 5000 ? 1 : 0 })
    const talk = call.answeredAt === null ? 0 : this.now - call.answeredAt
    const ringMs = call.answeredAt === null ? 0 : Math.min(waitMs, 4000)
    this.finished.push({
      ...call,
      status: 'ended',
      outcome,
      endedAt: this.now,
      waitMs,
      ringMs,
      talkMs: Math.round(talk * 0.9),
      holdMs: talk - Math.round(talk * 0.9),
      wrapUpMs: talk > 0 ? 21_000 : 0,
      callMs: talk,
      endedBy: 'customer',
      cause: 16,
      reason: 'hung_up',
      category: null,
      priority: 0,
      targetMs: 20_000,
      transfers: 0,
      configVersion: 3,
      linkedCallId: null,
      offeredAt: call.answeredAt === null ? null : call.answeredAt - ringMs,
      zone: this.zone,
    })
    this.#until.delete(call.callId)
    this.calls.delete(call.callId)
    this.note('calls', call.callId, null)
    this.note(
      'queue_monitor',
      call.queueCode!,
      this.monitor(this.queues.find((queue) => queue.queueCode === call.queueCode)!),
    )
  }
}
