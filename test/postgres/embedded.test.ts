/**
 * The embedded PostgreSQL: kept between runs, owned by one process, adopted when its owner was killed,
 * and clear about what keeps it from starting.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { attachEmbedded, type OwnedServer, startEmbedded } from '@ledgerline/adapters/postgres/embedded.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../support/gate.ts'
import { roomyDirectory } from '../support/roomy.ts'

const asRoot = process.geteuid?.() === 0

/** One cluster for all tests: making one takes longer than all the rest. */
let directory = ''
const children = new Set<ChildProcess>()

const test = suite('embedded PostgreSQL')

test.before(() => {
  directory = temporary()
})

test.after(async () => {
  for (const child of children) child.kill('SIGKILL')
  // Adopts what a killed owner may have left running, and stops it.
  await (await start()).stop()
  rmSync(directory, { recursive: true })
})

const temporary = () => mkdtempSync(join(roomyDirectory(), 'ledgerline-embedded-'))

const start = (more: { port?: number } = {}) => startEmbedded({ directory, durable: false, ...more })

async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = connection(url, { application: 'test' })
  await client.connect()
  try {
    return (await client.query(sql)).rows as T[]
  } finally {
    await client.end()
  }
}

const startedAt = async (url: string) =>
  (await query<{ at: number }>(url, 'select pg_postmaster_start_time() as at'))[0]!.at

async function refused(promise: Promise<OwnedServer>): Promise<Problem> {
  let server: OwnedServer
  try {
    server = await promise
  } catch (error) {
    assert.ok(isProblem(error), String(error))
    return error
  }
  await server.stop()
  throw new Error('it started')
}

/** Starts the database in a process of its own. */
async function owner(): Promise<{
  said: { url?: string; code?: string; details?: Record<string, unknown> }
  child: ChildProcess
}> {
  const child = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, 'owner.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { said: JSON.parse(line.toString()), child }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
  children.delete(child)
}

test('keeps its data, its port and its password; the password is only for its owner', async () => {
  const first = await start()
  const url = first.url('ledgerline_log')
  await query(url, 'create table kept as select 7 as n')
  await first.stop()
  const second = await start()
  assert.is(second.url('ledgerline_log'), url)
  assert.equal(await query(url, 'select n from kept'), [{ n: 7 }])
  assert.equal(await query(second.url('ledgerline_tables'), 'select current_database()'), [
    { current_database: 'ledgerline_tables' },
  ])
  assert.is(statSync(join(directory, 'postgres.json')).mode & 0o777, 0o600)
  assert.equal(await query(url, `select setting from pg_settings where name = 'listen_addresses'`), [
    { setting: '127.0.0.1' },
  ])
  await second.stop()
  await second.stop()
  assert.not(existsSync(join(directory, 'owner.json')))
  assert.not(existsSync(join(directory, 'postgres', 'postmaster.pid')))
})

test('lets nobody in without the password', async () => {
  const server = await start()
  const wrong = server.url('postgres').replace(server.password, 'guess')
  let error: unknown
  await query(wrong, 'select 1').catch((caught: unknown) => (error = caught))
  assert.match((error as Error).message, 'password authentication failed')
  await server.stop()
})

test('has one owner: a second process is told who that is, and can attach instead', async () => {
  assert.is(attachEmbedded(directory), null, 'nobody owns it')
  const server = await start()
  const { said, child } = await owner()
  assert.is(said.code, 'data.owned')
  assert.equal(said.details, { directory, pid: process.pid })
  await once(child, 'exit')
  const attached = attachEmbedded(directory)
  assert.is(attached?.url('postgres'), server.url('postgres'))
  await server.stop()
  assert.is(attachEmbedded(directory), null, 'nobody owns it any more')
})

