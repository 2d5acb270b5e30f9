/**
 * How a call's timeline is drawn: lanes of bars on one time scale. Segments show what the customer experienced (wait, ring, talk,
 * hold) and what followed (wrap-up); legs show each party's connection.
 */
import type { CallEvent, Timeline } from '@ledgerline/adapters/replay/answers.ts'

export type BarKind = 'wait' | 'ring' | 'talk' | 'hold' | 'wrapUp' | 'dial' | 'connected'

export interface Bar {
  kind: BarKind
  from: number
  until: number
}

export interface Lane {
  id: string
  of: 'segment' | 'leg'
  /** What it is: queue or agent for a segment, the purpose of a leg. */
  kind: string
  queueCode: string | null
  agentCode: string | null
  extension: string | null
  bars: Bar[]
}

export interface Drawing {
  from: number
  until: number
  lanes: Lane[]
}

/** When the customer was on hold, by the call's events. An ongoing hold lasts until now. */
export function holds(
  events: readonly CallEvent[],
  now: number,
): { agentCode: string | null; from: number; until: number }[] {
  const found: { agentCode: string | null; from: number; until: number }[] = []
  const open = new Map<string, { agentCode: string | null; from: number }>()
  for (const event of events) {
    const legId = String(event.data?.['legId'] ?? '')
    if (event.at === null) continue
    if (event.type === 'LegHeld')
      open.set(legId, { agentCode: (event.data?.['agentCode'] as string | null) ?? null, from: event.at })
    const began = open.get(legId)
    if (began && (event.type === 'LegResumed' || event.type === 'LegEnded')) {
      found.push({ ...began, until: event.at })
      open.delete(legId)
    }
  }
  for (const began of open.values()) found.push({ ...began, until: now })
  return found
}

/** Talk with the holds cut out of it. */
function talkBars(from: number, until: number, cuts: readonly { from: number; until: number }[]): Bar[] {
  const bars: Bar[] = []
  let at = from
  for (const cut of [...cuts].sort((a, b) => a.from - b.from)) {
    const begin = Math.max(at, Math.min(cut.from, until))
    const end = Math.max(begin, Math.min(cut.until, until))
    if (begin > at) bars.push({ kind: 'talk', from: at, until: begin })
    if (end > begin) bars.push({ kind: 'hold', from: begin, until: end })
    at = end
  }
  if (until > at || bars.length === 0) bars.push({ kind: 'talk', from: at, until })
  return bars
}

/** @param now the tenant's time: what is ongoing lasts until then */
export function draw({ call, segments, legs, events }: Omit<Timeline, 'asOf'>, now: number): Drawing {
  const held = holds(events, now)
  const lanes: Lane[] = []
  for (const segment of [...segments].sort((a, b) => a.startedAt - b.startedAt)) {
    const until = segment.endedAt ?? now
    const common = {
      id: `segment ${segment.segmentId}`,
      of: 'segment' as const,
      kind: segment.kind,
      queueCode: segment.queueCode,
      agentCode: segment.agentCode,
      extension: null,
    }
    if (segment.kind !== 'agent') {
      // A place that was kept counts from the first joining; the drawing shows this stretch.
      lanes.push({ ...common, bars: [{ kind: 'wait', from: segment.startedAt, until }] })
      continue
    }
    const bars: Bar[] = []
    if (segment.ringMs > 0)
      bars.push({ kind: 'ring', from: segment.startedAt - segment.ringMs, until: segment.startedAt })
    bars.push(
      ...talkBars(
        segment.startedAt,
        until,
        held.filter((hold) => hold.agentCode === null || hold.agentCode === segment.agentCode),
      ),
    )
    if (segment.endedAt !== null && segment.wrapUpMs > 0)
      bars.push({ kind: 'wrapUp', from: segment.endedAt, until: segment.endedAt + segment.wrapUpMs })
    lanes.push({ ...common, bars })
  }
  for (const leg of [...legs].sort((a, b) => a.startedAt - b.startedAt)) {
    const until = leg.endedAt ?? now
    const bars: Bar[] = [{ kind: 'dial', from: leg.startedAt, until: leg.answeredAt ?? until }]
    if (leg.answeredAt !== null) bars.push({ kind: 'connected', from: leg.answeredAt, until })
    lanes.push({
      id: `leg ${leg.legId}`,
      of: 'leg',
      kind: leg.purpose,
      queueCode: null,
      agentCode: leg.agentCode,
      extension: leg.extension,
      bars: bars.filter((bar) => bar.until > bar.from),
    })
  }
  const ends = lanes.flatMap((lane) => lane.bars.map((bar) => bar.until))
  const starts = lanes.flatMap((lane) => lane.bars.map((bar) => bar.from))
  const times = events.map((event) => event.at).filter((at) => at !== null)
  const from = Math.min(call?.receivedAt ?? Infinity, ...starts, ...times)
  const until = Math.max(from + 1000, call?.endedAt ?? 0, ...ends, ...times)
  return { from, until, lanes }
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400].map(
  (seconds) => seconds * 1000,
)

/** Marks of the time axis in ms from the beginning, at round durations and at most `most` of them. */
export function axis(span: number, most: number): number[] {
  const step = STEPS.find((candidate) => span / candidate <= most) ?? STEPS.at(-1)!
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => i * step)
}
