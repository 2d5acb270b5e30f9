/** The audit trail over HTTP, on real tables (catalogue A3.3). */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startSpine, type Spine } from '../http/spine.ts'
import { tenant } from '../support/house.ts'
import { Browser, QuickPasswords, refusedWith } from './people.ts'

const test = suite('the audit trail')
const passwords = new QuickPasswords()
const PASSWORD = 'correct horse battery'
let house: Spine
test.before(async () => {
  house = await startSpine('audit', { agents: 1, access: { passwords } })
})
test.after(() => house.close())

async function person(name: string, roleIds: readonly string[]): Promise<{ userId: string; browser: Browser }> {
  const userId = randomUUID()
  const profile = {
    displayName: null,
    email: null,
    mobile: null,
    departmentId: null,
    agentCode: null,
    supervisorCode: null,
  }
  const { directory } = house.access
  const envelope = () => ({ tenant, commandId: randomUUID(), actor: 'user:root' })
  await directory.carryOut({ do: 'add_user', userId, name, roleIds, ...profile }, envelope())
  const hash = await passwords.hash(PASSWORD)
  await directory.carryOut({ do: 'set_password', userId, hash, by: 'user', validUntil: null }, envelope())
  const browser = new Browser(house)
  assert.is((await browser.logIn(name, PASSWORD)).status, 200)
  return { userId, browser }
}

interface Row {
  act: string
  actor: string
  result: string
  about: string | null
  detail: string | null
  name: string | null
  source: string | null
}
async function rows(by: Browser, query = ''): Promise<Row[]> {
  await house.settled()
  const reply = await by.get(`audit?limit=200${query}`)
  assert.is(reply.status, 200, reply.text)
  return reply.json.rows
}

test('A3.3.1-list A3.3.1-search: who, when, from where, what, to whom, and with which result', async () => {
  await house.access.begin('en')
  const auditor = await person('auditor', ['auditor'])
  const agent = await person('agent', ['agent'])
  refusedWith('access.wrong', await new Browser(house).logIn('agent', 'wrong'))
  refusedWith('request.forbidden', await agent.browser.get('switchboard'))
  await agent.browser.post('session/log-out', {})
  const told = async (query: string) =>
    (await rows(auditor.browser, query)).map(({ act, actor, result, about, detail, name, source }) => [
      ...[act, actor, result, about, detail, name, source],
    ])
  const [user, from] = [`user:${agent.userId}`, '127.0.0.1']
  assert.equal(await told('&result=refused&sort=at'), [
    ['log_in_refused', 'visitor', 'refused', agent.userId, 'wrong_password', 'agent', from],
    ['request_forbidden', user, 'refused', null, 'switchboard.see: get /api/v1/switchboard', null, from],
  ])
  const mine = await rows(auditor.browser, `&actor=${encodeURIComponent(user)}&sort=at`)
  assert.equal(
    mine.map(({ act, detail }) => `${act} ${detail}`),
    ['logged_in password', 'request_forbidden switchboard.see: get /api/v1/switchboard', 'session_ended logged_out'],
  )
  const granted = (await rows(auditor.browser, '&act=roles_granted')).find(({ about }) => about === agent.userId)!
  assert.equal([granted.actor, granted.detail], ['user:root', 'agent'])
})

test('reading it is in it, once a minute for each reader; without the permission nobody reads it', async () => {
  const reader = await person('reader', ['auditor'])
  for (let look = 0; look < 5; look++) await rows(reader.browser)
  const read = (await rows(reader.browser, '&act=audit_read')).filter(({ actor }) => actor === `user:${reader.userId}`)
  assert.ok(read.length === 1 || read.length === 2, `${read.length} in one minute, or at its turn in two`)
  const supervisor = await person('supervisor', ['supervisor'])
  refusedWith('request.forbidden', await supervisor.browser.get('audit'))
  refusedWith('request.forbidden', await supervisor.browser.post('audit/search', {}))
})

test('what people typed and where they were is masked for those who may not see names', async () => {
  const role = {
    roleId: 'blind',
    name: 'Blind',
    about: '',
    permissions: [{ permission: 'audit.see', scope: 'tenant' }],
  }
  const envelope = { tenant, commandId: randomUUID(), actor: 'user:root' }
  await house.access.directory.carryOut({ do: 'add_role', ...role } as never, envelope)
  const blind = await person('blind', ['blind'])
  for (const { name, source } of await rows(blind.browser)) {
    assert.not.equal(source, '127.0.0.1')
    assert.not.equal(name, 'agent')
  }
})

test.run()
