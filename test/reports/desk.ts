/**
 * Reports as requested over HTTP, on a ledger that a test writes: a rig with its engine, a web server on
 * top, and a clock that the test sets. Each test has a tenant of its own.
 */
import * as assert from 'uvu/assert'
import { EngineReadSide } from '@ledgerline/adapters/queries/engine-read-side.ts'
import { webServer, type WebServer } from '@ledgerline/adapters/http/server.ts'
import { configuredSession, operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import type { NewEvent } from '@ledgerline/core/kernel/event.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { ReportAnswer, ReportRow } from '@ledgerline/projections/reports/report.ts'
import { get, type Reply } from '../http/web.ts'
import { rig, say, type Rig } from '../projections/rig.ts'
import { problems } from '@ledgerline/ops/problems.ts'

export interface ReportDesk {
  rig: Rig
  engine: Engine
  port: number
  /** Whose session it is. */
  tenant: string
  permissions: readonly Permission[]
  /** What the tenant's clock reads when a report is requested. */
  now: number
  close(): Promise<void>
}

export async function reportDesk(name: string): Promise<ReportDesk> {
  const made = await rig(name)
  const engine = made.engine()
  await engine.start()
  const readSide = new EngineReadSide(engine, made.database.url)
  const boards = new EngineBoards(engine, made.database.url)
  const desk = {
    rig: made,
    engine,
    port: 0,
    tenant: 'test',
    permissions: operatorPermissions as readonly Permission[],
    now: 0,
  }
  const log = { debug() {}, warn() {}, error() {} }
  const server: WebServer = await webServer({
    problems,
    sessions: (request) => configuredSession({ tenant: () => desk.tenant, permissions: desk.permissions })(request),
    readSide,
    boards,
    log: made.log,
    codec: made.codec,
    answers: memoryAnswers(() => desk.now),
    deskOf: () => assert.unreachable('a report commands nothing') as never,
    clockOf: (tenant) => ({ now: () => desk.now, speed: 1, zone: engine.zoneOf(tenant) }),
    screens: '/nowhere',
    version: 'test',
    logger: log,
  })
  const { port } = await server.listen(0)
  return Object.assign(desk, {
    port,
    async close() {
      await server.close()
      await Promise.all([boards.close(), readSide.close()])
      await made.close()
    },
  })
}

/** A tenant's ledger, written at times the test chooses, and the reports on it. */
export class Book {
  readonly desk: ReportDesk
  readonly tenant: string

  private constructor(desk: ReportDesk, tenant: string) {
    this.desk = desk
    this.tenant = tenant
  }

  /** Opens a tenant with a switchboard in a time zone; from now on reports are requested as that tenant. */
  static async open(
    desk: ReportDesk,
    tenant: string,
    zone: string,
    at: number,
    options: { queues?: string[]; agents?: string[] } = {},
  ): Promise<Book> {
    const book = new Book(desk, tenant)
    desk.tenant = tenant
    desk.permissions = operatorPermissions
    desk.now = at
    await book.at(
      at,
      'switchboard',
      'configuration',
      say.activated(options.queues ?? ['PS'], options.agents ?? ['201', '202'], zone),
    )
    return book
  }

  /** Appends events of one stream, all happening at that moment (UTC ms). */
  async at(at: number, category: string, id: string, ...events: NewEvent[]): Promise<void> {
    const { rig } = this.desk
    rig.pass(at - rig.now())
    await rig.append(`${category}-${this.tenant}.${id}`, ...events)
  }

  call(at: number, callId: string, ...events: NewEvent[]): Promise<void> {
    return this.at(at, 'call', callId, ...events)
  }

  shift(at: number, agent: string, ...events: NewEvent[]): Promise<void> {
    return this.at(at, 'shift', `${agent}-1`, ...events)
  }

  /** The answer to a report, once the tables hold everything. */
  async ask(report: string, query: Record<string, string> = {}): Promise<ReportAnswer> {
    const reply = await this.reply(report, query)
    assert.is(reply.status, 200, reply.text)
    return reply.json as ReportAnswer
  }

  async reply(report: string, query: Record<string, string> = {}): Promise<Reply> {
    await this.desk.rig.caughtUp(this.desk.engine, this.tenant)
    return get(this.desk, this.path(report, query))
  }

  /** A file's bytes and its name. */
  async file(report: string, query: Record<string, string>): Promise<{ bytes: Buffer; type: string; name: string }> {
    await this.desk.rig.caughtUp(this.desk.engine, this.tenant)
    const response = await fetch(`http://127.0.0.1:${this.desk.port}${this.path(report, query)}`)
    assert.is(response.status, 200)
    return {
      bytes: Buffer.from(await response.arrayBuffer()),
      type: response.headers.get('content-type')!,
      name: response.headers.get('content-disposition')!,
    }
  }

  path(report: string, query: Record<string, string>): string {
    const asked = new URLSearchParams(query).toString()
    return `/api/v1/reports/${report}${asked === '' ? '' : `?${asked}`}`
  }
}

/** Some values of each row, in the order asked for. */
export function values(rows: readonly ReportRow[], ...keys: string[]): unknown[][] {
  return rows.map((row) => keys.map((key) => row[key]))
}

/** A moment, by its ISO name with offset. */
export const moment = (iso: string): number => {
  const at = Date.parse(iso)
  assert.ok(Number.isFinite(at), iso)
  return at
}

let made = 0

/** What makes up a record of catalogue A. */
export interface Offered {
  agent: string
  direction?: 'inbound' | 'internal'
  /** Null: meant for the agent personally. */
  queue?: string | null
  ringMs: number
  /** Null: the agent did not answer. */
  talkMs: number | null
  holdMs?: number
}

/** A call offered to one agent, who answers it or not; returns its id. */
export async function offered(
  book: Book,
  at: number,
  { agent, direction = 'inbound', queue = 'PS', ringMs, talkMs, holdMs = 0 }: Offered,
): Promise<string> {
  const callId = `c${++made}`
  const offer = { callId, offerId: `${callId}-o`, agentId: agent, agentCode: agent, queueCode: queue }
  const received = say.received(callId)
  await book.call(
    at,
    callId,
    { ...received, data: { ...(received.data as object), direction } } as NewEvent,
    ...(queue === null ? [] : [say.queued(callId, at, queue)]),
    {
      type: 'CallOffered',
      data: { ...offer, legId: `${callId}-a`, extension: `8${agent}`, deadline: at + 60_000, configVersion: 1 },
    } as NewEvent,
  )
  const answeredAt = at + ringMs
  if (talkMs === null) {
    await book.call(
      answeredAt,
      callId,
      { type: 'OfferEnded', data: { ...offer, result: 'no_answer' } } as NewEvent,
      ...(queue === null ? [] : [say.left(callId, ringMs)]),
      say.ended(callId),
    )
    return callId
  }
  await book.call(
    answeredAt,
    callId,
    say.answered(callId, agent, ringMs, {
      offerId: offer.offerId,
      ringMs,
      queueCode: queue,
      ...(queue === null ? { queueSegmentId: null, waitMs: 0 } : {}),
    }),
  )
  await book.call(
    answeredAt + talkMs + holdMs,
    callId,
    say.agentLeft(callId, agent, talkMs, holdMs, queue),
    say.ended(callId),
  )
  return callId
}

/** A call placed by an agent; returns its id. `talk` is null if the customer did not answer. */
export async function placed(
  book: Book,
  at: number,
  { agent, ringMs, talkMs }: { agent: string; ringMs: number; talkMs: number | null },
): Promise<string> {
  const callId = `p${++made}`
  await book.call(at, callId, {
    type: 'CallPlaced',
    data: {
      callId,
      direction: 'outbound',
      by: 'agent',
      agentId: agent,
      agentCode: agent,
      extension: `8${agent}`,
      to: '13900001111',
      toRaw: '13900001111',
      callerId: '95588',
      campaign: null,
      linkedCallId: null,
    },
  } as NewEvent)
  if (talkMs === null) {
    await book.call(at + ringMs, callId, say.ended(callId, 'network'))
    return callId
  }
  await book.call(
    at + ringMs,
    callId,
    say.answered(callId, agent, 0, { queueSegmentId: null, queueCode: null, ringMs }),
  )
  await book.call(at + ringMs + talkMs, callId, say.agentLeft(callId, agent, talkMs, 0, null), say.ended(callId))
  return callId
}
