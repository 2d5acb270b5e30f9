/** What can be done with the directory, and what is refused. */
import type { Decider } from '../kernel/decider.ts'
import type { EventsOf } from '../kernel/event.ts'
import { Problem } from '../kernel/problem.ts'
import {
  ACCESS_CATEGORY,
  emptyDirectory,
  evolveDirectory,
  isAdministered,
  userNamed,
  withThoseBelow,
  type Department,
  type Directory,
  type Profile,
  type Role,
  type User,
} from './directory.ts'
import type { accessEvents } from './events.ts'

export type AccessCommand =
  | ({ do: 'add_user'; userId: string; roleIds: readonly string[] } & Profile)
  /** What is left out stays as it is. */
  | ({ do: 'change_user'; userId: string } & Partial<Profile>)
  | { do: 'enable_user' | 'disable_user'; userId: string }
  | { do: 'grant_roles'; userId: string; roleIds: readonly string[] }
  | { do: 'set_password'; userId: string; hash: string; by: 'user' | 'administrator'; validUntil: number | null }
  | ({ do: 'add_role' | 'change_role' } & Role)
  | { do: 'remove_role'; roleId: string }
  | ({ do: 'add_department' | 'change_department' } & Department)
  | { do: 'remove_department'; departmentId: string }
  /** The first administrator of a tenant that has no users, and the roles that most houses need. */
  | {
      do: 'begin'
      userId: string
      name: string
      hash: string
      roles: readonly Role[]
      roleId: string
      validUntil: number
    }

type AccessEvent = EventsOf<typeof accessEvents>

export const accessDecider: Decider<Directory, AccessCommand, AccessEvent> = {
  category: ACCESS_CATEGORY,
  initial: emptyDirectory,
  decide(command, directory, context) {
    const events = decided(command, directory)
    const after = events.reduce((state, event) => evolveDirectory(state, { ...event, at: context.at }), directory)
    // Whoever takes the last administrator away would lock everybody out, themselves included.
    if (isAdministered(directory) && !isAdministered(after)) throw new Problem('access.last_administrator')
    return events
  },
  evolve: evolveDirectory,
}

function decided(command: AccessCommand, directory: Directory): AccessEvent[] {
  switch (command.do) {
    case 'begin': {
      if (directory.users.size > 0) throw new Problem('access.begun')
      const { userId, name, hash, roles, roleId, validUntil } = command
      return [
        ...roles.filter((role) => !directory.roles.has(role.roleId)).map(roleAdded),
        {
          type: 'UserAdded',
          data: {
            userId,
            name,
            displayName: null,
            email: null,
            mobile: null,
            departmentId: null,
            agentCode: null,
            supervisorCode: null,
          },
        },
        { type: 'RolesGranted', data: { userId, roleIds: [roleId] } },
        { type: 'PasswordSet', data: { userId, hash, by: 'administrator', validUntil } },
      ]
    }
    case 'add_user': {
      const { do: _, roleIds, ...profile } = command
      if (directory.users.has(command.userId)) return []
      demandFree(directory, command)
      demandRoles(directory, roleIds)
      const granted: AccessEvent[] =
        roleIds.length === 0 ? [] : [{ type: 'RolesGranted', data: { userId: command.userId, roleIds: [...roleIds] } }]
      return [{ type: 'UserAdded', data: profile }, ...granted]
    }
    case 'change_user': {
      const { do: _, ...change } = command
      const user = userOf(directory, command.userId)
      const { userId, name, displayName, email, mobile, departmentId, agentCode, supervisorCode } = {
        ...user,
        ...change,
      }
      const data = { userId, name, displayName, email, mobile, departmentId, agentCode, supervisorCode }
      demandFree(directory, data)
      const same = (Object.keys(data) as (keyof typeof data)[]).every((key) => user[key] === data[key])
      return same ? [] : [{ type: 'UserChanged', data }]
    }
    case 'enable_user':
    case 'disable_user': {
      const enable = command.do === 'enable_user'
      if (userOf(directory, command.userId).enabled === enable) return []
      return [{ type: enable ? 'UserEnabled' : 'UserDisabled', data: { userId: command.userId } }]
    }
    case 'grant_roles': {
      const { userId } = command
      const { roleIds: before } = userOf(directory, userId)
      demandRoles(directory, command.roleIds)
      const roleIds = [...new Set(command.roleIds)].sort()
      if (roleIds.join() === [...before].sort().join()) return []
      return [{ type: 'RolesGranted', data: { userId, roleIds } }]
    }
    case 'set_password': {
      const { do: _, ...data } = command
      userOf(directory, command.userId)
      return [{ type: 'PasswordSet', data }]
    }
    case 'add_role':
      if (directory.roles.has(command.roleId)) return []
      demandRoleName(directory, command)
      return [roleAdded(command)]
    case 'change_role': {
      roleOf(directory, command.roleId)
      demandRoleName(directory, command)
      return [{ ...roleAdded(command), type: 'RoleChanged' }]
    }
    case 'remove_role': {
      const { roleId } = command
      const { name } = roleOf(directory, roleId)
      const users = directory.users.count(({ roleIds }) => roleIds.includes(roleId))
      if (users > 0) throw new Problem('access.role_in_use', { role: name, users })
      return [{ type: 'RoleRemoved', data: { roleId } }]
    }
    case 'add_department': {
      const { do: _, ...data } = command
      if (directory.departments.has(command.departmentId)) return []
      demandPlace(directory, command)
      return [{ type: 'DepartmentAdded', data }]
    }
    case 'change_department': {
      const { do: _, ...data } = command
      departmentOf(directory, command.departmentId)
      demandPlace(directory, command)
      return [{ type: 'DepartmentChanged', data }]
    }
    case 'remove_department': {
      const { departmentId } = command
      const { name } = departmentOf(directory, departmentId)
      const people = directory.users.count((user) => user.departmentId === departmentId)
      const below = directory.departments.count(({ parentId }) => parentId === departmentId)
      if (people + below > 0) throw new Problem('access.department_in_use', { department: name, people, below })
      return [{ type: 'DepartmentRemoved', data: { departmentId } }]
    }
  }
}

