/**
 * The directory of a tenant: its users, roles and departments, folded from the ledger, and what follows from it: what a user
 * may do.
 */
import { Map as Kept } from 'immutable'
import type { Decider } from '../kernel/decider.ts'
import type { EventsOf } from '../kernel/event.ts'
import type { accessEvents, DataScope } from './events.ts'
import { permissions, type Permission } from './session.ts'

export interface Profile {
  /** What the user logs in with; null once they have been forgotten. */
  name: string | null
  displayName: string | null
  email: string | null
  mobile: string | null
  departmentId: string | null
  /** The agent (工号) that they work as. */
  agentCode: string | null
  /** The supervisor that they act as. */
  supervisorCode: string | null
}

interface Password {
  /** In argon2id’s own notation. */
  hash: string
  /** It was made by an administrator and is good only to choose another one. */
  mustChange: boolean
  validUntil: number | null
}

export interface User extends Profile {
  userId: string
  enabled: boolean
  roleIds: readonly string[]
  /** Null: they cannot log in yet. */
  password: Password | null
  addedAt: number
}

interface Granted {
  permission: Permission
  scope: DataScope
}

export interface Role {
  roleId: string
  name: string
  about: string
  permissions: readonly Granted[]
}

export interface Department {
  departmentId: string
  name: string
  parentId: string | null
}

export interface Directory {
  users: Kept<string, User>
  /** Users by what they log in with, as {@link folded} writes it. */
  byName: Kept<string, string>
  roles: Kept<string, Role>
  departments: Kept<string, Department>
}

type AccessEvent = EventsOf<typeof accessEvents>

export const emptyDirectory: Directory = {
  users: Kept(),
  byName: Kept(),
  roles: Kept(),
  departments: Kept(),
}

/** Category and id of the one stream of a tenant’s directory. */
export const ACCESS_CATEGORY = 'access'
export const DIRECTORY = 'directory'

/** One name, however it is typed: capitals and full-width letters make no other user. */
export function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

/** The state after an event. */
export const evolveDirectory: Decider<Directory, never, AccessEvent>['evolve'] = (before, event) => {
  const { type, data } = event as AccessEvent
  const { at } = event
  switch (type) {
    case 'UserAdded': {
      const user: User = { ...data, enabled: true, roleIds: [], password: null, addedAt: at }
      return withUser(before, user)
    }
    case 'UserChanged': {
      const user = before.users.get(data.userId)
      return user ? withUser(before, { ...user, ...data }) : before
    }
    case 'UserDisabled':
      return changed(before, data.userId, { enabled: false })
    case 'UserEnabled':
      return changed(before, data.userId, { enabled: true })
    case 'RolesGranted':
      return changed(before, data.userId, { roleIds: data.roleIds })
    case 'PasswordSet': {
      const { hash, by, validUntil } = data
      const password = hash === null ? null : { hash, mustChange: by === 'administrator', validUntil }
      return changed(before, data.userId, { password })
    }
    case 'RoleAdded':
    case 'RoleChanged':
      return {
        ...before,
        roles: before.roles.set(data.roleId, { ...data, permissions: data.permissions.filter(known) }),
      }
    case 'RoleRemoved':
      return {
        ...before,
        roles: before.roles.delete(data.roleId),
        users: before.users.map((user) =>
          user.roleIds.includes(data.roleId)
            ? { ...user, roleIds: user.roleIds.filter((roleId) => roleId !== data.roleId) }
            : user,
        ),
      }
    case 'DepartmentAdded':
    case 'DepartmentChanged':
      return { ...before, departments: before.departments.set(data.departmentId, data) }
    case 'DepartmentRemoved':
      return { ...before, departments: before.departments.delete(data.departmentId) }
  }
}

/** A permission of an earlier version of the program that exists no longer allows nothing. */
function known(granted: { permission: string; scope: DataScope }): granted is Granted {
  return Object.hasOwn(permissions, granted.permission)
}

function withUser(before: Directory, user: User): Directory {
  const old = before.users.get(user.userId)?.name
  let byName = before.byName
  if (old != null) byName = byName.delete(folded(old))
  if (user.name !== null) byName = byName.set(folded(user.name), user.userId)
  return { ...before, users: before.users.set(user.userId, user), byName }
}

function changed(before: Directory, userId: string, change: Partial<User>): Directory {
  const user = before.users.get(userId)
  return user ? { ...before, users: before.users.set(userId, { ...user, ...change }) } : before
}

/** The wider scope comes later. */
const widths: Record<DataScope, number> = { own: 0, department: 1, below: 2, tenant: 3 }

/** What a user may do, each with the widest scope in which one of their roles grants it; nothing if they are disabled. */
export function grantsOf({ users, roles }: Directory, userId: string): ReadonlyMap<Permission, DataScope> {
  const granted = new Map<Permission, DataScope>()
  const user = users.get(userId)
  if (!user?.enabled) return granted
  for (const roleId of user.roleIds) {
    for (const { permission, scope } of roles.get(roleId)?.permissions ?? []) {
      const before = granted.get(permission)
      if (before === undefined || widths[before] < widths[scope]) granted.set(permission, scope)
    }
  }
  return granted
}

/** The user of this name; null if there is none. */
export function userNamed({ users, byName }: Directory, name: string): User | null {
  return users.get(byName.get(folded(name)) ?? '') ?? null
}

/** A department and all below it. */
export function withThoseBelow({ departments }: Directory, departmentId: string): ReadonlySet<string> {
  const found = new Set([departmentId])
  for (let grew = true; grew;) {
    grew = false
    for (const each of departments.values()) {
      if (each.parentId === null || found.has(each.departmentId) || !found.has(each.parentId)) continue
      found.add(each.departmentId)
      grew = true
    }
  }
  return found
}

/** Who can still give others what they need: without one of them nobody could ever be let in again. */
const ADMINISTERS = ['users.edit', 'roles.edit'] as const satisfies readonly Permission[]

/** Is there an enabled user with a password who administers? */
export function isAdministered(directory: Directory): boolean {
  return directory.users.some((user) => {
    if (!user.enabled || user.password === null) return false
    const granted = grantsOf(directory, user.userId)
    return ADMINISTERS.every((permission) => granted.get(permission) === 'tenant')
  })
}
