/** Rows of the two pages, and which of them a filter shows. Pure. */
import type { ReachWord, RegistrationWord } from '@ledgerline/core/registration/events.ts'
import type { Entity, RowOf } from '@ledgerline/projections/engine/model.ts'
import type { gateways } from '@ledgerline/projections/models/gateways.ts'
import type { registrations } from '@ledgerline/projections/models/registrations.ts'

type ModelRow<M> = M extends Entity<infer K, infer C> ? RowOf<K & C> : never
export type GatewayRow = ModelRow<typeof gateways> & { registration: RegistrationWord; reach: ReachWord }
export type PhoneRow = ModelRow<typeof registrations> & { status: ReachWord }

export const phoneStates = ['reachable', 'unreachable', 'unknown'] as const
export const gatewayStates = ['up', 'down'] as const
export const gatewayModes = ['nni', 'uni', 'ims'] as const

/** The state as telephone people write it (A3.2.8-list). */
export function stateWord({ up, registration, reach }: GatewayRow): string {
  if (registration === 'refused' || registration === 'failed') return 'FAILED'
  if (!up || reach === 'unreachable') return 'DOWN'
  if (registration === 'registering') return 'TRYING'
  return registration === 'registered' ? 'REGED' : 'NOREG'
}

/** By number: shorter ones first, so that 99 comes before 100. */
function byCode(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0)
}

const holds = (text: string, values: readonly (string | null)[]): boolean =>
  text === '' || values.some((value) => value?.toLowerCase().includes(text.toLowerCase()))

export function shownPhones(rows: Iterable<PhoneRow>, text: string, states: readonly string[]): PhoneRow[] {
  return [...rows]
    .filter(
      (row) =>
        (states.length === 0 || states.includes(row.status)) &&
        holds(text.trim(), [row.extension, row.userAgent, row.address, row.host]),
    )
    .sort((a, b) => byCode(a.extension, b.extension) || a.registeredAt - b.registeredAt)
}

export function shownGateways(
  rows: Iterable<GatewayRow>,
  text: string,
  states: readonly string[],
  modes: readonly string[],
): GatewayRow[] {
  return [...rows]
    .filter(
      (row) =>
        (states.length === 0 || states.includes(row.up ? 'up' : 'down')) &&
        (modes.length === 0 || modes.includes(row.mode)) &&
        holds(text.trim(), [row.gateway, row.remark, row.uri]),
    )
    .sort((a, b) => byCode(a.gateway, b.gateway))
}
