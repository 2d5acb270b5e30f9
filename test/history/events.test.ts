/** The events of a history themselves: what earlier versions wrote is read as they meant it, and a name is a person's. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { historyEvents } from '@ledgerline/core/history/events.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { personalPaths } from '@ledgerline/core/kernel/event.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'

const test = suite('events of a history')

test('a history that was opened before ids were keyed is read as one whose agents stand in it by name', async () => {
  const log = new MemoryLog(() => 0)
  await log.append('imported_history-bank.history', -1, [
    {
      id: '8613d340-f7e7-8f4d-9460-cd7390ac3a3a',
      type: 'HistoryOpened',
      data: '{"source":"anonymous-bank","zone":"Asia/Jerusalem"}',
      metadata: '{"t":"bank","a":"import:anonymous-bank","at":917848800000,"o":"i"}',
    },
  ])
  const { events, failures } = await new Codec(historyEvents, memoryVault()).decode(
    await log.readStream('imported_history-bank.history', 0, 10),
  )
  assert.equal(failures, [])
  assert.equal(
    events.map(({ data, origin, at }) => ({ data, origin, at })),
    [
      {
        data: { source: 'anonymous-bank', zone: 'Asia/Jerusalem', ids: 'clear' },
        origin: 'imported',
        at: 917_848_800_000,
      },
    ],
  )
})

test('of all that a history says only the name of an agent is sealed, under the key of the agent’s own id', () => {
  assert.equal(
    Object.entries(historyEvents).map(([type, { schema }]) => [type, personalPaths(schema)]),
    [
      ['HistoryOpened', []],
      ['HistoryAgentNamed', [{ steps: ['name'], personOf: 'agentId', secret: false }]],
    ],
  )
})

test.run()
