/**
 * How fast read models are folded again from the first event on, and how long the switch takes; from PostgreSQL, from
 * EventStoreDB (if there is a server), and one small table beside the peers.
 */
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { Rebuilt } from '@ledgerline/projections/engine/rebuild.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { onEventStore, onGround, only, readsAlone, type Ground } from './ground.ts'
import { overviewOf, PEER_EVENTS, peerTables } from './peers/beside.ts'
import { overviewOnly } from './peers/overview.ts'
import { machine, rate, type BenchCase, type BenchResult } from './result.ts'

export interface RebuildBenchOptions {
  /** Events in the log; the bars were set with 2,000,000. */
  events?: number
}

export async function run({ events = 400_000 }: RebuildBenchOptions = {}): Promise<BenchResult> {
  const cases = await onGround(events, async (ground) => [
    ...(await readsAlone(ground)),
    ...(await rebuilt(ground, only('calls'), 'calls', 250_000, OURS)),
    ...(await rebuilt(ground, only('legs'), 'legs', 250_000)),
    ...(await rebuilt(ground, readModels, `all ${readModels.models.length} models together`, null)),
    ...(await onEventStore(ground, async (other) => [
      ...(await rebuilt(other, only('calls'), 'calls', 200_000, ON_EVENTSTORE)),
      ...(await rebuilt(other, overviewOnly, 'one small table', null, ON_EVENTSTORE)),
    ])),
    ...(await rebuilt(ground, overviewOnly, 'one small table', null, OURS)),
    ...(await peerTables(ground.freshTables, few(ground), 'rebuild', await overviewOf(ground, few(ground)))),
  ])
  return { name: 'rebuild', machine: machine(), cases }
}

const OURS = 'Ledgerline, PostgreSQL'
const ON_EVENTSTORE = 'Ledgerline, EventStoreDB'
const few = ({ events }: Ground): number => Math.min(PEER_EVENTS, events)

/** `by`: named if others do the same. */
async function rebuilt(
  ground: Ground,
  models: ReadModels,
  what: string,
  bar: number | null,
  by: string | null = null,
): Promise<BenchCase[]> {
  const { log, codec, events } = ground
  const engine = new Engine({ log, codec, url: await ground.freshTables(), models })
  // A rebuild goes as far as the lanes are, so they go first.
  await engine.start()
  if (!(await engine.waitFor((await log.head())!, 'bench', 300_000)))
    throw new Error('the tables never came to the head')
  await engine.stop()
  // Warm, so the better of two.
  const [{ tookMs, swapMs }] = [await engine.rebuild(), await engine.rebuild()].sort((a, b) => a.tookMs - b.tookMs) as [
    Rebuilt,
  ]
  const name = `rebuild of ${what}${by === null ? '' : `: ${by}`}`
  return [
    rate(name, bar, (events / tookMs) * 1000),
    { case: `${name}, the change`, value: Math.round(swapMs), unit: 'ms', bar: null, met: null },
  ]
}
