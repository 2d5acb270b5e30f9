/**
 * The codes that a report's filters offer: those of the board, and those that the report's answers have named, so that what a filter has
 * narrowed away can still be chosen.
 */
import type { ReportListed, ReportRow } from '@ledgerline/projections/reports/report.ts'
import type { AgentRow, QueueRow } from '../live/protocol.ts'
import type { Asked } from './report-query.ts'

export interface Choice {
  value: string
  label: string
}

/** What the board knows of an agent that a filter can name. */
export type Named = Pick<AgentRow, 'agentCode' | 'name' | 'groupCode' | 'department' | 'extension'>

export interface KnownCodes {
  queues: readonly Pick<QueueRow, 'queueCode' | 'name'>[]
  agents: readonly Named[]
}

export class FilterChoices {
  /** By filter: labels by code, from the answers so far. */
  readonly #seen = new Map<string, Map<string, string>>()

  /** The choices of each filter of codes. */
  of(
    report: ReportListed | null,
    known: KnownCodes,
    rows: readonly ReportRow[],
    asked: Asked | null,
    language: string,
  ): Map<string, Choice[]> {
    const codes = (report?.filters ?? []).filter(({ kind }) => kind === 'codes')
    return new Map(codes.map(({ key }) => [key, this.#choicesOf(key, known, rows, asked?.chosen[key] ?? [], language)]))
  }

  #choicesOf(
    key: string,
    { queues, agents }: KnownCodes,
    rows: readonly ReportRow[],
    chosen: readonly string[],
    language: string,
  ): Choice[] {
    const labels = new Map<string, string>()
    if (key === 'queue') for (const queue of queues) labels.set(queue.queueCode, queue.name)
    if (key === 'agent') for (const { agentCode, name } of agents) labels.set(agentCode, `${agentCode} ${name ?? ''}`)
    for (const agent of key === 'group' || key === 'department' || key === 'extension' ? agents : []) {
      const value = key === 'group' ? agent.groupCode : key === 'department' ? agent.department : agent.extension
      if (value !== null) labels.set(value, value)
    }
    let seen = this.#seen.get(key)
    if (!seen) this.#seen.set(key, (seen = new Map()))
    for (const row of rows) {
      const value = row[key]
      if (typeof value === 'string' && value !== '' && !seen.has(value))
        seen.set(value, [value, key === 'queue' ? row['queueName'] : row['name']].filter(Boolean).join(' '))
    }
    for (const value of chosen) seen.set(value, seen.get(value) ?? value)
    for (const [value, label] of seen) if (!labels.has(value)) labels.set(value, label)
    const { compare } = new Intl.Collator(language, { numeric: true })
    const all = [...labels].map(([value, label]) => ({ value, label }))
    return key === 'queue' ? all : all.sort((a, b) => compare(a.value, b.value))
  }
}
