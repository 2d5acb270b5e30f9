/**
 * Who is asking, what they may do, and as whom they act. All of it comes from a {@link Session} and from nowhere else. Users
 * log in (`adapters/access`). Where there are no log-ins (the demo on its own machine, simulations, tests), the server's
 * configuration says what its one viewer may do, and a request names the agent or supervisor it acts for.
 */
import { Problem } from '../kernel/problem.ts'

/** The permissions there are, and what each of them covers. */
export const permissions = {
  'boards.see': 'wallboards and live push: agents, queues, unfinished calls',
  'calls.see': 'calls, their segments and legs, and what happened in them',
  'recordings.hear': 'listen to recordings of calls, and download them',
  'voicemail.handle': 'mark voice messages, call back those who left them, and delete them',
  'missed.handle': 'say of missed calls that they are dealt with, call back, and give them to agents',
  'reports.see': 'figures by interval and day, and the log of agent states',
  'numbers.see': 'phone numbers and customers in the clear instead of masked',
  'staff.see': 'names of agents in the clear instead of masked',
  'agents.act': 'what agents do at their own desk: sign in, ready, wrap-up, hold, transfer',
  'agents.web_phone': 'be the phone of the agent at whose desk one is, in the browser',
  'supervise.ready': 'set another agent ready',
  'supervise.not_ready': 'set another agent not ready (busy)',
  'supervise.away': 'set another agent away',
  'supervise.sign_out': 'sign another agent out',
  'supervise.long_sign_in': 'put another agent’s phone into long sign-in, and out of it',
  'supervise.queues': 'change which queues an agent serves',
  'supervise.listen': 'listen to a call, and leave it again',
  'supervise.whisper': 'speak to an agent during a call without the customer hearing it',
  'supervise.three_way': 'join a call so that all hear each other',
  'supervise.take_over': 'take a customer over from an agent',
  'supervise.disconnect': 'end an agent’s call',
  'supervise.move': 'move a waiting caller to another queue',
  'supervise.priority': 'change the priority of a waiting caller',
  'switchboard.see': 'the configuration in force: queues, agents, routes, rules of shifts',
  'switchboard.edit': 'change the draft of the configuration, which is not in force until somebody activates it',
  'switchboard.activate': 'put another configuration of queues, agents and routes in force',
  'registers.list': 'which registers there are; what is in them has permissions of its own',
  'library.see': 'the library of the desk: questions and answers, phrases, links',
  'library.edit': 'write in the library: what is written waits for approval',
  'library.review': 'approve what was written in the library, or send it back',
  'labels.see': 'customer labels and follow-up stages',
  'labels.edit': 'add, change and remove customer labels and follow-up stages',
  'dictionaries.see': 'dictionaries: the values that fields offer',
  'dictionaries.edit': 'add, change and remove dictionaries and their values',
  'registers.import': 'import files into registers that one may edit, and undo that',
  'registers.export': 'export registers that one may see, as files',
  'blacklist.see': 'groups of blacklisted numbers, and the numbers in them',
  'blacklist.edit': 'add, change and remove blacklisted numbers and their groups',
  'users.see': 'users, roles and departments',
  'users.edit': 'add, change, disable users, reset their passwords, give them roles, end their sessions',
  'roles.edit': 'say what roles allow',
  'departments.edit': 'add, change and remove departments',
  'audit.see': 'the audit trail: who logged in, did what, and was refused what',
  'server.see': 'the state of the server itself',
} as const

export type Permission = keyof typeof permissions
/** One permission for each thing a supervisor can do: someone who coaches agents need not be allowed to end calls. */
export type SupervisorPermission = Extract<Permission, `supervise.${string}`>

/** Every permission but one, for the viewer of a demo and for the house's own programs: numbers stay masked. */
export const operatorPermissions = (Object.keys(permissions) as Permission[]).filter(
  (permission) => permission !== 'numbers.see',
)

/** The role in which someone acts. */
export type ActorKind = 'agent' | 'supervisor' | 'operator'

/** Who acts; recorded as the actor of every event that results. */
export interface Actor {
  kind: ActorKind
  /** Code (工号) of the agent or supervisor; the operator's name. */
  code: string
}

/** An actor as written in events: `agent:201`. */
export function actorName({ kind, code }: Actor): string {
  return `${kind}:${code}`
}

/** The fields in which a request names who acts; a user with a log-in can name nobody but themselves. */
export interface NamedActor {
  agentCode?: string
  supervisorCode?: string
}

export interface Session {
  tenant: string
  permissions: ReadonlySet<Permission>
  /**
   * Who acts when the requester does something in the given role.
   * @param named what the request says about it; a session with a log-in behind it already knows
   * @throws Problem `access.not_own`
   */
  actor(kind: ActorKind, named: NamedActor): Actor
  /** The user who logged in; absent: there is no log-in behind it. */
  user?: { userId: string; sessionId: string }
  /** What has to be done before anything else: nothing is permitted until then. */
  barred?: 'log_in' | 'new_password'
  /**
   * Calls back, once, when something that was permitted no longer is, or may have become visible: whatever is still being
   * sent is to be begun anew. Absent: this never happens.
   */
  watch?(changed: () => void): () => void
}

/** The part of a request that identifies its sender. */
export interface SessionRequest {
  headers: Readonly<Record<string, string | string[] | undefined>>
  socket?: { readonly localPort?: number | undefined; readonly remoteAddress?: string | undefined }
}

/** Opens the session of a request. */
export type Sessions = (request: SessionRequest) => Session | Promise<Session>

/** Who acts where there are no log-ins, and when the house's own programs act. */
const OPERATOR = 'operator'

/** The one session of a server without log-ins. `tenant` is a function because a restarted demo has a new one. */
export function configuredSession(options: {
  tenant: () => string
  permissions?: Iterable<Permission>
}): (request: SessionRequest) => Session {
  const granted = new Set(options.permissions ?? operatorPermissions)
  return () => ({ tenant: options.tenant(), permissions: granted, actor: namedActor })
}

/** Takes the request at its word: there is nothing to check it against. */
function namedActor(kind: ActorKind, { agentCode, supervisorCode }: NamedActor): Actor {
  const code = { agent: agentCode, supervisor: supervisorCode, operator: OPERATOR }[kind]
  if (code === undefined) throw new TypeError(`a route that acts as ${kind} must ask for its code`)
  return { kind, code }
}

/** @throws Problem `request.forbidden`, or what has to be done first: `access.log_in`, `access.password_old` */
export function demand(session: Session, permission: Permission): void {
  demandOpen(session)
  if (!session.permissions.has(permission)) throw new Problem('request.forbidden', { permission })
}

/** @throws Problem `access.log_in`, `access.password_old` */
export function demandOpen({ barred }: Session): void {
  if (barred === 'log_in') throw new Problem('access.log_in')
  if (barred === 'new_password') throw new Problem('access.password_old')
}
