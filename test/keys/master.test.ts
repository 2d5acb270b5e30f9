/** The master key: where it comes from, how it is kept, and what happens when it is not the right one. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const test = suite<{ database: TestDatabase; directory: string; file: string }>('master key')

test.before.each(async (context) => {
  context.database = await freshDatabase('master_key')
  context.directory = mkdtempSync(join(tmpdir(), 'ledgerline-master-'))
  context.file = join(context.directory, 'master.key')
})
test.after.each(async ({ database, directory }) => {
  await database.drop()
  rmSync(directory, { recursive: true })
})

const start = async (
  { database, directory }: { database: TestDatabase; directory: string },
  environment: NodeJS.ProcessEnv = {},
) => {
  const exposed: string[] = []
  const vault = await openVault({ url: database.url, directory, environment, onExposed: (file) => exposed.push(file) })
  await vault.close()
  return { exposed, subject: vault.subject('t', '1') }
}

const refused = async (promise: Promise<unknown>): Promise<Problem> => {
  try {
    await promise
  } catch (error) {
    assert.ok(isProblem(error), String(error))
    return error
  }
  throw new Error('was not refused')
}

test('made at the first start, readable by its owner only, and used from then on', async (context) => {
  const { subject } = await start(context)
  assert.is(statSync(context.file).mode & 0o777, 0o600)
  assert.match(readFileSync(context.file, 'utf8'), /^[\w-]{43}\n$/)
  assert.is((await start(context)).subject, subject)
})

test('taken from the environment if given, in base64 or hexadecimal; no file is made then', async (context) => {
  const key = Buffer.alloc(32, 7)
  const { subject } = await start(context, { LEDGERLINE_MASTER_KEY: key.toString('base64') })
  assert.not(existsSync(context.file))
  assert.is((await start(context, { LEDGERLINE_MASTER_KEY: key.toString('hex') })).subject, subject)
  assert.is((await start(context, { LEDGERLINE_MASTER_KEY: ` ${key.toString('base64url')}\n` })).subject, subject)
})

test('lost: reported at start, and no other is made in its place', async (context) => {
  await start(context)
  rmSync(context.file)
  const problem = await refused(start(context))
  assert.is(problem.code, 'key.master_lost')
  assert.is(problem.details['key'], context.file)
  assert.not(existsSync(context.file))
})

test('a different one than the data were sealed with: reported at start', async (context) => {
  await start(context)
  const problem = await refused(start(context, { LEDGERLINE_MASTER_KEY: Buffer.alloc(32).toString('hex') }))
  assert.is(problem.code, 'key.master_lost')
  assert.is(problem.details['key'], 'LEDGERLINE_MASTER_KEY')
  writeFileSync(context.file, Buffer.alloc(32, 1).toString('base64'))
  assert.is((await refused(start(context))).code, 'key.master_lost')
})

test('no key at all: reported at start, naming the place and never the text', async (context) => {
  for (const text of [
    '',
    'secret',
    `${'g'.repeat(64)}`,
    Buffer.alloc(31).toString('hex'),
    Buffer.alloc(33).toString('base64'),
  ]) {
    writeFileSync(context.file, text)
    const problem = await refused(start(context))
    assert.is(problem.code, 'key.file_invalid')
    assert.equal(problem.details, { key: context.file })
  }
  assert.is((await refused(start(context, { LEDGERLINE_MASTER_KEY: 'short' }))).details['key'], 'LEDGERLINE_MASTER_KEY')
})

test('a key file that cannot be read is not taken for a missing one', async (context) => {
  mkdirSync(context.file)
  assert.is((await refused(start(context))).code, 'key.file_unreadable')
})

test('a key file that others could read is corrected, and that is reported', async (context) => {
  await start(context)
  chmodSync(context.file, 0o644)
  assert.equal((await start(context)).exposed, [context.file])
  assert.is(statSync(context.file).mode & 0o777, 0o600)
  assert.equal((await start(context)).exposed, [])
})

test.run()
