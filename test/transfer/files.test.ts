/** Where files of tasks lie: whose they are, and how much room they may take. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openTransferFiles, type TransferFiles } from '@ledgerline/adapters/transfer/files.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const test = suite('files of tasks')
let database: TestDatabase
let files: TransferFiles
test.before(async () => {
  database = await freshDatabase('transfer_files')
  files = await openTransferFiles(database.url, memoryVault(), 100)
})
test.after(async () => {
  await files.close()
  await database.drop()
})

const of = (file: string, tenant = 't', owner = 'o') => ({ tenant, file, owner })
const put = (file: string, part: number, bytes: number, tenant?: string) =>
  files.put(of(file, tenant), part, Buffer.alloc(bytes, 7), Date.now() + 60_000)
const refused = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => (isProblem(error) ? error.code : String(error)),
  )

test('a tenant’s files have so much room together, and another tenant’s are not counted', async () => {
  await put('a', 0, 60)
  await put('b', 0, 40)
  assert.is(await refused(put('c', 0, 1)), 'transfer.no_room')
  assert.is(await refused(put('a', 1, 1)), 'transfer.no_room')
  assert.is(await refused(put('a', 0, 60)), null, 'a part that is sent again takes no more')
  await put('c', 0, 100, 'another')
  await files.delete(of('b'))
  await put('c', 0, 40)
  assert.equal(await files.lengths(of('c')), [40])
})

test('what has expired leaves, and makes room', async () => {
  await files.tidy(Date.now() + 120_000)
  for (const file of ['a', 'b', 'c']) assert.equal(await files.lengths(of(file)), [])
  assert.is(await refused(put('d', 0, 100)), null)
})

test.run()
