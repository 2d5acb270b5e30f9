/** The runner as a command: machines read its last line and its exit code. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inOrder, LONG } from './order.ts'

const runner = fileURLToPath(new URL('../run.ts', import.meta.url))
const run = (...args: string[]) => {
  const { status, stdout } = spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', timeout: 50_000 })
  return { status, lastLine: stdout.trimEnd().split('\n').at(-1) }
}

const test = suite('the run')

test('ends with the totals, alone on the last line', () => {
  const { status, lastLine } = run('test/problems/describe')
  assert.is(status, 0)
  assert.match(lastLine ?? '', /^[1-9]\d* passed, 0 failed$/)
})

test('of no files fails', () => {
  assert.equal(run('there-is-no-such-file'), { status: 1, lastLine: '0 passed, 1 failed' })
})

test('repeats what it draws as often as usual, more often if it is a deep one, or as often as it is told', () => {
  const depth = new URL('../support/depth.ts', import.meta.url).href
  const times = (env: NodeJS.ProcessEnv): string =>
    spawnSync(
      process.execPath,
      ['--input-type=module', '-e', `console.log((await import('${depth}')).times('ROUNDS', 3, 200))`],
      { encoding: 'utf8', timeout: 50_000, env: { PATH: process.env['PATH'], ...env } },
    ).stdout.trim()
  assert.equal([times({}), times({ TEST_DEEP: '1' }), times({ TEST_DEEP: '1', ROUNDS: '50' })], ['3', '200', '50'])
})

test('starts the slow files first, then those that ask for more time', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  assert.equal(
    LONG.filter((file) => !existsSync(`${root}/${file}`)),
    [],
    'files that are listed but missing',
  )
  const [longest, second] = LONG
  const fixtures = 'test/runner/fixtures'
  assert.equal(inOrder(root, [`${fixtures}/good.ts`, `${fixtures}/patient.ts`, second!, longest!]), [
    longest,
    second,
    `${fixtures}/patient.ts`,
    `${fixtures}/good.ts`,
  ])
})

test.run()
