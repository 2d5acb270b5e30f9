/** One row per thing that auditors ask for (catalogue A3.3): who logged in or could not, who changed whom, what was refused. */
import { auditActs, auditWords } from '@ledgerline/core/access/audit-acts.ts'
import { instant, personalText, text, textOrNull, word } from '../engine/model.ts'
import { entity } from '../entity.ts'

interface Happened {
  id: string
  type: keyof typeof auditActs
  at: number
  actor: string
}

/** The row of an event; `about` is what it was done to, `detail` what tells it from others of its kind. */
function entry({ id, type, at, actor }: Happened, more: Partial<Omit<Entry, 'at' | 'act' | 'actor'>> = {}) {
  return {
    entryId: id,
    at,
    act: auditActs[type],
    actor,
    result: 'done',
    about: null,
    detail: null,
    name: null,
    source: null,
    ...more,
  }
}
interface Entry {
  at: number
  act: string
  actor: string
  result: string
  about: string | null
  detail: string | null
  name: string | null
  source: string | null
}

const keyOf = ({ id }: { id: string }) => [{ entryId: id }]

export const audit = entity('audit', {
  version: 1,
  about:
    'The audit trail (审计日志): one row for each log-in, good or bad, each refusal, each change of users and roles.',
  key: { entryId: text('The event.') },
  columns: {
    at: instant('When it happened.'),
    act: word(auditWords, `What happened, named after the event: ${auditWords.join(', ')}.`),
    actor: text(
      'Who did it: `user:` and their id; `visitor` before a log-in; `operator:operator` by a program of the house.',
    ),
    result: word(['done', 'refused'], 'done, or refused.'),
    about: textOrNull('Whom or what it was done to: id of a user, role, department or session.'),
    detail: textOrNull(
      'Why, or which: the reason of a refusal or an end, the permission that was missing, and for which route.',
    ),
    name: personalText('The name that was given at a log-in that failed.'),
    source: personalText('The address that it came from; null: not asked over the network, or not kept for it.'),
  },
  keysOf: Object.fromEntries(Object.keys(auditActs).map((type) => [type, keyOf])),
  begins: Object.fromEntries(Object.keys(auditActs).map((type) => [type, true as const])),
  on: {
    LoggedIn: (_, event) =>
      entry(event, { about: event.data.sessionId, detail: event.data.factors.join(', '), source: event.data.source }),
    SessionEnded: (_, event) => entry(event, { about: event.data.sessionId, detail: event.data.why }),
    LogInRefused: (_, event) => {
      const { userId, why, name, source } = event.data
      return entry(event, { result: 'refused', about: userId, detail: why, name, source })
    },
    RequestForbidden: (_, event) => {
      const { permission, method, route, source } = event.data
      return entry(event, { result: 'refused', detail: `${permission}: ${method} ${route}`, source })
    },
    AuditRead: (_, event) => entry(event, { source: event.data.source }),
    UserAdded: (_, event) => entry(event, { about: event.data.userId }),
    UserChanged: (_, event) => entry(event, { about: event.data.userId }),
    UserDisabled: (_, event) => entry(event, { about: event.data.userId }),
    UserEnabled: (_, event) => entry(event, { about: event.data.userId }),
    RolesGranted: (_, event) => entry(event, { about: event.data.userId, detail: event.data.roleIds.join(', ') }),
    PasswordSet: (_, event) => entry(event, { about: event.data.userId, detail: event.data.by }),
    RoleAdded: (_, event) => entry(event, { about: event.data.roleId, detail: event.data.name }),
    RoleChanged: (_, event) => entry(event, { about: event.data.roleId, detail: event.data.name }),
    RoleRemoved: (_, event) => entry(event, { about: event.data.roleId }),
    DepartmentAdded: (_, event) => entry(event, { about: event.data.departmentId, detail: event.data.name }),
    DepartmentChanged: (_, event) => entry(event, { about: event.data.departmentId, detail: event.data.name }),
    DepartmentRemoved: (_, event) => entry(event, { about: event.data.departmentId }),
  },
  // What happened stays as it is.
  finished: () => true,
  indexes: [['at'], ['actor', 'at'], ['act', 'at']],
})
