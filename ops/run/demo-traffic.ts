/**
 * The demo within `up`: opened where the ledger ended, kept at a pace that the machine can follow, active where the
 * switchboard is owned.
 */
import { DEMO_TENANT } from '@ledgerline/fixtures/demo.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { latestMoment } from '@ledgerline/projections/reports/latest.ts'
import { asked } from './asked.ts'
import type { Demo } from './demo.ts'
import type { Node } from './node.ts'
import { Pace } from './pace.ts'
import type { RunningSwitchboard } from './switchboard.ts'

/** Before the demo's clock starts, the tables must have reached the end of the ledger. */
const CATCH_UP_MS = 60_000

export interface OpenDemo {
  replay: Demo
  /** Null if the demo has no clock of its own that could be slowed down. */
  pace: Pace | null
}

export async function openDemo(
  node: Node,
  engine: Engine,
  demo: NonNullable<Node['options']['demo']>,
): Promise<OpenDemo> {
  const { installation, closing } = node
  const head = await installation.eventLog.head()
  // If another process folds, its clock is as good.
  const folds = engine.status().some(({ lane, state }) => lane === engine.laneOf(DEMO_TENANT) && state !== 'standby')
  if (head !== null && folds) await engine.waitFor(head, DEMO_TENANT, CATCH_UP_MS)
  const replay = await demo(await asked(installation.tables, (client) => latestMoment(client, DEMO_TENANT)))
  closing.defer(() => replay.stop())
  return { replay, pace: replay.own ? paceOf(node, engine, replay.own) : null }
}

function paceOf({ log, logger, options, closing }: Node, engine: Engine, clock: NonNullable<Demo['own']>): Pace {
  const lagsMs = (): number[] =>
    engine.status().map(({ lane, lagMs }) => (lane === engine.laneOf(DEMO_TENANT) ? lagMs : 0))
  const pace = new Pace({
    clock,
    late: () => Math.max(log.waitsMs, ...lagsMs()),
    onChange(state) {
      logger.warn(state, state.behind ? 'the demo cannot keep its speed and runs slower' : 'the demo keeps its speed')
      options.onPace?.(state)
    },
  })
  closing.defer(() => pace.close())
  return pace
}

/**
 * The demo's people act while the switchboard is owned here, because their network is in this process.
 * Resolves when they act, or when the switchboard turns out to be owned elsewhere.
 */
export async function startTraffic(
  { logger, closing }: Node,
  switchboard: RunningSwitchboard,
  replay: Demo,
): Promise<void> {
  const begin = async (): Promise<void> => {
    await switchboard.activate(replay.configuration)
    if (switchboard.ownership().role !== 'owner') return
    replay.start({
      ...switchboard,
      state: switchboard.process.switchboard,
      onRefusal: (agentId, error) =>
        logger.debug({ agent: agentId, error: String(error) }, 'the demo was refused something'),
    })
  }
  let begun = Promise.resolve()
  switchboard.watch((role) => {
    if (role !== 'owner') return replay.pause()
    begun = begin().catch((error: unknown) => logger.error({ error: String(error) }, 'the demo could not start'))
  })
  await begun
  // Its people must go before the switchboard they act on.
  closing.defer(() => replay.stop())
}
