/**
 * `up`: the house in one process, or the part of it that a process is there for (its roles); several of them
 * on one database server share the work and stand by for each other. What is opened here is closed in the
 * other order; what each part does stands in its own file.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import { LivePush } from '@ledgerline/adapters/live/push.ts'
import { topicNames } from '@ledgerline/adapters/live/topics.ts'
import { EngineReadSide } from '@ledgerline/adapters/queries/engine-read-side.ts'
import type { ConnectionLimits } from '@ledgerline/adapters/connection-limits.ts'
import { webServer, type WebServer } from '@ledgerline/adapters/http/server.ts'
import { configuredSession } from '@ledgerline/core/access/session.ts'
import type { ServerLog } from '@ledgerline/adapters/server-log.ts'
import type { JournalState } from '@ledgerline/adapters/journal/journal.ts'
import { realClock, type ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { steadyClock } from '@ledgerline/adapters/clock/steady.ts'
import { JobRunner } from '@ledgerline/adapters/jobs/runner.ts'
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import { sealedSnapshots } from '@ledgerline/adapters/keys/sealed-snapshots.ts'
import { openAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { recordedAhead } from '@ledgerline/adapters/log/postgres/clock.ts'
import type { OutageHandlers } from '@ledgerline/adapters/log/outages.ts'
import { TakingLog } from '@ledgerline/adapters/log/taking.ts'
import { keepSealing } from '@ledgerline/adapters/log/chain/sealer.ts'
import { openSeals } from '@ledgerline/adapters/log/chain/seals.ts'
import type { Disk } from '@ledgerline/adapters/nodes/disk.ts'
import { isWell, toldOf, type Health, type NodeRole } from '@ledgerline/adapters/nodes/health.ts'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import { startNodeServer, type NodeAddress } from '@ledgerline/adapters/nodes/node-server.ts'
import type { AskedOfOwner } from '@ledgerline/adapters/nodes/owner-line.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { openProcessSnapshots } from '@ledgerline/adapters/postgres/process-snapshots.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { describe } from '@ledgerline/core/problems.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels as models } from '@ledgerline/projections/models.ts'
import { knownTenants, latestMoment, serverTimes } from '@ledgerline/projections/reports/latest.ts'
import { DEMO_TENANT } from '@ledgerline/fixtures/demo.ts'
import type { Demo } from './demo.ts'
import type { Installation } from '../installation/installation.ts'
import { refuseLoss } from '../installation/ledger-loss.ts'
import { problems } from '../problems.ts'
import { projectRoot } from '../config.ts'
import { clockProblems } from './clocks.ts'
import { Pace, type PaceState } from './pace.ts'
import { whenItAnswersOrNot, type Starting } from '../installation/server-wait.ts'
import { startSwitchboard, type RunningSwitchboard } from './switchboard.ts'
import { version } from '../version.ts'

export interface UpOptions {
  port: number
  /** What this process does. */
  roles: readonly NodeRole[]
  /** Where it answers to the other processes of the house. */
  nodeAddress: NodeAddress
  /** The master key, by which they know each other. */
  masterKey: Buffer
  /** Redis, by which processes tell each other what changed on the boards; null: there is none. */
  redis: string | null
  /** How many are let in at once. */
  connectionLimits?: ConnectionLimits
  /** The tenant that the screens show; by default the demo's, or the only one there is. */
  tenant?: string
  /** Traffic of the demo's own, on its own clock; begun where the tenant's time has come to (null: at its beginning). */
  demo?: (lastAt: number | null) => Promise<Demo>
  logger: ServerLog
  /** How the journal behind the logger is; nothing: there is none. */
  journal?: () => JournalState
  /** Told when the demo cannot keep its speed, and when it can again. */
  onPace?: (pace: PaceState) => void
  /** Told of Redis: that it is waited for, that it is away, and that it is back. */
  onRedis?: Required<OutageHandlers> & Pick<Starting, 'onWaiting'>
  /** Told what was found wrong at the start and needs somebody, though the house goes on. */
  onFound?: (problem: Problem) => void
  /** The room of the data directory; nothing: nobody looks. */
  disk?: Disk
  /** Told when everything answers. */
  ready: (address: Ready) => void
}

export interface Ready {
  /** Of the screens, or of `GET /health` where this process has none. */
  url: string
  roles: readonly NodeRole[]
  tenant: string
  replay: Demo | null
  standby: boolean
}

/** Where nobody says otherwise. */
const MAIN_TENANT = 'main'
/** Before the demo's clock starts, the tables must have come to where the ledger ended. */
const CATCH_UP_MS = 60_000
/** Whoever asks for the health waits no longer for any part of it. */
const HEALTH_MS = 1_000
const NEVER = new Promise<never>(() => {})

