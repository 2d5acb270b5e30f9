/** Users, roles and departments over HTTP (catalogue A3.1, B11.2 to B11.4). */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startSpine, type Spine } from '../http/spine.ts'
import { Browser, QuickPasswords, refusedWith } from './people.ts'

const test = suite('users, roles and departments over HTTP')
let house: Spine
let admin: Browser
const PASSWORD = 'correct horse battery'

test.before(async () => {
  house = await startSpine('administration', { agents: 1, access: { passwords: new QuickPasswords() } })
  const first = (await house.access.begin('en'))!
  admin = await enters(first.name, first.password)
})
test.after(() => house.close())

/** Logs in with a first password, and chooses another. */
async function enters(name: string, first: string): Promise<Browser> {
  const browser = new Browser(house)
  assert.is((await browser.enter(name, first)).json.state, 'new_password')
  const body = { commandId: randomUUID(), old: first, password: PASSWORD, endOthers: false }
  assert.is((await browser.post('session/password', body)).status, 200)
  return browser
}
const send = (path: string, body: object, by = admin) => by.post(path, { commandId: randomUUID(), ...body })
async function done(path: string, body: object, by = admin) {
  const reply = await send(path, body, by)
  assert.ok(reply.status < 300, `${path}: ${reply.text}`)
  return reply.json
}
const empty = {
  displayName: null,
  email: null,
  mobile: null,
  departmentId: null,
  agentCode: null,
  supervisorCode: null,
}
const adds = (name: string, more: object = {}, by = admin) =>
  done('users', { name, ...empty, roleIds: [], ...more }, by)
async function withPassword(name: string, more: object = {}): Promise<{ userId: string; browser: Browser }> {
  const { userId } = await adds(name, more)
  const { password } = await done('users/reset-password', { userId })
  return { userId, browser: await enters(name, password) }
}

test('A3.1.1-user-list A3.1.1-create A3.1.1-username A3.1.1-name A3.1.1-mobile A3.1.3-create-dept A3.1.3-dept-members B11.2-act-add-member B11.2-act-edit-member B11.2-act-new-org: a user is added, listed, found, changed, disabled and enabled again', async () => {
  const { departmentId } = await done('departments', { name: 'Hotline', parentId: null })
  const { userId } = await adds('zhang.san', {
    displayName: '张三',
    mobile: '13800002222',
    departmentId,
    roleIds: ['agent'],
  })
  const list = (await admin.get(`users?text=${encodeURIComponent('张')}`)).json
  assert.equal(
    [list.count, list.users[0].userId, list.users[0].mobile],
    [1, userId, '138****2222'],
    'the administrator sees no numbers',
  )
  assert.is((await admin.get(`users?departmentId=${departmentId}&roleId=agent&enabled=true`)).json.count, 1)
  await done('users/change', { userId, displayName: '张三丰' })
  const one = (await admin.get(`users/${userId}`)).json
  assert.equal(
    [one.displayName, one.name, one.departmentId, one.password],
    ['张三丰', 'zhang.san', departmentId, 'none'],
  )
  refusedWith('access.taken', await send('users', { name: 'ZHANG.SAN', ...empty, roleIds: [] }))
  refusedWith('request.not_found', await send('users/change', { userId: 'nobody', displayName: 'x' }))
  await done('users/disable', { userId })
  assert.is((await admin.get('users?enabled=false')).json.count, 1)
  await done('users/enable', { userId })
  refusedWith('access.department_in_use', await send('departments/remove', { departmentId }))
})

test('pages of users follow each other, each user once', async () => {
  for (let user = 0; user < 7; user++) await adds(`page${user}`)
  const names: string[] = []
  let after = ''
  do {
    const page = (await admin.get(`users?text=page&limit=3${after && `&after=${after}`}`)).json
    assert.is(page.count, 7)
    names.push(...page.users.map(({ name }: { name: string }) => name))
    after = page.next ?? ''
  } while (after)
  assert.equal(
    names,
    [0, 1, 2, 3, 4, 5, 6].map((user) => `page${user}`),
  )
})