test('a server whose owner was killed is adopted, with everything it was told', async () => {
  const { said, child } = await owner()
  const before = await startedAt(said.url!)
  await query(said.url!, 'create table told as select 1 as n')
  await ended(child, 'SIGKILL')
  assert.is(attachEmbedded(directory), null, 'it has no living owner')
  const server = await start()
  assert.is(server.url('postgres'), said.url)
  assert.is(await startedAt(server.url('postgres')), before, 'it never stopped')
  assert.equal(await query(server.url('postgres'), 'select n from told'), [{ n: 1 }])
  await server.stop()
})

test('killed and started again and again, it comes back each time', async () => {
  for (let round = 0; round < 4; round++) {
    const { said, child } = await owner()
    assert.ok(said.url, JSON.stringify(said))
    await query(said.url, `create table round_${round} (n int)`)
    await ended(child, 'SIGKILL')
  }
  const server = await start()
  assert.is((await query(server.url('postgres'), `select from pg_tables where tablename like 'round_%'`)).length, 4)
  await server.stop()
})

test('if the server was killed together with its owner, it recovers', async () => {
  const { said, child } = await owner()
  await query(said.url!, 'create table survives as select 1 as n')
  process.kill(Number(readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
  await ended(child, 'SIGKILL')
  const server = await start()
  assert.equal(await query(server.url('postgres'), 'select n from survives'), [{ n: 1 }])
  await server.stop()
})

test('killed while its owner lives, a server comes back by itself, at its address, with what it was told', async () => {
  const server = await start()
  const url = server.url('postgres')
  await query(url, 'create table comes_back as select 1 as n')
  for (let round = 0; round < 2; round++) {
    const before = await startedAt(url)
    process.kill(Number(readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
    await until('another server', async () => (await startedAt(url).catch(() => before)) > before)
    assert.equal(await query(url, 'select n from comes_back'), [{ n: 1 }])
  }
  await server.stop()
  assert.not(existsSync(join(directory, 'postgres', 'postmaster.pid')), 'and does not after it was stopped')
})

test('an owner told to end stops its server', async () => {
  const { said, child } = await owner()
  await ended(child, 'SIGTERM')
  assert.not(existsSync(join(directory, 'postgres', 'postmaster.pid')), said.url)
})

test('reused process numbers are not taken for an owner or a server', async () => {
  // As after a crash of the machine: both files contain a number that belongs to another process by now.
  writeFileSync(join(directory, 'owner.json'), JSON.stringify({ pid: process.ppid, started: '1' }))
  writeFileSync(
    join(directory, 'postgres', 'postmaster.pid'),
    `${process.pid}\n${join(directory, 'postgres')}\n0\n1\n\n127.0.0.1\n\nready   \n`,
  )
  const server = await start()
  assert.ok(server.port > 1)
  await server.stop()
})

test('a taken port is reported; a previously used one is given up for a free one', async () => {
  const first = await start()
  const { port } = first
  await first.stop()
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const problem = await refused(start({ port }))
  assert.equal([problem.code, problem.details], ['postgres.port_taken', { port }])
  const second = await start()
  assert.is.not(second.port, port)
  await second.stop()
  other.close()
  await once(other, 'close')
  const third = await start({ port })
  assert.is(third.port, port)
  await third.stop()
})

test('data of another version of PostgreSQL are left alone', async () => {
  const version = join(directory, 'postgres', 'PG_VERSION')
  const right = readFileSync(version, 'utf8')
  for (const [found, code] of [
    ['19', 'postgres.newer'],
    ['17', 'postgres.older'],
  ] as const) {
    writeFileSync(version, `${found}\n`)
    const problem = await refused(start())
    assert.is(problem.code, code)
    assert.is(problem.details['found'], Number(found))
  }
  writeFileSync(version, right)
  assert.not(existsSync(join(directory, 'owner.json')), 'a failed start leaves no owner')
})

test('a lost password is replaced', async () => {
  rmSync(join(directory, 'postgres.json'))
  const server = await start()
  assert.equal(await query(server.url('ledgerline_log'), 'select n from kept'), [{ n: 7 }])
  await server.stop()
})

test('a server that cannot start says why, and where the details are', async () => {
  const control = join(directory, 'postgres', 'global', 'pg_control')
  renameSync(control, `${control}.away`)
  const problem = await refused(start())
  assert.is(problem.code, 'postgres.failed')
  assert.match(String(problem.details['reason']), /./)
  assert.is(problem.details['log'], join(directory, 'postgres.log'))
  renameSync(`${control}.away`, control)
  await (await start()).stop()
})

test('a half-made cluster is made again', async () => {
  const fresh = temporary()
  mkdirSync(join(fresh, 'postgres.new'))
  writeFileSync(join(fresh, 'postgres.new', 'PG_VERSION'), '18\n')
  const server = await startEmbedded({ directory: fresh, durable: false })
  assert.equal(await query(server.url('ledgerline_log'), 'select 1 as n'), [{ n: 1 }])
  await server.stop()
  rmSync(fresh, { recursive: true })
})

test('a cluster made with lc_ctype C counts Chinese as letters from its next start on, and keeps what is in it', async () => {
  const server = await start()
  const tables = server.url('ledgerline_tables')
  await query(tables, `create extension if not exists pg_trgm`)
  const trigrams = async (url: string) =>
    (await query<{ found: string[] }>(url, `select show_trgm('王小明') as found`))[0]!.found.length
  assert.is(await trigrams(tables), 4)
  // As clusters were made before.
  await query(server.url('postgres'), `update pg_database set datctype = 'C' where datname = 'ledgerline_tables'`)
  assert.is(await trigrams(tables), 0)
  await query(tables, `create table kept (name text primary key)`)
  await query(tables, `insert into kept values ('王小明'), ('Émile'), ('z'), ('单')`)
  const sorted = (url: string) => query(url, `select name from kept order by name`)
  const before = await sorted(tables)
  await server.stop()
  const again = await start()
  try {
    const after = again.url('ledgerline_tables')
    assert.is(await trigrams(after), 4)
    assert.equal(await sorted(after), before)
    await query(after, `create extension if not exists amcheck`)
    await query(after, `select bt_index_check('kept_pkey', true)`)
    await query(after, `drop table kept`)
  } finally {
    await again.stop()
  }
})

test('a place where no directory can be made is reported', async () => {
  const file = join(directory, 'a-file')
  writeFileSync(file, '')
  const problem = await refused(startEmbedded({ directory: join(file, 'data') }))
  assert.is(problem.code, 'data.not_writable')
})

if (asRoot) {
  test('started as root, a place that the database user cannot reach is reported, with what is in the way', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'ledgerline-closed-'))
    chmodSync(closed, 0o700)
    const problem = await refused(startEmbedded({ directory: join(closed, 'data') }))
    assert.is(problem.code, 'data.unreachable')
    assert.is(problem.details['blocked'], closed)
    rmSync(closed, { recursive: true })
  })

  test('started as root, a closed data directory of our own is opened for passing through, not for looking into', async () => {
    chmodSync(directory, 0o700)
    const server = await start()
    assert.is(statSync(directory).mode & 0o777, 0o711)
    assert.is.not(statSync(join(directory, 'postgres')).uid, 0)
    await server.stop()
  })
}

test('a start that fails after the server was started leaves none behind, and the next one works', async () => {
  const place = temporary()
  try {
    const first = await startEmbedded({ directory: place, durable: false })
    await first.stop()
    // What is to be kept of the start cannot be written.
    mkdirSync(join(place, 'postgres.json.new'))
    let failure: unknown
    await startEmbedded({ directory: place, durable: false }).catch((error: unknown) => (failure = error))
    assert.match(String(failure), /EISDIR/)
    assert.not(existsSync(join(place, 'postgres', 'postmaster.pid')), 'no server')
    assert.not(existsSync(join(place, 'owner.json')), 'and no owner')
    rmSync(join(place, 'postgres.json.new'), { recursive: true })
    const again = await startEmbedded({ directory: place, durable: false })
    await again.stop()
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
})

test.run()
