/** Both books of answers keep the contract; the one on PostgreSQL also outlives its process and does not grow for ever. */
import { memoryAnswers, openAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answersContract } from '../contract/answers.ts'
import { freshDatabase } from '../support/postgres.ts'

answersContract('memory', async () => {
  const clock = { now: 1_700_000_000_000 }
  return { book: memoryAnswers(() => clock.now), clock, remove: async () => {} }
})

answersContract('PostgreSQL', async () => {
  const database = await freshDatabase('answers')
  const clock = { now: 1_700_000_000_000 }
  const book = await openAnswers(database.url, () => clock.now)
  return {
    book,
    clock,
    async remove() {
      await book.close()
      await database.drop()
    },
  }
})

const test = suite('answers on PostgreSQL')

test('outlive their process; expired ones are deleted', async () => {
  const database = await freshDatabase('answers')
  const clock = { now: 1_700_000_000_000 }
  const kept = { digest: 'd', answer: { revision: 0, position: null, events: [] }, refusal: null }
  const first = await openAnswers(database.url, () => clock.now)
  await first.keep('t', 'old', kept)
  clock.now += 60_000
  await first.keep('t', 'new', kept)
  await first.close()
  const second = await openAnswers(database.url, () => clock.now)
  assert.equal(await second.find('t', 'old'), kept)
  clock.now += 24 * 60 * 60 * 1000 - 1
  assert.is(await second.prune(), 1)
  assert.equal(await second.find('t', 'new'), kept)
  await second.close()
  const client = connection(database.url, { application: 'test' })
  await client.connect()
  assert.is((await client.query('select from answers.kept')).rowCount, 1)
  await client.end()
  await database.drop()
})

test.run()
