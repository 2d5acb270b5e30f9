/** Typing errors: one clear line on standard error, in the reader's language, exit code 1, no stack trace. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { calendarDay, moment, nearest } from '@ledgerline/ops/cli/usage.ts'
import { ledgerline, main, openDirectory } from './run.ts'

const scratch = openDirectory()
const data = join(scratch.path, 'data')
const wrong = join(scratch.path, 'wrong.txt')
writeFileSync(wrong, 'a,b,c\n1,2,3\n')

const test = suite('the command')
test.after(() => scratch.remove())

/** Arguments, the line that answers them, and the environment. */
const refused: [args: string, line: string | RegExp, env?: NodeJS.ProcessEnv][] = [
  ['sqll', 'There is no sqll. Did you mean sql? To list all of them, run: ops/ledgerline --help.'],
  ['conquer', 'There is no command conquer. To list the commands, run: ops/ledgerline --help.'],
  ['up --demmo', 'There is no --demmo. Did you mean --demo? To list all of them, run: ops/ledgerline up --help.'],
  ['verify --frobnicate', 'There is no option --frobnicate. To list the options, run: ops/ledgerline verify --help.'],
  ['--lang zh verify --frobnicate', '没有选项 --frobnicate。可用选项请查看：ops/ledgerline verify --help。'],
  [
    'verify --frobnicate',
    '没有选项 --frobnicate。可用选项请查看：ops/ledgerline verify --help。',
    { LANG: 'zh_CN.UTF-8' },
  ],
  ['up --port', '--port: <n> is missing. To see the usage, run: ops/ledgerline up --help.'],
  ['up --port many', '--port cannot be many. Give a whole number from 0 to 65535.'],
  ['up --port 70000', '--port cannot be 70000. Give a whole number from 0 to 65535.'],
  ['up --demo --speed 0', '--speed cannot be 0. Give a number above 0, at most 1000.'],
  ['up --speed 5', '--speed: --demo is missing. To see the usage, run: ops/ledgerline up --help.'],
  ['up --demo --tenant other', '--demo and --tenant cannot be used together. Give only one of them.'],
  [
    'up --tenant Big-Bank',
    '--tenant cannot be Big-Bank. Use lowercase letters, digits and underscores, at most 63 characters, not starting with an underscore.',
  ],
  ['up --lang de', '--lang cannot be de. Use one of: zh, en.'],
  [
    `up --demo ${wrong}.gz`,
    `There is no file ${wrong}.gz. Check the path; it is relative to the directory in which the command was run.`,
  ],
  ['import', '<command> is missing. To see the usage, run: ops/ledgerline import --help.'],
  ['import anonymous-bank', '<file> is missing. To see the usage, run: ops/ledgerline import --help.'],
  [`import anonymous-bank ${scratch.path}`, `${scratch.path} is a directory. Give a file.`],
  ['sql', '<statement> is missing. To see the usage, run: ops/ledgerline sql --help.'],
  [
    'sql select 1',
    '1 is one too many. Put anything that contains spaces in quotes. To see the usage, run: ops/ledgerline sql --help.',
  ],
  [
    `sql table\u00a0calls --data ${data}`,
    `There is no data in ${data}. Check --data, or create some with: ops/ledgerline up, or: ops/ledgerline import.`,
  ],
  [
    'simulate --calls-per-hour 100 --talk 180 --agents 9 --faults bye-lost=0.1,rain=1/h',
    '--faults does not know the fault rain=1/h. Give kinds with a chance on each occasion, a rate per hour or the n-th occasion, and how long: bye-lost=0.01,media-down=1/h:30s,leg-lost=@3. Kinds: leg-lost, bye-lost, bye-at-once, crossing, command-lost, phone-gone, media-down, report-late, report-doubled, report-overtaken.',
  ],
  [
    'simulate --calls-per-hour 100 --talk 180',
    '--agents is missing. To see the usage, run: ops/ledgerline simulate --help.',
  ],
  ['replay', '--call, --agent, --at is missing. To see the usage, run: ops/ledgerline replay --help.'],
  ['replay --call a --agent 201', '--call and --agent cannot be used together. Give only one of them.'],
  [
    'replay --call a --day 2026-01-31',
    '--day: --agent is missing. To see the usage, run: ops/ledgerline replay --help.',
  ],
  ['replay --agent 201 --day 2026-02-30', '--day cannot be 2026-02-30. Give a day such as 2026-01-31.'],
  ['replay --at yesterday', /^--at cannot be yesterday\. Give a moment such as /],
  ['bench nothing', /^There is no benchmark nothing\. They are: /],
  ['up --role dialler', '--role cannot be dialler. Use one of: api, switchboard, projector.'],
  [
    'up --role api',
    'Running roles in separate processes needs a database server that all of them can reach, and DATABASE_URL is not set. Set DATABASE_URL for each process, or start without --role: one process then does everything.',
  ],
  [
    'up',
    'The setting DATABASE_URL has a wrong value. Give one such as: postgres://user:password@host:5432/ledgerline.',
    { DATABASE_URL: 'localhost' },
  ],
  [
    'up',
    'Only one of DRACHTIO_URL and FREESWITCH_URL is set. Set both for real calls, or neither: the simulator is then the telephone network.',
    { DRACHTIO_URL: 'drachtio://:secret@localhost:9022' },
  ],
  [
    `verify --data ${data}`,
    /^The database 127\.0\.0\.1:1\/none cannot be reached: .* Check that it is running/,
    { DATABASE_URL: 'postgres://127.0.0.1:1/none' },
  ],
]

