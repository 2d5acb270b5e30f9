/** How fast read models are folded again from the first event on, and how long the change takes. */
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { Rebuilt } from '@ledgerline/projections/engine/rebuild.ts'
import { house, type ReadModels } from '@ledgerline/projections/house.ts'
import { onGround, only, readsAlone, type Ground } from './ground.ts'
import { machine, rate, type BenchCase, type BenchResult } from './result.ts'

export interface RebuildBenchOptions {
  /** Events in the log; the bars were set with 2,000,000. */
  events?: number
}

export async function run({ events = 400_000 }: RebuildBenchOptions = {}): Promise<BenchResult> {
  const cases = await onGround(events, async (ground) => [
    ...(await readsAlone(ground)),
    ...(await rebuilt(ground, only('calls'), 'calls', 250_000)),
    ...(await rebuilt(ground, only('legs'), 'legs', 250_000)),
    ...(await rebuilt(ground, house, `all ${house.models.length} models together`, null)),
  ])
  return { name: 'rebuild', machine: machine(), cases }
}

async function rebuilt(ground: Ground, models: ReadModels, what: string, bar: number | null): Promise<BenchCase[]> {
  const { log, codec, events } = ground
  const engine = new Engine({ log, codec, url: await ground.freshTables(), models })
  // A rebuild goes as far as the lanes are, so they go first.
  await engine.start()
  if (!(await engine.waitFor((await log.head())!, 'bench', 300_000))) throw new Error('the tables never came to the head')
  await engine.stop()
  // Warm, so the better of two.
  const [{ tookMs, swapMs }] = [await engine.rebuild(), await engine.rebuild()].sort((a, b) => a.tookMs - b.tookMs) as [Rebuilt]
  return [
    rate(`rebuild of ${what}`, bar, (events / tookMs) * 1000),
    { case: `rebuild of ${what}, the change`, value: Math.round(swapMs), unit: 'ms', bar: null, met: null },
  ]
}
