/** One owner per data directory: processes that come, go and die. Time limit: 120 s. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Use } from '@ledgerline/ops/installation/databases.ts'

const holder = fileURLToPath(new URL('holder.ts', import.meta.url))
const base = mkdtempSync(join(tmpdir(), 'ledgerline-data-'))
// If started as root, the database runs as another user, who has to come through here.
chmodSync(base, 0o755)
const directory = join(base, 'data')

/** A process that holds the directory; `says` waits for its next line. */
function hold(use: Use, data = directory) {
  const child = spawn(process.execPath, [...process.execArgv, holder, use, data], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  return {
    pid: child.pid!,
    says: async () => (await lines.next()).value as string | undefined,
    letGo: () => child.stdin.end(),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    code: async () => (await exited)[0],
  }
}

const test = suite('a data directory')
test.after(() => rmSync(base, { recursive: true, force: true }))

test('that does not exist is not created by a reader', async () => {
  const reader = hold('read')
  assert.is(
    await reader.says(),
    `There is no data in ${directory}. Check --data, or create some with: ops/ledgerline up, or: ops/ledgerline import.`,
  )
  assert.is(await reader.code(), 1)
  assert.not(existsSync(directory))
})

test('that cannot be one is refused', async () => {
  const file = join(base, 'file')
  writeFileSync(file, '')
  const writer = hold('write', join(file, 'below'))
  assert.match((await writer.says())!, /^The data directory .* cannot be written: /)
})

test('has one owner; another process that wants to own it is told who that is', async () => {
  const owner = hold('own')
  assert.is(await owner.says(), 'open')
  const other = hold('own')
  assert.is(
    await other.says(),
    `The data directory ${directory} is in use by process ${owner.pid}. Stop that process first, or choose another directory with --data.`,
  )
  assert.is(await other.code(), 1)
  const reader = hold('read')
  assert.is(await reader.says(), 'open')
  reader.letGo()
  assert.is(await reader.code(), 0)
  owner.kill('SIGTERM')
  assert.is(await owner.says(), 'Error: interrupted by SIGTERM')
  assert.is(await owner.code(), 143)
  assert.not(existsSync(join(directory, 'owner.json')))
  assert.not(existsSync(join(directory, 'postgres', 'postmaster.pid')))
})

test('opened by two commands at once is served by one of them, which stays until the other has gone', async () => {
  const both = [hold('write'), hold('read')]
  assert.equal(await Promise.all(both.map((one) => one.says())), ['open', 'open'])
  const [first, second] = both as [(typeof both)[0], (typeof both)[0]]
  for (const one of both) one.letGo()
  assert.equal(await Promise.all(both.map((one) => one.says())), ['closing', 'closing'])
  assert.equal(await Promise.all([first.code(), second.code()]), [0, 0])
  assert.not(existsSync(join(directory, 'postgres', 'postmaster.pid')))
})

test('an owner that only runs one command waits for others that use its database', async () => {
  const owner = hold('write')
  assert.is(await owner.says(), 'open')
  const guest = hold('write')
  assert.is(await guest.says(), 'open')
  owner.letGo()
  assert.equal([await owner.says(), await owner.says()], ['closing', 'waiting'])
  guest.letGo()
  assert.equal([await guest.says(), await guest.says()], ['closing', 'closed'])
  assert.is(await owner.says(), 'closed')
})

test('whose owner was killed is taken over', async () => {
  const owner = hold('own')
  assert.is(await owner.says(), 'open')
  owner.kill('SIGKILL')
  await owner.code()
  const next = hold('own')
  assert.is(await next.says(), 'open')
  next.letGo()
  assert.equal([await next.says(), await next.says(), await next.code()], ['closing', 'closed', 0])
})

test("that the database's own user cannot reach is refused", async () => {
  if (process.getuid?.() !== 0) return
  const secret = join(base, 'secret')
  mkdirSync(secret, { mode: 0o700 })
  const owner = hold('own', join(secret, 'data'))
  assert.match(
    (await owner.says())!,
    /^The database runs as user \w+, who may not enter .*\/secret on the way to .*\/secret\/data\. Choose/,
  )
  assert.is(await owner.code(), 1)
})

test.run()
