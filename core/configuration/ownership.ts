/**
 * Who owns a tenant's switchboard: a decider on the stream `switchboard-<tenant>.owner`. A take-over is
 * an event there, with an epoch higher than all before it, and is thereby a fence that needs no clock:
 * of two processes that take over one is refused, and a process that reads of a higher epoch than its own stops. An
 * auditor reads in it who owned the switchboard when.
 */
import type { Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { SwitchboardEvent } from './events.ts'

type TakenOver = Extract<SwitchboardEvent, { type: 'SwitchboardTakenOver' }>

export interface Owner {
  /** 0: nobody has owned it yet, or the only process that there is did. */
  epoch: number
  /** The process that owns it; null: none yet. */
  node: string | null
  /** Where other processes of the house reach it; null: they do not. */
  address: string | null
}

export interface TakeOver {
  do: 'take_over'
  /** That of its lease. */
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
  // Somebody took over, who knows who: the next one comes behind.
  unread: ({ epoch }) => ({ epoch: epoch + 1, node: null, address: null }),
}
