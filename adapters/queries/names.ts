/**
 * Filters that name things: queues, agents, groups, departments, extensions, calls. A name that does not exist is
 * refused with a list of what there is, because an empty board or report would be taken for the truth. A name that
 * existed once but is no longer configured still counts: it is looked for among the tenant's figures and in the table
 * itself, too.
 */
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { sql } from 'kysely'
import { rethrow } from './rethrow.ts'
import { quoted } from './inputs.ts'
import { InvalidRequest } from '../problem-json.ts'
import type { Tables } from './select.ts'

interface Kind extends Words {
  /** Where such codes are found: the present first, the past after it. */
  places: readonly (readonly [table: string, column: string])[]
  /** Ids that nobody knows by heart and of which there are very many: the existing ones are not listed. */
  untold?: true
}

const kinds = {
  queue: {
    en: 'queue',
    zh: '技能组',
    places: [
      ['queues', 'queue_code'],
      ['queue_day', 'queue_code'],
    ],
  },
  agent: {
    en: 'agent',
    zh: '坐席',
    places: [
      ['agent_monitor', 'agent_code'],
      ['agent_day', 'agent_code'],
    ],
  },
  group: {
    en: 'group',
    zh: '班组',
    places: [
      ['agent_monitor', 'group_code'],
      ['shifts', 'group_code'],
    ],
  },
  department: {
    en: 'department',
    zh: '部门',
    places: [
      ['agent_monitor', 'department'],
      ['shifts', 'department'],
    ],
  },
  extension: {
    en: 'extension',
    zh: '分机',
    places: [
      ['agent_monitor', 'extension'],
      ['shifts', 'extension'],
    ],
  },
  // A called number, an extension, or an agent without one: whatever the records of calls contain. There are many of
  // them, so the view comes last.
  endpoint: {
    en: 'number or extension',
    zh: '号码或分机',
    places: [
      ['agent_monitor', 'extension'],
      ['shifts', 'extension'],
      ['agent_day', 'agent_code'],
      ['traffic_records', 'endpoint'],
    ],
  },
  callId: { en: 'call', zh: '通话', places: [['calls', 'call_id']], untold: true },
  agentId: {
    en: 'agent with the id',
    zh: '坐席编号',
    places: [
      ['agent_monitor', 'agent_id'],
      ['agent_day', 'agent_id'],
    ],
    untold: true,
  },
} as const satisfies Record<string, Kind>
export type NamedKind = keyof typeof kinds

/** What the values of a filter name, by its name in lists and in reports; null if they name nothing in particular. */
export function kindOf(filter: string): NamedKind | null {
  const name = filter.replace(/Codes?$/, '')
  return Object.hasOwn(kinds, name) ? (name as NamedKind) : null
}

/** A filter as requested: its name, the codes, and where in the table itself they would be. */
export interface Naming {
  path: string
  kind: NamedKind
  codes: readonly string[]
  own?: { table: string; column: string; list: boolean }
}

/** How many existing names are listed. */
const MOST_TOLD = 12

/**
 * @throws InvalidRequest `request.names_nothing` for the first code that does not exist; Problem `tables.unavailable`
 */
export async function demandNames(tables: Tables, tenant: string, namings: readonly Naming[]): Promise<void> {
  for (const naming of namings) {
    const nothing = await firstUnknown(tables, tenant, naming).catch(rethrow)
    if (nothing === null) continue
    const { en, zh, untold }: Kind = kinds[naming.kind]
    if (untold)
      throw new InvalidRequest(
        naming.path,
        { en: `there is no ${en} ${quoted(nothing)}`, zh: `没有${zh} ${quoted(nothing)}` },
        'request.names_nothing',
      )
    const { codes, more } = await known(tables, tenant, naming.kind).catch(rethrow)
    const there =
      codes.length === 0
        ? { en: 'there are none yet', zh: '目前一个也没有' }
        : { en: `there are ${codes.join(', ')}${more ? ' …' : ''}`, zh: `现有 ${codes.join('、')}${more ? ' 等' : ''}` }
    throw new InvalidRequest(
      naming.path,
      { en: `there is no ${en} ${quoted(nothing)}; ${there.en}`, zh: `没有${zh} ${quoted(nothing)}，${there.zh}` },
      'request.names_nothing',
    )
  }
}

async function firstUnknown(tables: Tables, tenant: string, { kind, codes, own }: Naming): Promise<string | null> {
  const looks = kinds[kind].places.map(
    ([table, column]) =>
      sql`(select true from ${sql.table(table)} where tenant = ${tenant} and ${sql.ref(column)} = v.code limit 1)`,
  )
  if (own) {
    const stands = own.list ? sql`${sql.ref(own.column)} && array[v.code]` : sql`${sql.ref(own.column)} = v.code`
    looks.push(sql`(select true from ${sql.table(own.table)} where tenant = ${tenant} and ${stands} limit 1)`)
  }
  // In this order, and no further than necessary: the present is small, the past may be large.
  const { rows } = await sql<{ code: string }>`
    select v.code from unnest(${[...codes]}::text[]) with ordinality v(code, place) where coalesce(${sql.join(looks)}) is null order by v.place limit 1`.execute(
    tables,
  )
  return rows[0]?.code ?? null
}

/** What exists of a kind; if nothing is configured, what existed. */
async function known(tables: Tables, tenant: string, kind: NamedKind): Promise<{ codes: string[]; more: boolean }> {
  for (const [table, column] of kinds[kind].places) {
    const { rows } = await sql<{ code: string }>`
      select distinct ${sql.ref(column)} as code from ${sql.table(table)} where tenant = ${tenant} and ${sql.ref(column)} is not null order by 1 limit ${MOST_TOLD + 1}`.execute(
      tables,
    )
    if (rows.length > 0)
      return { codes: rows.slice(0, MOST_TOLD).map(({ code }) => code), more: rows.length > MOST_TOLD }
  }
  return { codes: [], more: false }
}
