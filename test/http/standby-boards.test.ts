/** Boards in a process that stands by: another one folds the tables and tells nobody here, so they are read anew every moment. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import type { Engine, LaneStatus } from '@ledgerline/projections/engine/engine.ts'

const boards = suite('boards of a standby')

function engineThat(
  status: () => Pick<LaneStatus, 'lane' | 'state' | 'position' | 'lagMs'>,
): Pick<Engine, 'onCommitted' | 'onStarted' | 'status' | 'laneOf'> {
  return {
    onCommitted: () => () => {},
    onStarted: () => () => {},
    status: () => [status() as LaneStatus],
    laneOf: () => 'switchboard',
  }
}

boards('are read again and again while another process folds', async () => {
  const source = new EngineBoards(
    engineThat(() => ({ lane: 'switchboard', state: 'standby', position: null, lagMs: 0 })),
    'postgres://nobody@127.0.0.1:1/none',
  )
  let told = (): void => {}
  const stale = (): Promise<void> => new Promise((resolve) => (told = resolve))
  const end = source.follow('t', { changed: () => assert.unreachable(), stale: () => told() })
  try {
    await stale()
    await stale()
  } finally {
    end()
    await source.close()
  }
})

boards.run()
