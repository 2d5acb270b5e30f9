/** The roles with which a house begins. They are roles like any other: administrators change and remove them. */
import type { Words } from '../kernel/words.ts'
import type { DataScope } from './events.ts'
import type { Role } from './directory.ts'
import { permissions, type Permission } from './session.ts'

const all = Object.keys(permissions) as Permission[]
const granted = (scope: DataScope, names: readonly Permission[]): Role['permissions'] =>
  names.map((permission) => ({ permission, scope }))

/** The role of whoever sets the house up. */
export const ADMINISTRATOR_ROLE = 'administrator'

const desk: readonly Permission[] = [
  'boards.see',
  'agents.act',
  'agents.web_phone',
  'library.see',
  'labels.see',
  'dictionaries.see',
  'registers.list',
]

const names: Readonly<Record<string, Words>> = {
  [ADMINISTRATOR_ROLE]: { en: 'Administrator', zh: '系统管理员' },
  supervisor: { en: 'Supervisor', zh: '班长' },
  agent: { en: 'Agent', zh: '坐席' },
  auditor: { en: 'Auditor', zh: '审计员' },
}

/** @param language the language of the terminal on which the house is started: from then on the names are its own */
export function startingRoles(language: keyof Words): Role[] {
  const role = (roleId: string, permissions: Role['permissions']): Role => ({
    roleId,
    name: names[roleId]![language],
    about: '',
    permissions,
  })
  const supervises = all.filter((permission) => permission.startsWith('supervise.'))
  return [
    // Numbers stay masked for whoever administers, too: that is granted knowingly, or not at all.
    role(
      ADMINISTRATOR_ROLE,
      granted(
        'tenant',
        all.filter((permission) => permission !== 'numbers.see'),
      ),
    ),
    role(
      'supervisor',
      granted('tenant', [
        ...desk,
        ...supervises,
        'calls.see',
        'recordings.hear',
        'voicemail.handle',
        'missed.handle',
        'reports.see',
        'staff.see',
        'switchboard.see',
      ]),
    ),
    role('agent', granted('own', desk)),
    role(
      'auditor',
      granted('tenant', [
        // They replay what the boards showed.
        'boards.see',
        'calls.see',
        'recordings.hear',
        'reports.see',
        'staff.see',
        'audit.see',
        'users.see',
        'server.see',
      ]),
    ),
  ]
}