test('a command that is repeated makes nothing twice, and never shows a password again', async () => {
  const commandId = randomUUID()
  const body = { commandId, name: 'once.only', ...empty, roleIds: [] }
  const [first, again] = [await admin.post('users', body), await admin.post('users', body)]
  assert.equal([first.status, again.status, again.json.userId], [201, 201, first.json.userId])
  const reset = { commandId: randomUUID(), userId: first.json.userId }
  const [shown, hidden] = [
    await admin.post('users/reset-password', reset),
    await admin.post('users/reset-password', reset),
  ]
  assert.match(shown.json.password, /^[a-z\d]{4}(-[a-z\d]{4}){3}$/)
  assert.is(hidden.json.password, null)
  await enters('once.only', shown.json.password)
})

test('C1.1-unfreeze-by-reset: a reset ends the sessions, and opens a name that was closed', async () => {
  const { userId, browser } = await withPassword('closed')
  const stranger = new Browser(house)
  for (let failure = 0; failure < 10; failure++) await stranger.enter('closed', 'wrong')
  refusedWith('access.frozen', await stranger.logIn('closed', PASSWORD))
  const { password } = await done('users/reset-password', { userId })
  refusedWith('access.log_in', await browser.get('session/all'))
  await enters('closed', password)
})

test('disabling ends every session at once; an administrator sees and ends sessions', async () => {
  const { userId, browser } = await withPassword('li.si', { roleIds: ['supervisor'] })
  assert.is((await browser.get('calls')).status, 200)
  const { sessions } = (await admin.get(`users/${userId}/sessions`)).json
  assert.equal([sessions.length, sessions[0].source], [1, '127.0.0.1'])
  assert.equal((await admin.post('users/end-sessions', { userId, sessionId: sessions[0].sessionId })).json, {
    ended: 1,
  })
  refusedWith('access.log_in', await browser.get('calls'))
  assert.is((await browser.logIn('li.si', PASSWORD)).status, 200)
  await done('users/disable', { userId })
  refusedWith('access.log_in', await browser.get('calls'))
  refusedWith('access.wrong', await browser.logIn('li.si', PASSWORD))
})

test('A3.1.1-rbac A3.1.2-create-role A3.1.2-role-authorise A3.1.2-add-user B11.3-act-add-role B11.3-act-delete-role B11.3-function-permissions: a role is made, given, changed while somebody uses it, and removed', async () => {
  const permissions = [{ permission: 'calls.see', scope: 'own' }]
  const { roleId } = await done('roles', { name: 'Listener', permissions })
  const { browser, userId } = await withPassword('wang.wu', { roleIds: [roleId] })
  assert.is((await browser.get('calls')).status, 200)
  assert.is((await browser.get('reports')).status, 403)
  await done('roles/change', { roleId, name: 'Listener', permissions: [{ permission: 'reports.see' }] })
  assert.equal([(await browser.get('calls')).status, (await browser.get('reports')).status], [403, 200])
  refusedWith('access.role_in_use', await send('roles/remove', { roleId }))
  await done('users/roles', { userId, roleIds: [] })
  assert.is((await browser.get('reports')).status, 403)
  await done('roles/remove', { roleId })
  const twice = [...permissions, ...permissions]
  refusedWith('request.invalid', await send('roles', { name: 'Twice', permissions: twice }))
  refusedWith('request.invalid', await send('roles', { name: 'Odd', permissions: [{ permission: 'everything' }] }))
})

test('whoever may only edit users cannot get at more than they have: by role, by password, by another’s session', async () => {
  const see = ['users.see', 'users.edit', 'calls.see'].map((permission) => ({ permission }))
  const { roleId } = await done('roles', { name: 'Personnel', permissions: see })
  const { browser, userId } = await withPassword('personnel', { roleIds: [roleId] })
  const root = (await admin.get('users?text=admin')).json.users[0].userId
  refusedWith('access.beyond_own', await send('users/roles', { userId, roleIds: ['administrator'] }, browser))
  refusedWith('access.beyond_own', await send('users', { name: 'mine', ...empty, roleIds: ['administrator'] }, browser))
  refusedWith('access.beyond_own', await send('users/reset-password', { userId: root }, browser))
  refusedWith('access.beyond_own', await send('users/disable', { userId: root }, browser))
  refusedWith('access.beyond_own', await browser.post('users/end-sessions', { userId: root, sessionId: null }))
  await adds('colleague', { roleIds: [roleId] }, browser)
})

test.run()
