/** Whose session a request belongs to: that of a user who logged in, of the house’s own programs, or nobody’s. */
import { createHash } from 'node:crypto'
import { lastsUntil, NOTED_MS } from '@ledgerline/core/access/lifetime.ts'
import { grantsOf, type Directory, type User } from '@ledgerline/core/access/directory.ts'
import {
  configuredSession,
  type Actor,
  type ActorKind,
  type NamedActor,
  type Permission,
  type Session,
  type SessionRequest,
  type Sessions,
} from '@ledgerline/core/access/session.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LiveDirectory } from './directories.ts'
import type { OperatorTokens } from './operator-token.ts'
import type { KeptSession, SessionStore } from './session-store.ts'

/** What screens call a supervisor who has no code of their own. */
const MYSELF = 'operator'
/** How often it is looked up whether sessions behind open streams have ended, ms. */
const LOOK_MS = 500
const NOTHING: ReadonlySet<Permission> = new Set()

interface Watched {
  sessionId: string | null
  userId: string
  /** What the user could do when the stream began. */
  could: string
  changed: () => void
}

export interface UserSessionsOptions {
  tenant: string
  directory: LiveDirectory
  store: SessionStore
  tokens: OperatorTokens
  /** Requests without a log-in act as the one viewer of a demo. */
  automatic: boolean
  now: () => number
}

export class UserSessions {
  readonly #with: UserSessionsOptions
  readonly #configured: (request: SessionRequest) => Session
  readonly #watched = new Set<Watched>()
  readonly #unwatch: () => void
  #looking: NodeJS.Timeout | null = null

  constructor(options: UserSessionsOptions) {
    this.#with = options
    this.#configured = configuredSession({ tenant: () => options.tenant })
    this.#unwatch = options.directory.watch(() => this.#recut())
  }

  /** Whose request this is. @throws Problem `log.unavailable` */
  readonly of: Sessions = async (request) => {
    const { tenant, tokens, automatic, now } = this.#with
    const bearer = /^Bearer (\S+)$/i.exec(single(request.headers['authorization']))?.[1]
    if (bearer !== undefined) return tokens.accepts(bearer, now()) ? this.#configured(request) : nobody(tenant)
    const kept = await this.kept(request)
    if (kept) return this.#session(kept)
    return automatic ? this.#configured(request) : nobody(tenant)
  }

  /** The session that a request’s cookie belongs to; null: there is none, or it has ended. */
  async kept(request: SessionRequest): Promise<KeptSession | null> {
    const token = tokenOf(request)
    if (token === null) return null
    const { tenant, store, directory, now } = this.#with
    const kept = await store.find(hashOf(token))
    if (kept?.tenant !== tenant || lastsUntil(kept) <= now()) return null
    if (!directory.now.users.get(kept.userId)?.enabled) return null
    if (now() - kept.usedAt > NOTED_MS) await store.used(kept.sessionId, now())
    return kept
  }

  close(): void {
    this.#unwatch()
    if (this.#looking) clearInterval(this.#looking)
  }

  #session({ sessionId, userId, tenant }: KeptSession): Session {
    const directory = this.#with.directory.now
    const user = directory.users.get(userId)!
    const mustChange = user.password?.mustChange !== false
    return {
      tenant,
      permissions: mustChange ? NOTHING : new Set(grantsOf(directory, userId).keys()),
      actor: (kind, named) => actorOf(user, kind, named),
      user: { userId, sessionId },
      ...(mustChange && { barred: 'new_password' as const }),
      watch: (changed) => this.#watch({ sessionId, userId, could: mayOf(directory, userId), changed }),
    }
  }

  #watch(watched: Watched): () => void {
    this.#watched.add(watched)
    this.#looking ??= setInterval(() => void this.#look().catch(() => {}), LOOK_MS).unref()
    return () => {
      this.#watched.delete(watched)
      if (this.#watched.size > 0 || !this.#looking) return
      clearInterval(this.#looking)
      this.#looking = null
    }
  }

  /** The directory has changed: who may do something else now begins anew. */
  #recut(): void {
    for (const watched of [...this.#watched])
      if (mayOf(this.#with.directory.now, watched.userId) !== watched.could) this.#tell(watched)
  }

  /** Sessions end in other processes, too. */
  async #look(): Promise<void> {
    const ids = [...new Set([...this.#watched].flatMap(({ sessionId }) => sessionId ?? []))]
    const still = await this.#with.store.still(ids)
    for (const watched of [...this.#watched])
      if (watched.sessionId !== null && ids.includes(watched.sessionId) && !still.has(watched.sessionId))
        this.#tell(watched)
  }

  #tell(watched: Watched): void {
    this.#watched.delete(watched)
    watched.changed()
  }
}

/** Everything that somebody may do, as a text that can be compared. */
function mayOf(directory: Directory, userId: string): string {
  const user = directory.users.get(userId)
  if (!user?.enabled) return ''
  const grants = [...grantsOf(directory, userId)].map(([permission, scope]) => `${permission} ${scope}`).sort()
  return [user.agentCode, user.supervisorCode, user.departmentId, ...grants].join('\n')
}

function nobody(tenant: string): Session {
  return {
    tenant,
    permissions: NOTHING,
    barred: 'log_in',
    actor: () => {
      throw new Problem('access.log_in')
    },
  }
}

/** A user acts as themselves, whatever the request says. @throws Problem `access.not_own` */
function actorOf({ userId, agentCode, supervisorCode }: User, kind: ActorKind, named: NamedActor): Actor {
  if (kind === 'agent') {
    if (agentCode === null || (named.agentCode !== undefined && named.agentCode !== agentCode))
      throw new Problem('access.not_own', { code: named.agentCode ?? '–' }, { where: 'agentCode' })
    return { kind, code: agentCode }
  }
  if (kind === 'operator') return { kind, code: userId }
  const code = supervisorCode ?? agentCode ?? userId
  const { supervisorCode: asked } = named
  if (asked !== undefined && asked !== MYSELF && asked !== code)
    throw new Problem('access.not_own', { code: asked }, { where: 'supervisorCode' })
  return { kind, code }
}

/** The cookie of sessions. Its name has the port: houses on one machine would log each other out otherwise. */
export function cookieName(request: SessionRequest): string {
  return `ledgerline-${request.socket?.localPort ?? 0}`
}

/** 32 random bytes. */
const TOKEN = /^[\w-]{43}$/

function tokenOf(request: SessionRequest): string | null {
  const name = cookieName(request)
  for (const pair of single(request.headers['cookie']).split(';')) {
    const [key, value = ''] = pair.trim().split('=', 2) as [string, string?]
    if (key === name) return TOKEN.test(value) ? value : null
  }
  return null
}

const single = (header: string | string[] | undefined): string =>
  Array.isArray(header) ? header.join('; ') : (header ?? '')

/** What the table has in place of a token. A token is random, so nothing slower is needed. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
