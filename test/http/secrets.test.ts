/**
 * Passwords of the network never leave the house: not by any answer over HTTP, a table, a board of the past, the live
 * stream or a log, whatever the question.
 */
import { Client } from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { switchboardEvents } from '@ledgerline/core/configuration/events.ts'
import { personalPaths } from '@ledgerline/core/kernel/event.ts'
import { startSpine, type Spine } from './spine.ts'

const test = suite('passwords of the network')
let spine: Spine

const SECRET = 'hunter2-never-shown'
const network = {
  extensions: [{ number: '8201-8210', secret: SECRET }],
  gateways: [{ code: 'gw1', mode: 'uni', address: '192.168.4.130', user: '6001', secret: SECRET }],
}

test.before(async () => {
  spine = await startSpine('http_secrets', { agents: 2 })
})
test.after(() => spine.close())

async function ask(method: 'GET' | 'POST', path: string, body?: object): Promise<{ status: number; text: string }> {
  const asked = fetch(`${spine.url}${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const response = await (method === 'POST' ? spine.during(asked) : asked)
  // The live stream has no end: its first message is enough.
  if (!response.headers.get('content-type')?.includes('event-stream'))
    return { status: response.status, text: await response.text() }
  const reader = response.body!.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return { status: response.status, text: new TextDecoder().decode(value) }
}

const read = async () => JSON.parse((await ask('GET', '/api/v1/switchboard')).text)

async function activate(commandId: string, change: object = {}): Promise<string[]> {
  const { version: _, ...inForce } = await read()
  const { status, text } = await ask('POST', '/api/v1/switchboard/activate', { commandId, ...inForce, ...change })
  assert.is(status, 200, text)
  await spine.pass(10)
  return JSON.parse(text).events
}
const passwords = () => {
  const { extensions, gateways } = spine.floor.process.switchboard.configuration.state.network
  return new Set([...extensions, ...gateways].map(({ secret }) => secret))
}

test('A3.2.1-password, A3.2.6-add: the configuration can be read and sent back: what is not shown stays in force', async () => {
  await activate('secrets-0001', { network })
  assert.equal([...passwords()], [SECRET])
  const { network: shown } = await read()
  assert.is(shown.extensions.length, 10)
  for (const settings of [...shown.extensions, ...shown.gateways])
    assert.equal([settings.secretSet, 'secret' in settings], [true, false])
  assert.equal(await activate('secrets-0002'), [], 'sent back as read: nothing changes')
  const { network: changed } = await read()
  changed.extensions[3].record = false
  assert.equal(await activate('secrets-0003', { network: changed }), ['SwitchboardActivated'])
  assert.equal([...passwords()], [SECRET])
})

test('A3.2.1-password, A3.2.6-add: no address of HTTP, no table, no log shows a password', async () => {
  // The network above has one of each kind.
  assert.equal(
    personalPaths(switchboardEvents.SwitchboardActivated.schema).flatMap(({ secret, steps }) =>
      secret ? [steps.join('.')] : [],
    ),
    ['network.extensions.*.secret', 'network.gateways.*.secret'],
  )
  await spine.settled()
  const at = encodeURIComponent(new Date(spine.floor.clock.now()).toISOString())
  let answered = 0
  for (const { method, path } of spine.server.routes) {
    if (method !== 'get') continue
    const named = path.replaceAll('{name}', 'agents').replace(/\{\w+\}/g, '201')
    for (const query of ['', '?from=1999-01-01&to=2099-01-01', `?at=${at}`]) {
      const { status, text } = await ask('GET', `${named}${query}`)
      assert.not(text.includes(SECRET), `${path}${query}`)
      if (status === 200) answered++
    }
  }
  assert.ok(answered > 20, `${answered} answers`)
  // Refusals repeat what was wrong, but never this.
  const { version: _, ...inForce } = await read()
  const wrong = [
    { extensions: [{ number: '8201', secret: SECRET, nonsense: SECRET }] },
    { extensions: [{ number: '8201', secret: SECRET.repeat(40) }] },
    { extensions: [{ number: '8201', secret: [SECRET] }] },
    { extensions: [{ number: '8201', secret: SECRET, type: 'none' }] },
    { gateways: [{ code: 'gw1', mode: 'uni', address: 'x', secret: SECRET, port: 0 }] },
    {
      extensions: [
        { number: '8201', secret: SECRET },
        { number: '8201', secret: SECRET },
      ],
    },
  ]
  for (const [index, bad] of wrong.entries()) {
    const body = { commandId: `secrets-bad-${index}`, ...inForce, network: bad }
    const { status, text } = await ask('POST', '/api/v1/switchboard/activate', body)
    assert.ok(status >= 400 && status < 500, text)
    assert.not(text.includes(SECRET), text)
  }
  const tables = new Client({ connectionString: spine.database.url })
  await tables.connect()
  const { rows } = await tables.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema')`,
  )
  assert.ok(rows.length > 10)
  for (const { name } of rows) {
    const found = await tables.query(`select 1 from ${name} as one where one::text like '%${SECRET}%' limit 1`)
    assert.is(found.rows.length, 0, name)
  }
  await tables.end()
  for await (const { events } of spine.floor.log.readAll(null))
    for (const { data, metadata } of events) assert.not(`${data}${metadata}`.includes(SECRET))
  assert.not(JSON.stringify([spine.told, spine.floor.notes]).includes(SECRET))
})

test.run()
