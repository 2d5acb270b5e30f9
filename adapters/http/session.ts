/**
 * Who asks. There are no log-ins yet: the server's own configuration says whose tenant it shows and what
 * its one viewer may do. The tenant comes from here and never from a request, so that a later log-in
 * changes this file and nothing else.
 */
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** What somebody may be allowed, and what it lets him do. */
export const permissions = {
  'boards.see': 'wallboards and live push: agents, queues, unfinished calls',
  'calls.see': 'calls, their segments and legs, and what happened in them',
  'reports.see': 'figures by interval and day, and the log of agents’ states',
  'numbers.see': 'phone numbers and customers in the clear instead of masked',
  'staff.see': 'names of agents in the clear instead of masked',
  'agents.act': 'what an agent does at his own desk: sign in, ready, wrap-up, hold, transfer',
  'agents.supervise': 'what a supervisor does: force states, move, listen, take over, disconnect, priorities',
  'server.see': 'the state of the server itself',
} as const

export type Permission = keyof typeof permissions

/** Everything there is, for the one viewer of a server without log-ins; numbers stay masked. */
export const operatorPermissions = (Object.keys(permissions) as Permission[]).filter((permission) => permission !== 'numbers.see')

export interface Session {
  tenant: string
  /** Who he is, as events and the log of the server name him. */
  viewer: string
  permissions: ReadonlySet<Permission>
}

/** Gives the session of a request; the server's configuration today, log-ins later. */
export type Sessions = () => Session

/** The one session of a server without log-ins. `tenant` is asked each time: a demo may begin anew under another. */
export function configuredSession(options: { tenant: () => string; permissions?: Iterable<Permission> }): Sessions {
  const granted = new Set(options.permissions ?? operatorPermissions)
  return () => ({ tenant: options.tenant(), viewer: 'operator', permissions: granted })
}

/** @throws Problem `request.forbidden` */
export function demand(session: Session, permission: Permission): void {
  if (!session.permissions.has(permission)) throw new Problem('request.forbidden', { permission })
}
