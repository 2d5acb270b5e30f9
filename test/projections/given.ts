/** Rows of the read models, folded in memory from given events. */
import * as assert from 'uvu/assert'
import type { NewEvent, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { foldLive } from './paper.ts'

export const NOON = Date.UTC(2026, 1, 2, 4)

/** Folds events given as `[after how many ms, event]`, each in the stream that its data names. */
export function given(...past: [number, NewEvent][]): { rows(model: string): Row[]; row(model: string): Row } {
  let at = NOON
  const events = past.map(([after, event], index) => {
    at += after
    const data = event.data as { callId?: string; shiftId?: string }
    const stream = data.shiftId
      ? `shift-test.${data.shiftId}`
      : data.callId
        ? `call-test.${data.callId}`
        : 'switchboard-test.configuration'
    return {
      ...event,
      id: `e${index}`,
      tenant: 'test',
      actor: 'test',
      at,
      origin: 'live',
      correlation: null,
      causation: null,
      schema: 1,
      stream,
      revision: index,
      position: String(index).padStart(19, '0'),
      recordedAt: at,
    }
  }) as unknown as RecordedEvent[]
  const { paper, parked } = foldLive(readModels, events)
  assert.equal(parked, [])
  return {
    rows: (model) => paper.rows(model),
    row(model) {
      assert.is(paper.rows(model).length, 1, model)
      return paper.rows(model)[0]!
    },
  }
}

/** Only the columns that are expected. */
export function like(row: Row | undefined, expected: Row): void {
  assert.equal(Object.fromEntries(Object.keys(expected).map((name) => [name, row?.[name]])), expected)
}
