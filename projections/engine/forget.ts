/**
 * Forgets a person: deletes their key, and with it what live tables hold of them, so that the tables equal the log as
 * it can be read from then on.
 *
 * The rows are found in the log by the person's subject, folded again without the key, and emptied where that fold is
 * empty. Lanes hold open rows in memory: any process that runs a lane loses it for the moment in which the tables
 * change, and starts again with what is there then.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Position, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { tenantOf } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { isPart, referenceTo } from '@ledgerline/core/kernel/sections.ts'
import { connect, disconnect, rawRows } from './connect.ts'
import { PageDecoder } from './decode.ts'
import { Fold } from './fold.ts'
import { lanesOf, lockOf, type ReadModels } from './lanes.ts'
import type { Entity, Row } from './model.ts'
import { alone } from './rebuild.ts'
import { liveTables } from './schema.ts'
import { loadMissing, tableStatements, Target, transact } from './store.ts'
import { boardStatement } from './table.ts'

export interface Forgetting {
  log: EventLog
  codec: Codec
  url: string
  models: ReadModels
  signal?: AbortSignal
}

export interface Forgotten {
  /** False if there was no key: an unknown person, or one forgotten before. Tables are emptied anyway. */
  hadKey: boolean
  /** How many rows were emptied. */
  rows: number
}

/**
 * Up to this many keys are searched for in the text of events; if there are more, all of the tenant's events are
 * decoded.
 */
const LOOKED_FOR = 100
/** Time limit for taking the lanes away, ms. */
const LANES_MS = 10_000

/**
 * Forgets a person. Reads the tenant's events twice, which takes as long as the log is; the lanes stand still only
 * while the rows are written.
 * @param subject the keyed hash that represents the person in the log
 * @param forgetKey deletes the person's key, in the vault that the codec opens with
 * @throws Problem `tables.being_built`: a fold must not write after the key is gone what it decrypted with it before
 */
export async function forgetPerson(
  options: Forgetting,
  tenant: string,
  subject: string,
  forgetKey: () => Promise<boolean>,
): Promise<Forgotten> {
  return alone(options.url, async (client) => {
    const person = new Person(options, tenant, subject, await targetsOf(client, options.models))
    await person.find()
    const hadKey = await forgetKey()
    if (person.unknown) return { hadKey, rows: 0 }
    await person.foldAgain(client)
    const release = await putLanesOff(options)
    try {
      await person.foldAgain(client)
      return { hadKey, rows: await person.empty(client) }
    } finally {
      await release()
    }
  })
}

/** Tables with personal columns, by model. */
async function targetsOf(client: Client, { models }: ReadModels): Promise<Map<string, Target>> {
  const live = await liveTables(client, models)
  return new Map(
    models.flatMap((model) => {
      const table = live.find((candidate) => candidate.model === model.name)
      return table && personalColumns(model).length > 0 ? [[model.name, new Target(model, table.table)] as const] : []
    }),
  )
}

function personalColumns(model: { columns: Entity['columns'] }): string[] {
  return Object.entries(model.columns)
    .filter(([, { personal }]) => personal)
    .map(([name]) => name)
}

class Person {
  readonly #with: Forgetting
  readonly #tenant: string
  readonly #targets: ReadonlyMap<string, Target>
  readonly #sealed: string
  /** Keys of rows that contain something of the person, by model; their text distinguishes them. */
  readonly #keys = new Map<string, Map<string, Row>>()
  readonly #fold: Fold
  readonly #decoder: PageDecoder
  #position: Position | null = null
  /** How events refer to the parts in which the rows are named. */
  readonly #parts = new Set<string>()
  #prepared = false

