/** Where the command writes to: a pipe that nobody reads any longer, a full disk. Also an uncaught error. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/free-port.ts'
import { healthOf } from '../support/owners.ts'
import { until } from '../support/gate.ts'
import { tablesDatabase } from '../support/tables.ts'
import { openDirectory } from './run.ts'

const MAIN = fileURLToPath(new URL('../../ops/cli/main.ts', import.meta.url))
const THROWING = fileURLToPath(new URL('./throwing.ts', import.meta.url))
const scratch = openDirectory()
const database = await tablesDatabase('output')
const env = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
  LANG: 'C.UTF-8',
  DATABASE_URL: database.url,
  LOG_DATABASE_URL: database.url,
}
const test = suite('where the command speaks to')
test.after(async () => {
  scratch.remove()
  await database.drop()
})

test('a house whose terminal is gone and whose output is on a full disk carries on', async () => {
  const port = await freePort()
  const full = openSync('/dev/full', 'w')
  // Redis is missing: that is something to report.
  const child = spawn(
    process.execPath,
    [...process.execArgv, MAIN, 'up', '--port', String(port), '--data', join(scratch.path, 'house')],
    {
      stdio: ['ignore', full, 'pipe'],
      env: { ...env, REDIS_URL: 'redis://127.0.0.1:1' },
    },
  )
  closeSync(full)
  child.stderr!.destroy()
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  await until('a house that is well', async () => child.exitCode === null && (await healthOf({ url }))?.well === true)
  // Meanwhile it has reported, to nobody, that Redis is not answering.
  const journal = () => readFileSync(join(scratch.path, 'house', 'ledgerline.log'), 'utf8')
  await until('what it has to say', () => /Redis is not answering/.test(journal()))
  // The error of a failed write is thrown in a later turn: after many answers it has come.
  for (let look = 0; look < 20; look++) assert.is((await healthOf({ url }))?.well, true)
  child.kill('SIGTERM')
  assert.equal(await ended, [0, null])
})

test('an answer that cannot be written is no answer: exit code 1, and a line', () => {
  const full = openSync('/dev/full', 'w')
  const { status, stderr } = spawnSync(process.execPath, [...process.execArgv, MAIN, '--help'], {
    stdio: ['ignore', full, 'pipe'],
    env,
    encoding: 'utf8',
  })
  closeSync(full)
  assert.equal(
    [status, stderr],
    [
      1,
      'The answer could not be written: ENOSPC. Send it to a place with enough room; what was written is incomplete.\n',
    ],
  )
})

test('a reader that stops reading causes no error', () => {
  const { status, stderr } = spawnSync(
    'bash',
    [
      '-o',
      'pipefail',
      '-c',
      `"${process.execPath}" "${MAIN}" sql "select n, repeat('x', 1000) from generate_series(1, 100000) n" --data ${join(scratch.path, 'house')} | head -n 2 >/dev/null`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env, encoding: 'utf8' },
  )
  assert.equal([status, stderr], [0, ''])
})

for (const [how, said] of [
  ['throw', 'TypeError: thrown in a timer'],
  ['reject', 'RangeError: nobody handles it'],
] as const) {
  test(`an uncaught error (${how}) ends the process with a line that says where`, () => {
    const journal = join(scratch.path, `${how}.log`)
    const { status, stderr } = spawnSync(process.execPath, [THROWING, how, journal], { encoding: 'utf8' })
    assert.is(status, 70)
    assert.match(stderr, new RegExp(`^${said} \\(.*throwing\\.ts:\\d+:\\d+\\)?`))
    const entry = JSON.parse(readFileSync(journal, 'utf8')) as { msg: string; error: string; where: string[] }
    assert.equal([entry.msg, entry.error], ['an uncaught error: the process ends', said])
    assert.match(entry.where[0]!, /test\/cli\/throwing\.ts:\d+/)
  })
}

test.run()
