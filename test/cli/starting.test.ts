/**
 * `up` beside servers that are still starting, as after a power cut: it waits, says for what, and continues when they
 * answer.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import type { Health } from '@ledgerline/adapters/nodes/health.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { whenItAnswers, whenItAnswersOrNot } from '@ledgerline/ops/installation/server-wait.ts'
import { StandIn } from '../eventstore/standin.ts'
import { until } from '../support/gate.ts'
import { freshDatabase } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import { freePort } from '../support/free-port.ts'
import { begunIn, tablesDatabase } from '../support/tables.ts'
import { openDirectory, start } from './run.ts'

const scratch = openDirectory()
const test = suite('up, and servers that are still starting')
const living = new Set<ChildProcess>()
test.after.each(() => living.forEach((child) => child.kill('SIGKILL')))
test.after(() => scratch.remove())

/** A house as a process: its output, and how it ends. */
function house(name: string, env: NodeJS.ProcessEnv, port = 0) {
  const child = start(['up', '--port', String(port), '--data', join(scratch.path, name)], env)
  living.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve)).finally(() => living.delete(child))
  const says = (what: string | RegExp) =>
    until(`“${what}”`, () => (child.exitCode === null ? said.search(what) >= 0 : Promise.reject(new Error(said))))
  return { child, says, said: () => said, ended }
}

test('PostgreSQL: waits until it is there, and says so', async () => {
  const directory = join(scratch.path, 'server')
  await begunIn(directory)
  const first = await startEmbedded({ directory, durable: false })
  const env = { DATABASE_URL: first.url(TABLES_DATABASE) }
  await first.stop()
  const up = house('postgres', env)
  await up.says(
    /Not ready yet; waiting for it, 60 s at most\. The database 127\.0\.0\.1:\d+\/\w+ cannot be reached: .*ECONNREFUSED/,
  )
  const again = await startEmbedded({ directory, durable: false, port: first.port })
  await up.says('Ledgerline is up')
  assert.is(up.said().match(/Not ready yet/g)!.length, 1, 'it is said once')
  up.child.kill('SIGTERM')
  assert.is(await up.ended, 0)
  await again.stop()
})

test('EventStoreDB: the same', async () => {
  const database = await tablesDatabase('starting')
  const server = await StandIn.start()
  await server.proxy.refuse()
  const up = house('eventstore', {
    DATABASE_URL: database.url,
    LOG_DATABASE_URL: database.url,
    EVENT_LOG: server.url(),
  })
  await up.says(/Not ready yet; waiting for it, 60 s at most\. The event log/)
  await server.proxy.accept()
  await up.says('Ledgerline is up')
  up.child.kill('SIGTERM')
  assert.is(await up.ended, 0)
  await server.close()
  await database.drop()
})

test('Redis: calls are taken while it is waited for; when it goes away later, that and its return are each reported once', async () => {
  const [database, redis, port] = [await tablesDatabase('starting_redis'), await startRedis(), await freePort()]
  await redis.kill()
  const up = house('redis', { DATABASE_URL: database.url, LOG_DATABASE_URL: database.url, REDIS_URL: redis.url }, port)
  await up.says(
    /Not ready yet; waiting for it, 60 s at most\. Redis at 127\.0\.0\.1:\d+ is not answering\. Everything continues/,
  )
  const health = async () => (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as Health
  await until('a house that answers', async () => (await health()).well)
  assert.equal([(await health()).push, (await health()).switchboard?.role], ['lost', 'owner'])
  assert.not.match(up.said(), 'Ledgerline is up')
  await redis.start()
  await up.says('Ledgerline is up')
  assert.is((await health()).push, 'redis')
  assert.is(up.said().match(/Redis/g)!.length, 1, up.said())
  await redis.kill()
  await up.says(/\nRedis at 127\.0\.0\.1:\d+ is not answering\. Everything continues/)
  await redis.start()
  await up.says(/Redis is answering again\. It was away for \d+\.\d s/)
  await until('Redis is joined', async () => (await health()).push === 'redis')
  up.child.kill('SIGTERM')
  assert.is(await up.ended, 0)
  assert.is(up.said().match(/Redis at .* is not answering/g)!.length, 2, up.said())
  assert.is(up.said().match(/is answering again/g)!.length, 1, up.said())
  await redis.stop()
  await database.drop()
})

test('one SIGTERM is enough meanwhile', async () => {
  const up = house('stopped', { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' })
  await up.says('Not ready yet')
  up.child.kill('SIGTERM')
  assert.is(await up.ended, 143)
  assert.not.match(up.said(), 'secret')
})

test('what waiting does not cure is reported at once: a wrong password', async () => {
  const database = await freshDatabase('starting_wrong')
  const wrong = new URL(database.url)
  wrong.password = 'wrong'
  const up = house('wrong', { DATABASE_URL: wrong.href })
  assert.is(await up.ended, 1)
  assert.match(
    up.said(),
    /^The database .* cannot be reached: password authentication failed.* Check that it is running, and that its address and password are right\.\n$/,
  )
  await database.drop()
})

test('when the time is over, the last refusal is reported', async () => {
  const waited: number[] = []
  let tries = 0
  const away = () => {
    tries++
    throw new Problem('log.unavailable', { reason: 'connect ECONNREFUSED' })
  }
  try {
    await whenItAnswers(
      { signal: new AbortController().signal, onWaiting: (_, forMs) => waited.push(forMs), forMs: 300 },
      async () => away(),
    )
    assert.unreachable()
  } catch (error) {
    assert.ok(isProblem(error, 'log.unavailable'), String(error))
  }
  assert.equal(waited, [300])
  assert.ok(tries > 1, `${tries} tries`)
})

test('a server that one can do without is waited for just as long, and then done without; one that refuses is not', async () => {
  const told: string[] = []
  const starting = {
    signal: new AbortController().signal,
    onWaiting: ({ code }: Problem) => void told.push(`waits: ${code}`),
    forMs: 300,
  }
  const fails = (code: string) => () => Promise.reject(new Problem(code, { server: 'redis', reason: 'nobody there' }))
  const onTrouble = ({ code }: Problem) => void told.push(`goes on without: ${code}`)
  await whenItAnswersOrNot(starting, fails('push.redis_away'), onTrouble)
  assert.equal(told, ['waits: push.redis_away', 'goes on without: push.redis_away'])
  const wrong = await whenItAnswersOrNot(starting, fails('config.invalid'), onTrouble).then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(wrong, 'config.invalid'))
})

test.run()
