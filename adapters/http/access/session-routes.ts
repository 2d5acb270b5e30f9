/**
 * One’s own session: who am I, log in, log out, change one’s password, see and end one’s other sessions. The session’s token
 * travels in a cookie that no script can read and no other site can make a browser send.
 */
import type { Request, Response } from 'express'
import { z } from 'zod'
import { demandGoodPassword, LONGEST_PASSWORD } from '@ledgerline/core/access/password.ts'
import type { Session } from '@ledgerline/core/access/session.ts'
import { LONGEST_MS } from '@ledgerline/core/access/lifetime.ts'
import type { User } from '@ledgerline/core/access/directory.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Access } from '../../access/access.ts'
import { cookieName } from '../../access/user-sessions.ts'
import { userActor } from '../../access/trail.ts'
import { addressOf } from '../../connection-limits.ts'
import { commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { heldSession, sessionAnswer, type SessionAnswer } from './answers.ts'

/** Longer than any password that is accepted: what is too long is simply wrong. */
const typed = z
  .string()
  .min(1)
  .max(LONGEST_PASSWORD * 4)
const GROUP = 'Sessions'

/** Who am I, for servers without log-ins too. */
export function whoAmIRoute(access: Access | null): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/session',
    permission: 'anyone',
    group: GROUP,
    about: 'Who is logged in here, and what they may do.',
    request: {},
    responses: { 200: { about: 'The session of this request.', schema: sessionAnswer } },
    handle: ({ session }) => told(session, access),
  })
}

export function sessionRoutes(access: Access): Route[] {
  const { logIns, users, directory, store } = access
  return [
    whoAmIRoute(access),
    defineRoute({
      method: 'post',
      path: '/api/v1/session/log-in',
      permission: 'anyone',
      group: GROUP,
      about:
        'Logs a user in.\n\nThe answer sets a cookie. Wrong names and wrong passwords are refused alike. From the third failure on, ' +
        'a try must come with a solution of the task in the refusal’s details: a text whose SHA-256 together with the task ' +
        'begins with so many zero bits.',
      request: {
        body: z.strictObject({
          name: z.string().min(1).max(200),
          password: typed,
          work: z
            .string()
            .max(64)
            .nullable()
            .default(null)
            .meta({ description: 'solution of the task, if there is one' }),
        }),
      },
      responses: { 200: { about: 'Logged in.', schema: sessionAnswer } },
      problems: ['access.wrong', 'access.work_needed', 'access.frozen', 'access.busy'],
      async handle({ body, request, response }) {
        const before = await users.kept(request)
        const { token } = await logIns.logIn({ ...body, ...placeOf(request) })
        // A session that this browser had before ends.
        if (before) await logIns.end(before.userId, { only: before.sessionId }, 'logged_out', userActor(before.userId))
        setCookie(request, response, token, LONGEST_MS)
        const headers = { cookie: `${cookieName(request)}=${token}` }
        const { socket } = request
        return told(await access.sessions({ headers, socket }), access)
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/session/log-out',
      permission: 'anyone',
      group: GROUP,
      about: 'Ends the session of this request; without one, nothing happens.',
      request: { body: z.strictObject({}) },
      responses: { 200: { about: 'Logged out.', schema: z.object({}).meta({ id: 'LoggedOut' }) } },
      async handle({ session: { user }, request, response }) {
        if (user) await logIns.end(user.userId, { only: user.sessionId }, 'logged_out', userActor(user.userId))
        setCookie(request, response, '', 0)
        return {}
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/session/password',
      permission: 'user',
      group: GROUP,
      about: 'Changes one’s own password.\n\nThe other sessions of the user end if this is asked for.',
      request: {
        body: z.strictObject({ commandId, old: typed, password: typed, endOthers: z.boolean() }),
      },
      responses: {
        200: { about: 'Changed.', schema: z.object({ ended: z.number().int() }).meta({ id: 'PasswordChanged' }) },
      },
      problems: [
        'access.password_wrong',
        'access.password_short',
        'access.password_long',
        'access.password_common',
        'access.frozen',
        'access.busy',
      ],
      async handle({ body, session, request }) {
        const user = userOfSession(session, access)
        const { name, displayName, email, mobile } = user
        const words = [name, displayName, email?.split('@')[0] ?? null, mobile, session.tenant, 'ledgerline']
        demandGoodPassword(body.password, words, access.common)
        if (!(await logIns.confirm(user, body.old, placeOf(request).source)))
          throw new Problem('access.password_wrong', {}, { where: 'old' })
        const { userId } = user
        const hash = await access.passwords.hash(body.password)
        const envelope = { tenant: session.tenant, commandId: body.commandId, actor: userActor(userId) }
        await directory.carryOut({ do: 'set_password', userId, hash, by: 'user', validUntil: null }, envelope)
        const others = { but: session.user!.sessionId }
        return { ended: body.endOthers ? await logIns.end(userId, others, 'password_changed', userActor(userId)) : 0 }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/session/all',
      permission: 'user',
      group: GROUP,
      about: 'Where one is logged in.',
      request: {},
      responses: {
        200: {
          about: 'One’s sessions.',
          schema: z.object({ sessions: z.array(heldSession) }).meta({ id: 'HeldSessions' }),
        },
      },
      async handle({ session }) {
        const { userId, sessionId } = session.user!
        const held = await store.ofUser(session.tenant, userId)
        return {
          sessions: held.map(({ userId: _, tenant: __, ...each }) => ({
            ...each,
            isThis: each.sessionId === sessionId,
          })),
        }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/session/end',
      permission: 'user',
      group: GROUP,
      about: 'Ends another session of one’s own, or all others.',
      request: {
        body: z.strictObject({
          sessionId: z.string().min(1).max(100).nullable().meta({ description: 'null: all but this one' }),
        }),
      },
      responses: {
        200: { about: 'Ended.', schema: z.object({ ended: z.number().int() }).meta({ id: 'SessionsEnded' }) },
      },
      async handle({ body, session }) {
        const { userId, sessionId } = session.user!
        const which = body.sessionId === null ? { but: sessionId } : { only: body.sessionId }
        return { ended: await logIns.end(userId, which, 'ended_by_user', userActor(userId)) }
      },
    }),
  ]
}

function told({ tenant, permissions, user, barred }: Session, access: Access | null): SessionAnswer {
  const known = user && access ? access.directory.now.users.get(user.userId) : undefined
  return {
    tenant,
    state: barred === 'log_in' ? 'nobody' : (barred ?? (user ? 'user' : 'automatic')),
    user: known
      ? {
          userId: known.userId,
          name: known.name,
          displayName: known.displayName,
          agentCode: known.agentCode,
          supervisorCode: known.supervisorCode,
        }
      : null,
    permissions: [...permissions].sort(),
  }
}

function userOfSession({ user }: Session, { directory }: Access): User {
  return directory.now.users.get(user!.userId)!
}

/** Where a request comes from. */
export function placeOf(request: Request): { source: string; program: string } {
  return { source: addressOf(request.socket), program: programOf(request.get('user-agent') ?? '') }
}

const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
] as const
const SYSTEMS = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS X', 'Linux'] as const

/** Two words that people recognise, rather than what a program writes about itself. */
function programOf(agent: string): string {
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1]
  const system = SYSTEMS.find((name) => agent.includes(name))
  return [browser, system].filter((part) => part !== undefined).join(', ')
}

function setCookie(request: Request, response: Response, token: string, ms: number): void {
  response.cookie(cookieName(request), token, {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    maxAge: ms,
    encode: String,
  })
}
