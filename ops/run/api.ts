/** The role `api`: the web server with the screens, HTTP and the live stream, and what it reads from. */
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { openAccess } from '@ledgerline/adapters/access/access.ts'
import { webServer, type WebServerOptions } from '@ledgerline/adapters/http/server.ts'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import type { LivePush } from '@ledgerline/adapters/live/push.ts'
import { EngineReadSide } from '@ledgerline/adapters/queries/engine-read-side.ts'
import { RequestLog } from '@ledgerline/adapters/requests/request-log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { projectRoot } from '../config.ts'
import { problems } from '../problems.ts'
import { version } from '../version.ts'
import type { OpenDemo } from './demo-traffic.ts'
import type { Node } from './node.ts'
import { openRecordings } from './recordings.ts'
import { startTransfers } from './transfers.ts'
import type { RunningSwitchboard } from './switchboard.ts'
import { webPhones } from './web-phones.ts'

export interface ApiSources extends Pick<WebServerOptions, 'answers' | 'health'> {
  engine: Engine
  push: LivePush | null
  tenant: string
  demo: OpenDemo | null
  /** Those running in this process, by tenant; they may start later than the web server. */
  switchboards: ReadonlyMap<string, RunningSwitchboard>
}

export async function startApi(node: Node, sources: ApiSources): Promise<{ url: string }> {
  const { installation, options, logger, closing } = node
  const { engine, push, answers, health, tenant, demo, switchboards } = sources
  const boards = new EngineBoards(engine, installation.tables, push)
  closing.defer(() => boards.close())
  const readSide = new EngineReadSide(engine, installation.tables)
  closing.defer(() => readSide.close())
  const access = await openAccess({
    tenant,
    log: installation.eventLog,
    codec: installation.codec,
    answers,
    problems,
    url: installation.log,
    masterKey: options.masterKey,
    logger,
    automatic: demo !== null,
  })
  closing.defer(() => access.close())
  const clockOf: WebServerOptions['clockOf'] = (wanted) => ({
    now: () => (switchboards.get(wanted)?.clock ?? realClock).now(),
    ...(demo && wanted === demo.replay.tenant ? (demo.pace?.state ?? { speed: demo.replay.speed }) : { speed: 1 }),
    // The switchboard is the first to know when the zone changes.
    zone: switchboards.get(wanted)?.zone() ?? engine.zoneOf(wanted),
  })
  const requests = await openRequests(node)
  const server = await webServer({
    sessions: access.sessions,
    access,
    readSide,
    boards,
    log: installation.eventLog,
    codec: installation.codec,
    answers,
    deskOf(wanted) {
      const running = switchboards.get(wanted)
      if (!running) throw new Problem('switchboard.none', { tenant: wanted })
      const { desk, presence, process, clock } = running
      return { desk, presence, state: process.switchboard, now: () => clock.now() }
    },
    clockOf,
    ...(requests && {
      requests: { log: requests, tenant: () => tenant, now: (of: string) => clockOf(of).now(), node: node.name },
    }),
    switchboards: () =>
      [...switchboards].map(([of, running]) => ({
        tenant: of,
        ...running.ownership(),
        aside: running.aside().map(({ eventType: type, stream, revision, why, closed }) => ({
          stream,
          revision,
          type,
          why,
          closed,
        })),
      })),
    health,
    transfers: await startTransfers(node, readSide, answers, clockOf),
    recordings: await openRecordings(options.recordings),
    ...(options.webPhones !== null && {
      webPhones: webPhones(options.webPhones, options.masterKey, options.iceServers ?? []),
    }),
    screens: `${projectRoot}/ui/dist`,
    version,
    logger,
    problems,
    ...(options.connectionLimits && { connectionLimits: options.connectionLimits }),
  })
  closing.defer(() => server.close())
  const address = await server.listen(options.port)
  const first = access.automatic ? null : await access.begin(options.language ?? 'en')
  if (first) options.onFirstUser?.(first)
  return address
}

/** The request log; null: requests are not kept. */
async function openRequests({ installation, options, logger, closing }: Node): Promise<RequestLog | null> {
  const days = options.requestDays ?? 0
  if (days === 0) return null
  const onTrouble = (error: unknown, { up }: { up: number }): void =>
    logger.warn({ error: String(error), givenUp: up }, 'requests cannot be written into the request log')
  const log = await RequestLog.open({ url: installation.tables, days, onTrouble })
  closing.defer(() => log.close())
  return log
}
