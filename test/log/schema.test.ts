/** The PostgreSQL log's tables: created once, whoever comes first; never changed; and refused if newer than we know. */
import { randomUUID } from 'node:crypto'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const test = suite<{ database: TestDatabase }>('log tables')

test.before.each(async (context) => {
  context.database = await freshDatabase('log_tables')
})
test.after.each(async ({ database }) => database.drop())

const event = () => ({ id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' })

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = connection(url, { application: 'test' })
  await client.connect()
  try {
    return (await client.query(text)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

const complaint = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.unreachable('was taken'),
    (error: unknown) => error,
  )

test('several processes that start at once create them once', async ({ database: { url } }) => {
  const logs = await Promise.all(Array.from({ length: 5 }, () => openPostgresLog({ url })))
  await Promise.all(logs.map((log, index) => log.append(`call-t.${index}`, 'none', [event()])))
  assert.equal(await sql(url, 'select version from log.layout'), [{ version: 1 }])
  assert.equal(await sql(url, 'select min(position), max(position), count(*) from log.events'), [
    { min: 1, max: 5, count: 5 },
  ])
  await Promise.all(logs.map((log) => log.close()))
})

test('what is written cannot be changed or removed, not even by their owner', async ({ database: { url } }) => {
  const log = await openPostgresLog({ url })
  await log.append('call-t.1', 'none', [event()])
  for (const change of [
    `update log.events set data = '{"changed":true}'`,
    'delete from log.events',
    'truncate log.events',
  ]) {
    assert.match(((await complaint(sql(url, change))) as Error).message, 'never changed', change)
  }
  assert.is((await log.readStream('call-t.1'))[0]!.data, '{}')
  await log.close()
})

test('a log of a newer version is left alone', async ({ database: { url } }) => {
  await (await openPostgresLog({ url })).close()
  await sql(url, 'insert into log.layout (version) values (7)')
  const problem = await complaint(openPostgresLog({ url }))
  assert.ok(isProblem(problem, 'log.newer'))
  assert.equal(problem.details, { found: 7, known: 1 })
})

test('a server that is not there is a problem, not a stack trace', async ({ database: { url } }) => {
  const nowhere = new URL(url)
  nowhere.port = '1'
  const problem = await complaint(openPostgresLog({ url: nowhere.href }))
  assert.ok(isProblem(problem, 'log.unavailable'))
})

test.run()
