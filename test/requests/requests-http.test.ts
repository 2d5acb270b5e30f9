/** The request log over HTTP (catalogue A3.3.1, A3.3.2): every request of people who log in, and who may read it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startSpine, type Spine } from '../http/spine.ts'
import { Browser, QuickPasswords, refusedWith } from '../access/people.ts'

interface Row {
  method: string
  path: string
  parameters: string
  status: number
  problem: string | null
  actor: string
  session: string | null
  address: string
  route: string | null
  ms: number
  at: number
}

const PASSWORD = 'correct horse battery'
const test = suite('the request log over HTTP')
let house: Spine
let admin: Browser

test.before(async () => {
  house = await startSpine('requests_http', { agents: 2, access: { passwords: new QuickPasswords() }, requests: true })
  const first = (await house.access.begin('en'))!
  admin = new Browser(house)
  await admin.logIn(first.name, first.password)
  const commandId = '0a0e3c5e-0000-4000-8000-000000000001'
  await admin.post('session/password', { commandId, old: first.password, password: PASSWORD, endOthers: false })
})
test.after(() => house.close())

async function rows(query = ''): Promise<Row[]> {
  await house.requests.flush()
  return (await admin.get(`requests?limit=200${query}`)).json.rows as Row[]
}

test('A3.3.1-list: who asked for what, from where, when, and what came of it; nothing that identifies a customer', async () => {
  const stranger = new Browser(house)
  await stranger.get('calls?limit=5')
  await stranger.post('session/log-in', { name: 'nobody', password: 'a secret that nobody keeps' })
  await admin.get('queues?limit=3')
  await admin.post('calls/search', { fromNumber: ['13812345678'] })
  await admin.get('calls/13812345678/timeline')
  await admin.get('nowhere?number=13812345678')
  // Their order is that of the house's clock, which stands still.
  const told = (await rows()).map(({ method, path, parameters, status, problem, actor }) =>
    [method, path, parameters, status, problem, actor.replace(/:.*/, '')].join(' '),
  )
  assert.equal(told.sort(), [
    'GET /api/v1/calls limit=5 401 access.log_in visitor',
    'GET /api/v1/calls/1*********8/timeline  404 request.not_found user',
    'GET /api/v1/nowhere number=1*********8 404 request.no_route visitor',
    'GET /api/v1/queues limit=3 200  user',
    'POST /api/v1/calls/search  200  user',
    'POST /api/v1/session/log-in  200  visitor',
    'POST /api/v1/session/log-in  401 access.wrong visitor',
    'POST /api/v1/session/password  200  user',
  ])
  const all = JSON.stringify(await rows())
  for (const secret of ['13812345678', 'a secret that nobody keeps', PASSWORD, admin.cookie!.split('=')[1]!])
    assert.not.match(all, new RegExp(secret))
  const [own] = await rows('&path.part=queues')
  const { sessionId, userId } = (await house.access.users.kept({
    headers: admin.headers,
    socket: { localPort: house.port },
  }))!
  assert.equal([own!.session, own!.actor, own!.address], [sessionId, `user:${userId}`, '127.0.0.1'])
  assert.ok(own!.at > 0 && own!.ms >= 0)
})

test('A3.3.1-search: every column finds, and what no column has is refused', async () => {
  const found = async (query: string) => (await rows(`&sort=at&${query}`)).map(({ path }) => path.split('/').at(-1))
  assert.equal(await found('problem=access.wrong'), ['log-in'])
  assert.equal(await found('status=401&method=GET'), ['calls'])
  assert.equal(await found('route=/api/v1/queues'), ['queues'])
  assert.equal((await found('address.part=127.0&status=404')).sort(), ['nowhere', 'timeline'])
  assert.equal(await found('ms.from=900000'), [])
  refusedWith('request.invalid', await admin.get('requests?colour=red'))
  refusedWith('request.invalid', await admin.get('requests?ms.from=5&ms.to=1'))
})

test('A3.3.2-counters, A3.3.2-charts: how many, how long, refused, failed, by person, address and route', async () => {
  await house.requests.flush()
  const now = house.floor.clock.now()
  const { json } = await admin.get(`requests/overview?from=${now - 86_400_000}&to=${now + 1_000}`)
  const listed = (await rows()).filter(({ path }) => path !== '/api/v1/requests/overview')
  assert.ok(json.requests > 5 && json.requests <= listed.length)
  assert.is(json.refused, 2)
  assert.equal([json.failed, json.refusedUsers], [0, 0])
  assert.is(json.addresses[0].name, '127.0.0.1')
  assert.ok(json.actors.some(({ name }: { name: string }) => name === 'visitor'))
  assert.ok(json.routes.some(({ name }: { name: string }) => name === '/api/v1/requests'))
  refusedWith('request.invalid', await admin.get('requests/overview?from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z'))
  refusedWith('request.invalid', await admin.get('requests/overview?from=2&to=1'))
})

test('who may not read it does not, and that they tried is in it', async () => {
  const userId = '0a0e3c5e-0000-4000-8000-0000000000aa'
  const profile = {
    displayName: null,
    email: null,
    mobile: null,
    departmentId: null,
    agentCode: null,
    supervisorCode: null,
  }
  const envelope = (nth: number) => ({ tenant: 'test', commandId: `add-${nth}`, actor: 'test' })
  const { directory, passwords } = house.access
  const add = { do: 'add_user' as const, userId, name: 'plain', roleIds: [], ...profile }
  await directory.carryOut(add, { ...envelope(1), tenant: house.access.tenant })
  const hash = await passwords.hash(PASSWORD)
  const set = { do: 'set_password' as const, userId, hash, by: 'user' as const, validUntil: null }
  await directory.carryOut(set, { ...envelope(2), tenant: house.access.tenant })
  const plain = new Browser(house)
  assert.is((await plain.logIn('plain', PASSWORD)).status, 200)
  for (const path of ['requests', 'requests/overview?from=1&to=2'])
    refusedWith('request.forbidden', await plain.get(path))
  const refused = await rows(`&actor=user:${userId}&problem=request.forbidden`)
  assert.equal(refused.map(({ path }) => path).sort(), ['/api/v1/requests', '/api/v1/requests/overview'])
})

test.run()
