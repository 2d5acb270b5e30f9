/** Whatever the pages, whatever is held in memory, live or rebuilt: the same ledger gives the same tables. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { day, ledgerOf } from './histories.ts'
import { foldFresh, foldLive, type Paper } from './paper.ts'
import { times } from '../support/depth.ts'

const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 })
const limit = fc.constantFrom(1, 3, 200_000)

const incremental = suite('incremental fold = fresh fold')

incremental('over random days, page cuts and limits of memory', async () => {
  await fc.assert(
    fc.asyncProperty(day, cuts, cuts, limit, async (random, cut, freshCut, limit) => {
      const events = (await ledgerOf(random)) as RecordedEvent[]
      const whole = foldLive(readModels, events)
      assert.equal(whole.parked, [])
      const expected = whole.paper.text()
      assert.is(foldLive(readModels, events, { cuts: events.map(() => 1) }).paper.text(), expected, 'page size 1')
      assert.is(
        foldLive(readModels, events, { cuts: cut, limit }).paper.text(),
        expected,
        'random pages, little memory',
      )
      assert.is(foldLive(readModels, events, { cuts: cut, careful: true }).paper.text(), expected, 'every row loaded')
      assert.is(foldFresh(readModels, events, { cuts: freshCut, limit }).text(), expected, 'rebuilt')
      figuresAddUp(whole.paper)
    }),
    { numRuns: times('HISTORIES', 40, 1_000) },
  )
})

/** Sums over the same rows agree with each other and with the rows. */
function figuresAddUp(paper: Paper): void {
  const sum = (name: string, column: string): number =>
    paper.rows(name).reduce((total, row) => total + Number(row[column]), 0)
  for (const column of ['offered', 'answered', 'abandoned', 'shortAbandoned', 'answeredInTarget', 'waitMs']) {
    assert.is(sum('queue_interval', column), sum('queue_day', column), column)
    assert.is(sum('queue_minute', column), sum('queue_day', column), column)
  }
  const segments = paper.rows('call_segments').filter((row) => row.kind === 'queue')
  const direct = paper.rows('calls').filter((row) => row.directQueueCode !== null).length
  assert.is(sum('queue_day', 'offered'), segments.length + direct)
  for (const column of ['answered', 'talkMs', 'wrapUpMs', 'inCallMs', 'readyMs', 'missed'])
    assert.is(sum('agent_interval', column), sum('agent_day', column), column)
  const states = paper.rows('agent_state_log').filter((row) => row.endedAt !== null)
  assert.is(
    sum('agent_day', 'signedInMs'),
    states.reduce((total, row) => total + Number(row.durationMs), 0),
  )
  const waiting = paper.rows('calls').filter((row) => row.status === 'waiting' || row.status === 'offered').length
  assert.is(sum('queue_monitor', 'waiting'), waiting)
}

incremental.run()
