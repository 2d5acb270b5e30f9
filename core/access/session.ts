/**
 * Who asks. There are no log-ins yet: the server's own configuration says whose tenant it shows and what
 * its one viewer may do. The tenant comes from here and never from a request, so that a later log-in
 * changes this file and nothing else.
 */
import { Problem } from '../kernel/problem.ts'

/** What somebody may be allowed, and what it lets him do. */
export const permissions = {
  'boards.see': 'wallboards and live push: agents, queues, unfinished calls',
  'calls.see': 'calls, their segments and legs, and what happened in them',
  'reports.see': 'figures by interval and day, and the log of agents’ states',
  'numbers.see': 'phone numbers and customers in the clear instead of masked',
  'staff.see': 'names of agents in the clear instead of masked',
  'agents.act': 'what an agent does at his own desk: sign in, ready, wrap-up, hold, transfer',
  'supervise.ready': 'set another agent ready',
  'supervise.not_ready': 'set another agent not ready (busy)',
  'supervise.away': 'set another agent away',
  'supervise.sign_out': 'sign another agent out',
  'supervise.long_sign_in': 'put another agent’s phone into long sign-in, and out of it',
  'supervise.queues': 'change which queues an agent serves',
  'supervise.listen': 'listen to a call, and leave it again',
  'supervise.whisper': 'speak to an agent in his call; the customer does not hear it',
  'supervise.three_way': 'join a call so that all hear each other',
  'supervise.take_over': 'take a customer over from an agent',
  'supervise.disconnect': 'end an agent’s call',
  'supervise.move': 'move a waiting caller to another queue',
  'supervise.priority': 'change the priority of a waiting caller',
  'switchboard.see': 'the configuration in force: queues, agents, routes, rules of shifts',
  'switchboard.activate': 'put another configuration of queues, agents and routes in force',
  'server.see': 'the state of the server itself',
} as const

export type Permission = keyof typeof permissions
/** What a supervisor may do: a permission each, because who coaches need not be who cuts off. */
export type SupervisorPermission = Extract<Permission, `supervise.${string}`>

/** Everything there is, for the one viewer of a server without log-ins; numbers stay masked. */
export const operatorPermissions = (Object.keys(permissions) as Permission[]).filter(
  (permission) => permission !== 'numbers.see',
)

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
