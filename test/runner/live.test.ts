/** Live runs: what a file needs, and when its stored result is out of date. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LiveServer } from '../live/servers.ts'
import { lacking, oldResult, writeResult, type LiveResult } from './live.ts'

const server: LiveServer = { name: 'somebody', proves: 'ours', ready: async () => null }
const came = {
  file: 'a',
  ms: 1,
  passed: 1,
  cases: [
    { title: 'it holds', passed: true },
    { title: '$& it "does" not', passed: false },
  ],
  failures: ['$& it "does" not: why'],
  skipped: [],
  output: '',
}

const test = suite<{ root: string }>('a live run')

test.before.each((context) => {
  context.root = mkdtempSync(join(tmpdir(), 'ledgerline-live-'))
  mkdirSync(join(context.root, 'test/live'), { recursive: true })
  mkdirSync(join(context.root, 'ours'))
})
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }))

test('of a file needs the settings named in its header', ({ root }) => {
  const file = join(root, 'a.test.ts')
  writeFileSync(file, '/** Kills it. Needs: EVENT_LOG, LIVE_THING. Time limit: 9 s. */\n')
  assert.equal(lacking(file, { EVENT_LOG: 'there' }), ['LIVE_THING'])
  assert.equal(lacking(file, { EVENT_LOG: 'there', LIVE_THING: 'too' }), [])
  writeFileSync(file, '/** Nothing. */\n')
  assert.equal(lacking(file, {}), [])
})

test('is stored with its time, commit, server and cases', ({ root }) => {
  const commit = change(root)
  writeResult(root, server, { name: 'Server', version: '1.2' }, [came])
  const kept = JSON.parse(readFileSync(join(root, 'test/live/result-somebody.json'), 'utf8')) as LiveResult
  assert.ok(Math.abs(Date.now() - Date.parse(kept.date)) < 60_000)
  assert.equal(
    { ...kept, date: '' },
    {
      date: '',
      commit,
      server: { name: 'Server', version: '1.2' },
      cases: [
        { name: 'it holds', outcome: 'passed' },
        { name: '$& it "does" not', outcome: 'failed' },
      ],
      passed: 1,
      failed: 1,
    },
  )
})

test('is out of date when the code it covers has changed since, but not when other code has', ({ root }) => {
  change(root)
  assert.match(oldResult(root, server)!, 'ours was never run against a real server')
  writeResult(root, server, { name: 'Server', version: '1.2' }, [came])
  change(root, 'elsewhere')
  assert.is(oldResult(root, server), null)
  change(root)
  assert.match(
    oldResult(root, server)!,
    /^ours changed after its last run against a real server \(Server 1\.2, \d{4}-\d\d-\d\d\)/,
  )
})

test('is not judged when git cannot tell', ({ root }) => {
  writeResult(root, server, { name: 'Server', version: '1.2' }, [came])
  assert.is(oldResult(root, server), null)
  change(root)
  assert.is(oldResult(root, server), null, 'a result without a commit')
})

test.run()

/** Commits a change to a file and returns the hash. */
function change(root: string, path = 'ours/a.ts'): string {
  writeFileSync(join(root, path), String(Math.random()))
  const git = (...args: string[]): string =>
    spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).stdout.trim()
  git('init', '-q')
  git('add', path)
  git('commit', '-q', '-m', 'change', '--', path)
  return git('rev-parse', 'HEAD')
}
