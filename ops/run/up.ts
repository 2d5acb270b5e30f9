/**
 * `up`: everything in one process, or the part of it that its roles name; several processes on one database server
 * share the work and stand by for each other. Its parts are opened in order here, and closed in the opposite order;
 * what each part does is in its own file.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { openAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { TakingLog } from '@ledgerline/adapters/log/taking.ts'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import { startNodeServer } from '@ledgerline/adapters/nodes/node-server.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { knownTenants } from '@ledgerline/projections/reports/latest.ts'
import type { Installation } from '../installation/installation.ts'
import { startApi } from './api.ts'
import { asked } from './asked.ts'
import { noteOwnership, startCalls } from './calls.ts'
import { openDemo, startTraffic } from './demo-traffic.ts'
import { healthOf } from './health.ts'
import type { Node, UpOptions } from './node.ts'
import { openRedisPush } from './redis.ts'
import type { RunningSwitchboard } from './switchboard.ts'
import { openEngine, startProjector } from './tables.ts'
import { lookAround } from './warnings.ts'

/** The default tenant. */
const MAIN_TENANT = 'main'

/**
 * Runs until the installation's signal aborts.
 * @throws Problem `server.port_taken`, `config.node_address`, `history.*`, `tables.*`, `log.unavailable`
 */
export async function up(opened: Installation, options: UpOptions): Promise<void> {
  await using closing = new AsyncDisposableStack()
  const node = nodeOf(opened, options, closing)
  const { installation, does } = node

  const engine = openEngine(node)
  const redis = await openRedisPush(node, engine)
  await engine.start()
  closing.defer(() => engine.stop())
  const warnings = await lookAround(node, engine)
  const jobs = does('projector') ? await startProjector(node) : null

  const demo = options.demo ? await openDemo(node, engine, options.demo) : null
  const replay = demo?.replay ?? null
  const tenant = options.tenant ?? replay?.tenant ?? (await onlyTenant(installation.tables)) ?? MAIN_TENANT
  // Imported history has nothing to switch.
  const isImported = (): boolean => engine.laneOf(tenant) === 'bulk'
  const switchboards = new Map<string, RunningSwitchboard>()
  const push = redis?.push ?? null
  const health = () =>
    healthOf(node, {
      engine,
      push,
      jobs,
      warnings,
      switchboard: () => switchboards.get(tenant) ?? null,
      switches: () => does('switchboard') && !isImported(),
    })

  const answers = await openAnswers(installation.log, Date.now)
  closing.defer(() => answers.close())
  // Its port comes first: someone who starts the program twice should hear of it before anything is done twice.
  const api = does('api') ? await startApi(node, { engine, push, answers, health, tenant, demo, switchboards }) : null
  // With a data directory of its own there can be no other process to talk to.
  const messages = installation.shared ? new SealedMessages(options.masterKey, 'nodes') : null
  const nodeServer = messages
    ? await startNodeServer(options.nodeAddress, {
        node: node.name,
        messages,
        health,
        async carryOut(order) {
          const running = switchboards.get(order.tenant)
          if (!running) throw new Problem('switchboard.standby')
          await running.carryOut(order)
        },
        logger: node.logger,
      })
    : null
  closing.defer(() => nodeServer?.close())

  if ((does('switchboard') || does('api')) && !isImported()) {
    const address = nodeServer?.address ?? null
    const switchboard = await startCalls(node, { engine, tenant, answers, replay, messages, address })
    switchboards.set(tenant, switchboard)
    if (replay && does('switchboard')) await startTraffic(node, switchboard, replay)
    noteOwnership(node, switchboard)
  }

  const running = switchboards.get(tenant)
  const isReady = async (): Promise<never> => {
    const standby = does('switchboard') && running?.ownership().role === 'standby'
    await redis?.joined()
    const url = api?.url ?? `http://${nodeServer!.address}/health`
    options.ready({ url, roles: options.roles, tenant, replay, standby })
    return new Promise<never>(() => {})
  }
  await Promise.race([aborted(installation.signal), ...(running ? [brokenDown(running)] : []), isReady()])
}

function nodeOf(opened: Installation, options: UpOptions, closing: AsyncDisposableStack): Node {
  const log = new TakingLog(opened.eventLog)
  return {
    name: `${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`,
    installation: { ...opened, eventLog: log },
    log,
    options,
    logger: options.logger,
    does: (role) => options.roles.includes(role),
    closing,
  }
}

async function onlyTenant(url: string): Promise<string | null> {
  const tenants = await asked(url, knownTenants)
  return tenants.length === 1 ? tenants[0]! : null
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** A switchboard that ends by itself ends the process, loudly: from then on nobody would be offered a call. */
async function brokenDown(switchboard: RunningSwitchboard): Promise<void> {
  const error = await switchboard.ended
  if (error) throw error
}
