/**
 * The engine of the read models in this process, and bringing the tables up to date with the ledger where they are
 * behind.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { Engine, type Parked } from '@ledgerline/projections/engine/engine.ts'
import { checkpoints } from '@ledgerline/projections/engine/rebuild.ts'
import type { Lane } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import type { Installation } from './installation.ts'
import { refuseLoss } from './ledger-loss.ts'

export interface EngineNotes {
  /** A fold could not continue with a key: its row stands still until the fault is corrected. */
  parked(parked: Parked, lane: Lane): void
  trouble(problem: Problem, lane: Lane): void
}

const LOOK_MS = 25
/** How often another process's tables are checked. */
const ASK_MS = 200

/** The engine over an installation's log and tables; not started. @param folds whether it folds, or only knows the tables */
export function engineOf(
  installation: Pick<Installation, 'log' | 'eventLog' | 'codec' | 'tables' | 'effects' | 'signal'>,
  notes: EngineNotes,
  folds = true,
): Engine {
  return new Engine({
    log: installation.eventLog,
    codec: installation.codec,
    url: installation.tables,
    models: readModels,
    folds,
    effects: new Set(installation.effects.keys()),
    mayFold: () => refuseLoss(installation),
    onParked: (lane, parked) => notes.parked(parked, lane),
    onTrouble: (lane, problem) => notes.trouble(problem, lane),
  })
}

export interface Folding {
  notes: EngineNotes
  /** How long to wait if another process folds (`up`), ms. */
  patienceMs: number
  /** Called with the number of events folded here, while there are any to fold. */
  progress?: (events: number) => void
}

/**
 * Brings the tables up to the log's present head: a process that was killed may have left them behind.
 * @returns whether the tables have got that far
 * @throws Problem `tables.*`, `log.unavailable`
 */
export async function catchUp(installation: Installation, options: Folding): Promise<boolean> {
  const { engine, trouble } = await prepared(installation, options)
  if (await isCurrent(installation)) return true
  await engine.start()
  try {
    return await reachHead(installation, engine, trouble, options)
  } finally {
    await engine.stop()
  }
}

/**
 * Does work that appends a lot, and folds meanwhile and afterwards, until the tables have reached the log's head.
 * @throws Problem `tables.*`, `log.unavailable`; whatever the work throws
 */
export async function foldWhile<T>(installation: Installation, options: Folding, work: () => Promise<T>): Promise<T> {
  const { engine, trouble } = await prepared(installation, options)
  await engine.start()
  try {
    const done = await work()
    await reachHead(installation, engine, trouble, options)
    return done
  } finally {
    await engine.stop()
  }
}

/** An engine whose tables all exist, and its last trouble. */
async function prepared(
  installation: Installation,
  { notes }: Folding,
): Promise<{ engine: Engine; trouble: () => Problem | null }> {
  let last: Problem | null = null
  const engine = engineOf(installation, {
    parked: (parked, lane) => notes.parked(parked, lane),
    trouble: (problem) => (last = problem),
  })
  const pending = await engine.prepare()
  if (pending.length > 0)
    await engine.rebuild(
      pending.map(({ name }) => name),
      { signal: installation.signal },
    )
  return { engine, trouble: () => last }
}

async function reachHead(
  installation: Installation,
  engine: Engine,
  trouble: () => Problem | null,
  { patienceMs, progress }: Folding,
): Promise<boolean> {
  const head = await installation.eventLog.head()
  if (head === null) return true
  for (const began = Date.now(); ;) {
    installation.signal.throwIfAborted()
    const status = engine.status()
    progress?.(status.reduce((sum, lane) => sum + lane.events, 0))
    const behind = status.filter(({ position }) => position === null || position < head)
    if (behind.length === 0) return true
    const [problem] = behind.some(({ state }) => state === 'broken') ? [trouble()] : []
    if (problem) throw problem
    const elsewhere = behind.every(({ state }) => state === 'standby' || state === 'waiting')
    if (elsewhere && (await isCurrent(installation))) return true
    if (elsewhere && Date.now() - began >= patienceMs) return false
    await pause(elsewhere ? ASK_MS : LOOK_MS)
  }
}

/** Is there no event after the checkpoints that belongs to a lane? */
async function isCurrent({ tables, eventLog }: Installation): Promise<boolean> {
  const client = await connect(tables, { application: 'ledgerline progress' })
  let reached: Map<Lane, Position | null>
  try {
    reached = await checkpoints(client)
  } finally {
    await disconnect(client)
  }
  for (const [lane, { filter }] of Object.entries(readModels.lanes)) {
    for await (const page of eventLog.readAll(reached.get(lane) ?? null, { filter, pageSize: 1 }))
      if (page.events.length > 0) return false
  }
  return true
}
