/**
 * A call centre in full swing for benchmarks, all in one process, as `up` runs it: telephony (simulated),
 * switchboard, log and tables on PostgreSQL with the disk in the way, engine, web server.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { EngineReadSide } from '@ledgerline/adapters/queries/engine-read-side.ts'
import { webServer } from '@ledgerline/adapters/http/server.ts'
import { configuredSession } from '@ledgerline/core/access/session.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import { openAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { LOG_DATABASE, startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import type { PhoneHabits } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { seededDice, uuid7, type Dice } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { startSwitchboard } from '@ledgerline/ops/run/switchboard.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { agentNumbered, queueNamed } from '../support/house.ts'
import type { Seen } from './live-listener.ts'
import { problems } from '@ledgerline/ops/problems.ts'

export const TENANT = 'bench'

export interface CentreOptions {
  agents: number
  /** Named Q0, Q1 …; each agent serves two of them. */
  queues: number
  wrapUpMs: number
  habits: PhoneHabits
  /** Wraps the log. */
  around: (log: EventLog) => EventLog
}

export interface Centre {
  eventLog: EventLog
  engine: Engine
  telephony: SimulatedTelephony
  clock: ScaledClock
  dice: Dice
  /** Address of the web server. */
  port: number
}

/** Opens it; every agent is signed in and ready, and the tables know it. */
export async function openCentre(closing: AsyncDisposableStack, options: CentreOptions): Promise<Centre> {
  const directory = await mkdtemp(join(tmpdir(), 'ledgerline-bench-'))
  closing.defer(() => rm(directory, { recursive: true, force: true }))
  // The database may run as a separate user, who has to reach it.
  await chmod(directory, 0o755)
  const postgres = await startEmbedded({ directory: join(directory, 'data') })
  closing.defer(() => postgres.stop())
  const eventLog = options.around(await openPostgresLog({ url: postgres.url(LOG_DATABASE) }))
  closing.defer(() => eventLog.close())
  const vault = await openVault({ url: postgres.url(LOG_DATABASE), directory: join(directory, 'data') })
  closing.defer(() => vault.close())
  const codec = new Codec(catalogue, vault)
  const answers = await openAnswers(postgres.url(LOG_DATABASE), Date.now)
  closing.defer(() => answers.close())
  const dice = seededDice(1)
  // The machine's time, on a clock that can be stopped: nobody calls any longer when the benchmark is over.
  const clock = new ScaledClock(Date.now(), 1)
  closing.defer(() => clock.close())
  const telephony = new SimulatedTelephony({ clock, dice })
  closing.defer(() => telephony.close())
  const queues = Array.from({ length: options.queues }, (_, index) =>
    queueNamed(`Q${index}`, { wrapUpMs: options.wrapUpMs }),
  )
  const agents = Array.from({ length: options.agents }, (_, index) =>
    agentNumbered(index, [`Q${index % options.queues}`, `Q${(index + 1) % options.queues}`]),
  )
  for (const { extension } of agents) telephony.plug(TENANT, extension!, options.habits)
  const switchboard = await startSwitchboard({
    tenant: TENANT,
    eventLog,
    codec,
    answers,
    snapshots: { load: async () => null, save: async () => {} },
    telephony,
    clock,
    notes: { warn: () => {} },
  })
  closing.defer(() => switchboard.stop())
  await switchboard.activate({
    zone: 'Asia/Shanghai',
    queues,
    agents,
    routes: queues.map(({ code }) => ({ code, to: code, queueCode: code })),
  })

  const engine = new Engine({ log: eventLog, codec, url: postgres.url(TABLES_DATABASE), models: readModels })
  await engine.start()
  closing.defer(() => engine.stop())
  const readSide = new EngineReadSide(engine, postgres.url(TABLES_DATABASE))
  closing.defer(() => readSide.close())
  const boards = new EngineBoards(engine, postgres.url(TABLES_DATABASE))
  closing.defer(() => boards.close())
  const nowhere = { debug: () => {}, warn: () => {}, error: () => {} }
  const server = await webServer({
    problems,
    sessions: configuredSession({ tenant: () => TENANT }),
    readSide,
    boards,
    log: eventLog,
    codec,
    answers,
    deskOf: () => ({ ...switchboard, state: switchboard.process.switchboard, now: () => clock.now() }),
    clockOf: () => ({ now: () => clock.now(), speed: 1, zone: 'Asia/Shanghai' }),
    screens: join(directory, 'no-screens'),
    version: 'bench',
    logger: nowhere,
  })
  closing.defer(() => server.close())
  const { port } = await server.listen(0)

  const newId = uuid7(dice)
  await inTurns(agents, 64, async ({ agentId }) => {
    const by = () => ({ tenant: TENANT, commandId: newId(Date.now()), actor: `agent:${agentId}` })
    await switchboard.desk.signIn(agentId, { via: 'phone', registered: true }, by())
    await switchboard.desk.setWork(agentId, 'ready', null, by())
  })
  await engine.waitFor((await eventLog.head())!, TENANT, 10_000)
  return { eventLog, engine, telephony, clock, dice, port }
}

/** Starts the browser; resolves when it has its first rows. */
export async function listen(port: number, seen: Map<string, number>): Promise<{ worker: Worker; bytes(): number }> {
  const worker = new Worker(new URL('./live-listener.ts', import.meta.url), { workerData: { port } })
  let read = 0
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.on('message', (message: 'ready' | { seen: Seen[]; bytes: number }) => {
      if (message === 'ready') return resolve()
      read = message.bytes
      for (const [what, at] of message.seen) if (!seen.has(what)) seen.set(what, at)
    })
  })
  return { worker, bytes: () => read }
}

async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items]
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
    }),
  )
}
