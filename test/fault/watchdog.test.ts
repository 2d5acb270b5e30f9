/**
 * A house whose event loop stands still ends itself with a line that says where, and the standby takes over. A process
 * that was stopped, is held by a debugger, or gets no processor does not stand still.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openDirectory } from '../cli/run.ts'
import { until } from '../support/gate.ts'
import { owns } from '../support/owners.ts'
import { tablesDatabase } from '../support/tables.ts'

const MAIN = fileURLToPath(new URL('../../ops/cli/main.ts', import.meta.url))
const STANDING = new URL('./standing.ts', import.meta.url).href
const WATCHED = fileURLToPath(new URL('./watched.ts', import.meta.url))
/** A second is long for a loop, and short for a test. */
const LIMIT_MS = 1_000

const scratch = openDirectory()
const test = suite('the watchdog (promise 3)')
const living = new Set<ChildProcess>()
test.after.each(() => living.forEach((child) => child.kill('SIGKILL')))
test.after(() => scratch.remove())

interface Running {
  child: ChildProcess
  url: string
  said: () => string
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/** A process, once its output says that it is ready. */
async function running(command: readonly string[], env: NodeJS.ProcessEnv, ready: RegExp): Promise<Running> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...env },
  })
  living.add(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  void ended.then(() => living.delete(child))
  await until('a process that is ready', () =>
    child.exitCode === null ? ready.test(said) : Promise.reject(new Error(said)),
  )
  return { child, said: () => said, ended, url: /http:\S+/.exec(said)?.[0] ?? '' }
}

/** How much of a processor the main thread of a process has used, ms. */
const usedMs = ({ child }: Running): number =>
  Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6

/** A small process under the watchdog, with a loop that can be made to stand. */
const watched = (
  env: NodeJS.ProcessEnv = {},
  options: readonly string[] = [],
  before: readonly string[] = [],
): Promise<Running> =>
  running(
    [
      ...before,
      process.execPath,
      ...options,
      '--import',
      STANDING,
      WATCHED,
      String(LIMIT_MS),
      join(scratch.path, 'watched.log'),
    ],
    env,
    /ready/,
  )

const stand = async (process: Running): Promise<void> => {
  process.child.kill('SIGUSR2')
  await until('a loop that stands', () => /stands/.test(process.said()))
}

test('a house in a busy loop ends itself, says where it stood, and the standby takes over; SIGTERM needs no second one', async () => {
  const database = await tablesDatabase('watchdog')
  const env = {
    DATABASE_URL: database.url,
    LOG_DATABASE_URL: database.url,
    LEDGERLINE_WATCHDOG: String(LIMIT_MS / 1000),
  }
  const data = join(scratch.path, 'house')
  const up = () =>
    running(
      [process.execPath, ...process.execArgv, '--import', STANDING, MAIN, 'up', '--port', '0', '--data', data],
      env,
      /is up.*http/,
    )
  const owner = await up()
  const epoch = await owns(owner)
  const standby = await up()
  await stand(owner)
  owner.child.kill('SIGTERM')
  assert.is(await owns(standby), epoch + 1)
  assert.equal(await owner.ended, { code: null, signal: 'SIGKILL' })
  assert.match(
    owner.said(),
    /The event loop stood still for \d s at standsStill \(test\/fault\/standing\.ts:\d+:\d+\): the process ends, so that another takes over\./,
  )
  const entries = readFileSync(join(data, 'ledgerline.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; where?: string[] })
  const last = entries.find(({ msg }) => /stood still/.test(msg))!
  assert.match(
    last.where!.join('\n'),
    /^standsStill \(test\/fault\/standing\.ts[^\n]*\n.*standing\.ts/m,
    'and from where it was called',
  )
  standby.child.kill('SIGTERM')
  assert.equal(await standby.ended, { code: 0, signal: null })
  await database.drop()
})

test('it is not fooled by a process that was stopped', async () => {
  const process = await watched()
  process.child.kill('SIGSTOP')
  await pause(3 * LIMIT_MS)
  process.child.kill('SIGCONT')
  await until('a loop that runs', () => /turn 3/.test(process.said().split('resumed').at(-1)!))
  assert.is(process.child.exitCode, null)
  process.child.kill('SIGTERM')
  assert.equal(await process.ended, { code: 0, signal: null }, process.said())
})

test('nor by a debugger', async () => {
  const process = await watched({ STAND_MS: String(2 * LIMIT_MS) }, ['--inspect=127.0.0.1:0'])
  await stand(process)
  await until('a loop that goes on', () => /goes on/.test(process.said()))
  process.child.kill('SIGTERM')
  assert.equal(await process.ended, { code: 0, signal: null }, process.said())
})

test('nor by a machine that has no time: permitted work may take many times the limit', async () => {
  // One core, that one program keeps busy: the others stay free for whoever else runs here.
  const [core] = /\d+/.exec(/^Cpus_allowed_list:.*/m.exec(readFileSync('/proc/self/status', 'utf8'))![0])!
  const there = ['taskset', '--cpu-list', core]
  const process = await watched({ STAND_MS: String(LIMIT_MS / 4) }, [], [...there, 'nice', '-n', '12'])
  const busy = spawn(there[0]!, [...there.slice(1), 'bash', '-c', 'while :; do :; done'], { stdio: 'ignore' })
  living.add(busy)
  try {
    let longest = 0
    for (let round = 0; longest < 2 * LIMIT_MS && round < 20; round++) {
      const began = performance.now()
      const before = process.said().split('goes on').length
      process.child.kill('SIGUSR2')
      await until('a loop that goes on', () =>
        process.child.exitCode === null && process.child.signalCode === null
          ? process.said().split('goes on').length > before
          : Promise.reject(new Error(process.said())),
      )
      longest = Math.max(longest, performance.now() - began)
    }
    assert.ok(longest >= 2 * LIMIT_MS, `it was made to wait for ${longest} ms at most`)
  } finally {
    busy.kill('SIGKILL')
  }
  process.child.kill('SIGTERM')
  assert.equal(await process.ended, { code: 0, signal: null }, process.said())
})

test('switched off, it ends nothing', async () => {
  const process = await running(
    [globalThis.process.execPath, '--import', STANDING, WATCHED, '0', join(scratch.path, 'off.log')],
    {},
    /ready/,
  )
  await stand(process)
  const began = usedMs(process)
  await until('a loop that has stood for twice the limit', () => usedMs(process) - began > 2 * LIMIT_MS)
  assert.equal([process.child.exitCode, process.child.signalCode], [null, null])
})

test('a thread that stands in a call that does not return is ended too', async () => {
  const process = await running(
    [globalThis.process.execPath, WATCHED, String(LIMIT_MS), join(scratch.path, 'blocked.log'), 'blocked'],
    {},
    /ready/,
  )
  assert.equal(await process.ended, { code: null, signal: 'SIGKILL' })
  assert.match(process.said(), /stood still for \d s at blocked \(test\/fault\/watched\.ts/)
})

test.run()
