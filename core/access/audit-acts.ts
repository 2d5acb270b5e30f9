/** What the audit trail tells of (catalogue A3.3): names of events. Browser-safe. */

/** What can have happened, each named after its event. */
export const auditActs = [
  'LoggedIn',
  'SessionEnded',
  'LogInRefused',
  'RequestForbidden',
  'AuditRead',
  'UserAdded',
  'UserChanged',
  'UserDisabled',
  'UserEnabled',
  'RolesGranted',
  'PasswordSet',
  'RoleAdded',
  'RoleChanged',
  'RoleRemoved',
  'DepartmentAdded',
  'DepartmentChanged',
  'DepartmentRemoved',
] as const
export type AuditAct = (typeof auditActs)[number]
