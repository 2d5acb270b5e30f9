/** The spine for tests: a real switchboard on a virtual clock, the real engine on a real PostgreSQL, and the web server over both. */
import { randomBytes } from 'node:crypto'
import { EngineReadSide } from '@ledgerline/adapters/queries/engine-read-side.ts'
import type { WebPhones } from '@ledgerline/adapters/http/commands/web-phone-route.ts'
import { openAccess, type Access, type AccessOptions } from '@ledgerline/adapters/access/access.ts'
import { toolsBy } from '@ledgerline/adapters/transfer/context.ts'
import { openTransferFiles } from '@ledgerline/adapters/transfer/files.ts'
import { TransferRunner } from '@ledgerline/adapters/transfer/runner.ts'
import { webServer, type WebServer } from '@ledgerline/adapters/http/server.ts'
import {
  configuredSession,
  operatorPermissions,
  type Permission,
  type Session,
} from '@ledgerline/core/access/session.ts'
import type { RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { RequestLog } from '@ledgerline/adapters/requests/request-log.ts'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels as models } from '@ledgerline/projections/models.ts'
import { until } from '../support/gate.ts'
import { tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'
import type { TestDatabase } from '../support/postgres.ts'
import { tablesDatabase } from '../support/tables.ts'
import { problems } from '@ledgerline/ops/problems.ts'

export interface Spine {
  floor: VirtualHouse
  engine: Engine
  server: WebServer
  readSide: EngineReadSide
  database: TestDatabase
  port: number
  url: string
  told: { level: string; message: string; details: object }[]
  /** Users and log-ins, if the house has them. */
  access: Access
  /** The request log, if the house keeps one. */
  requests: RequestLog
  /** Says who acts, as a log-in would; null: the request does. */
  actor: Session['actor'] | null
  /** Lets time pass on the floor. */
  pass(ms: number): Promise<void>
  /** Until the tables have everything the log has. */
  settled(): Promise<void>
  /** One request, while the floor's time passes if something waits for it. */
  during<T>(promise: Promise<T>): Promise<T>
  close(): Promise<void>
}

/** @param screens directory of the built screens, if a browser is to look */
export async function startSpine(
  name: string,
  options: HouseOptions & {
    permissions?: ReadonlySet<Permission>
    recordings?: RecordingFiles
    webPhones?: WebPhones
    /** It has users, and asks for log-ins. */
    access?: Partial<AccessOptions>
    /** It keeps a request log. */
    requests?: true
    /** Imports and exports are carried out. */
    transfers?: boolean
  } = {},
  screens = '/nowhere',
): Promise<Spine> {
  const database = await tablesDatabase(name)
  const floor = await new VirtualHouse(options).open()
  const engine = new Engine({
    log: floor.log,
    codec: floor.codec,
    url: database.url,
    models,
    now: () => floor.clock.now(),
  })
  await engine.start()
  const readSide = new EngineReadSide(engine, database.url)
  const boards = new EngineBoards(engine, database.url)
  const told: Spine['told'] = []
  const note = (level: string) => (details: object, message: string) => void told.push({ level, message, details })
  const answers = memoryAnswers(() => floor.clock.now())
  const access =
    options.access &&
    (await openAccess({
      ...{ tenant, log: floor.log, codec: floor.codec, answers, problems, url: database.url, automatic: false },
      ...{ masterKey: randomBytes(32), logger: { debug: note('debug'), warn: note('warn'), error: note('error') } },
      ...options.access,
    }))
  const onTrouble = (error: unknown): void => note('warn')({ error: String(error) }, 'the request log')
  const requests = options.requests ? await RequestLog.open({ url: database.url, days: 30, onTrouble }) : null
  const files = await openTransferFiles(database.url, floor.vault)
  const runner = new TransferRunner({
    log: floor.log,
    codec: floor.codec,
    files,
    readSide,
    of: toolsBy({ log: floor.log, codec: floor.codec, answers, problems, clockOf: () => floor.clock }),
    wall: Date.now,
    url: database.url,
    mayWork: () => options.transfers === true,
    logger: { warn: note('warn'), error: note('error') },
  })
  if (options.transfers) runner.start()
  const server = await webServer({
    problems,
    ...(access && { access }),
    sessions:
      access?.sessions ??
      ((request) => ({
        ...configuredSession({ tenant: () => tenant })(request),
        permissions: options.permissions ?? new Set(operatorPermissions),
        ...(spine.actor && { actor: spine.actor }),
      })),
    readSide,
    boards,
    log: floor.log,
    codec: floor.codec,
    answers,
    transfers: { files, nudge: () => runner.nudge() },
    deskOf: () => ({
      desk: floor.desk,
      presence: floor.presence,
      state: floor.process.switchboard,
      now: () => floor.clock.now(),
    }),
    clockOf: () => ({ now: () => floor.clock.now(), speed: 1, zone: 'Asia/Shanghai' }),
    ...(options.recordings && { recordings: options.recordings }),
    ...(options.webPhones && { webPhones: options.webPhones }),
    ...(requests && {
      requests: { log: requests, tenant: () => tenant, now: () => floor.clock.now(), node: 'spine' },
    }),
    screens,
    version: 'test',
    logger: { debug: note('debug'), warn: note('warn'), error: note('error') },
    pace: { beatMs: 50, againMs: 20 },
  })
  const { port, url } = await server.listen(0)
  const spine: Spine = {
    floor,
    engine,
    server,
    readSide,
    database,
    port,
    url,
    told,
    get requests() {
      return requests!
    },
    get access() {
      return access!
    },
    actor: null,
    pass: (ms) => floor.pass(ms),
    async settled() {
      const head = await floor.log.head()
      if (head) await until('the tables have all that the log has', () => engine.waitFor(head, tenant, 1_000))
    },
    during: (promise) => floor.until(promise),
    async close() {
      await server.close()
      await requests?.close()
      await access?.close()
      await runner.stop()
      await files.close()
      await Promise.all([boards.close(), readSide.close()])
      await engine.stop()
      await floor.close()
      await database.drop()
    },
  }
  await spine.settled()
  return spine
}
