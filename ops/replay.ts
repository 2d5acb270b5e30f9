/**
 * The history of one thing, read from ledger and tables: a call's whole story, an agent's day, the boards as
 * they stood. Personal fields are masked, as on every screen.
 */
import { columnsOf, MOST_ROWS, type Condition } from '@ledgerline/adapters/http/filters.ts'
import { maskedColumns, maskRow } from '@ledgerline/adapters/http/mask.ts'
import { selectPage, type Row, type Tables } from '@ledgerline/adapters/http/select.ts'
import { operatorPermissions, type Session } from '@ledgerline/adapters/http/session.ts'
import { openTables } from '@ledgerline/adapters/http/tables.ts'
import { eventsOf } from '@ledgerline/adapters/http/timeline.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { house as readModels } from '@ledgerline/projections/house.ts'
import { knownTenants } from '@ledgerline/projections/reports/latest.ts'
import { dayOf, nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { House } from './house.ts'
import { reader } from './reader.ts'

/** Where and whose. */
export interface Place {
  tenant: string
  /** IANA name: times are told in it. */
  zone: string
}

export interface CallStory extends Place {
  call: Row | null
  segments: Row[]
  legs: Row[]
  events: Row[]
}

export interface AgentDay extends Place {
  agentCode: string
  /** `YYYY-MM-DD` in the tenant's zone. */
  day: string
  /** Rows of `agent_state_log` that touch the day. */
  states: Row[]
  /** Rows of `call_segments` that began on the day. */
  segments: Row[]
}

export interface Boards extends Place {
  at: number
  boards: Readonly<Record<string, readonly Row[]>>
}

/** Asks of one house; close it afterwards. */
export class Replay {
  readonly #house: House
  readonly #open = new Map<string, Promise<Tables>>()

  constructor(house: House) {
    this.#house = house
  }

  async close(): Promise<void> {
    for (const tables of await Promise.allSettled(this.#open.values())) if (tables.status === 'fulfilled') await tables.value.destroy()
  }

  /**
   * A call's whole story, of whichever tenant has it.
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
        eventsOf(this.#house.eventLog, this.#house.codec, session(candidate), callId),
      ])
      if (calls.length > 0 || events.length > 0) return { ...place, call: calls[0] ?? null, segments, legs, events }
    }
    throw new Problem('request.not_found', { what: 'call', id: callId })
  }

  /**
   * What an agent did on a day; without one, on the last day of which anything is known.
   * @throws Problem `replay.which_tenant`, `request.not_found`
   */
  async agent(agentCode: string, day: string | null, tenant: string | null): Promise<AgentDay> {
    const place = await this.#place(tenant ?? (await this.#onlyTenant()))
    const isHis: Condition = { column: 'agentCode', is: 'one_of', values: [agentCode] }
    const last = await Promise.all(['agent_state_log', 'call_segments'].map((model) => this.#rows(place, model, [isHis], '-startedAt', 1)))
    const lastAt = last.flat().map((row) => row['startedAt'] as number)
    if (lastAt.length === 0) throw new Problem('request.not_found', { what: 'agent', id: agentCode })
    const asked = day ?? dayOf(Math.max(...lastAt), place.zone)
    const [from, to] = [startOfDay(asked, place.zone), startOfDay(nextDay(asked), place.zone)]
    const before: Condition = { column: 'startedAt', is: 'to', values: [to] }
    const began: Condition = { column: 'startedAt', is: 'from', values: [from] }
    const [lasting, ended, segments] = await Promise.all([
      this.#rows(place, 'agent_state_log', [isHis, before, { column: 'endedAt', is: 'null', values: [] }], 'startedAt'),
      this.#rows(place, 'agent_state_log', [isHis, before, { column: 'endedAt', is: 'from', values: [from] }], 'startedAt'),
      this.#rows(place, 'call_segments', [isHis, before, began], 'startedAt'),
    ])
    return { ...place, agentCode, day: asked, states: [...ended, ...lasting], segments: segments.filter((row) => row['kind'] === 'agent') }
  }

  /**
   * The boards as they stood: by the ledger's own time (what was shown), or by the tenant's clock.
   * @throws Problem `replay.which_tenant`, `tables.before_history`
   */
  async boards(engine: Engine, at: number, by: 'recorded' | 'event', tenant: string | null): Promise<Boards> {
    const place = await this.#place(tenant ?? (await this.#onlyTenant()))
    const { boards } = await engine.boardsAsOf(place.tenant, by === 'event' ? { at } : { recordedAt: at }, this.#house.signal)
    const masked = Object.entries(boards).map(([name, rows]) => {
      const masks = maskedColumns(modelNamed(name), session(place.tenant))
      return [name, rows.map((row) => maskRow(row, masks))] as const
    })
    return { ...place, at, boards: Object.fromEntries(masked) }
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
    const client = await connect(this.#house.tables, { application: 'ledgerline replay' })
    try {
      return await knownTenants(client)
    } finally {
      await disconnect(client)
    }
  }

  /** All rows, page by page, as this tenant's reader sees them, masked. */
  async #rows({ tenant }: { tenant: string }, name: string, conditions: readonly Condition[], sort?: string, most = Number.POSITIVE_INFINITY): Promise<Row[]> {
    const model = modelNamed(name)
    const tables = await this.#tablesOf(tenant)
    const masks = maskedColumns(model, session(tenant))
    const found: Row[] = []
    let cursor: string | undefined
    do {
      const page = await selectPage(tables, model, { tenant, conditions, sort: sort ?? Object.keys(columnsOf(model))[0]!, limit: Math.min(MOST_ROWS, most), ...(cursor === undefined ? {} : { cursor }) })
      found.push(...page.rows.map((row) => maskRow(row, masks)))
      cursor = page.next ?? undefined
    } while (cursor !== undefined && found.length < most)
    return found
  }

  #tablesOf(tenant: string): Promise<Tables> {
    const open = this.#open.get(tenant) ?? reader(this.#house.tables, tenant).then(openTables)
    this.#open.set(tenant, open)
    return open
  }
}

function modelNamed(name: string): ReadModel {
  return readModels.models.find((model) => model.name === name)!
}

function session(tenant: string): Session {
  return { tenant, viewer: 'operator', permissions: new Set(operatorPermissions) }
}
