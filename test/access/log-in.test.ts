/** Logging in and out over HTTP, and those who try what they should not (catalogue C1, B1, A2.1). */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openAccess } from '@ledgerline/adapters/access/access.ts'
import { FREEZING_FAILURES } from '@ledgerline/core/access/attempts.ts'
import { IDLE_MS, LONGEST_MS } from '@ledgerline/core/access/lifetime.ts'
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { ask } from '../http/web.ts'
import { tenant } from '../support/house.ts'
import { Browser, QuickPasswords, refusedWith, solution } from './people.ts'

const passwords = new QuickPasswords()
let now = Date.now()
let house: Spine
let first: { name: string; password: string }
const PASSWORD = 'correct horse battery'
const test = suite('log-in')

test.before(async () => {
  house = await startSpine('log_in', { agents: 2, access: { passwords, now: () => now } })
  first = (await house.access.begin('en'))!
})
test.after(() => house.close())

let users = 0
/** A user with a password of their own and these roles. */
async function user(roleIds: readonly string[], more: object = {}): Promise<{ userId: string; name: string }> {
  const [userId, name] = [randomUUID(), `user${++users}`]
  const profile = {
    displayName: null,
    email: null,
    mobile: null,
    departmentId: null,
    agentCode: null,
    supervisorCode: null,
  }
  const envelope = () => ({ tenant, commandId: randomUUID(), actor: 'test' })
  const { directory } = house.access
  await directory.carryOut({ do: 'add_user', userId, name, roleIds, ...profile, ...more }, envelope())
  const hash = await passwords.hash(PASSWORD)
  await directory.carryOut({ do: 'set_password', userId, hash, by: 'user', validUntil: null }, envelope())
  return { userId, name }
}
async function loggedIn(roleIds: readonly string[], more: object = {}) {
  const known = await user(roleIds, more)
  const browser = new Browser(house)
  assert.is((await browser.logIn(known.name, PASSWORD)).status, 200)
  return { ...known, browser }
}
/** What the ledger says of log-ins. */
async function trail(type: string): Promise<RecordedEvent<string, Record<string, unknown>>[]> {
  const events: RecordedEvent[] = []
  for await (const page of house.floor.log.readAll(null, { filter: { types: [type] } }))
    events.push(...(await house.floor.codec.decodeAll(page.events)))
  return events as never
}

test('without a log-in nothing is answered, and a page is told to log in', async () => {
  const browser = new Browser(house)
  for (const path of ['calls', 'live', 'status', 'switchboard', 'session/all'])
    assert.is(refusedWith('access.log_in', await browser.get(path)).status, 401)
  assert.is((await browser.get('session')).json.state, 'nobody')
  refusedWith(
    'access.log_in',
    await browser.post('session/password', { commandId: randomUUID(), old: 'x', password: PASSWORD, endOthers: false }),
  )
})

test('the first user gets in with the password that was shown, and can do nothing before choosing another', async () => {
  const browser = new Browser(house)
  const reply = await browser.logIn(first.name.toUpperCase(), first.password)
  assert.is(reply.status, 200, reply.text)
  assert.is(reply.json.state, 'new_password')
  refusedWith('access.password_old', await browser.get('status'))
  const change = (old: string, password: string) =>
    browser.post('session/password', { commandId: randomUUID(), old, password, endOthers: false })
  refusedWith('access.password_wrong', await change('something else', PASSWORD))
  refusedWith('access.password_short', await change(first.password, 'seven77'))
  refusedWith('access.password_common', await change(first.password, 'Ledgerline1'))
  refusedWith('access.password_common', await change(first.password, '12345678'))
  assert.is((await change(first.password, PASSWORD)).status, 200)
  assert.is((await browser.get('status')).status, 200)
  assert.is((await browser.get('session')).json.user.name, first.name)
  refusedWith('access.wrong', await new Browser(house).logIn(first.name, first.password))
  assert.is(await house.access.begin('en'), null, 'there is no second first user')
})

test('the cookie is for the server alone, and for this site alone; its value is nowhere', async () => {
  const { name } = await user([])
  const { headers, text } = await new Browser(house).logIn(name, PASSWORD)
  const cookie = String(headers['set-cookie'])
  const token = /^ledgerline-\d+=([\w-]{43});/.exec(cookie)![1]!
  assert.match(cookie, /; HttpOnly(;|$)/)
  assert.match(cookie, /; SameSite=Strict(;|$)/)
  assert.match(cookie, /; Path=\/(;|$)/)
  assert.not.match(cookie, /Domain=/i)
  assert.not(text.includes(token))
  assert.not(JSON.stringify(house.told).includes(token))
  for await (const page of house.floor.log.readAll(null)) assert.not(JSON.stringify(page.events).includes(token))
})

test('neither passwords nor their hashes nor names are in the ledger in the clear', async () => {
  const { name } = await loggedIn([])
  await new Browser(house).logIn(name, 'hunter2 is wrong')
  for await (const page of house.floor.log.readAll(null, { filter: { categories: ['access', 'session', 'trail'] } })) {
    const text = JSON.stringify(page.events)
    for (const secret of [PASSWORD, await passwords.hash(PASSWORD), 'hunter2', name, '127.0.0.1'])
      assert.not(text.includes(secret), secret)
  }
})

