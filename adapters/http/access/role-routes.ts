/** Roles and departments over HTTP (catalogue A3.1, B11.3, B11.4). */
import { z } from 'zod'
import { dataScopes } from '@ledgerline/core/access/events.ts'
import { permissions, type Permission } from '@ledgerline/core/access/session.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { changeRoute, type AdministrationDependencies } from './administration.ts'
import { departmentsAnswer, rolesAnswer } from './answers.ts'

const idOf = z.string().min(1).max(100)
const name = z.string().trim().min(1).max(100)
const known = Object.keys(permissions) as [Permission, ...Permission[]]
const role = {
  name,
  about: z.string().trim().max(300).default(''),
  permissions: z
    .array(z.strictObject({ permission: z.enum(known), scope: z.enum(dataScopes).default('tenant') }))
    .max(known.length)
    .refine((all) => new Set(all.map(({ permission }) => permission)).size === all.length, {
      error: 'each permission once',
      params: { zh: '每项权限只能出现一次' },
    })
    .meta({ description: 'what it allows, and the rows that this covers' }),
}
const department = { name, parentId: idOf.nullable().meta({ description: 'the department above it; null: none' }) }

export function roleRoutes(dependencies: AdministrationDependencies): Route[] {
  const { directory } = dependencies.access
  const roles = {
    permission: 'roles.edit',
    group: 'Roles',
    problems: ['request.not_found', 'access.taken', 'access.last_administrator'],
  } as const
  const departments = {
    permission: 'departments.edit',
    group: 'Departments',
    problems: ['request.not_found', 'access.taken', 'access.circle'],
  } as const
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/roles',
      permission: 'users.see',
      group: 'Roles',
      about: 'Roles, and everything that a role can allow.',
      request: {},
      responses: { 200: { about: 'The roles.', schema: rolesAnswer } },
      handle() {
        const { roles: all, users } = directory.now
        return {
          roles: [...all.values()]
            .map((each) => ({ ...each, users: users.count(({ roleIds }) => roleIds.includes(each.roleId)) }))
            .sort(byName),
          permissions: Object.entries(permissions).map(([permission, about]) => ({ permission, about })),
        }
      },
    }),
    changeRoute(dependencies, {
      ...roles,
      path: 'roles',
      about: 'Adds a role.',
      body: role,
      makes: 'roleId',
      command: (body, _now, _session, roleId) => ({ do: 'add_role', roleId, ...body }),
    }),
    changeRoute(dependencies, {
      ...roles,
      path: 'roles/change',
      about: 'Says what a role allows.\n\nIt takes effect at once, on open streams too.',
      body: { roleId: idOf, ...role },
      command: (body) => ({ do: 'change_role', ...body }),
    }),
    changeRoute(dependencies, {
      ...roles,
      path: 'roles/remove',
      problems: ['request.not_found', 'access.role_in_use'],
      about: 'Removes a role that nobody has.',
      body: { roleId: idOf },
      command: ({ roleId }) => ({ do: 'remove_role', roleId }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/departments',
      permission: 'users.see',
      group: 'Departments',
      about: 'Departments; each names the one above it.',
      request: {},
      responses: { 200: { about: 'The departments.', schema: departmentsAnswer } },
      handle() {
        const { departments: all, users } = directory.now
        return {
          departments: [...all.values()]
            .map((each) => ({ ...each, users: users.count(({ departmentId }) => departmentId === each.departmentId) }))
            .sort(byName),
        }
      },
    }),
    changeRoute(dependencies, {
      ...departments,
      path: 'departments',
      about: 'Adds a department.',
      body: department,
      makes: 'departmentId',
      command: (body, _now, _session, departmentId) => ({ do: 'add_department', departmentId, ...body }),
    }),
    changeRoute(dependencies, {
      ...departments,
      path: 'departments/change',
      about: 'Gives a department another name or place.',
      body: { departmentId: idOf, ...department },
      command: (body) => ({ do: 'change_department', ...body }),
    }),
    changeRoute(dependencies, {
      ...departments,
      problems: ['request.not_found', 'access.department_in_use'],
      path: 'departments/remove',
      about: 'Removes a department without people and departments.',
      body: { departmentId: idOf },
      command: ({ departmentId }) => ({ do: 'remove_department', departmentId }),
    }),
  ]
}

const byName = (one: { name: string }, other: { name: string }): number => one.name.localeCompare(other.name, 'zh-CN')