/**
 * Runs until the house's signal aborts.
 * @throws Problem `server.port_taken`, `config.node_address`, `history.*`, `tables.*`, `log.unavailable`
 */
export async function up(opened: Installation, options: UpOptions): Promise<void> {
  const taking = new TakingLog(opened.eventLog)
  const house: Installation = { ...opened, eventLog: taking }
  const { logger } = options
  const does = (role: NodeRole): boolean => options.roles.includes(role)
  const node = nodeName()
  await using closing = new AsyncDisposableStack()

  const engine = new Engine({
    log: house.eventLog,
    codec: house.codec,
    url: house.tables,
    models,
    folds: does('projector'),
    effects: new Set(house.effects.keys()),
    mayFold: () => refuseLoss(house),
    onParked: (lane, { model, tenant, event, reason }) =>
      logger.error({ lane, model, tenant, event, reason }, 'a row is set aside: later events of its key wait'),
    onTrouble: (lane, problem) => logger.warn({ lane, code: problem.code, ...problem.details }, 'a lane begins again'),
  })
  // That it is not there at the beginning is told otherwise.
  let redisIsTold = false
  // Who neither folds nor shows boards has nothing to tell and nothing to hear.
  const push = options.redis !== null && (does('api') || does('projector')) ? livePush(options.redis) : null
  closing.defer(() => push?.close())
  await engine.start()
  closing.defer(() => engine.stop())
  const found = await lookAround()
  if (does('projector')) {
    const seals = await openSeals(house.log, house.eventLog)
    closing.defer(() => seals.close())
    const sealing = keepSealing(
      { log: house.eventLog, seals },
      {
        onTrouble: (error) =>
          logger.error(
            isProblem(error) ? { code: error.code, ...error.details } : { error: String(error) },
            'the ledger is not sealed further',
          ),
      },
    )
    closing.defer(() => sealing.stop())
  }

  const jobs = does('projector') && house.effects.size > 0 ? await runJobs() : null

  const replay = options.demo ? await beginDemo(house, engine, options.demo) : null
  if (replay) closing.defer(() => replay.stop())
  const pace = replay?.own ? paceOf(replay.own) : null
  const tenant = options.tenant ?? replay?.tenant ?? (await onlyTenant(house.tables)) ?? MAIN_TENANT
  const switchboards = new Map<string, RunningSwitchboard>()
  const imported = (): boolean => engine.laneOf(tenant) === 'bulk'
  const health = async (): Promise<Health> => {
    const lanes = engine.status().map(({ lane, state, lagMs }) => ({ lane, state, lagMs }))
    const running = switchboards.get(tenant)
    // Recorded history has nobody to switch: that is no reason to be unwell.
    const owned = running && {
      ...running.ownership(),
      aside: running.aside().filter(({ closed }) => !closed).length,
      mended: toldOf(running.mended()),
    }
    const switchboard =
      owned ??
      (does('switchboard') && !imported()
        ? { role: 'starting' as const, epoch: 0, owner: null, aside: 0, mended: null }
        : null)
    // Whoever watches over processes must have an answer also while the tables are away.
    const state = jobs ? await soon(jobs.state()) : null
    const { ms: refusesMs, reason } = taking.refuses
    const log = {
      awayMs: Math.round(taking.awayMs()),
      refusesMs: Math.round(refusesMs),
      reason,
      clockBehindMs: house.eventLog.clockBehindMs?.() ?? 0,
    }
    const disk = options.disk?.state ? { ...options.disk.state, database: !house.shared } : null
    const journal = options.journal?.() ?? null
    const warnings = warningsNow().map((problem) => ({ code: problem.code, what: describe(problem, 'en', problems) }))
    const said = {
      node,
      version,
      roles: [...options.roles],
      switchboard,
      lanes,
      log,
      clockHeldMs: Math.round(realClock.heldMs),
      disk,
      journal,
      warnings,
      push: push === null ? ('within' as const) : push.lost ? ('lost' as const) : ('redis' as const),
      jobs: state,
    }
    return { ...said, well: isWell(said) }
  }

  const answers = await openAnswers(house.log, Date.now)
  closing.defer(() => answers.close())
  const web = does('api') ? await startWeb() : null
  // Where there can be no other process there is nobody to answer to.
  const messages = house.shared ? new SealedMessages(options.masterKey, 'nodes') : undefined
  const toOthers = messages
    ? await startNodeServer(options.nodeAddress, { node, messages, health, carryOut, logger })
    : null
  closing.defer(() => toOthers?.close())

  if ((does('switchboard') || does('api')) && !imported()) {
    const switchboard = await runSwitchboard()
    switchboards.set(tenant, switchboard)
    if (replay && does('switchboard')) {
      await traffic(switchboard, replay, logger)
      closing.defer(() => replay.stop())
    }
    let was = switchboard.ownership().role
    switchboard.watch((role) => {
      if (role !== was)
        logger.warn(
          { tenant, ...switchboard.ownership() },
          role === 'owner' ? 'the switchboard is owned here from now on' : 'the switchboard is not owned here any more',
        )
      was = role
    })
  }
  const standby = does('switchboard') && switchboards.get(tenant)?.ownership().role === 'standby'
  const isReady = async (): Promise<never> => {
    if (push) await joined(push)
    options.ready({
      url: web?.url ?? `http://${toOthers!.address}/health`,
      roles: options.roles,
      tenant,
      replay,
      standby,
    })
    return NEVER
  }
  await Promise.race([aborted(house.signal), brokenDown(switchboards.get(tenant)), isReady()])

  /** Redis is waited for as the log is before it is said that all is up; but calls are taken and boards are shown meanwhile. */
  async function joined(push: LivePush): Promise<void> {
    const over = new AbortController()
    closing.defer(() => over.abort())
    const signal = AbortSignal.any([house.signal, over.signal])
    const onWaiting: Starting['onWaiting'] = (problem, forMs) => options.onRedis?.onWaiting(problem, forMs)
    const waited = whenItAnswersOrNot(
      { signal, onWaiting },
      () => push.answers(),
      (problem) => options.onRedis?.onTrouble(problem),
    )
    await waited.catch((error: unknown) => (signal.aborted ? NEVER : Promise.reject(error)))
    redisIsTold = true
  }

  /** What is wrong around the house as it begins: told once. */
  async function lookAround(): Promise<Problem[]> {
    const clocks = clockProblems({ own: Date.now(), ...(await asked(house.tables, serverTimes)) })
    const problems = [...(engine.leftOpen ? [engine.leftOpen] : []), ...clocks]
    for (const problem of problems) {
      logger.warn({ code: problem.code, ...problem.details }, 'found at the start')
      options.onFound?.(problem)
    }
    const until = house.eventLog.recordedUntil?.() ?? null
    if (until !== null) logger.warn({ until: new Date(until).toISOString() }, 'recorded time stands still')
    // A house that was off is none the worse for it.
    return problems.filter(({ code }) => code !== 'clock.quiet')
  }

  /** What stands of it, and what has come since. */
  function warningsNow(): Problem[] {
    const until = house.eventLog.recordedUntil?.() ?? null
    return [...found, ...(until === null ? [] : [recordedAhead(until)])]
  }

  function livePush(url: string): LivePush {
    const push = new LivePush({
      url,
      letters: new SealedMessages(options.masterKey, 'live push'),
      database: new URL(house.tables).pathname.slice(1),
      models: new Set<string>(topicNames),
      folds: (lane) => engine.status().some((status) => status.lane === lane && status.state === 'running'),
      logger,
      onTrouble: (problem) => redisIsTold && options.onRedis?.onTrouble(problem),
      onBack: (awayMs) => redisIsTold && options.onRedis?.onBack(awayMs),
    })
    engine.onStarted((lane) => push.started(lane))
    engine.onCommitted((committed) => push.tell(committed))
    return push
  }

  function paceOf(clock: ScaledClock): Pace {
    const late = (): number =>
      Math.max(
        taking.waitsMs,
        ...engine.status().map(({ lane, lagMs }) => (lane === engine.laneOf(DEMO_TENANT) ? lagMs : 0)),
      )
    const made = new Pace({
      clock,
      late,
      onChange(state) {
        logger.warn(state, state.behind ? 'the demo cannot keep its speed and runs slower' : 'the demo keeps its speed')
        options.onPace?.(state)
      },
    })
    closing.defer(() => made.close())
    return made
  }

  async function runJobs(): Promise<JobRunner> {
    const leases = await openLeases(house.tables)
    closing.defer(() => leases.close())
    const runner = new JobRunner({
      url: house.tables,
      leases,
      steady: steadyClock,
      node,
      carryOut: house.effects,
      logger,
    })
    runner.start()
    closing.defer(() => runner.stop())
    return runner
  }

  async function startWeb(): Promise<{ url: string }> {
    const boards = new EngineBoards(engine, house.tables, push)
    closing.defer(() => boards.close())
    const readSide = new EngineReadSide(engine, house.tables)
    closing.defer(() => readSide.close())
    const server: WebServer = await webServer({
      sessions: configuredSession({ tenant: () => tenant }),
      readSide,
      boards,
      log: house.eventLog,
      codec: house.codec,
      answers,
      deskOf(wanted) {
        const running = switchboards.get(wanted)
        if (!running) throw new Problem('switchboard.none', { tenant: wanted })
        return {
          desk: running.desk,
          presence: running.presence,
          board: running.process.switchboard,
          now: () => running.clock.now(),
        }
      },
      clockOf: (wanted) => ({
        now: () => (switchboards.get(wanted)?.clock ?? realClock).now(),
        ...(wanted === replay?.tenant ? (pace?.state ?? { speed: replay.speed }) : { speed: 1 }),
        // The switchboard knows a change of it first.
        zone: switchboards.get(wanted)?.zone() ?? engine.zoneOf(wanted),
      }),
      switchboards: () =>
        [...switchboards].map(([wanted, running]) => ({
          tenant: wanted,
          ...running.ownership(),
          aside: running.aside().map(({ stream, revision, eventType, why, closed }) => ({
            stream,
            revision,
            type: eventType,
            why,
            closed,
          })),
        })),
      health,
      screens: `${projectRoot}/ui/dist`,
      version,
      logger,
      problems,
      ...(options.connectionLimits && { connectionLimits: options.connectionLimits }),
    })
    closing.defer(() => server.close())
    // The port first: whoever started the program twice should hear it before anything is done twice.
    return server.listen(options.port)
  }

  async function runSwitchboard(): Promise<RunningSwitchboard> {
    const snapshots = await openProcessSnapshots(house.tables, house.eventLog)
    closing.defer(() => snapshots.close())
    // A data directory has one owner; on a server that is not ours another process may do the same as this one.
    const leases = house.shared && does('switchboard') ? await openLeases(house.tables) : null
    closing.defer(() => leases?.close())
    const clock = replay?.clock ?? realClock
    const telephony = replay?.telephony ?? new SimulatedTelephony({ clock, dice: Math.random })
    const switchboard = await startSwitchboard({
      tenant,
      eventLog: house.eventLog,
      codec: house.codec,
      answers,
      snapshots: sealedSnapshots(snapshots, house.vault, tenant),
      telephony,
      clock,
      ownership: does('switchboard')
        ? { leases, steady: steadyClock, node, address: toOthers?.address ?? null }
        : 'never',
      origin: replay ? 'simulated' : 'live',
      notes: { warn: (message, details) => logger.warn(details, message) },
      ...(messages && { messages }),
      ...(replay && { onFact: (fact) => replay.onFact(fact) }),
    })
    closing.defer(() => switchboard.stop())
    closing.defer(() => telephony.close())
    return switchboard
  }

  async function carryOut(asked: AskedOfOwner): Promise<void> {
    const running = switchboards.get(asked.tenant)
    if (!running) throw new Problem('switchboard.standby')
    await running.carryOut(asked)
  }
}

