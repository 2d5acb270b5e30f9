/** The route that gives a desk what its browser needs to be a phone: who gets it, what it holds, and what is nowhere kept. */
import { createHmac, randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { iceAccess, type IceAccess } from '@ledgerline/adapters/telephony/sip/ice-servers.ts'
import { WebCredentials } from '@ledgerline/adapters/telephony/sip/web-credentials.ts'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { tenant } from '../support/house.ts'
import { startSpine, type Spine } from './spine.ts'

const test = suite('phones in browsers')

const URL_OF_PHONES = 'wss://phones.example.com:8443'
const SECRET = 'hunter2-of-the-table'
const DESK = 'c2b1e0f4-0000-4000-8000-000000000001'
const OTHER = 'c2b1e0f4-0000-4000-8000-000000000002'
const RELAY = { url: 'turn:turn.example.com:3478', secret: 'shared-with-the-relay' }
const credentials = new WebCredentials(randomBytes(32), randomBytes)
const permissions = new Set<Permission>(operatorPermissions)
let spine: Spine
let without: Spine

test.before(async () => {
  const issue = (phone: { tenant: string; extension: string }) => ({
    ...credentials.issue(phone, Date.now()),
    iceServers: iceAccess([{ url: 'stun:stun.example.com', secret: null }, RELAY], phone.extension, Date.now()),
  })
  spine = await startSpine('web_phone', { agents: 3, permissions, webPhones: { url: URL_OF_PHONES, issue } })
  without = await startSpine('web_phone_none', { agents: 2 })
  const { version: _, ...inForce } = (await (await fetch(`${spine.url}/api/v1/switchboard`)).json()) as Record<
    string,
    unknown
  >
  const network = {
    extensions: [
      { number: '8201', secret: SECRET, webPhone: true },
      { number: '8202', secret: SECRET },
    ],
  }
  const { status, json } = await ask('/api/v1/switchboard/activate', { commandId: 'phones-0001', ...inForce, network })
  assert.is(status, 200, JSON.stringify(json))
})
test.after(async () => {
  await spine.close()
  await without.close()
})

async function ask(path: string, body: object, at = spine) {
  const response = await at.during(
    fetch(`${at.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  return {
    status: response.status,
    headers: response.headers,
    json: (await response.json()) as Record<string, unknown>,
  }
}
const phone = (agentCode: string, deskId = DESK, at = spine) => ask('/api/v1/desk/phone', { agentCode, deskId }, at)
let commands = 0
async function command(path: string, body: object): Promise<void> {
  const commandId = `web-phone-${String(++commands).padStart(4, '0')}`
  const { status, json } = await ask(`/api/v1/commands/${path}`, { commandId, ...body })
  assert.is(status, 200, JSON.stringify(json))
}
/** Signed in at an extension, with a desk. */
async function works(agentCode: string, extension: string, deskId = DESK): Promise<void> {
  if (spine.floor.process.switchboard.shift(agentCode)) await command('agents/sign-out', { agentCode, reason: null })
  await command('agents/sign-in', { agentCode, extension, deskId })
}
const refusal = async (answered: ReturnType<typeof phone>) => (await answered).json['code']

test('A3.2.1-webrtc: the desk of the shift gets a password for its extension, which the registrar accepts and forgets', async () => {
  await works('201', '8201')
  const { status, headers, json } = await phone('201')
  assert.is(status, 200, JSON.stringify(json))
  const { user, password, iceServers, ...rest } = json as { user: string; password: string; iceServers: IceAccess[] }
  assert.equal(rest, {
    extension: '8201',
    address: 'sip:8201@phones.example.com',
    url: URL_OF_PHONES,
    renewInMs: 360_000,
  })
  const [stun, relay] = iceServers
  assert.equal(stun, { urls: 'stun:stun.example.com' })
  assert.is(relay!.urls, RELAY.url)
  const [until, whose] = relay!.username!.split(':')
  assert.is(whose, '8201')
  const hours = (Number(until) * 1000 - Date.now()) / 3_600_000
  assert.ok(hours > 11.9 && hours <= 12, `good for ${hours} h`)
  // RFC draft-uberti-behave-turn-rest, as coturn computes it.
  assert.is(relay!.credential, createHmac('sha1', RELAY.secret).update(relay!.username!).digest('base64'))
  assert.not(JSON.stringify(json).includes(RELAY.secret))
  assert.is(headers.get('cache-control'), 'no-store')
  const now = Date.now()
  assert.is(credentials.accepts(tenant, user, now)?.password, password)
  assert.is(credentials.accepts(tenant, user, now + 600_001), null)
  assert.is.not((await phone('201')).json['password'], password, 'each time another')
})

test('A3.2.1-webrtc: nothing of a password is kept or told: no table, no ledger, no log; the extension’s own is not in it', async () => {
  await works('201', '8201')
  const { json } = await phone('201')
  const given = String(json['password'])
  assert.not(JSON.stringify(json).includes(SECRET))
  await spine.settled()
  const tables = new Client({ connectionString: spine.database.url })
  await tables.connect()
  const { rows } = await tables.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema')`,
  )
  for (const { name } of rows)
    for (const secret of [given, SECRET]) {
      const found = await tables.query(`select 1 from ${name} as one where one::text like '%${secret}%' limit 1`)
      assert.is(found.rows.length, 0, name)
    }
  await tables.end()
  for await (const { events } of spine.floor.log.readAll(null))
    for (const { data, metadata } of events) assert.not(`${data}${metadata}`.includes(given))
  assert.not(JSON.stringify([spine.told, spine.floor.notes]).includes(given))
})

test('who gets none: signed out, at another desk, at an extension that is not a browser’s, without the permission', async () => {
  await works('201', '8201')
  await command('agents/sign-out', { agentCode: '203', reason: null })
  assert.is(await refusal(phone('203')), 'agent.not_signed_in')
  assert.is(await refusal(phone('201', OTHER)), 'agent.desk_elsewhere')
  assert.is(await refusal(phone('999')), 'agent.unknown')
  await works('202', '8202')
  assert.is(await refusal(phone('202')), 'phone.not_enabled')
  await works('202', '8299')
  assert.is(await refusal(phone('202')), 'phone.not_enabled', 'an extension that the network does not have')
  permissions.delete('agents.web_phone')
  assert.is(await refusal(phone('201')), 'request.forbidden')
  permissions.add('agents.web_phone')
})

test('pages may use the microphone and that WebSocket where browsers are phones, and else neither', async () => {
  const policies = async (at: Spine) => {
    const { headers } = await fetch(`${at.url}/desk`)
    return [headers.get('content-security-policy')!, headers.get('permissions-policy')!] as const
  }
  const [content, devices] = await policies(spine)
  assert.match(content, /connect-src 'self' wss:\/\/phones\.example\.com:8443;/)
  assert.match(devices, /microphone=\(self\), speaker-selection=\(self\), camera=\(\)/)
  const [plain, shut] = await policies(without)
  assert.match(plain, /connect-src 'self';/)
  assert.match(shut, /microphone=\(\), speaker-selection=\(\), camera=\(\)/)
})

test('where browsers cannot be phones the desk is told so, and what to do', async () => {
  const signIn = { commandId: 'web-phone-none', agentCode: '202', deskId: DESK }
  if (without.floor.process.switchboard.shift('202'))
    await ask(
      '/api/v1/commands/agents/sign-out',
      { commandId: 'web-phone-out1', agentCode: '202', reason: null },
      without,
    )
  assert.is((await ask('/api/v1/commands/agents/sign-in', signIn, without)).status, 200)
  const { status, json } = await phone('202', DESK, without)
  assert.equal([status, json['code']], [409, 'phone.none'])
  assert.match(JSON.stringify(json), /LEDGERLINE_PHONE_URL/)
})

test.run()
