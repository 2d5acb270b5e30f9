/**
 * The history of one thing, read from ledger and tables: a call's whole story, an agent's day, the boards as
 * they stood. Personal fields are masked, as on every screen.
 */
import type { Condition } from '@ledgerline/adapters/queries/filters.ts'
import { maskedColumns, maskRow } from '@ledgerline/adapters/queries/mask.ts'
import type { Row, Tables } from '@ledgerline/adapters/queries/select.ts'
import { configuredSession, type Session } from '@ledgerline/core/access/session.ts'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import { agentDay } from '@ledgerline/adapters/replay/agent-day.ts'
import type { AgentDay, Decisions } from '@ledgerline/adapters/replay/answers.ts'
import { boardsThen, type BoardsThen, type By } from '@ledgerline/adapters/replay/boards.ts'
import { eventsOf } from '@ledgerline/adapters/replay/call-events.ts'
import { decisionsOf } from '@ledgerline/adapters/replay/decisions.ts'
import { modelNamed, rowsOf } from '@ledgerline/adapters/replay/rows.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { knownTenants } from '@ledgerline/projections/reports/latest.ts'
import type { Installation } from './installation/installation.ts'
import { reader } from './installation/tables-reader.ts'

/** Where and whose. */
export interface Place {
  tenant: string
  /** IANA name: the zone in which times are shown. */
  zone: string
}

export interface CallStory extends Place {
  call: Row | null
  segments: Row[]
  legs: Row[]
  events: Row[]
  /** Its offers, and why each went to its agent. */
  decisions: Decisions
}

export type AgentStory = Place & AgentDay

export type Boards = Place & BoardsThen & { by: By }

/** Queries one house; close it afterwards. */
export class Replay {
  readonly #installation: Installation
  readonly #open = new Map<string, Promise<Tables>>()

  constructor(installation: Installation) {
    this.#installation = installation
  }

  async close(): Promise<void> {
    for (const tables of await Promise.allSettled(this.#open.values()))
      if (tables.status === 'fulfilled') await tables.value.destroy()
  }

  /**
   * A call's whole story, whichever tenant it belongs to.
   * @throws Problem `request.not_found`
   */
  async call(callId: string, tenant: string | null): Promise<CallStory> {
    for (const candidate of tenant === null ? await this.#tenants() : [tenant]) {
      const place = await this.#place(candidate)
      const isThis: Condition = { column: 'callId', is: 'one_of', values: [callId] }
      const [calls, segments, legs, events] = await Promise.all([
        this.#rows(place, 'calls', [isThis]),
        this.#rows(place, 'call_segments', [isThis], 'startedAt'),
        this.#rows(place, 'legs', [isThis], 'startedAt'),
        eventsOf(this.#installation.eventLog, this.#installation.codec, session(candidate), callId),
      ])
      if (calls.length === 0 && events.length === 0) continue
      const decisions = await decisionsOf(
        {
          log: this.#installation.eventLog,
          codec: this.#installation.codec,
          tables: await this.#tablesOf(candidate),
          tenant: candidate,
        },
        callId,
        this.#installation.signal,
      )
      return { ...place, call: calls[0] ?? null, segments, legs, events, decisions }
    }
    throw new Problem('request.not_found', { what: 'call', id: callId })
  }

  /**
   * What an agent did on a day; by default on the last day of which anything is known.
   * @throws Problem `replay.which_tenant`, `request.not_found`
   */
  async agent(agentCode: string, day: string | null, tenant: string | null): Promise<AgentStory> {
    const place = await this.#place(tenant ?? (await this.#onlyTenant()))
    const tables = await this.#tablesOf(place.tenant)
    return {
      ...place,
      ...(await agentDay(
        {
          log: this.#installation.eventLog,
          codec: this.#installation.codec,
          tables,
          session: session(place.tenant),
          zone: place.zone,
          now: null,
        },
        agentCode,
        day,
      )),
    }
  }

  /**
   * The boards as they stood: by the ledger's own time (what was shown), or by the tenant's clock.
   * @throws Problem `replay.which_tenant`, `tables.before_history`
   */
  async boards(engine: Engine, at: number, by: By, tenant: string | null): Promise<Boards> {
    const place = await this.#place(tenant ?? (await this.#onlyTenant()))
    const tables = await this.#tablesOf(place.tenant)
    const then = await boardsThen(
      {
        ...place,
        tables,
        boardsAsOf: (moment) => engine.boardsAsOf(place.tenant, moment, this.#installation.signal),
        ourTime: false,
      },
      at,
      by,
    )
    const masked = Object.entries(then.boards).map(([name, rows]) => {
      const masks = maskedColumns(modelNamed(name), session(place.tenant))
      return [name, rows.map((row) => maskRow(row, masks))] as const
    })
    return { ...place, ...then, by, boards: Object.fromEntries(masked) }
  }

  async #place(tenant: string): Promise<Place> {
    const [row] = await this.#rows({ tenant }, 'tenants', [])
    return { tenant, zone: typeof row?.['zone'] === 'string' ? row['zone'] : 'UTC' }
  }

  async #onlyTenant(): Promise<string> {
    const tenants = await this.#tenants()
    if (tenants.length !== 1) throw new Problem('replay.which_tenant', { tenants: tenants.join(', ') })
    return tenants[0]!
  }

  async #tenants(): Promise<string[]> {
    const client = await connect(this.#installation.tables, { application: 'ledgerline replay' })
    try {
      return await knownTenants(client)
    } finally {
      await disconnect(client)
    }
  }

  /** All rows as this tenant's reader sees them, masked. */
  async #rows(
    { tenant }: { tenant: string },
    name: string,
    conditions: readonly Condition[],
    sort?: string,
  ): Promise<Row[]> {
    return rowsOf(
      await this.#tablesOf(tenant),
      session(tenant),
      modelNamed(name),
      conditions,
      sort === undefined ? {} : { sort },
    )
  }

  #tablesOf(tenant: string): Promise<Tables> {
    const open = this.#open.get(tenant) ?? reader(this.#installation.tables, tenant).then(openTables)
    this.#open.set(tenant, open)
    return open
  }
}

function session(tenant: string): Session {
  return configuredSession({ tenant: () => tenant })({ headers: {} })
}