test('answers typing errors with one line', async () => {
  for (const [args, line, env] of refused) {
    const { code, out, err } = await ledgerline(args.split(' '), env)
    const [said, ...more] = err.trimEnd().split('\n')
    if (typeof line === 'string') assert.is(said, line, args)
    else assert.match(said!, line, args)
    assert.equal([code, out, more], [1, '', []], args)
  }
})

test('shows where an error came from only when it is asked to', async () => {
  // As a process without the joined sources of a run: the place is one in the sources.
  const { stderr } = spawnSync(process.execPath, [main, '--lang', 'en', 'verify', '--data', data], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LEDGERLINE_DEBUG: '1' },
  })
  assert.match(stderr, /^There is no data .*\n[\s\S]*at .*databases\.ts/)
})

test('shows its help in both languages', async () => {
  const [english, chinese, none] = await Promise.all([
    ledgerline(['up', '--help']),
    ledgerline(['--lang', 'zh', 'up', '--help']),
    ledgerline([]),
  ])
  assert.equal([english.code, chinese.code, none.code], [0, 0, 0])
  assert.match(english.out, /^Usage: ops\/ledgerline up/)
  assert.match(chinese.out, /^用法： ops\/ledgerline up/)
  assert.match(none.out, 'Commands:')
})

test('suggests the nearest name', () => {
  assert.equal(
    [
      nearest('projectons', ['log', 'projections']),
      nearest('quite else', ['log', 'projections']),
      nearest('lgo', ['log']),
    ],
    ['projections', null, null],
  )
})

test('days and moments are in the calendar and within range', () => {
  const code = (read: (text: string) => unknown, text: string) => {
    try {
      return read(text)
    } catch (error) {
      return (error as { code: string }).code
    }
  }
  for (const text of ['0000-01-01', '2026-02-31', '2026-13-01', '+010000-01-01', ''])
    assert.is(code(calendarDay('--day'), text), 'usage.not_a_day', text)
  for (const text of ['0001-01-01', '1899-12-31', '9999-12-31'])
    assert.is(code(calendarDay('--from'), text), 'usage.out_of_reach', text)
  for (const text of ['0000-01-01', '2026-02-31T10:00:00Z', '2026-02-31', '2026-02-01T99:00Z'])
    assert.is(code(moment('--at'), text), 'usage.not_a_moment', text)
  for (const text of ['0001-01-01', '9999-12-31T23:59:59Z'])
    assert.is(code(moment('--at'), text), 'usage.out_of_reach', text)
  assert.is(code(calendarDay('--day'), '2026-02-28'), '2026-02-28')
  assert.is(code(moment('--at'), '2026-02-28T10:00:00+08:00'), Date.UTC(2026, 1, 28, 2))
})

test.run()
