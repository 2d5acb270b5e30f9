import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyDelta, applySnapshot, emptyTables } from '../../ui/live/tables.ts'
import type { AgentRow, QueueMinuteRow } from '../../ui/live/protocol.ts'

const test = suite('rows of the live topics in the browser')

const minute = (startsAt: number, offered: number): QueueMinuteRow => ({
  queueCode: 'q1',
  startsAt,
  offered,
  answered: 0,
  abandoned: 0,
  shortAbandoned: 0,
  answeredInTarget: 0,
})
const agent = (agentId: string, change: Partial<AgentRow> = {}) =>
  ({ agentId, agentCode: agentId, state: 'ready', since: 1, ...change }) as AgentRow

test('a snapshot replaces a topic and leaves the others', () => {
  const tables = emptyTables()
  applySnapshot(tables, { topic: 'agent_monitor', rows: [agent('1'), agent('2')] })
  applySnapshot(tables, { topic: 'queue_minute', rows: [minute(0, 1)] })
  applySnapshot(tables, { topic: 'agent_monitor', rows: [agent('3')] })
  assert.equal([...tables.agent_monitor.keys()], ['3'])
  assert.is(tables.queue_minute.size, 1)
})

test('a row repeated by a new snapshot stays the same object, so that nothing repaints after a reconnect', () => {
  const tables = emptyTables()
  applySnapshot(tables, { topic: 'agent_monitor', rows: [agent('1'), agent('2')] })
  const before = tables.agent_monitor.get('1')
  applySnapshot(tables, { topic: 'agent_monitor', rows: [agent('1'), agent('2', { state: 'away' })] })
  assert.is(tables.agent_monitor.get('1'), before)
  assert.is(tables.agent_monitor.get('2')!.state, 'away')
})

test('a delta writes whole rows and removes rows by their keys, of one column or of two', () => {
  const tables = emptyTables()
  applySnapshot(tables, { topic: 'queue_minute', rows: [minute(0, 1), minute(60_000, 2)] })
  applyDelta(tables, {
    topic: 'queue_minute',
    upserts: [minute(60_000, 3), minute(120_000, 4)],
    removes: [{ queueCode: 'q1', startsAt: 0 }],
  })
  assert.equal(
    [...tables.queue_minute.values()].map((row) => row.offered),
    [3, 4],
  )
  applySnapshot(tables, { topic: 'agent_monitor', rows: [agent('1')] })
  applyDelta(tables, { topic: 'agent_monitor', upserts: [], removes: [{ agentId: '1' }, { agentId: 'never there' }] })
  assert.is(tables.agent_monitor.size, 0)
})

test.run()
