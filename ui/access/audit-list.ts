/** The list of the audit trail: what it can be filtered by. */
import { auditWords } from '@ledgerline/core/access/audit-acts.ts'
import type { ListOf } from '../lists/list-query.ts'

export const auditList: ListOf = {
  model: 'audit',
  time: 'at',
  spans: ['any', 'hour', 'today', 'yesterday', 'week', 'custom'],
  choices: {
    act: { column: 'act', known: auditWords },
    result: { column: 'result', known: ['done', 'refused'] },
  },
  numbers: ['name', 'source'],
}