function roleAdded({ roleId, name, about, permissions }: Role): AccessEvent & { type: 'RoleAdded' } {
  return { type: 'RoleAdded', data: { roleId, name, about, permissions: permissions.map((each) => ({ ...each })) } }
}

/** Names to log in with, agents and supervisors belong to one user each. @throws Problem `access.taken` */
function demandFree(directory: Directory, wanted: Profile & { userId: string }): void {
  const { userId, name, departmentId } = wanted
  const namesake = name === null ? null : userNamed(directory, name)
  if (namesake && namesake.userId !== userId) throw new Problem('access.taken', { what: 'name' }, { where: 'name' })
  for (const field of ['agentCode', 'supervisorCode'] as const) {
    const code = wanted[field]
    if (code === null) continue
    const other = directory.users.find((user) => user[field] === code && user.userId !== userId)
    if (other) throw new Problem('access.taken', { what: field }, { where: field })
  }
  if (departmentId !== null) departmentOf(directory, departmentId)
}

/** @throws Problem `request.not_found` */
function demandRoles(directory: Directory, roleIds: readonly string[]): void {
  for (const roleId of roleIds) roleOf(directory, roleId)
}

/** @throws Problem `access.taken` */
function demandRoleName(directory: Directory, { roleId, name }: Role): void {
  if (directory.roles.some((role) => role.name === name && role.roleId !== roleId))
    throw new Problem('access.taken', { what: 'name' }, { where: 'name' })
}

/** A department cannot be below itself, nor be called like a neighbour. @throws Problem `access.taken`, `access.circle` */
function demandPlace(directory: Directory, { departmentId, name, parentId }: Department): void {
  if (parentId !== null) {
    departmentOf(directory, parentId)
    if (withThoseBelow(directory, departmentId).has(parentId))
      throw new Problem('access.circle', { department: name }, { where: 'parentId' })
  }
  const isNeighbour = (each: Department): boolean => each.parentId === parentId && each.departmentId !== departmentId
  if (directory.departments.some((each) => isNeighbour(each) && each.name === name))
    throw new Problem('access.taken', { what: 'name' }, { where: 'name' })
}

/** @throws Problem `request.not_found` */
function userOf({ users }: Directory, userId: string): User {
  const user = users.get(userId)
  if (!user) throw new Problem('request.not_found', { what: 'user', id: userId })
  return user
}

/** @throws Problem `request.not_found` */
function roleOf({ roles }: Directory, roleId: string): Role {
  const role = roles.get(roleId)
  if (!role) throw new Problem('request.not_found', { what: 'role', id: roleId })
  return role
}

/** @throws Problem `request.not_found` */
function departmentOf({ departments }: Directory, departmentId: string): Department {
  const department = departments.get(departmentId)
  if (!department) throw new Problem('request.not_found', { what: 'department', id: departmentId })
  return department
}
