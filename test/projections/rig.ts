/** A log and a tables' database of a test's own, with an engine on them. */
import * as assert from 'uvu/assert'
import { Client } from 'pg'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import type { NewEvent, Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogPage, ReadOptions } from '@ledgerline/core/kernel/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { Engine, type EngineOptions, type Parked } from '@ledgerline/projections/engine/engine.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import type { Entity, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { until } from '../support/gate.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { tablesDatabase } from '../support/tables.ts'

/** A log that gives out pages of the sizes a test wants. */
export class PagedLog extends MemoryLog {
  pageSize: (() => number) | null = null

  override async *readAll(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    yield* super.readAll(after, this.#sized(options))
  }

  override async *subscribe(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    yield* super.subscribe(after, this.#sized(options))
  }

  #sized(options: ReadOptions): ReadOptions {
    return this.pageSize ? { ...options, pageSize: this.pageSize() } : options
  }
}

export class Rig {
  readonly database: TestDatabase
  readonly log: PagedLog
  readonly vault = memoryVault()
  readonly codec: Codec
  readonly client: Client
  readonly parked: Parked[] = []
  readonly troubles: Problem[] = []
  readonly #engines: Engine[] = []
  #clock = 1_700_000_000_000
  #ids = 0
  readonly #revisions = new Map<string, number>()

  constructor(database: TestDatabase) {
    this.database = database
    this.log = new PagedLog(() => this.now())
    this.codec = new Codec(catalogue, this.vault, this.log)
    this.client = new Client(database.url)
    this.client.on('error', () => {})
  }

  now(): number {
    return this.#clock
  }

  pass(ms: number): number {
    return (this.#clock += ms)
  }

  engine(options: Partial<EngineOptions> = {}): Engine {
    const engine = new Engine({
      log: this.log as EventLog,
      codec: this.codec,
      url: this.database.url,
      models: readModels,
      onParked: (_, parked) => this.parked.push(parked),
      onTrouble: (_, problem) => this.troubles.push(problem),
      ...options,
    })
    this.#engines.push(engine)
    return engine
  }

  /** Appends events of one stream, happening now. */
  async append(stream: string, ...events: NewEvent[]): Promise<Position> {
    const tenant = stream.slice(stream.indexOf('-') + 1, stream.indexOf('.'))
    const drafts = events.map((event) => ({
      id: derivedId('rig', String(++this.#ids)),
      event,
      meta: { tenant, actor: 'test', at: this.#clock, origin: 'live' as const, correlation: null, causation: null },
    }))
    const revision = this.#revisions.get(stream) ?? -1
    const { position } = await this.log.append(
      stream,
      revision < 0 ? 'none' : revision,
      await this.codec.encode(drafts),
    )
    this.#revisions.set(stream, revision + events.length)
    return position
  }

  /** Appends text as it is, as a broken writer would. */
  async appendRaw(stream: string, type: string, data: string, metadata?: string): Promise<Position> {
    const tenant = stream.slice(stream.indexOf('-') + 1, stream.indexOf('.'))
    const revision = this.#revisions.get(stream) ?? -1
    const event = {
      id: derivedId('rig', String(++this.#ids)),
      type,
      data,
      metadata: metadata ?? JSON.stringify({ t: tenant, a: 'test', at: this.#clock }),
    }
    const { position } = await this.log.append(stream, revision < 0 ? 'none' : revision, [event])
    this.#revisions.set(stream, revision + 1)
    return position
  }

  async sql<R extends object = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.client.query<R>(text, values)).rows
  }

  /** All tables equal a fresh fold. */
  async verified(engine: Engine): Promise<void> {
    const verified = await engine.verify()
    assert.equal(
      verified.models.filter(({ differing }) => differing > 0),
      [],
    )
    assert.equal(verified.pending, [])
    assert.ok(verified.equal)
  }

  /** Waits until the tables hold the whole log. */
  async caughtUp(engine: Engine, tenant = 'test'): Promise<void> {
    const head = await this.log.head()
    if (head) await this.holds(engine, head, tenant)
  }

  /** Waits until the tables hold the log up to a place. */
  async holds(engine: Engine, position: Position, tenant = 'test'): Promise<void> {
    const holds = () => engine.waitFor(position, tenant, 1_000)
    await until(`the tables at ${position}`, holds).catch((error: Error) =>
      assert.unreachable(`${error.message}: ${JSON.stringify(engine.status())}`),
    )
  }

  async close(): Promise<void> {
    for (const engine of this.#engines) await engine.stop()
    await this.log.close()
    await this.client.end().catch(() => {})
    await this.database.drop()
  }
}

/** The tables of all models are there and empty. */
export async function rig(name: string): Promise<Rig> {
  return rigOn(await tablesDatabase(name))
}

/** There is nothing, as before the first start. */
export async function emptyRig(name: string): Promise<Rig> {
  return rigOn(await freshDatabase(name))
}

async function rigOn(database: TestDatabase): Promise<Rig> {
  const made = new Rig(database)
  await made.client.connect()
  return made
}

/** Runs a test with a rig, whatever becomes of it. */
export function withRig(name: string, body: (rig: Rig) => Promise<void>, make = rig): () => Promise<void> {
  return async () => {
    const made = await make(name)
    try {
      await body(made)
    } finally {
      await made.close()
    }
  }
}

/** For what is about how tables come to be. */
export function withEmptyRig(name: string, body: (rig: Rig) => Promise<void>): () => Promise<void> {
  return withRig(name, body, emptyRig)
}

const queue = {
  strategy: 'longest-idle-agent' as const,
  priority: 0,
  ringMs: 20_000,
  wrapUpMs: 15_000,
  maxNoAnswer: 3,
  noAnswerDelayMs: 0,
  rejectDelayMs: 0,
  busyDelayMs: 0,
  maxWaitMs: 0,
  targetMs: 20_000,
  targetRatio: 0.8,
  shortAbandonMs: 5_000,
}

/** Events as tests need them, with what does not matter filled in. */
export const say = {
  activated: (
    queues: string[] = ['PS'],
    agents: string[] = ['201', '202'],
    zone = 'Asia/Shanghai',
    version = 1,
  ): NewEvent => ({
    type: 'SwitchboardActivated',
    data: {
      version,
      zone,
      queues: queues.map((code) => ({ code, name: `Queue ${code}`, ...queue })),
      agents: agents.map((code) => ({
        agentId: code,
        agentCode: code,
        name: `Agent ${code}`,
        extension: `8${code}`,
        group: null,
        department: null,
        queues: queues.map((queueCode) => ({ queueCode, level: 1, position: 1 })),
      })),
      routes: [],
    },
  }),
  received: (callId: string, from: string | null = '13800002225'): NewEvent => ({
    type: 'CallReceived',
    data: {
      callId,
      legId: `${callId}-leg`,
      direction: 'inbound',
      from,
      fromRaw: from,
      to: '95588',
      gateway: null,
      customerId: null,
      category: null,
      priority: 0,
    },
  }),
  queued: (callId: string, at: number, queueCode = 'PS', segmentId = `${callId}-q`): NewEvent => ({
    type: 'CallQueued',
    data: {
      callId,
      segmentId,
      queueCode,
      priority: 0,
      joinedAt: at,
      resumed: false,
      targetMs: 20_000,
      shortAbandonMs: 5_000,
      configVersion: 1,
    },
  }),
  left: (
    callId: string,
    waitMs: number,
    exit = 'abandoned',
    queueCode = 'PS',
    segmentId = `${callId}-q`,
  ): NewEvent => ({
    type: 'CallLeftQueue',
    data: { callId, segmentId, queueCode, exit, waitMs, to: null },
  }),
  answered: (callId: string, agent: string | null, waitMs: number, more: object = {}): NewEvent => ({
    type: 'CallAnswered',
    data: {
      callId,
      agentId: agent,
      agentCode: agent,
      segmentId: `${callId}-${agent}`,
      queueSegmentId: `${callId}-q`,
      legId: `${callId}-a`,
      offerId: null,
      queueCode: 'PS',
      waitMs,
      ringMs: 0,
      ...more,
    },
  }),
  agentLeft: (
    callId: string,
    agent: string | null,
    talkMs: number,
    holdMs = 0,
    queueCode: string | null = 'PS',
  ): NewEvent => ({
    type: 'AgentLeftCall',
    data: {
      callId,
      agentId: agent,
      agentCode: agent,
      segmentId: `${callId}-${agent}`,
      queueCode,
      by: 'customer',
      talkMs,
      holdMs,
    },
  }),
  ended: (callId: string, by = 'customer'): NewEvent => ({
    type: 'CallEnded',
    data: { callId, by, cause: 16, reason: 'hung_up' },
  }),
  shift: (type: string, agent: string, more: object = {}): NewEvent => ({
    type,
    data: { shiftId: `${agent}-1`, agentId: agent, agentCode: agent, ...more },
  }),
  signedIn: (agent: string, queues: string[] = ['PS']): NewEvent =>
    say.shift('AgentSignedIn', agent, {
      userId: agent,
      name: `Agent ${agent}`,
      extension: `8${agent}`,
      group: null,
      department: null,
      queues: queues.map((queueCode) => ({ queueCode, level: 1, position: 1 })),
      via: 'phone',
      registered: true,
    }),
  work: (
    type: 'AgentBecameReady' | 'AgentBecameNotReady' | 'AgentWentAway' | 'AgentSignedOut',
    agent: string,
    reason: string | null = null,
  ): NewEvent => say.shift(type, agent, { by: 'agent', byCode: null, reason }),
}

/** A short call: received, queued, abandoned after 7 s. */
export async function abandoned(rig: Rig, callId: string, tenant = 'test'): Promise<void> {
  const stream = `call-${tenant}.${callId}`
  await rig.append(stream, say.received(callId), say.queued(callId, rig.now()))
  rig.pass(7_000)
  await rig.append(stream, say.left(callId, 7_000), say.ended(callId))
}

/** The read models with one of them changed, and with it every model that is made from it. */
export function withModel(models: ReadModels, name: string, change: (model: Entity) => unknown): ReadModels {
  const changed = models.models.map((model) => (model.name === name ? (change(model as never) as ReadModel) : model))
  const found = changed.find((model) => model.name === name)!
  return {
    ...models,
    models: changed.map((model) => {
      if (model.kind === 'derived' && model.of.name === name) return { ...model, of: found as never }
      if (model.kind === 'aggregate')
        return {
          ...model,
          from: model.from.map((source) =>
            source.source.name === name ? { ...source, source: found as never } : source,
          ),
        }
      return model
    }),
  }
}
