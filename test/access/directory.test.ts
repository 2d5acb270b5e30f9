/** Users, roles and departments: what is decided, and what follows for whoever asks (catalogue A3.1, B11.2 to B11.4). */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { accessDecider as decider, type AccessCommand } from '@ledgerline/core/access/administration.ts'
import { grantsOf, userNamed, withThoseBelow } from '@ledgerline/core/access/directory.ts'
import { ADMINISTRATOR_ROLE, startingRoles } from '@ledgerline/core/access/starting-roles.ts'
import { given } from '../support/given.ts'

const test = suite('the directory of users')

const profile = {
  displayName: null,
  email: null,
  mobile: null,
  departmentId: null,
  agentCode: null,
  supervisorCode: null,
}
const begin: AccessCommand = {
  do: 'begin',
  ...{
    userId: 'root',
    name: 'admin',
    hash: 'h',
    roles: startingRoles('en'),
    roleId: ADMINISTRATOR_ROLE,
    validUntil: 1,
  },
}
/** A house that has begun, and what was done in it since. */
function house(...commands: AccessCommand[]) {
  const past = [begin, ...commands].reduce<ReturnType<typeof decider.decide>>((events, command) => {
    const state = given(decider, ...events).state
    return [...events, ...decider.decide(command, state, { at: 0, now: 0, newId: () => 'x' })]
  }, [])
  return given(decider, ...past)
}
const adds = (userId: string, name: string, more: Partial<typeof profile> & { agentCode?: string } = {}) =>
  ({ do: 'add_user', userId, name, roleIds: [], ...profile, ...more }) as AccessCommand

test('a house begins with one administrator, once', () => {
  house().when(begin).thenRefused('access.begun')
  const granted = grantsOf(house().state, 'root')
  assert.is(granted.get('users.edit'), 'tenant')
  assert.not(granted.has('numbers.see'), 'nobody sees numbers unless that was granted')
})

test('a name belongs to one user, however it is typed; so does an agent', () => {
  const there = house(adds('li', 'Li.Wei', { agentCode: '201' } as never))
  there.when(adds('x', ' ｌｉ.wei ')).thenRefused('access.taken')
  there.when(adds('x', 'wang', { agentCode: '201' } as never)).thenRefused('access.taken')
  assert.is(userNamed(there.state, 'LI.WEI')?.userId, 'li')
  // A name that was given up is free again.
  house(adds('li', 'li'), { do: 'change_user', userId: 'li', name: 'liwei', ...profile })
    .when(adds('x', 'li'))
    .then({ type: 'UserAdded', data: { userId: 'x' } })
})

test('somebody can always administer: neither disabling nor roles take the last one away', () => {
  const only = house()
  only.when({ do: 'disable_user', userId: 'root' }).thenRefused('access.last_administrator')
  only.when({ do: 'grant_roles', userId: 'root', roleIds: ['agent'] }).thenRefused('access.last_administrator')
  const role = { roleId: ADMINISTRATOR_ROLE, name: 'Administrator', about: '', permissions: [] }
  only.when({ do: 'change_role', ...role }).thenRefused('access.last_administrator')
  const two = house(
    adds('li', 'li'),
    { do: 'grant_roles', userId: 'li', roleIds: [ADMINISTRATOR_ROLE] },
    { do: 'set_password', userId: 'li', hash: 'h', by: 'user', validUntil: null },
  )
  two.when({ do: 'disable_user', userId: 'root' }).then({ type: 'UserDisabled' })
})

test('what roles grant adds up, each permission in its own scope; a disabled user may do nothing', () => {
  const role = (roleId: string, ...permissions: [string, string][]): AccessCommand =>
    ({
      do: 'add_role',
      ...{ roleId, name: roleId, about: '' },
      permissions: permissions.map(([permission, scope]) => ({ permission, scope })),
    }) as AccessCommand
  const commands: AccessCommand[] = [
    adds('li', 'li'),
    role('reads', ['calls.see', 'tenant'], ['reports.see', 'own']),
    role('hears', ['recordings.hear', 'own'], ['calls.see', 'department']),
    { do: 'grant_roles', userId: 'li', roleIds: ['reads', 'hears'] },
  ]
  // "read: tenant" beside "hear: own" never becomes "hear: tenant".
  assert.equal(Object.fromEntries(grantsOf(house(...commands).state, 'li')), {
    'calls.see': 'tenant',
    'reports.see': 'own',
    'recordings.hear': 'own',
  })
  assert.is(grantsOf(house(...commands, { do: 'disable_user', userId: 'li' }).state, 'li').size, 0)
  house(...commands)
    .when({ do: 'remove_role', roleId: 'hears' })
    .thenRefused('access.role_in_use')
})

test('departments are a tree: no circle, no namesake beside another, none removed with people in it', () => {
  const adds1 = (departmentId: string, parentId: string | null, name = departmentId): AccessCommand => ({
    ...{ do: 'add_department', departmentId, name, parentId },
  })
  const tree = house(adds1('all', null), adds1('north', 'all'), adds1('team', 'north'), adds1('south', 'all'))
  assert.equal([...withThoseBelow(tree.state, 'north')].sort(), ['north', 'team'])
  tree
    .when({ do: 'change_department', departmentId: 'all', name: 'all', parentId: 'team' })
    .thenRefused('access.circle')
  tree.when(adds1('x', 'all', 'north')).thenRefused('access.taken')
  tree.when(adds1('x', 'nowhere')).thenRefused('request.not_found')
  tree.when({ do: 'remove_department', departmentId: 'north' }).thenRefused('access.department_in_use')
  tree.when({ do: 'remove_department', departmentId: 'south' }).then({ type: 'DepartmentRemoved' })
})

test.run()
