/** What the audit trail tells of (catalogue A3.3): events, and the word for each. Browser-safe. */

/** By event. */
export const auditActs = {
  LoggedIn: 'logged_in',
  SessionEnded: 'session_ended',
  LogInRefused: 'log_in_refused',
  RequestForbidden: 'request_forbidden',
  AuditRead: 'audit_read',
  UserAdded: 'user_added',
  UserChanged: 'user_changed',
  UserDisabled: 'user_disabled',
  UserEnabled: 'user_enabled',
  RolesGranted: 'roles_granted',
  PasswordSet: 'password_set',
  RoleAdded: 'role_added',
  RoleChanged: 'role_changed',
  RoleRemoved: 'role_removed',
  DepartmentAdded: 'department_added',
  DepartmentChanged: 'department_changed',
  DepartmentRemoved: 'department_removed',
} as const

export type AuditAct = (typeof auditActs)[keyof typeof auditActs]
export const auditWords: readonly AuditAct[] = Object.values(auditActs)
