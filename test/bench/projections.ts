/**
 * How fast the read models follow the log, with validation and decryption on. Beside each bar, from the same run, are
 * the read without any model and the fold without any table: machines differ, the ratios hold. Then the same from
 * EventStoreDB (if there is a server, see `eventstore.ts`), and one small table beside the peers.
 */
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { Fold } from '@ledgerline/projections/engine/fold.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { onEventStore, onGround, only, perSecond, readsAlone, type Ground } from './ground.ts'
import { overviewOf, PEER_EVENTS, peerTables, smallTable } from './peers/beside.ts'
import { overviewOnly } from './peers/overview.ts'
import { OURS as OURS_ON_EVENTSTORE } from './eventstore.ts'
import { atLeast, machine, rate, type BenchCase, type BenchResult } from './result.ts'

export interface ProjectionsBenchOptions {
  /** Events in the log; the bars were set with 2,000,000. */
  events?: number
}

const OURS = 'Ledgerline, PostgreSQL'
const besides = (what: string): string => `${what}: EventStoreDB beside PostgreSQL`

/** Calls, the agents' board and the queues' quarter hours, with the segments that these sum. */
const three = only('calls', 'agent_monitor', 'queue_interval', 'call_segments')

export async function run({ events = 300_000 }: ProjectionsBenchOptions = {}): Promise<BenchResult> {
  const cases = await onGround(events, async (ground) => [
    ...(await readsAlone(ground)),
    ...(await onBoth(ground)),
    rate(
      'caught up, all models, pages of 100, durable',
      15_000,
      await live(ground, readModels, { pageSize: 100, durable: true }),
    ),
    ...(await foldsAlone(ground)),
    ...(await smallTables(ground)),
  ])
  return { name: 'projections', machine: machine(), cases }
}

const measures = [
  { what: 'live, 3 models', models: three, bar: 120_000 },
  { what: `live, all ${readModels.models.length} models`, models: readModels, bar: 50_000 },
  { what: smallTable.live, models: overviewOnly, bar: null },
] as const

/**
 * From PostgreSQL, and from EventStoreDB within 20 % of it. One right after the other, and the comparison uses exactly
 * the figures shown.
 */
async function onBoth(ground: Ground): Promise<BenchCase[]> {
  const alone = async (from: Ground, { models }: (typeof measures)[number]) => Math.round(await live(from, models, {}))
  const cases = await onEventStore(ground, async (other) => {
    const both: BenchCase[] = []
    for (const measure of measures) {
      const [here, there] = [await alone(ground, measure), await alone(other, measure)]
      both.push(
        rate(`${measure.what}: ${OURS}`, measure.bar, here),
        rate(`${measure.what}: ${OURS_ON_EVENTSTORE}`, null, there),
        atLeast(besides(measure.what), 0.8, there / here, '×', 2),
      )
    }
    return both
  })
  if (cases.length > 0) return cases
  for (const measure of measures)
    cases.push(rate(`${measure.what}: ${OURS}`, measure.bar, await alone(ground, measure)))
  return cases
}

/** The small table by the peers; every one must come to the same rows as ours. */
async function smallTables(ground: Ground): Promise<BenchCase[]> {
  const few = Math.min(PEER_EVENTS, ground.events)
  return peerTables(ground.freshTables, few, 'live', await overviewOf(ground, few))
}

/** Folds decoded events, pages of 5000, into no table. */
async function foldsAlone({ log, codec }: Ground): Promise<BenchCase[]> {
  const pages: RecordedEvent[][] = []
  for await (const page of log.readAll(null)) pages.push((await codec.decode(page.events)).events)
  const folded = async (models: ReadModels) => {
    const fold = new Fold(models)
    let count = 0
    for (const page of pages) {
      fold.provide(fold.plan(page), [])
      fold.apply()
      fold.provide(fold.sums(), [])
      fold.settle(fold.changes())
      count += page.length
    }
    return count
  }
  return [
    rate('fold alone, 3 models', null, await perSecond(() => folded(three), 3)),
    rate(`fold alone, all ${readModels.models.length} models`, null, await perSecond(() => folded(readModels), 3)),
  ]
}

/** From an empty database to the head of the log; warm, so the better of two runs. */
async function live(
  { log, codec, events, freshTables }: Ground,
  models: ReadModels,
  options: { pageSize?: number; durable?: boolean },
): Promise<number> {
  const head = (await log.head())!
  let best = 0
  for (let round = 0; round < 2; round++) {
    const engine = new Engine({ log, codec, url: await freshTables(), models, ...options })
    await engine.prepare()
    const run = async () => {
      await engine.start()
      if (!(await engine.waitFor(head, 'bench', 300_000))) throw new Error('the tables never came to the head')
      return events
    }
    best = Math.max(best, await perSecond(run).finally(() => engine.stop()))
  }
  return best
}
