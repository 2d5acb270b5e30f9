/**
 * Boards in a process on standby: another one folds the tables and reports nothing here, so they are read again every
 * second.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import { STALE } from '@ledgerline/adapters/live/source.ts'
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
  let told = (_: unknown): void => {}
  const next = (): Promise<unknown> => new Promise((resolve) => (told = resolve))
  const following = source.follow('t').subscribe((signal) => told(signal))
  try {
    assert.is(await next(), STALE)
    assert.is(await next(), STALE)
  } finally {
    following.unsubscribe()
    await source.close()
  }
})

boards.run()
