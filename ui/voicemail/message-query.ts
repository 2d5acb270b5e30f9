/** The filters of the list of voice messages: as they stand in the address, and as the server is asked for them. */
import { cleanNumber, ranges, spanOf, type Range } from '../parts/time-range.ts'
import { rangeFaults, unknownNames, type FilterFault } from '../http/filter-faults.ts'

export const messageStates = ['new', 'heard', 'handled', 'deleted'] as const

export interface MessageFilter {
  range: Range
  /** Wall-clock times of the tenant where the range is custom. */
  from: string
  to: string
  agents: readonly string[]
  queues: readonly string[]
  /** Empty: all but the deleted ones. */
  states: readonly string[]
}

const PAGE_ROWS = 50

export function filterFrom(params: URLSearchParams): MessageFilter {
  const list = (name: string) => (params.get(name) ?? '').split(',').filter((value) => value !== '')
  const range = params.get('range')
  return {
    range: (ranges as readonly string[]).includes(range ?? '')
      ? (range as Range)
      : params.has('from') || params.has('to')
        ? 'custom'
        : 'any',
    from: params.get('from') ?? '',
    to: params.get('to') ?? '',
    agents: list('agent'),
    queues: list('queue'),
    states: list('state').filter((value) => (messageStates as readonly string[]).includes(value)),
  }
}

export function messageFaults(params: URLSearchParams): FilterFault[] {
  return [
    ...unknownNames(params, 'range', ranges),
    ...unknownNames(params, 'state', messageStates),
    ...rangeFaults(params, true),
  ]
}

export function isFiltered({ range, agents, queues, states }: MessageFilter, number: string): boolean {
  return range !== 'any' || [agents, queues, states].some((values) => values.length > 0) || number !== ''
}

/** What the server is asked: query parameters, or the body of a search when a number is among them. */
export function askedOf(
  filter: MessageFilter,
  number: string,
  cursor: string | null,
  zone: string,
  now: number,
): { path: string; search: boolean; values: Record<string, string | readonly string[]> } {
  const span = spanOf(filter, zone, now)
  const values: Record<string, string | readonly string[]> = { limit: String(PAGE_ROWS), sort: '-leftAt' }
  if (cursor !== null) values['cursor'] = cursor
  if (span.from !== null) values['leftAt.from'] = String(span.from)
  if (span.to !== null) values['leftAt.to'] = String(span.to)
  if (filter.agents.length > 0) values['agentCode'] = filter.agents
  if (filter.queues.length > 0) values['queueCode'] = filter.queues
  values['state'] = filter.states.length > 0 ? filter.states : messageStates.filter((state) => state !== 'deleted')
  const wanted = cleanNumber(number)
  if (wanted === '') return { path: '/api/v1/voice_messages', search: false, values }
  return { path: '/api/v1/voice_messages/search', search: true, values: { ...values, fromNumber: [wanted] } }
}