test('session fixation: a token that was there before the log-in is worth nothing after it', async () => {
  const { name, browser } = await loggedIn(['supervisor'])
  const [before, planted] = [browser.cookie!, `ledgerline-${house.port}=${'A'.repeat(43)}`]
  browser.cookie = planted
  await browser.logIn(name, PASSWORD)
  assert.is.not(browser.cookie, planted)
  assert.is((await ask(house, 'GET', '/api/v1/calls', { headers: { cookie: planted } })).status, 401)
  // Logging in again in the same browser ends what was there.
  browser.cookie = before
  await browser.logIn(name, PASSWORD)
  assert.is.not(browser.cookie, before)
  assert.is((await ask(house, 'GET', '/api/v1/calls', { headers: { cookie: before } })).status, 401)
})

test('a session cannot be used after its log-out, nor after its time', async () => {
  const { browser } = await loggedIn(['supervisor'])
  const { cookie } = browser
  assert.is((await browser.get('calls')).status, 200)
  assert.is((await browser.post('session/log-out', {})).status, 200)
  browser.cookie = cookie
  refusedWith('access.log_in', await browser.get('calls'))
  const idle = await loggedIn(['supervisor'])
  const begun = now
  now = begun + IDLE_MS - 1
  assert.is((await idle.browser.get('calls')).status, 200, 'used just in time')
  now += IDLE_MS - 1
  assert.is((await idle.browser.get('calls')).status, 200, 'and again')
  now += IDLE_MS
  assert.is((await idle.browser.get('calls')).status, 401, 'nobody used it')
  const long = await loggedIn(['supervisor'])
  const from = now
  while (now + IDLE_MS / 2 < from + LONGEST_MS) {
    now += IDLE_MS / 2
    assert.is((await long.browser.get('calls')).status, 200)
  }
  now = from + LONGEST_MS
  assert.is((await long.browser.get('calls')).status, 401, 'however much it is used')
})

test('unknown user, wrong password, disabled user: the same answer after the same work', async () => {
  const known = await user([])
  const disabled = await user([])
  const envelope = { tenant, commandId: randomUUID(), actor: 'test' }
  await house.access.directory.carryOut({ do: 'disable_user', userId: disabled.userId }, envelope)
  const tries = [
    [known.name, 'wrong password'],
    ['nobody.of.this.name', PASSWORD],
    [disabled.name, PASSWORD],
  ] as const
  const told: string[] = []
  for (const [name, password] of tries) {
    passwords.asked = 0
    const { status, text, headers } = await new Browser(house).logIn(name, password)
    assert.is(passwords.asked, 1, 'one hash, whoever it is')
    told.push(`${status} ${text} ${headers['set-cookie']}`)
  }
  assert.is(new Set(told).size, 1, told.join('\n'))
  const whys = (await trail('LogInRefused')).slice(-3).map(({ data }) => [data['why'], data['name'], data['source']])
  assert.equal(whys, [
    ['wrong_password', known.name, '127.0.0.1'],
    ['unknown_user', 'nobody.of.this.name', '127.0.0.1'],
    ['disabled', disabled.name, '127.0.0.1'],
  ])
})

test('brute force: three tries are free, then each costs work, after ten the name is closed to this address for a day', async () => {
  const { name } = await user([])
  const browser = new Browser(house)
  for (let failure = 0; failure < 3; failure++) refusedWith('access.wrong', await browser.logIn(name, 'wrong'))
  passwords.asked = 0
  refusedWith('access.work_needed', await browser.logIn(name, PASSWORD))
  refusedWith('access.work_needed', await browser.logIn(name, PASSWORD, 'no solution'))
  assert.is(passwords.asked, 0, 'nothing is tried without work')
  for (let failure = 3; failure < FREEZING_FAILURES; failure++)
    refusedWith('access.wrong', await browser.enter(name, 'wrong'))
  assert.is(refusedWith('access.frozen', await browser.enter(name, PASSWORD)).status, 429)
  // A stranger elsewhere who did that has shut out themselves: the user gets in.
  const elsewhere = { name, password: PASSWORD, work: null, source: '192.0.2.7', program: '' }
  assert.is((await house.access.logIns.logIn(elsewhere)).session.userId.length, 36)
  await house.access.logIns.thaw(name)
  assert.is((await browser.logIn(name, PASSWORD)).status, 200, 'thawed')
  const frozen = (await trail('LogInRefused')).filter(({ data }) => data['why'] === 'frozen' && data['name'] === name)
  assert.is(frozen.length, 1, 'told once a minute')
})

