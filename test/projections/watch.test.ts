/** An engine that does not fold knows what another one's tables are worth: how far they are, whose they are, how late they are. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine, LaneStatus } from '@ledgerline/projections/engine/engine.ts'
import { until } from '../support/gate.ts'
import { say, withRig } from './rig.ts'

const watching = suite('watching tables that another engine folds')

const laneOf = (engine: Engine): LaneStatus => engine.status().find(({ lane }) => lane === 'switchboard')!

watching(
  'it follows their place, knows their tenants, and never folds',
  withRig('watch_place', async (rig) => {
    await rig.append('switchboard-test.configuration', say.activated(['PS'], [], 'Asia/Urumqi'))
    const folds = rig.engine()
    await folds.start()
    await rig.caughtUp(folds)
    const watches = rig.engine({ folds: false })
    await watches.start()
    assert.is(laneOf(watches).state, 'standby')
    assert.is(watches.zoneOf('test'), 'Asia/Urumqi')
    assert.is(watches.laneOf('test'), 'switchboard')
    // People who ask for what they have just done are not kept waiting until the next look.
    const position = await rig.append('call-test.c1', say.received('c1'))
    await rig.holds(watches, position)
    assert.is((await rig.sql('select from calls')).length, 1)
    assert.is(laneOf(watches).position, position)
    await folds.stop()
    const later = await rig.append('call-test.c1', say.ended('c1'))
    assert.not(await watches.waitFor(later, 'test', 300), 'nobody folds')
    assert.is(laneOf(watches).state, 'standby')
  }),
)

watching(
  'it says how long the oldest event has waited that they do not have, and nothing where they have all',
  withRig('watch_lag', async (rig) => {
    const folds = rig.engine({ now: () => rig.now() })
    await folds.start()
    await rig.append('call-test.c1', say.received('c1'))
    await rig.caughtUp(folds)
    const watches = rig.engine({ folds: false, now: () => rig.now() })
    await watches.start()
    assert.is(laneOf(watches).lagMs, 0)
    await folds.stop()
    // Not of this lane: nobody waits for it here.
    await rig.append('imported_history-old.history', {
      type: 'HistoryOpened',
      data: { source: 'test', zone: 'Asia/Shanghai' },
    })
    await rig.append('call-test.c1', say.ended('c1'))
    rig.pass(7_000)
    await until('a lag that is seen', () => laneOf(watches).lagMs >= 7_000)
    await folds.start()
    await rig.caughtUp(folds)
    await until('a lag that is over', () => laneOf(watches).lagMs === 0)
  }),
)

watching.run()
