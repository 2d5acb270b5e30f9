/** What the server says about sessions, to routes and screens. */
import { z } from 'zod'
import { dataScopes } from '@ledgerline/core/access/events.ts'

export const sessionAnswer = z
  .object({
    tenant: z.string(),
    state: z
      .enum(['nobody', 'new_password', 'user', 'automatic'])
      .describe('nobody: log in first; new_password: choose one first; automatic: there are no log-ins here'),
    user: z
      .object({
        userId: z.string(),
        name: z.string().nullable(),
        displayName: z.string().nullable(),
        agentCode: z.string().nullable(),
        supervisorCode: z.string().nullable(),
      })
      .nullable()
      .describe('who is logged in'),
    permissions: z.array(z.string()).describe('what this session may do'),
  })
  .meta({ id: 'Session' })
export type SessionAnswer = z.infer<typeof sessionAnswer>

export const heldSession = z
  .object({
    sessionId: z.string(),
    startedAt: z.number(),
    usedAt: z.number().describe('last use, to the minute'),
    source: z.string().describe('the address that it was begun from'),
    program: z.string().describe('browser and system, as far as it said so'),
    isThis: z.boolean().describe('it is the one that asks'),
  })
  .meta({ id: 'HeldSession' })

const code = z.string().nullable()

export const userAnswer = z
  .object({
    userId: z.string(),
    name: z.string().nullable().describe('what the user logs in with'),
    displayName: z.string().nullable(),
    email: z.string().nullable(),
    mobile: z.string().nullable().describe('masked, unless the reader may see numbers'),
    departmentId: z.string().nullable(),
    agentCode: code.describe('the agent (工号) that the user works as'),
    supervisorCode: code.describe('the supervisor that the user acts as'),
    enabled: z.boolean(),
    roleIds: z.array(z.string()),
    password: z.enum(['none', 'first', 'own']).describe('first: made by an administrator, and to be changed'),
    addedAt: z.number(),
  })
  .meta({ id: 'User' })
export type UserAnswer = z.infer<typeof userAnswer>

export const usersAnswer = z
  .object({
    users: z.array(userAnswer),
    count: z.number().int().describe('how many there are in all'),
    next: z.string().nullable().describe('pass it as `after` for those that follow; null: there are none'),
  })
  .meta({ id: 'Users' })
export type UsersAnswer = z.infer<typeof usersAnswer>

export const roleAnswer = z
  .object({
    roleId: z.string(),
    name: z.string(),
    about: z.string(),
    permissions: z.array(z.object({ permission: z.string(), scope: z.enum(dataScopes) })),
    users: z.number().int().describe('how many have it'),
  })
  .meta({ id: 'Role' })
export type RoleAnswer = z.infer<typeof roleAnswer>

export const rolesAnswer = z
  .object({
    roles: z.array(roleAnswer),
    permissions: z
      .array(z.object({ permission: z.string(), about: z.string() }))
      .describe('everything that a role can allow'),
  })
  .meta({ id: 'Roles' })
export type RolesAnswer = z.infer<typeof rolesAnswer>

const departmentAnswer = z
  .object({
    departmentId: z.string(),
    name: z.string(),
    parentId: z.string().nullable(),
    users: z.number().int().describe('how many are in it, without those below'),
  })
  .meta({ id: 'Department' })
export const departmentsAnswer = z.object({ departments: z.array(departmentAnswer) }).meta({ id: 'Departments' })
export type DepartmentsAnswer = z.infer<typeof departmentsAnswer>

export const passwordAnswer = z
  .object({
    password: z.string().nullable().describe('shown only now; null: this command was carried out before'),
    validUntil: z.number(),
    position: z.string().nullable(),
  })
  .meta({ id: 'FreshPassword' })
export type PasswordAnswer = z.infer<typeof passwordAnswer>
