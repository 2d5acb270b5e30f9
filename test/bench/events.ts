/**
 * Events of a busy call centre, as many as a benchmark wants: about 300 calls open at once, 500 agents in
 * 50 queues, calls of 16 to 19 events interleaved as time passes, 362 bytes an event on average once they
 * are stored. The same seed gives the same events.
 */
import { queueSettings } from '@ledgerline/core/queue/settings.ts'
import { seededDice, uuid7 } from '@ledgerline/core/kernel/clock.ts'
import type { Codec, Draft } from '@ledgerline/core/kernel/codec.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import { isConflict, type EventLog } from '@ledgerline/core/kernel/log.ts'

export interface TrafficOptions {
  /** Events wanted; slightly more come, because calls are not cut off. */
  events: number
  tenant?: string
  seed?: number
  agents?: number
  queues?: number
  /** Share of calls that hang up while they wait. */
  abandoning?: number
  /** First moment, UTC ms. */
  from?: number
}

/** One append, and when it happens. */
export interface Step {
  at: number
  stream: string
  drafts: Draft[]
}

interface Waiting extends Step {
  order: number
}

/** The steps in order of time. */
export function* traffic({
  events,
  tenant = 'bench',
  seed = 7,
  agents = 500,
  queues = 50,
  abandoning = 0.08,
  from = Date.UTC(2026, 1, 2, 1),
}: TrafficOptions): Generator<Step> {
  const dice = seededDice(seed)
  const newId = uuid7(dice)
  const expo = (mean: number) => Math.round(-mean * Math.log(1 - dice()))
  const heap: Waiting[] = []
  let order = 0
  let made = 0

  const put = (at: number, stream: string, actor: string, correlation: string | null, ...list: [string, unknown][]) => {
    const causation = newId(at)
    const drafts = list.map(([type, data]) => ({
      id: derivedish(dice),
      event: { type, data },
      meta: { tenant, actor, at, origin: 'live' as const, correlation, causation },
    }))
    push(heap, { at, order: order++, stream, drafts })
    made += drafts.length
  }

  const queueCodes = Array.from({ length: queues }, (_, index) => `Q${String(index + 1).padStart(2, '0')}`)
  const staff = Array.from({ length: agents }, (_, index) => {
    const agentCode = String(1001 + index)
    const agentId = `agent-${agentCode}`
    return {
      agentId,
      agentCode,
      shiftId: `${agentId}-1`,
      queueCode: queueCodes[index % queues]!,
      extension: `8${agentCode}`,
      stream: streamName('shift', tenant, `${agentId}-1`),
    }
  })
  put(from, streamName('switchboard', tenant, 'configuration'), 'supervisor:9001', null, [
    'SwitchboardActivated',
    {
      version: 1,
      zone: 'Asia/Shanghai',
      queues: queueCodes.map((code) =>
        queueSettings.parse({
          code,
          name: `Queue ${code}`,
          strategy: 'longest-idle-agent',
          workWindow: 'today',
          priority: 0,
          ringMs: 20_000,
          wrapUpMs: 15_000,
          maxNoAnswer: 3,
          noAnswerDelayMs: 0,
          rejectDelayMs: 0,
          busyDelayMs: 0,
          maxWaitMs: 0,
          targetMs: 20_000,
          targetRatio: 0.8,
          shortAbandonMs: 5000,
        }),
      ),
      agents: staff.map(({ agentId, agentCode, extension, queueCode }) => ({
        agentId,
        agentCode,
        name: `Agent ${agentCode}`,
        extension,
        group: null,
        department: null,
        queues: [{ queueCode, level: 1, position: 1 }],
      })),
      routes: [],
    },
  ])
  for (const { agentId, agentCode, shiftId, queueCode, extension, stream } of staff) {
    const who = { shiftId, agentId, agentCode }
    const said = { by: 'agent', byCode: null, reason: null }
    put(from + 1, stream, `agent:${agentCode}`, null, [
      'AgentSignedIn',
      {
        ...who,
        userId: agentId,
        name: `Agent ${agentCode}`,
        extension,
        group: 'g1',
        department: 'd1',
        queues: [{ queueCode, level: 1, position: 1 }],
        via: 'desk',
        registered: true,
      },
    ])
    put(from + 2, stream, `agent:${agentCode}`, null, ['AgentBecameReady', { ...who, ...said }])
  }

  const free = staff.slice()
  const busyUntil: { at: number; agent: (typeof staff)[number] }[] = []
  // 300 calls open for about 75 s each: four a second.
  for (let at = from + 1000; ; at += expo(75_000 / 300)) {
    while (busyUntil[0] && busyUntil[0].at <= at) free.push(busyUntil.shift()!.agent)
    while (heap[0] && heap[0].at <= at) yield pop(heap)
    if (made >= events) break
    const picked = Math.floor(dice() * free.length)
    const agent = free[picked]
    if (agent) free[picked] = free.at(-1)!
    if (agent) free.pop()
    const end = call(
      at,
      agent && dice() >= abandoning ? agent : null,
      agent?.queueCode ?? queueCodes[Math.floor(dice() * queues)]!,
    )
    if (agent) insertSorted(busyUntil, { at: end, agent })
  }
  while (heap.length > 0) yield pop(heap)

  /** Adds a whole call; returns the moment when its agent is free again. */
  function call(at: number, agent: (typeof staff)[number] | null, queueCode: string): number {
    const callId = newId(at)
    const stream = streamName('call', tenant, callId)
    const [legId, agentLegId, offerId, queueSegmentId, segmentId] = [
      newId(at),
      newId(at),
      newId(at),
      newId(at),
      newId(at),
    ]
    const from = `138${String(Math.floor(dice() * 1e8)).padStart(8, '0')}`
    const system = 'system:switchboard'
    const customerEnd = {
      callId,
      legId,
      purpose: 'customer',
      agentId: null,
      by: 'customer',
      cause: 16,
      sip: 200,
      reason: 'hung_up',
    }
    put(
      at,
      stream,
      'caller',
      callId,
      [
        'CallReceived',
        {
          callId,
          legId,
          direction: 'inbound',
          from,
          fromRaw: from,
          to: '95588',
          gateway: 'gw1',
          customerId: null,
          category: null,
          priority: 0,
        },
      ],
      ['LegAnswered', { callId, legId }],
      [
        'CallQueued',
        {
          callId,
          segmentId: queueSegmentId,
          queueCode,
          priority: 0,
          joinedAt: at,
          resumed: false,
          targetMs: 20_000,
          shortAbandonMs: 5000,
          configVersion: 1,
        },
      ],
    )
    if (!agent) {
      const gone = at + 500 + expo(30_000)
      put(
        gone,
        stream,
        'caller',
        callId,
        [
          'CallLeftQueue',
          { callId, segmentId: queueSegmentId, queueCode, exit: 'abandoned', waitMs: gone - at, to: null },
        ],
        ['LegEnded', customerEnd],
        ['CallEnded', { callId, by: 'customer', cause: 16, reason: 'hung_up' }],
      )
      return gone
    }
    const { agentId, agentCode, shiftId, extension } = agent
    const who = { shiftId, agentId, agentCode }
    const shift = agent.stream
    const offered = at + expo(8000)
    const deadline = offered + 20_000
    put(offered, shift, system, callId, [
      'AgentReserved',
      {
        ...who,
        offerId,
        callId,
        queueCode,
        legId: agentLegId,
        deadline,
        direction: 'inbound',
        decision: { configVersion: 1, strategy: 'longest-idle-agent', waited: offered - at, candidates: free.length },
      },
    ])
    put(
      offered + 3,
      stream,
      system,
      callId,
      [
        'CallOffered',
        { callId, agentId, agentCode, offerId, queueCode, legId: agentLegId, extension, deadline, configVersion: 1 },
      ],
      [
        'LegDialled',
        { callId, legId: agentLegId, purpose: 'agent', agentId, agentCode, extension, number: null, offerId },
      ],
    )
    put(offered + 80, stream, system, callId, ['LegRinging', { callId, legId: agentLegId }])
    put(offered + 85, shift, system, callId, ['AgentRang', { ...who, callId, offerId }])
    const answered = offered + 1000 + expo(3000)
    put(answered, stream, `agent:${agentCode}`, callId, ['LegAnswered', { callId, legId: agentLegId }])
    put(answered + 10, stream, system, callId, [
      'CallAnswered',
      {
        callId,
        agentId,
        agentCode,
        segmentId,
        queueSegmentId,
        legId: agentLegId,
        offerId,
        queueCode,
        waitMs: answered + 10 - at,
        ringMs: answered - offered,
      },
    ])
    put(answered + 14, shift, system, callId, [
      'AgentCallStarted',
      { ...who, callId, segmentId, offerId, queueCode, direction: 'inbound', wrapUpMs: 15_000 },
    ])
    const over = answered + 5000 + expo(45_000)
    put(
      over,
      stream,
      'caller',
      callId,
      ['LegEnded', customerEnd],
      [
        'AgentLeftCall',
        { callId, agentId, agentCode, segmentId, queueCode, by: 'customer', talkMs: over - answered - 10, holdMs: 0 },
      ],
      ['CallEnded', { callId, by: 'customer', cause: 16, reason: 'hung_up' }],
    )
    put(over + 15, stream, system, callId, [
      'LegEnded',
      { callId, legId: agentLegId, purpose: 'agent', agentId, by: 'customer', cause: 16, sip: 200, reason: 'hung_up' },
    ])
    put(
      over + 18,
      shift,
      system,
      callId,
      ['AgentCallEnded', { ...who, callId, segmentId, queueCode, talkMs: over - answered - 10, holdMs: 0 }],
      ['AgentWrapUpStarted', { ...who, callId, segmentId, queueCode, deadline: over + 15_018 }],
    )
    const done = over + 18 + Math.min(15_000, expo(9000))
    put(done, shift, `agent:${agentCode}`, callId, [
      'AgentWrapUpEnded',
      { ...who, callId, segmentId, queueCode, wrapUpMs: done - over - 18, by: 'agent' },
    ])
    return done + 100
  }
}

