/** How a change of users, roles and departments becomes a route: carried out once, by somebody who may do at least as much. */
import { z } from 'zod'
import { grantsOf, type Directory } from '@ledgerline/core/access/directory.ts'
import type { AccessCommand } from '@ledgerline/core/access/administration.ts'
import type { Permission, Session } from '@ledgerline/core/access/session.ts'
import type { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { userActor } from '../../access/trail.ts'
import type { Access } from '../../access/access.ts'
import { commandAnswer, commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'

export interface AdministrationDependencies {
  access: Access
  once: AnsweredOnce
}

export const actorOf = ({ user }: Session): string => (user ? userActor(user.userId) : 'operator:operator')

/** What a command's body is besides its id. */
type Body<S extends z.ZodRawShape> = z.infer<z.ZodObject<S>>

interface Change<S extends z.ZodRawShape> {
  path: string
  permission: Permission
  group: string
  about: string
  body: S
  problems: readonly string[]
  /** Makes something new: the answer is 201, with its id in this field. */
  makes?: string
  /** @param id of what is made; follows from the command’s id, so that a repeated command makes nothing twice */
  command(body: Body<S>, directory: Directory, session: Session, id: string): AccessCommand
  /** What follows from it outside the ledger. */
  after?(body: Body<S>, session: Session): Promise<void>
}

export function changeRoute<S extends z.ZodRawShape>(
  { access, once }: AdministrationDependencies,
  change: Change<S>,
): Route {
  const { path, permission, group, about, problems, makes } = change
  const schema = makes
    ? commandAnswer.extend({ [makes]: z.string().describe('its id') }).meta({ id: `${makes}Made` })
    : commandAnswer
  return defineRoute({
    method: 'post',
    path: `/api/v1/${path}`,
    permission,
    group,
    about,
    request: { body: z.strictObject({ commandId, ...change.body }) },
    responses: { [makes ? 201 : 200]: { about: 'Done, and in the ledger.', schema } },
    problems: ['command.reused', ...problems],
    async handle({ body: sent, session, response }) {
      const { commandId: id, ...rest } = sent as { commandId: string } & Record<string, unknown>
      const body = rest as Body<S>
      const made = derivedId(id, `${path} of ${session.tenant}`)
      const { position, events } = await once.answer(session.tenant, id, JSON.stringify({ path, ...body }), () => {
        const command = change.command(body, access.directory.now, session, made)
        return access.directory.carryOut(command, { tenant: session.tenant, commandId: id, actor: actorOf(session) })
      })
      await change.after?.(body, session)
      if (makes) response.status(201)
      return { position, events, ...(makes && { [makes]: made }) }
    },
  })
}

/**
 * Users who may not edit roles administer only those who may do no more than they themselves: otherwise they could take what
 * they were not given, by another’s password or role.
 * @throws Problem `access.beyond_own`
 */
export function demandWithinOwn(
  session: Session,
  directory: Directory,
  { userId, roleIds = [] }: { userId?: string; roleIds?: readonly string[] },
): void {
  if (session.permissions.has('roles.edit')) return
  const touched = new Set<Permission>(userId === undefined ? [] : grantsOf(directory, userId).keys())
  for (const roleId of [...roleIds, ...((userId && directory.users.get(userId)?.roleIds) || [])])
    for (const { permission } of directory.roles.get(roleId)?.permissions ?? []) touched.add(permission)
  const beyond = [...touched].find((permission) => !session.permissions.has(permission))
  if (beyond) throw new Problem('access.beyond_own', { permission: beyond })
}
