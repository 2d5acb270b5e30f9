/**
 * Who owns a tenant's switchboard: a decider on the stream `switchboard-<tenant>.owner`. A take-over is an event there
 * with an epoch higher than all before it. That makes it a fence that needs no clock: if two processes take over, one
 * is refused, and a process that reads a higher epoch than its own stops. Auditors see there who owned the switchboard
 * when.
 */
import type { Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { SwitchboardEvent } from './events.ts'

type TakenOver = Extract<SwitchboardEvent, { type: 'SwitchboardTakenOver' }>

export interface Owner {
  /** 0: nobody has owned it yet, or the only process did. */
  epoch: number
  /** The process that owns it; null: none yet. */
  node: string | null
  /** Where other processes reach it; null: they do not. */
  address: string | null
}

export interface TakeOver {
  do: 'take_over'
  /** The epoch of its lease. */
  epoch: number
  node: string
  address: string | null
}

/** The id of the one stream of owners of a tenant. */
export const OWNER_ID = 'owner'

export const noOwner: Owner = { epoch: 0, node: null, address: null }

export const ownerDecider: Decider<Owner, TakeOver, TakenOver> = {
  category: 'switchboard',
  initial: noOwner,
  decide({ epoch, node, address }, owner) {
    if (epoch <= owner.epoch) throw new Problem('switchboard.superseded', { epoch, later: owner.epoch })
    return [{ type: 'SwitchboardTakenOver', data: { epoch, node, address } }]
  },
  evolve: (_, event) => ({ epoch: event.data.epoch, node: event.data.node, address: event.data.address }),
  // An unknown owner took over: the next one comes after it.
  unread: ({ epoch }) => ({ epoch: epoch + 1, node: null, address: null }),
}