/** The demo's people act where the switchboard is owned, because its network is in this process. Resolves when they do, or when it is owned elsewhere. */
async function traffic(switchboard: RunningSwitchboard, replay: Demo, logger: ServerLog): Promise<void> {
  const begin = async (): Promise<void> => {
    await switchboard.activate(replay.configuration)
    if (switchboard.ownership().role !== 'owner') return
    replay.start({
      ...switchboard,
      board: switchboard.process.switchboard,
      onRefusal: (agentId, error) =>
        logger.debug({ agent: agentId, error: String(error) }, 'the demo was refused something'),
    })
  }
  let begun = Promise.resolve()
  switchboard.watch((role) => {
    if (role !== 'owner') return replay.pause()
    begun = begin().catch((error: unknown) => logger.error({ error: String(error) }, 'the demo could not begin'))
  })
  await begun
}

/** Names this process and its life. */
function nodeName(): string {
  return `${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`
}

async function beginDemo(house: Installation, engine: Engine, demo: NonNullable<UpOptions['demo']>): Promise<Demo> {
  const head = await house.eventLog.head()
  // Where another process folds, its clock is as good.
  const folds = engine.status().some(({ lane, state }) => lane === engine.laneOf(DEMO_TENANT) && state !== 'standby')
  if (head !== null && folds) await engine.waitFor(head, DEMO_TENANT, CATCH_UP_MS)
  return demo(await asked(house.tables, (client) => latestMoment(client, DEMO_TENANT)))
}

async function onlyTenant(url: string): Promise<string | null> {
  const tenants = await asked(url, knownTenants)
  return tenants.length === 1 ? tenants[0]! : null
}

async function asked<T>(url: string, question: (client: ReturnType<typeof connection>) => Promise<T>): Promise<T> {
  const client = connection(url, { application: 'ledgerline up' })
  await client.connect()
  try {
    return await question(client)
  } finally {
    await client.end()
  }
}

/** What can be said at once; null else. */
function soon<T>(answer: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, HEALTH_MS, null).unref())
  return Promise.race([answer.catch(() => null), late])
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** A switchboard that ends by itself takes the house with it, loudly: nobody would be offered a call any more. */
async function brokenDown(switchboard: RunningSwitchboard | undefined): Promise<void> {
  if (!switchboard) return NEVER
  const error = await switchboard.ended
  if (error) throw error
}
