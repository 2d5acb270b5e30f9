/**
 * The other libraries, measured beside ours in the same run: the same events on the same PostgreSQL server, each in its
 * own database. They do not pay for what they do not do (validation, sealed personal data).
 */
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { fill, traffic, type Step } from '../events.ts'
import type { Ground } from '../ground.ts'
import { rate, type BenchCase } from '../result.ts'
import type { Contender } from '../rates.ts'
import { overviewOnly, SUM } from './overview.ts'
import type { OpenPeer, Peer, PeerAppend } from './peer.ts'
import { ask } from './support.ts'

/** The most events folded into one of their tables: at their pace more would take long and show nothing new. */
export const PEER_EVENTS = 20_000

const TAKEN = ['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection']

export type FreshDatabase = () => Promise<string>

async function peers(): Promise<OpenPeer[]> {
  // act logs to standard output, where the result of the benchmark belongs.
  process.env['LOG_LEVEL'] ??= 'error'
  // It also takes over the process's signals and errors.
  const before = new Map(TAKEN.map((name) => [name, process.listeners(name as 'SIGINT')]))
  const { openAct } = await import('./act.ts')
  for (const [name, listeners] of before)
    for (const listener of process.listeners(name as 'SIGINT'))
      if (!listeners.includes(listener)) process.off(name, listener)
  return [openAct, (await import('./emmett.ts')).openEmmett]
}

/** Their appends, and a function that closes them. */
export async function openPeers(
  fresh: FreshDatabase,
  stream: () => string,
  event: () => StoredEvent,
): Promise<{ contenders: Contender[]; close(): Promise<void> }> {
  const opened: Peer[] = []
  for (const open of await peers()) opened.push(await open(await fresh()))
  return {
    contenders: opened.map((peer) => ({
      name: nameOf(peer),
      append: (count) => () =>
        peer.append({ stream: stream(), after: -1, events: Array.from({ length: count }, event) }),
    })),
    async close() {
      for (const peer of opened) await peer.close()
    },
  }
}

/**
 * The small table, followed from the first event on (`live`) or rebuilt (`rebuild`). Commits do not wait for the disk,
 * as ours do not.
 */
export async function peerTables(
  fresh: FreshDatabase,
  events: number,
  what: 'live' | 'rebuild',
  expected: Record<string, unknown>,
): Promise<BenchCase[]> {
  const cases: BenchCase[] = []
  for (const open of await peers()) {
    const url = await fresh()
    await ask(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
    await using closing = new AsyncDisposableStack()
    const peer = closing.adopt(await open(url), (opened) => opened.close())
    const count = await fillPeer(peer, events)
    let begun = performance.now()
    await peer.follow()
    if (what === 'rebuild') {
      begun = performance.now()
      await peer.rebuild()
    }
    const took = performance.now() - begun
    const found = await ask(url, SUM)
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new Error(`${peer.name} folded ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
    cases.push(rate(`${smallTable[what]}: ${nameOf(peer)}`, null, (count / took) * 1000))
  }
  return cases
}

export const smallTable = { live: 'live, one small table', rebuild: 'rebuild of one small table' } as const

const nameOf = ({ name, version }: Peer): string => `${name} ${version}`

/** The small table of the first so many events, by our engine: the peers must come to the same result. */
export async function overviewOf(
  { codec, freshTables }: Pick<Ground, 'codec' | 'freshTables'>,
  events: number,
): Promise<Record<string, unknown>> {
  const log = new MemoryLog(Date.now)
  await fill(log, codec, { events })
  const url = await freshTables()
  const engine = new Engine({ log, codec, url, models: overviewOnly })
  await engine.start()
  try {
    if (!(await engine.waitFor((await log.head())!, 'bench', 60_000)))
      throw new Error('the table never came to the head')
    return await ask(url, SUM)
  } finally {
    await engine.stop()
  }
}

/**
 * The traffic of the other benchmarks, one append after another: when several filled it at once, Emmett's projector
 * (which reads by transaction and continues by position) missed some of the events.
 */
async function fillPeer(peer: Peer, events: number): Promise<number> {
  const codec = new Codec(catalogue, memoryVault())
  const revisions = new Map<string, number>()
  let count = 0
  let steps: Step[] = []
  const flush = async () => {
    const appends = new Map<string, PeerAppend & { events: StoredEvent[] }>()
    for (const { stream, drafts } of steps) {
      const stored = await codec.encode(drafts)
      const append = appends.get(stream)
      if (append) append.events.push(...stored)
      else appends.set(stream, { stream, after: revisions.get(stream) ?? -1, events: stored })
      revisions.set(stream, (revisions.get(stream) ?? -1) + stored.length)
      count += stored.length
    }
    steps = []
    for (const append of appends.values()) await peer.append(append)
  }
  for (const step of traffic({ events })) {
    steps.push(step)
    if (steps.length >= 400) await flush()
  }
  await flush()
  return count
}
