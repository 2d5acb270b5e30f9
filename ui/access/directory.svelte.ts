/** Roles and departments, by which users are shown and found. */
import type { DepartmentsAnswer, RoleAnswer, RolesAnswer } from '@ledgerline/adapters/http/access/answers.ts'
import { get } from '../http/requests.ts'

type DepartmentAnswer = DepartmentsAnswer['departments'][number]

class Directory {
  roles: readonly RoleAnswer[] = $state.raw([])
  departments: readonly DepartmentAnswer[] = $state.raw([])
  /** They have been read. */
  known = $state(false)

  /** @throws Refusal */
  async load(): Promise<void> {
    const { signal } = new AbortController()
    const [{ roles }, { departments }] = await Promise.all([
      get<RolesAnswer>('/api/v1/roles', {}, signal),
      get<DepartmentsAnswer>('/api/v1/departments', {}, signal),
    ])
    this.roles = roles
    this.departments = departments
    this.known = true
  }

  roleName(roleId: string): string {
    return this.roles.find((role) => role.roleId === roleId)?.name ?? '–'
  }

  departmentName(departmentId: string | null): string {
    if (departmentId === null) return ''
    return this.departments.find((each) => each.departmentId === departmentId)?.name ?? '–'
  }

  /** Departments as a tree, each with its depth; the one above comes first. */
  get tree(): { department: DepartmentAnswer; depth: number }[] {
    const below = (parentId: string | null, depth: number): { department: DepartmentAnswer; depth: number }[] =>
      this.departments
        .filter((each) => each.parentId === parentId)
        .flatMap((department) => [{ department, depth }, ...below(department.departmentId, depth + 1)])
    return below(null, 0)
  }
}

export const directory = new Directory()
