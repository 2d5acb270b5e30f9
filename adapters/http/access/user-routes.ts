/** Users over HTTP (catalogue A3.1, B11.2): listed, added, changed, disabled, given roles and passwords. */
import { z } from 'zod'
import { FIRST_PASSWORD_MS } from '@ledgerline/core/access/lifetime.ts'
import type { AccessCommand } from '@ledgerline/core/access/administration.ts'
import { folded, type Directory, type User } from '@ledgerline/core/access/directory.ts'
import type { Session } from '@ledgerline/core/access/session.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { masked } from '../../queries/mask.ts'
import { freshPassword } from '../../access/access.ts'
import { commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { actorOf, changeRoute, demandWithinOwn, type AdministrationDependencies } from './administration.ts'
import { heldSession, passwordAnswer, userAnswer, usersAnswer, type UserAnswer } from './answers.ts'

const GROUP = 'Users'
const MOST_ROWS = 200
const idOf = z.string().min(1).max(100)
const userId = idOf.meta({ description: 'id of the user' })
/** No white space inside: it would be typed wrongly for ever. */
const logInName = z.string().trim().min(2).max(64).regex(/^\S+$/)
const optional = (most: number) => z.string().trim().min(1).max(most).nullable()
const profile = {
  name: logInName.meta({ description: 'what the user logs in with' }),
  displayName: optional(100),
  email: z.email().max(200).nullable(),
  mobile: z
    .string()
    .regex(/^\+?[\d -]{5,30}$/)
    .nullable(),
  departmentId: idOf.nullable(),
  agentCode: optional(64),
  supervisorCode: optional(64),
}
const roleIds = z.array(idOf).max(100)

export function userRoutes(dependencies: AdministrationDependencies): Route[] {
  const { access, once } = dependencies
  const { directory, logIns, store, passwords } = access
  const refusals = ['request.not_found', 'access.taken', 'access.beyond_own', 'access.last_administrator']
  const edits = { permission: 'users.edit', group: GROUP, problems: refusals } as const
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/users',
      permission: 'users.see',
      group: GROUP,
      about: 'Users, in the order of their names.',
      request: {
        query: z.strictObject({
          text: z.string().max(100).optional().meta({ description: 'a part of a name, or an agent’s number' }),
          departmentId: idOf.optional(),
          roleId: idOf.optional(),
          enabled: z.enum(['true', 'false']).optional(),
          after: z.string().max(100).optional().meta({ description: '`next` of the page before' }),
          limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(50),
        }),
      },
      responses: { 200: { about: 'A page of users.', schema: usersAnswer } },
      handle({ query, session }) {
        const all = [...directory.now.users.values()]
          .filter((user) => fits(user, query))
          .map((user) => ({ user, key: keyOf(user) }))
          .sort((one, other) => (one.key < other.key ? -1 : 1))
        const rest = query.after === undefined ? all : all.filter(({ key }) => key > query.after!)
        const page = rest.slice(0, query.limit)
        return {
          users: page.map(({ user }) => shown(user, session)),
          count: all.length,
          next: rest.length > page.length ? page.at(-1)!.key : null,
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/users/{userId}',
      permission: 'users.see',
      group: GROUP,
      about: 'One user.',
      request: { params: z.strictObject({ userId: idOf }) },
      responses: { 200: { about: 'The user.', schema: userAnswer } },
      problems: ['request.not_found'],
      handle: ({ params, session }) => shown(found(directory.now, params.userId), session),
    }),
    changeRoute(dependencies, {
      ...edits,
      path: 'users',
      about: 'Adds a user.\n\nThey can log in once they have a password (`/api/v1/users/reset-password`).',
      body: { ...profile, roleIds },
      makes: 'userId',
      command(body, now, session, id) {
        demandWithinOwn(session, now, body)
        return { do: 'add_user', userId: id, ...body }
      },
    }),
    changeRoute(dependencies, {
      ...edits,
      path: 'users/change',
      about: 'Changes what is known of a user; what is left out stays as it is.',
      body: { userId, ...z.object(profile).partial().shape },
      command: withinOwn((body) => ({ do: 'change_user', ...given(body), userId: body.userId })),
    }),
    changeRoute(dependencies, {
      ...edits,
      path: 'users/disable',
      about: 'Disables a user: they may not log in, and their sessions end.',
      body: { userId },
      command: withinOwn(({ userId: of }) => ({ do: 'disable_user', userId: of })),
      async after({ userId: of }, session) {
        await logIns.end(of, { but: null }, 'disabled', actorOf(session))
      },
    }),
    changeRoute(dependencies, {
      ...edits,
      path: 'users/enable',
      about: 'Lets a disabled user log in again.',
      body: { userId },
      command: withinOwn(({ userId: of }) => ({ do: 'enable_user', userId: of })),
    }),
    changeRoute(dependencies, {
      ...edits,
      path: 'users/roles',
      about: 'Gives a user these roles, and takes all others away.',
      body: { userId, roleIds },
      command: withinOwn((body) => ({ do: 'grant_roles', ...body })),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/users/reset-password',
      permission: 'users.edit',
      group: GROUP,
      about:
        'Gives a user a random password.\n\nIt is in this answer and nowhere else, is good for a day, and only to choose another ' +
        'one. Sessions of the user end, and a name that was closed after failed log-ins is open again.',
      request: { body: z.strictObject({ commandId, userId }) },
      responses: { 200: { about: 'The password.', schema: passwordAnswer } },
      problems: [
        'command.reused',
        'request.not_found',
        'access.beyond_own',
        'access.last_administrator',
        'access.busy',
      ],
      async handle({ body, session }) {
        const user = found(directory.now, body.userId)
        demandWithinOwn(session, directory.now, body)
        const password = freshPassword()
        const validUntil = access.now() + FIRST_PASSWORD_MS
        const hash = await passwords.hash(password)
        const command = { do: 'set_password', userId: user.userId, hash, by: 'administrator', validUntil } as const
        const envelope = { tenant: session.tenant, commandId: body.commandId, actor: actorOf(session) }
        let isOurs = false
        const content = JSON.stringify({ path: 'users/reset-password', userId: user.userId })
        const { position } = await once.answer(session.tenant, body.commandId, content, () => {
          isOurs = true
          return directory.carryOut(command, envelope)
        })
        if (!isOurs) return { password: null, validUntil, position }
        if (user.name !== null) await logIns.thaw(user.name)
        await logIns.end(user.userId, { but: null }, 'password_changed', actorOf(session))
        return { password, validUntil, position }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/users/{userId}/sessions',
      permission: 'users.edit',
      group: GROUP,
      about: 'Where a user is logged in.',
      request: { params: z.strictObject({ userId: idOf }) },
      responses: {
        200: {
          about: 'The sessions.',
          schema: z.object({ sessions: z.array(heldSession) }).meta({ id: 'SessionsOfUser' }),
        },
      },
      problems: ['request.not_found'],
      async handle({ params, session }) {
        const { userId: of } = found(directory.now, params.userId)
        const held = await store.ofUser(session.tenant, of)
        return {
          sessions: held.map(({ userId: _, tenant: __, ...each }) => ({
            ...each,
            isThis: each.sessionId === session.user?.sessionId,
          })),
        }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/users/end-sessions',
      permission: 'users.edit',
      group: GROUP,
      about: 'Ends one session of a user, or all.',
      request: {
        body: z.strictObject({ userId, sessionId: idOf.nullable().meta({ description: 'null: all of them' }) }),
      },
      responses: {
        200: { about: 'Ended.', schema: z.object({ ended: z.number().int() }).meta({ id: 'SessionsOfUserEnded' }) },
      },
      problems: ['request.not_found', 'access.beyond_own'],
      async handle({ body, session }) {
        const { userId: of } = found(directory.now, body.userId)
        demandWithinOwn(session, directory.now, body)
        const which = body.sessionId === null ? { but: null } : { only: body.sessionId }
        return { ended: await logIns.end(of, which, 'ended_by_administrator', actorOf(session)) }
      },
    }),
  ]
}

/** A change of a user, by somebody who may do at least as much. @throws Problem `access.beyond_own` */
function withinOwn<B extends { userId: string; roleIds?: readonly string[] }>(command: (body: B) => AccessCommand) {
  return (body: B, directory: Directory, session: Session): AccessCommand => {
    demandWithinOwn(session, directory, body)
    return command(body)
  }
}

interface Filters {
  text?: string | undefined
  departmentId?: string | undefined
  roleId?: string | undefined
  enabled?: 'true' | 'false' | undefined
}

function fits(user: User, { text, departmentId, roleId, enabled }: Filters): boolean {
  if (departmentId !== undefined && user.departmentId !== departmentId) return false
  if (roleId !== undefined && !user.roleIds.includes(roleId)) return false
  if (enabled !== undefined && user.enabled !== (enabled === 'true')) return false
  if (text === undefined || text.trim() === '') return true
  const part = folded(text)
  return [user.name, user.displayName, user.agentCode].some((each) => each !== null && folded(each).includes(part))
}

/** Their order; unique, because names are, and those without one have their id. */
const keyOf = ({ name, userId: id }: User): string => (name === null ? `\uffff${id}` : folded(name))

/** @throws Problem `request.not_found` */
function found({ users }: Directory, id: string): User {
  const user = users.get(id)
  if (!user) throw new Problem('request.not_found', { what: 'user', id })
  return user
}

/** A user as an answer shows them: never with what they log in with. */
function shown({ password, ...user }: User, session: Session): UserAnswer {
  const { userId: id, name, displayName, email, departmentId, agentCode, supervisorCode, enabled, addedAt } = user
  const mobile = user.mobile === null || session.permissions.has('numbers.see') ? user.mobile : masked(user.mobile)
  return {
    ...{ userId: id, name, displayName, email, mobile, departmentId, agentCode, supervisorCode, enabled, addedAt },
    roleIds: [...user.roleIds],
    password: password === null ? 'none' : password.mustChange ? 'first' : 'own',
  }
}

/** Without the fields that were left out: they stay as they are. */
function given<T extends object>(body: T): Partial<T> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<T>
}
