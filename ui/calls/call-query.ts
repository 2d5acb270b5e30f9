/**
 * The call list's filters: as they stand in the address, and as the server is asked for them. A phone number is neither:
 * addresses end up in histories and logs, so a search by number goes in the body of a request and nowhere else.
 */
import { rangeFaults, unknownNames, type FilterFault } from '../http/filter-faults.ts'
import { cleanNumber, ranges, spanOf, type Range } from '../parts/time-range.ts'

export const outcomes = [
  'answered',
  'abandoned',
  'pre_queue',
  'timed_out',
  'left_by_key',
  'no_agent',
  'overflowed',
  'called_back',
  'message',
  'feature',
  'rejected',
  'failed',
] as const
export const directions = ['inbound', 'outbound', 'internal'] as const

export interface CallFilter {
  range: Range
  /** Wall-clock times of the tenant, `YYYY-MM-DDTHH:MM`, where the range is custom. */
  from: string
  to: string
  queues: readonly string[]
  agents: readonly string[]
  outcomes: readonly string[]
  directions: readonly string[]
}

const PAGE_ROWS = 50

/** Where a tab keeps the list's address, so that a call's page leads back to the list as it was. */
export const LIST_ADDRESS = 'ledgerline.calls'

/** The filter in an address; values that make no sense are ignored. */
export function filterFrom(params: URLSearchParams): CallFilter {
  const list = (name: string) => (params.get(name) ?? '').split(',').filter((value) => value !== '')
  const among = (name: string, known: readonly string[]) => list(name).filter((value) => known.includes(value))
  const range = params.get('range')
  return {
    range: (ranges as readonly string[]).includes(range ?? '')
      ? (range as Range)
      : params.has('from') || params.has('to')
        ? 'custom'
        : 'any',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
    queues: list('queue'),
    agents: list('agent'),
    outcomes: among('outcome', outcomes),
    directions: among('direction', directions),
  }
}

/** Invalid filters in an address. Queues and agents are left to the server, since there were others in the past. */
export function callFaults(params: URLSearchParams): FilterFault[] {
  return [
    ...unknownNames(params, 'range', ranges),
    ...unknownNames(params, 'outcome', outcomes),
    ...unknownNames(params, 'direction', directions),
    ...rangeFaults(params, true),
  ]
}

export function isFiltered(filter: CallFilter, number: string): boolean {
  return (
    filter.range !== 'any' ||
    [filter.queues, filter.agents, filter.outcomes, filter.directions].some((values) => values.length > 0) ||
    number !== ''
  )
}

/** What the server is asked: query parameters, or the body of a search when a number is among them. */
export function askedOf(
  filter: CallFilter,
  number: string,
  cursor: string | null,
  zone: string,
  now: number,
): { path: string; search: boolean; values: Record<string, string | readonly string[]> } {
  const span = spanOf(filter, zone, now)
  const values: Record<string, string | readonly string[]> = { limit: String(PAGE_ROWS), sort: '-receivedAt' }
  if (cursor !== null) values['cursor'] = cursor
  if (span.from !== null) values['receivedAt.from'] = String(span.from)
  if (span.to !== null) values['receivedAt.to'] = String(span.to)
  const several = {
    queueCode: filter.queues,
    agentCode: filter.agents,
    outcome: filter.outcomes,
    direction: filter.directions,
  }
  for (const [name, list] of Object.entries(several)) if (list.length > 0) values[name] = list
  const wanted = cleanNumber(number)
  if (wanted === '') return { path: '/api/v1/calls', search: false, values }
  // The customer's number: the called one where only placed calls are looked for, else the calling one.
  const placed = filter.directions.length === 1 && filter.directions[0] === 'outbound'
  return {
    path: '/api/v1/calls/search',
    search: true,
    values: { ...values, [placed ? 'toNumber' : 'fromNumber']: [wanted] },
  }
}
