/** Snapshots of processes: the last one of this log, never one of another. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openProcessSnapshots } from '@ledgerline/adapters/postgres/process-snapshots.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { freshDatabase } from '../support/postgres.ts'

const test = suite('process snapshots')
const of = (log: string) => ({ identity: async () => log })
const at = (position: string) => position as Position

test('the last one is found again; one of another log is ignored, and replaced', async () => {
  const database = await freshDatabase('process_snapshots')
  const [here, moved] = [
    await openProcessSnapshots(database.url, of('postgres 1')),
    await openProcessSnapshots(database.url, of('eventstoredb 1')),
  ]
  try {
    assert.is(await here.load('switchboard t'), null)
    await here.save('switchboard t', at('1'), 'one')
    await here.save('switchboard t', at('2'), 'two')
    assert.equal(await here.load('switchboard t'), { position: '2', state: 'two' })
    assert.is(await moved.load('switchboard t'), null)
    await moved.save('switchboard t', at('5.5'), 'five')
    assert.equal(await moved.load('switchboard t'), { position: '5.5', state: 'five' })
    assert.is(await here.load('switchboard t'), null)
  } finally {
    await Promise.all([here.close(), moved.close()])
    await database.drop()
  }
})

test.run()
