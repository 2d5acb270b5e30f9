/** The engine of the read models in this process, and tables brought up to the ledger by whoever finds them behind. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { Engine, type Parked } from '@ledgerline/projections/engine/engine.ts'
import { checkpoints } from '@ledgerline/projections/engine/rebuild.ts'
import { house as readModels, lanes, type Lane } from '@ledgerline/projections/house.ts'
import type { House } from './house.ts'

export interface EngineNotes {
  /** A fold could not go on with a key: its row stands still until it is mended. */
  parked(parked: Parked): void
  trouble(problem: Problem): void
}

const LOOK_MS = 25

/** The engine over this house's log and tables; not started. */
export function engineOf(house: Pick<House, 'eventLog' | 'codec' | 'tables'>, notes: EngineNotes): Engine {
  return new Engine({
    log: house.eventLog,
    codec: house.codec,
    url: house.tables,
    models: readModels,
    onParked: (_lane, parked) => notes.parked(parked),
    onTrouble: (_lane, problem) => notes.trouble(problem),
  })
}

/**
 * Brings the tables up to the head that the log has now: a process that was killed may have left them
 * behind. Where another process folds (`up`), this one waits for it, no longer than `patienceMs`.
 * @param progress told how many events were folded here
 * @returns whether the tables have come so far
 * @throws Problem `tables.*`, `log.unavailable`
 */
export async function catchUp(house: House, options: { notes: EngineNotes; patienceMs: number; progress?: (events: number) => void }): Promise<boolean> {
  let lastTrouble: Problem | null = null
  const notes = { ...options.notes, parked: (parked: Parked) => options.notes.parked(parked), trouble: (problem: Problem) => (lastTrouble = problem) }
  const engine = engineOf(house, notes)
  const pending = await engine.prepare()
  if (pending.length > 0) await engine.rebuild(pending.map(({ name }) => name), { signal: house.signal })
  const head = await house.eventLog.head()
  if (head === null || (await isCurrent(house))) return true
  await engine.start()
  try {
    for (let waited = 0; ; waited += LOOK_MS) {
      house.signal.throwIfAborted()
      const status = engine.status()
      options.progress?.(status.reduce((sum, lane) => sum + lane.events, 0))
      const behind = status.filter(({ position }) => position === null || position < head)
      if (behind.length === 0) return true
      if (behind.some(({ state }) => state === 'broken') && lastTrouble) throw lastTrouble
      if (waited >= options.patienceMs && behind.every(({ state }) => state === 'standby' || state === 'waiting')) return isCurrent(house)
      if (behind.every(({ state }) => state === 'standby') && (await isCurrent(house))) return true
      await pause(LOOK_MS)
    }
  } finally {
    await engine.stop()
  }
}

/** Is there no event after the checkpoints that belongs to a lane? */
async function isCurrent({ tables, eventLog }: House): Promise<boolean> {
  const client = await connect(tables, { application: 'ledgerline progress' })
  let reached: Map<Lane, Position | null>
  try {
    reached = await checkpoints(client)
  } finally {
    await disconnect(client)
  }
  for (const [lane, filter] of Object.entries(lanes) as [Lane, (typeof lanes)[Lane]][]) {
    for await (const page of eventLog.readAll(reached.get(lane) ?? null, { filter, pageSize: 1 })) if (page.events.length > 0) return false
  }
  return true
}
