/** The filters of the list of recordings (catalogue C14.7): as they stand in the address, and as the server is asked for them. */
import { dayOf, fromLocalInput } from '../language/format.ts'
import { rangeFaults, unknownNames, type FilterFault } from '../http/filter-faults.ts'
import { spanOf } from '../parts/time-range.ts'

export const recordingRanges = ['any', 'today', 'yesterday', 'week', 'month', 'lastMonth', 'custom'] as const
export type RecordingRange = (typeof recordingRanges)[number]
export const recordingDirections = ['inbound', 'outbound', 'internal'] as const
export const recordingStates = ['kept', 'recording', 'stopped', 'delayed', 'failed', 'deleted'] as const
/** Those of conversations; what callers leave in a box has a page of its own. */
const CONVERSATIONS = ['route', 'queue', 'extension', 'agent']

export interface RecordingFilter {
  range: RecordingRange
  /** Wall-clock times of the tenant, where the range is custom. */
  from: string
  to: string
  agents: readonly string[]
  queues: readonly string[]
  directions: readonly string[]
  states: readonly string[]
  /** Seconds; empty: no limit. */
  shortest: string
  longest: string
}

/** What identifies a person, and so is never in the address. */
export interface NumberFilter {
  side: 'fromNumber' | 'toNumber'
  part: string
}

const PAGE_ROWS = 50

export function filterFrom(params: URLSearchParams): RecordingFilter {
  const list = (name: string) => (params.get(name) ?? '').split(',').filter((value) => value !== '')
  const among = (name: string, known: readonly string[]) => list(name).filter((value) => known.includes(value))
  const range = params.get('range') ?? ''
  const seconds = (name: string) => (/^\d{1,6}$/.test(params.get(name) ?? '') ? params.get(name)! : '')
  return {
    range: (recordingRanges as readonly string[]).includes(range)
      ? (range as RecordingRange)
      : params.has('from') || params.has('to')
        ? 'custom'
        : 'any',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
    agents: list('agent'),
    queues: list('queue'),
    directions: among('direction', recordingDirections),
    states: among('state', recordingStates),
    shortest: seconds('shortest'),
    longest: seconds('longest'),
  }
}

export function recordingFaults(params: URLSearchParams): FilterFault[] {
  return [
    ...unknownNames(params, 'range', recordingRanges),
    ...unknownNames(params, 'direction', recordingDirections),
    ...unknownNames(params, 'state', recordingStates),
    ...rangeFaults(params, true),
  ]
}

export function isFiltered(filter: RecordingFilter, { part }: NumberFilter): boolean {
  const { range, shortest, longest, agents, queues, directions, states } = filter
  const lists = [agents, queues, directions, states]
  return range !== 'any' || shortest + longest + part !== '' || lists.some((values) => values.length > 0)
}

/** The span that a range means now, in the tenant's zone. */
function spanNow(filter: RecordingFilter, zone: string, now: number): { from: number | null; to: number | null } {
  const { range, from, to } = filter
  if (range !== 'month' && range !== 'lastMonth') return spanOf({ range, from, to }, zone, now)
  const first = (day: string) => `${day.slice(0, 7)}-01`
  const begin = fromLocalInput(zone, first(dayOf(zone, now)))!
  if (range === 'month') return { from: begin, to: null }
  return { from: fromLocalInput(zone, first(dayOf(zone, begin - 86_400_000)))!, to: begin }
}

/** What the server is asked: query parameters, or the body of a search when a number is among them. */
export function askedOf(
  filter: RecordingFilter,
  { side, part }: NumberFilter,
  cursor: string | null,
  zone: string,
  now: number,
): { path: string; search: boolean; values: Record<string, string | readonly string[]> } {
  const span = spanNow(filter, zone, now)
  const values: Record<string, string | readonly string[]> = {
    limit: String(PAGE_ROWS),
    sort: '-startedAt',
    rule: CONVERSATIONS,
  }
  if (cursor !== null) values['cursor'] = cursor
  if (span.from !== null) values['startedAt.from'] = String(span.from)
  if (span.to !== null) values['startedAt.to'] = String(span.to)
  if (filter.shortest !== '') values['durationMs.from'] = String(Number(filter.shortest) * 1000)
  if (filter.longest !== '') values['durationMs.to'] = String(Number(filter.longest) * 1000 + 1)
  const several = {
    agentCodes: filter.agents,
    queueCode: filter.queues,
    direction: filter.directions,
    status: filter.states,
  }
  for (const [name, list] of Object.entries(several)) if (list.length > 0) values[name] = list
  const wanted = part.replace(/[^\d+*]/g, '')
  if (wanted === '') return { path: '/api/v1/recordings', search: false, values }
  return { path: '/api/v1/recordings/search', search: true, values: { ...values, [`${side}.part`]: wanted } }
}