  constructor(options: Forgetting, tenant: string, subject: string, targets: ReadonlyMap<string, Target>) {
    this.#with = options
    this.#tenant = tenant
    this.#targets = targets
    // As the codec stores it: `{"s":"<subject>","c":…}`.
    this.#sealed = `"s":${JSON.stringify(subject)}`
    const { zones, events } = options.models
    const models = [...targets.values()].map(({ model }) => model as Entity)
    this.#fold = new Fold(
      { models: zones && !models.includes(zones) ? [zones, ...models] : models, zones, events },
      { careful: true },
    )
    this.#decoder = new PageDecoder(
      options.codec,
      events,
      models.flatMap((model) => Object.keys(model.on)),
    )
  }

  get unknown(): boolean {
    return this.#keys.size === 0
  }

  /** Finds the rows that contain something of the person. */
  async find(): Promise<void> {
    await this.#read(
      null,
      (text) => text.includes(this.#sealed),
      new Set(),
      (model, key) => {
        const keys = this.#keys.get(model.name)
        if (keys) keys.set(textOf(key), key)
        else this.#keys.set(model.name, new Map([[textOf(key), key]]))
      },
    )
  }

  /** Folds those rows: from the beginning, then what came since. */
  async foldAgain(client: Client): Promise<void> {
    await this.#prepare(client)
    const names = [...this.#keys.values()].flatMap((keys) =>
      [...keys.values()].flatMap((key) => Object.values(key).map((value) => JSON.stringify(value))),
    )
    const concernsOne = (text: string) => names.length > LOOKED_FOR || names.some((name) => text.includes(name))
    this.#position = await this.#read(this.#position, concernsOne, this.#parts, (model, key, event) => {
      if (!this.#keys.get(model.name)?.has(textOf(key))) return
      // Nothing is loaded: what is not held has not begun.
      this.#fold.provide(this.#fold.planLate(model, [{ event, key }]), [])
      this.#fold.apply()
    })
  }

  /** Empties what the fold has empty; returns the number of rows. */
  async empty(client: Client): Promise<number> {
    const statements = []
    let count = 0
    for (const [name, keys] of this.#keys) {
      const target = this.#targets.get(name)!
      const [loaded] = await loadMissing(client, this.#targets, [
        { model: target.model, slots: [...keys.values()].map((key) => ({ tenant: this.#tenant, key })) },
      ])
      const updates = loaded!.rows.flatMap(({ row }) => {
        const fresh = this.#fold.held.get(name)!.find(this.#tenant, row)?.row
        const gone = personalColumns(target.model).filter(
          (column) => row[column] !== null && (fresh?.[column] ?? null) === null,
        )
        return gone.length === 0
          ? []
          : [
              {
                tenant: this.#tenant,
                key: row,
                row: { ...row, ...Object.fromEntries(gone.map((column) => [column, null])) },
              },
            ]
      })
      count += updates.length
      statements.push(...tableStatements(target, { inserts: [], updates, removes: [] }))
    }
    if (statements.length > 0) await transact(client, statements)
    return count
  }

  async #prepare(client: Client): Promise<void> {
    if (this.#prepared) return
    this.#prepared = true
    const { zones, models } = this.#with.models
    const table = zones && (await liveTables(client, models)).find(({ model }) => model === zones.name)
    if (!zones || !table) return
    const target = new Target(zones, table.table)
    this.#fold.hold(
      zones,
      (await rawRows(client, { text: boardStatement(zones, table.table, true), values: [this.#tenant] })).map(
        target.read,
      ),
    )
  }

  /**
   * Visits the rows touched by those events of the tenant whose text, or that of a part that they refer to, is wanted, in
   * order; returns the place where the log ended.
   * @param parts references to parts whose text is wanted; those that are found are added
   */
  async #read(
    after: Position | null,
    wanted: (text: string) => boolean,
    parts: Set<string>,
    visit: (model: Entity, key: Row, event: RecordedEvent) => void,
  ): Promise<Position | null> {
    const { log, codec, signal } = this.#with
    const models = [...this.#targets.values()].map(({ model }) => model as Entity)
    const types = [...new Set([...models.flatMap((model) => Object.keys(model.on)), ...codec.partTypes])]
    const isWanted = (event: LogEvent): boolean => {
      if (!isPart(event)) return wanted(event.data) || [...parts].some((reference) => event.data.includes(reference))
      if (wanted(event.data)) parts.add(referenceTo(event))
      return false
    }
    let position = after
    for await (const page of log.readAll(after, { filter: { types }, ...(signal && { signal }) })) {
      const mine = page.events.filter((event) => tenantOf(event.stream) === this.#tenant && isWanted(event))
      for (const event of await this.#decoder.decode(mine, this.#fold)) {
        for (const model of models)
          if (event.type in model.on) for (const key of keysOf(model, event)) visit(model, key, event)
      }
      position = page.position
    }
    return position
  }
}

function keysOf(model: Entity, event: RecordedEvent): Row[] {
  const keys = model.keysOf[event.type]?.(event) ?? [event.data as Row]
  return keys.map((key) => Object.fromEntries(Object.keys(model.key).map((name) => [name, key[name]])))
}

function textOf(key: Row): string {
  return JSON.stringify(Object.values(key))
}

/**
 * Ends the sessions of all lanes on this database and keeps them from starting again. Returns a function that lets
 * them.
 * @throws Problem `tables.unavailable`
 */
async function putLanesOff({ url, models }: Forgetting): Promise<() => Promise<void>> {
  const client = await connect(url, { application: 'ledgerline forgetting' })
  const until = Date.now() + LANES_MS
  try {
    for (const lane of lanesOf(models)) {
      const [space, number] = lockOf(models, lane)
      for (;;) {
        const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [
          space,
          number,
        ])
        if (rows[0]!.taken) break
        if (Date.now() > until) throw new Problem('tables.unavailable', { reason: `lane ${lane} does not let go` })
        await client.query(
          `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = $1 and objid = $2 and granted and database = (select oid from pg_database where datname = current_database())`,
          [space, number],
        )
        await pause(10)
      }
    }
  } catch (error) {
    await disconnect(client)
    throw error
  }
  // The locks go with the connection.
  return () => disconnect(client)
}
