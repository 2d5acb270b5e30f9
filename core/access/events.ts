/**
 * Who may use the house: its users, what they may do, and the departments they belong to. All of a tenant is one stream,
 * `access-<tenant>.directory`, so that names are unique and somebody can always administer, whatever two people do at once.
 * What happens when people log in is in `trail.ts`.
 */
import { z } from 'zod'
import { clearText, codeText, defineEvents, event, idText, personalDetail, secretDetail } from '../kernel/event.ts'

/** How much a permission covers: one's own rows, those of one's department, of the departments below it too, or all. */
export const dataScopes = ['own', 'department', 'below', 'tenant'] as const
export type DataScope = (typeof dataScopes)[number]

const userId = idText.describe('the user')
const code = codeText.nullable()
const departmentId = idText.nullable().describe('the department; null: none')

const profile = {
  name: personalDetail('the name to log in with', 'userId'),
  displayName: personalDetail('how the user is called', 'userId'),
  email: personalDetail('e-mail address', 'userId'),
  mobile: personalDetail('mobile number', 'userId'),
  departmentId,
  agentCode: code.describe('the agent (工号) that the user works as; null: none'),
  supervisorCode: code.describe('the supervisor that the user acts as; null: none'),
}

const permissions = z
  .array(
    z.object({
      permission: codeText,
      scope: z.enum(dataScopes).describe('the rows that it covers'),
    }),
  )
  .max(200)

const role = {
  roleId: idText.describe('the role'),
  name: clearText('setting', 100),
  about: clearText('setting', 300),
  permissions,
}

export const accessEvents = defineEvents({
  UserAdded: event('A user was added. They can log in when they have a password.', { userId, ...profile }),
  UserChanged: event('What is known of a user was changed.', { userId, ...profile }),
  UserDisabled: event('A user may not log in any longer; their sessions have ended.', { userId }),
  UserEnabled: event('A disabled user may log in again.', { userId }),
  RolesGranted: event('The roles of a user are these from now on.', {
    userId,
    roleIds: z.array(idText).max(100),
  }),
  PasswordSet: event('A user has another password.', {
    userId,
    hash: secretDetail('argon2id of the password'),
    by: z
      .enum(['user', 'administrator'])
      .describe('an administrator’s is random and must be changed at the next log-in'),
    validUntil: z.number().int().nullable().describe('after that it opens nothing; null: no end'),
  }),
  RoleAdded: event('A role was added.', role),
  RoleChanged: event('A role allows this from now on.', role),
  RoleRemoved: event('A role was removed, and with it what it allowed.', { roleId: role.roleId }),
  DepartmentAdded: event('A department was added.', {
    departmentId: idText,
    name: clearText('setting', 100),
    parentId: idText.nullable().describe('the department above it; null: none'),
  }),
  DepartmentChanged: event('A department has another name or place.', {
    departmentId: idText,
    name: clearText('setting', 100),
    parentId: idText.nullable(),
  }),
  DepartmentRemoved: event('A department without people and departments was removed.', { departmentId: idText }),
})
