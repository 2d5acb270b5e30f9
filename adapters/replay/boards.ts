/** Every board as it was at a given moment, including the sums of the day and of the last hour; for HTTP and for the command line. */
import type { BoardsAsOf, Moment } from '@ledgerline/projections/engine/asof.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import type { Row, Tables } from '../queries/select.ts'
import type { BoardsMoment } from './answers.ts'
import { sumsAsOf } from './sums.ts'

/** Which time a moment is in: when the ledger recorded the events (what was shown), or the tenant's own clock. */
export type By = 'recorded' | 'event'

export interface BoardsSource {
  tenant: string
  /** IANA name: the day of the sums is cut in it. */
  zone: string
  tables: Tables
  /** The engine's answer. @throws Problem `tables.before_history` */
  boardsAsOf(moment: Moment): Promise<Pick<BoardsAsOf, 'position' | 'told' | 'boards'>>
  /** Is the tenant's clock ours? Where it is not (a demo), only the events say what it read at a moment of ours. */
  ourTime: boolean
}

export interface BoardsThen extends BoardsMoment {
  boards: Readonly<Record<string, readonly Row[]>>
}

/** @throws Problem `tables.before_history`, `tables.unavailable` */
export async function boardsThen(
  { tenant, zone, tables, boardsAsOf, ourTime }: BoardsSource,
  at: number,
  by: By,
): Promise<BoardsThen> {
  const { position, told, boards } = await boardsAsOf(by === 'event' ? { at } : { recordedAt: at })
  const now = by === 'event' || ourTime ? at : told.at
  const openCalls = boards[calls.name]?.map((row) => row['callId'] as string) ?? null
  const sums = await sumsAsOf(tables, { tenant, zone, at: now, openCalls })
  return { at, now, told, position, boards: { ...boards, ...sums } }
}
