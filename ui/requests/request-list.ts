/** The request log (catalogue A3.3.1): what its list can be filtered by. */
import type { ListOf } from '../lists/list-query.ts'

/** Outcomes that people look for, by status. */
export const statuses = ['200', '204', '400', '401', '403', '404', '409', '412', '422', '429', '500', '503'] as const
export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export const requestList: ListOf = {
  model: 'requests',
  time: 'at',
  spans: ['any', 'hour', 'today', 'yesterday', 'week', 'month', 'custom'],
  choices: {
    method: { column: 'method', known: methods },
    status: { column: 'status', known: statuses },
  },
  conditions: [
    ...(['path', 'parameters', 'actor', 'address', 'problem'] as const).map((column) => ({
      column,
      kind: 'text' as const,
      part: 2,
    })),
    { column: 'ms', kind: 'integer' },
  ],
}
