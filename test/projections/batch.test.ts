/** Statements that are sent together: all of them count or none, and the connection is as good afterwards. */
import type { Client } from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sendTogether } from '@ledgerline/projections/engine/batch.ts'
import { connect, disconnect, sqlState } from '@ledgerline/projections/engine/connect.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const batch = suite('statements sent together')
let database: TestDatabase
let client: Client

batch.before(async () => {
  database = await freshDatabase('batch')
  client = await connect(database.url, { application: 'test', pipeline: true })
  await client.query('create table a (id integer primary key)')
  await client.query('create table b (id integer primary key)')
})

batch.before.each(async () => {
  await client.query('truncate a, b')
})

batch.after(async () => {
  await disconnect(client)
  await database.drop()
})

const put = (table: string, id: number) => ({
  name: `put ${table}`,
  text: `insert into ${table} values ($1)`,
  values: [id],
})
const held = async () =>
  (await client.query("select 'a' || id as row from a union all select 'b' || id from b order by 1")).rows.map(
    ({ row }) => row as string,
  )

batch('count together, prepared or not, whatever they select', async () => {
  await sendTogether(client, [
    put('a', 1),
    { text: 'select id from a' },
    put('b', 1),
    put('a', 2),
    { text: 'insert into b values ($1)', values: [2] },
  ])
  await sendTogether(client, [put('b', 3)])
  assert.equal(await held(), ['a1', 'a2', 'b1', 'b2', 'b3'])
})

batch('if one fails none counts, and those behind it can be sent again', async () => {
  const fresh = { name: 'take', text: 'delete from a where id = $1', values: [7] }
  const failed = await sendTogether(client, [put('a', 1), put('b', 1), put('a', 1), fresh]).catch(
    (error: unknown) => error,
  )
  assert.is(sqlState(failed), '23505')
  assert.equal(await held(), [])
  await sendTogether(client, [put('a', 7), put('a', 8), fresh])
  assert.equal(await held(), ['a8'])
})

batch('those of two that are under way at once keep apart', async () => {
  const [first, second] = await Promise.allSettled([
    sendTogether(client, [put('a', 1), put('a', 1)]),
    sendTogether(client, [put('b', 1)]),
  ])
  assert.is(first.status, 'rejected')
  assert.is(second.status, 'fulfilled')
  assert.equal(await held(), ['b1'])
})

batch.run()