test('brute force: many tries at once are no more than one after the other, and one solution is good for one try', async () => {
  const { name } = await user([])
  passwords.asked = 0
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  passwords.gate = () => opened
  const tries = Array.from({ length: 40 }, () => new Browser(house).logIn(name, 'wrong'))
  setTimeout(open, 100)
  const codes = (await Promise.all(tries)).map((reply) => reply.json.code as string)
  passwords.gate = async () => {}
  assert.ok(passwords.asked <= 3, `${passwords.asked} passwords were tried`)
  assert.equal(
    [...new Set(codes)].filter((code) => !/^access\.(wrong|work_needed|busy)$/.test(code)),
    [],
  )
  const browser = new Browser(house)
  while ((await browser.logIn(name, 'wrong')).json.code === 'access.wrong');
  const { task, bits } = (await browser.logIn(name, 'wrong')).json.details
  const work = solution(task, bits)
  refusedWith('access.wrong', await browser.logIn(name, 'wrong', work))
  refusedWith('access.work_needed', await browser.logIn(name, 'wrong', work))
})

test('an open stream ends within a second when a permission is taken away, when the session ends, when the user is disabled', async () => {
  const envelope = () => ({ tenant, commandId: randomUUID(), actor: 'test' })
  const ends: [string, (each: { userId: string; browser: Browser }) => Promise<unknown>][] = [
    ['role', ({ userId }) => house.access.directory.carryOut({ do: 'grant_roles', userId, roleIds: [] }, envelope())],
    ['log-out', ({ browser }) => browser.post('session/log-out', {})],
    ['disabled', ({ userId }) => house.access.directory.carryOut({ do: 'disable_user', userId }, envelope())],
  ]
  for (const [what, end] of ends) {
    const each = await loggedIn(['supervisor'])
    const { headers } = each.browser
    const response = await fetch(`${house.url}/api/v1/live`, { headers })
    assert.is(response.status, 200)
    const reader = response.body!.getReader()
    await reader.read()
    await end(each)
    while (!(await reader.read().catch(() => ({ done: true }))).done);
    const again = await fetch(`${house.url}/api/v1/live`, { headers })
    assert.is(again.status, what === 'role' ? 403 : 401, what)
    await again.body?.cancel()
  }
})

test('a user acts as themselves: not as another agent, whatever the request says', async () => {
  const { browser } = await loggedIn(['agent'], { agentCode: '201' })
  const ready = (by: Browser, agentCode: string) =>
    by.post('commands/agents/not-ready', { commandId: randomUUID(), agentCode })
  refusedWith('access.not_own', await ready(browser, '202'))
  const done = await house.during(ready(browser, '201'))
  assert.is(done.status, 200, done.text)
  const nobodys = await loggedIn(['agent'])
  refusedWith('access.not_own', await ready(nobodys.browser, '202'))
})

test('what is refused is in the ledger: who, what, from where', async () => {
  const { browser, userId } = await loggedIn(['agent'])
  for (let click = 0; click < 3; click++) refusedWith('request.forbidden', await browser.get('switchboard'))
  await house.settled()
  const told = (await trail('RequestForbidden')).filter(({ data }) => data['userId'] === userId)
  assert.equal(
    told.map(({ actor, data }) => [actor, data['permission'], data['method'], data['route'], data['source']]),
    [[`user:${userId}`, 'switchboard.see', 'get', '/api/v1/switchboard', '127.0.0.1']],
  )
})

test('B11.1 one sees one’s sessions and ends others; a changed password ends them if that is asked for', async () => {
  const { browser, name } = await loggedIn(['agent'])
  const others = [new Browser(house), new Browser(house)]
  for (const other of others) assert.is((await other.logIn(name, PASSWORD)).status, 200)
  const held = (await browser.get('session/all')).json.sessions as { sessionId: string; isThis: boolean }[]
  assert.is(held.length, 3)
  const own = await others[0]!.get('session/all')
  const { sessionId } = (own.json.sessions as typeof held).find(({ isThis }) => isThis)!
  assert.equal((await browser.post('session/end', { sessionId })).json, { ended: 1 })
  refusedWith('access.log_in', await others[0]!.get('session/all'))
  // Nobody ends another user’s session by naming it.
  const stranger = await loggedIn(['agent'])
  const mine = held.find(({ isThis }) => isThis)!
  assert.equal((await stranger.browser.post('session/end', { sessionId: mine.sessionId })).json, { ended: 0 })
  const body = { commandId: randomUUID(), old: PASSWORD, password: 'a quite different one', endOthers: true }
  assert.equal((await browser.post('session/password', body)).json, { ended: 1 })
  refusedWith('access.log_in', await others[1]!.get('session/all'))
  assert.is((await browser.get('session/all')).status, 200)
})

test('a session of another tenant on the same database opens nothing here', async () => {
  const { browser } = await loggedIn(['supervisor'])
  const { floor, database } = house
  const other = await openAccess({
    ...{ tenant: 'other', log: floor.log, codec: floor.codec, url: database.url, automatic: false, passwords },
    ...{ answers: { find: async () => null, keep: async () => {} }, problems: {}, masterKey: Buffer.alloc(32) },
    logger: { debug() {}, warn() {}, error() {} },
    now: () => now,
  })
  const session = await other.sessions({ headers: browser.headers, socket: { localPort: house.port } })
  assert.equal([session.barred, session.permissions.size, session.tenant], ['log_in', 0, 'other'])
  await other.close()
})

test.run()
