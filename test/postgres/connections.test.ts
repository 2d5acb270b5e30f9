/** Lost connections of a pool: the user's next query fails, and nobody else is told. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connections, isUnreachable } from '@ledgerline/adapters/postgres/connect.ts'
import { freshDatabase } from '../support/postgres.ts'

const lost = suite('connections of a pool')

lost('a connection lost between two queries makes its user’s next one fail, and ends no process', async () => {
  const database = await freshDatabase('lost_connection')
  const pool = connections(database.url, { application: 'test', max: 1 })
  try {
    const client = await pool.connect()
    await client.query('begin')
    const ended = new Promise((resolve) => client.once('end', resolve))
    await database.dropConnections()
    await ended
    const error = await client.query('select 1').then(
      () => null,
      (told: unknown) => told,
    )
    assert.ok(isUnreachable(error), String(error))
    client.release(true)
    assert.equal((await pool.query('select 1 as one')).rows, [{ one: 1 }])
  } finally {
    await pool.end()
    await database.drop()
  }
})

lost.run()
