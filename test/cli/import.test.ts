/**
 * `ops/ledgerline import` as typed: what it reports of dirty files, what it refuses, and that it ends when told to.
 * Time limit: 180 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ImportReport } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import { bankFile, bankRow, packed } from '../support/history.ts'
import { begunIn } from '../support/tables.ts'
import { ledgerline, openDirectory, start } from './run.ts'

const scratch = openDirectory()
const data = join(scratch.path, 'data')
const file = (name: string, content: string | Buffer): string => {
  const path = join(scratch.path, name)
  writeFileSync(path, content)
  return path
}
const load = (path: string, ...options: string[]) =>
  ledgerline(['import', 'anonymous-bank', path, '--data', data, ...options])
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

const test = suite('import, as it is typed')
test.before(() => begunIn(data))
test.after(() => scratch.remove())

test('a header, a name and a path that would control the terminal are escaped', async () => {
  for (const [path, code] of [
    [file('header.txt', '\u001b]0;owned\u0007\u001b[31mvru+line\tcall_id\n'), 1],
    [`${scratch.path}/\u001b[2J`, 1],
  ] as const) {
    const { code: ended, out, err } = await load(path)
    assert.is(ended, code)
    assert.not.match(out + err, CONTROL)
    assert.match(err, /\\u001b/)
  }
  for (const args of [
    ['sql', 'select 1', '--\u001b[31m'],
    ['\u009b31m'],
    ['replay', '--call', '\u001b[31m', '--data', data],
    ['simulate', '--calls-per-hour', '\u001b[31m'],
  ]) {
    const { out, err } = await ledgerline(args)
    assert.not.match(out + err, CONTROL, args.join(' '))
  }
})

test('a pipe, a device and a directory are refused at once', async () => {
  const pipe = join(scratch.path, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const path of [pipe, '/dev/zero', scratch.path]) {
    const { code, err } = await load(path)
    assert.is(code, 1)
    assert.match(err, /is a (pipe, a socket or a device|directory)/)
  }
})

test('a broken file: what came before is loaded and reported, with every refused row, then what is wrong', async () => {
  const rows = Array.from({ length: 1200 }, (_, i) => bankRow({ call_id: String(i), priority: 'x', server: `S${i}` }))
  const whole = packed(
    bankFile(
      bankRow({ call_id: 'x1' }),
      ...rows,
      bankRow({ date: '990230' }),
      ...rows.map((row, i) => row.replace('AA0101', `BB${(i * 104_729) % 1_000_003}`)),
    ),
  )
  const { code, out, err } = await load(file('broken.gz', whole.subarray(0, whole.length - 2000)))
  assert.is(code, 1)
  assert.match(out, /rows not loaded.* 2\n/)
  assert.equal(
    out
      .split('\n')
      .filter((line) => line.includes('NOT LOADED'))
      .map((line) => /broken\.gz:(\d+)/.exec(line)![1]),
    ['2', '1203'],
  )
  assert.match(err, /broken\.gz breaks off after line \d+: the file ends too early\./)
  const again = await load(file('broken.gz', whole), '--json')
  const report = JSON.parse(again.out) as ImportReport
  assert.equal([again.code, report.rows, report.rows - report.calls - report.repeated - report.phantom], [0, 2402, 2])
  const [counted] = JSON.parse(
    (await ledgerline(['sql', 'select count(*)::int as n from calls', '--json', '--data', data])).out,
  ) as { n: number }[]
  assert.is(counted!.n, report.calls)
})

test('names are sealed: SQL has the numbers, and the names only where permitted', async () => {
  const [agent] = JSON.parse(
    (
      await ledgerline([
        'sql',
        'select agent_code from calls where agent_code is not null order by 1 limit 1',
        '--json',
        '--data',
        data,
      ])
    ).out,
  ) as { agent_code: string }[]
  assert.is(agent!.agent_code, '1001')
})

test('one SIGTERM ends an import, in the middle of it', async () => {
  const rows = Array.from({ length: 60_000 }, (_, i) =>
    bankRow({ call_id: String(i), date: '990301', server: `S${i % 20}` }),
  )
  const importing = start(['import', 'anonymous-bank', file('long.txt', bankFile(...rows)), '--data', data])
  const exited = once(importing, 'exit')
  // The log file is watched: the first line about its progress comes when it is halfway.
  await once(importing.stderr, 'data')
  importing.kill('SIGTERM')
  assert.equal((await exited)[0], 143)
})

test.run()
