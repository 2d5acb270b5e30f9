/**
 * Every route with every role over HTTP, with real sessions: who has the permission is let in, who does not is refused, and the
 * refusal names the permission. Made from the table of routes, so that a new route is in it. Time limit: 120 s.
 */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startingRoles } from '@ledgerline/core/access/starting-roles.ts'
import { permissions, type Permission } from '@ledgerline/core/access/session.ts'
import type { Route } from '@ledgerline/adapters/http/routing/route.ts'
import type { RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { tenant } from '../support/house.ts'
import { Browser, QuickPasswords } from './people.ts'

/** No recording is found, so none is asked for. */
const neverAsked = {} as RecordingFiles
const passwords = new QuickPasswords()
const test = suite('every route with every role')
let house: Spine

test.before(async () => {
  house = await startSpine('role_matrix', { agents: 1, access: { passwords }, recordings: neverAsked })
  await house.access.begin('en')
})
test.after(() => house.close())

const envelope = () => ({ tenant, commandId: randomUUID(), actor: 'test' })

/** A user with these roles, logged in. */
async function person(roleIds: readonly string[]): Promise<Browser> {
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
  await directory.carryOut({ do: 'add_user', userId, name: `u${userId}`, roleIds, ...profile }, envelope())
  const hash = await passwords.hash('the password of everybody')
  await directory.carryOut({ do: 'set_password', userId, hash, by: 'user', validUntil: null }, envelope())
  const browser = new Browser(house)
  assert.is((await browser.logIn(`u${userId}`, 'the password of everybody')).status, 200)
  return browser
}

/** Asks in a way that changes nothing: what a body should have is missing, and a stream is only begun. */
async function asked(
  browser: Browser,
  { method, path }: Route,
): Promise<{ status: number; code: string | null; permission: string | null }> {
  const address = `${house.url}${path.replace(/\{\w+\}/g, 'nothing-of-this-name')}`
  const headers = { ...browser.headers, ...(method === 'post' && { 'content-type': 'application/json' }) }
  const body = method === 'post' ? { body: '{"unknown":1}' } : {}
  const response = await fetch(address, { method, headers, ...body })
  if (response.status < 400) {
    await response.body?.cancel()
    return { status: response.status, code: null, permission: null }
  }
  const problem = (await response.json()) as { code: string; details: { permission?: string } }
  return { status: response.status, code: problem.code, permission: problem.details.permission ?? null }
}

test('who has a route’s permission is let in, and nobody else', async () => {
  const none = { do: 'add_role', roleId: 'none', name: 'none', about: '', permissions: [] } as const
  await house.access.directory.carryOut(none, envelope())
  const roles = [...startingRoles('en'), { ...none }]
  const wrong: string[] = []
  let looked = 0
  for (const { roleId, permissions: granted } of roles) {
    const has = new Set(granted.map(({ permission }) => permission))
    const browser = await person([roleId])
    for (const route of house.server.routes) {
      // It would end the session that asks.
      if (route.path.endsWith('/log-out')) continue
      const { status, code, permission } = await asked(browser, route)
      const isLetIn = !['access.log_in', 'access.password_old', 'request.forbidden'].includes(code ?? '')
      const may = ['anyone', 'user'].includes(route.permission) || has.has(route.permission as Permission)
      looked++
      if (isLetIn !== may) wrong.push(`${roleId}: ${route.method} ${route.path}: ${status} ${code}`)
      if (!may && permission !== route.permission) wrong.push(`${route.path} is refused for want of ${permission}`)
    }
  }
  assert.equal(wrong, [])
  assert.ok(looked > 300, `${looked} were asked`)
})

test('nobody is let in anywhere without a log-in, but to log in and to read how this works', async () => {
  const nobody = new Browser(house)
  for (const route of house.server.routes) {
    const { code } = await asked(nobody, route)
    if (route.permission === 'anyone') assert.not.equal(code, 'access.log_in', route.path)
    else assert.is(code, 'access.log_in', route.path)
  }
})

test('each permission is used by some route, or says how much is shown', () => {
  const used = new Set<string>(house.server.routes.map(({ permission }) => permission))
  const shown = ['numbers.see', 'staff.see']
  assert.equal(
    Object.keys(permissions).filter((permission) => !used.has(permission) && !shown.includes(permission)),
    [],
  )
})

test.run()