/** Appends traffic to a log. Returns the number of events. */
export async function fill(log: EventLog, codec: Codec, options: TrafficOptions): Promise<number> {
  const revisions = new Map<string, number>()
  let count = 0
  let batch: Step[] = []
  const flush = async () => {
    // Steps of one stream are combined: an append of several events, at the revision where they begin.
    const byStream = new Map<string, Draft[]>()
    for (const { stream, drafts } of batch) byStream.set(stream, [...(byStream.get(stream) ?? []), ...drafts])
    const appends = []
    for (const [stream, drafts] of byStream) {
      const revision = revisions.get(stream) ?? -1
      appends.push({
        stream,
        expected: revision < 0 ? ('none' as const) : revision,
        events: await codec.encode(drafts),
      })
      revisions.set(stream, revision + drafts.length)
      count += drafts.length
    }
    for (const result of await log.appendMany(appends))
      if (isConflict(result)) throw new Error(`conflict in ${result.stream}`)
    batch = []
  }
  for (const step of traffic(options)) {
    batch.push(step)
    if (batch.length >= 200) await flush()
  }
  await flush()
  return count
}

/** An id in the shape of the command handler's, without its hashing. */
function derivedish(dice: () => number): string {
  const hex = (digits: number) =>
    Math.floor(dice() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  return `${hex(8)}-${hex(4)}-8${hex(3)}-a${hex(3)}-${hex(12)}`
}

function insertSorted<T extends { at: number }>(list: T[], item: T): void {
  let index = list.length
  while (index > 0 && list[index - 1]!.at > item.at) index--
  list.splice(index, 0, item)
}

const earlier = (a: Waiting, b: Waiting) => a.at < b.at || (a.at === b.at && a.order < b.order)

function push(heap: Waiting[], item: Waiting): void {
  let index = heap.push(item) - 1
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!earlier(item, heap[parent]!)) break
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = item
}

function pop(heap: Waiting[]): Waiting {
  const first = heap[0]!
  const last = heap.pop()!
  if (heap.length === 0) return first
  let index = 0
  while (true) {
    let child = index * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++
    if (!earlier(heap[child]!, last)) break
    heap[index] = heap[child]!
    index = child
  }
  heap[index] = last
  return first
}
