/** The runner against a file of each bad kind. Time limit: 90 s. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runCheck, runFile, timeLimit, type FileResult } from './file.ts'
import type { ListedSkip } from './skips.ts'

const root = fileURLToPath(new URL('fixtures', import.meta.url))
const run = (name: string, listedSkips: ListedSkip[] = [], limitMs = 20_000): Promise<FileResult> =>
  runFile(root, `${name}.ts`, { listedSkips, limitMs })
/** Files that take seconds to be found out: they run side by side while the others are tested. */
const slow = {
  hanging: run('hanging', [], 4000),
  heldOpen: run('held-open'),
  leavingProcess: run('leaving-process'),
  leavingDaemon: run('leaving-daemon'),
  talking: run('slow', [], 1500),
}

const test = suite('a test file')

test('that passes is counted', async () => {
  const result = await run('good')
  assert.equal([result.passed, result.failures, result.skipped], [2, [], []])
})

test('with a failing test names it and keeps what it printed', async () => {
  const result = await run('failing')
  assert.is(result.passed, 1)
  assert.is(result.failures.length, 1)
  assert.match(result.failures[0]!, 'failing › subtracts')
  assert.match(result.output, 'Expected')
})

test('whose before throws fails', async () => {
  const result = await run('throwing-before')
  assert.is(result.passed, 0)
  assert.match(result.failures[0]!, 'throwing before › before: threw Error: no server')
})

test('whose after throws fails', async () => {
  const result = await run('throwing-after')
  assert.match(result.failures[0]!, 'throwing after › after: threw Error: cannot close')
})

test('with a missing .run() fails', async () => {
  const result = await run('no-run')
  assert.equal([result.passed, result.failures], [1, ['two: 1 tests were never run: .run() is missing']])
})

test('with .only fails', async () => {
  const result = await run('only')
  assert.equal(result.failures, ["only › is shown: is marked .only, which hides the file's other tests"])
})

test('with a skip that is not listed fails', async () => {
  const result = await run('skipping')
  assert.equal([result.passed, result.skipped, result.failures.length], [1, ['skipping › is skipped'], 1])
})

test('with a skip that is listed passes', async () => {
  const result = await run('skipping', [
    { file: 'skipping.ts', title: 'skipping › is skipped', reason: 'to show that it may' },
  ])
  assert.equal([result.passed, result.skipped, result.failures], [1, ['skipping › is skipped'], []])
})

test('that is listed for a skip it does not have fails', async () => {
  const result = await run('good', [{ file: 'good.ts', title: 'good › adds', reason: 'was broken once' }])
  assert.equal(result.failures, ['good › adds: is listed in test/skips.ts but is not skipped'])
})

test('that is listed for a skip that only some machines need may run', async () => {
  const result = await run('good', [{ file: 'good.ts', title: 'good › adds', reason: 'needs a file', sometimes: true }])
  assert.equal(result.failures, [])
})

test('without tests fails', async () => {
  assert.equal((await run('empty')).failures, ['the file has no tests'])
})

test('that hangs is killed, and the test that hung is named', async () => {
  const result = await slow.hanging
  assert.equal([result.passed, result.failures], [1, ['hanging › hangs: stood still for 4 s']])
})

test('that makes progress is not killed, however long it takes: tests finish, or a process it started does work', async () => {
  const [talks, works] = await Promise.all([slow.talking, run('working', [], 1500)])
  assert.equal([talks.passed, talks.failures], [6, []])
  assert.ok(talks.ms > 1500, `${talks.ms} ms`)
  assert.equal([works.passed, works.failures], [1, []])
  assert.ok(works.ms > 1500, `${works.ms} ms`)
})

test('that loops forever is killed', async () => {
  assert.match(
    (await run('circling', [], 700)).failures[0]!,
    /^circling › never ends: ran without a word|^circling › never ends: not over after many/,
  )
})

test('that waits for something that can never happen fails', async () => {
  const result = await run('stalling')
  assert.is(result.failures.length, 1)
  assert.match(result.failures[0]!, /^stalling › stalls: the process ended \(\d+\) before the tests were over$/)
})

test('that ends its own process fails', async () => {
  assert.match((await run('exiting')).failures[0]!, 'exiting › exits: the process ended')
})

test('that does not load fails', async () => {
  const result = await run('not-loading')
  assert.match(result.failures[0]!, 'the process ended (1) before the tests were over')
  assert.match(result.output, 'cannot be loaded')
})

test('with an unhandled rejection fails', async () => {
  const result = await run('rejecting')
  assert.equal(result.failures, ['every test passed, but the process ended with 1'])
})

test('that leaves something open fails and says what', async () => {
  const result = await slow.heldOpen
  assert.match(result.failures[0]!, /the tests were over, but the process was held open by .*TCPServerWrap/)
})

test('that leaves a process running fails, and the process is killed', async () => {
  assert.equal((await slow.leavingProcess).failures, ['processes that the tests started were left running'])
})

test('that leaves a detached process running fails too', async () => {
  assert.equal((await slow.leavingDaemon).failures, ['processes that the tests started were left running'])
})

test('has its own temporary directory, which is removed with it', async () => {
  const { output, failures } = await run('littering')
  assert.equal(failures, [])
  const [, littered] = /littered (\S+)/.exec(output)!
  assert.not(existsSync(littered!))
})

test('may ask for more time', () => {
  assert.equal([timeLimit(`${root}/patient.ts`), timeLimit(`${root}/good.ts`)], [240_000, 120_000])
})

test('a check that is not a test file counts as one test', async () => {
  assert.equal((await runCheck(root, 'yes', ['true'], 5000)).passed, 1)
  assert.equal((await runCheck(root, 'no', ['false'], 5000)).failures, ['false ended with 1'])
  assert.equal((await runCheck(root, 'gone', ['there-is-no-such-program'], 5000)).failures, [
    'there-is-no-such-program ended with 127',
  ])
})

test.run()
