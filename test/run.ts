/**
 * Runs the tests: each file in a process of its own, two files a core at once (most of them wait now and then
 * for something that starts or ends), and beside them the type checks. One PostgreSQL serves the whole run. Prints a
 * line a file, what failed, and last, alone: `N passed, N failed` (`, N skipped`).
 *
 *   node test/run.ts [--deep] [--live] [NAME …]     only the files whose path contains one of the names
 *
 * `--deep` repeats what a usual run does only as often as needed to see every kind of case (`support/depth.ts`).
 * `--live` adds `test/live`: tests against real servers of others, which settings name (`test/live/servers.ts`). What came
 * of them is kept beside them; any run says when that is older than what it proves.
 * A file is ended when it stands still (`runner/progress.ts`), not when the machine is slow; in a deep run it may take
 * longer.
 */
import { globSync, existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { liveServers, settings, type ReadyServer } from './live/servers.ts'
import { endAll, runCheck, runFile, timeLimit, type FileResult } from './runner/file.ts'
import { joinSources } from './runner/joined.ts'
import { lacking, oldResult, writeResult } from './runner/live.ts'
import { inOrder } from './runner/order.ts'
import { skips } from './skips.ts'
import { handing, startServer } from './support/postgres.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const CHECK_LIMIT_MS = 180_000
/** How many times its usual time each file has in a deep run. */
const DEEP_PATIENCE = 30

const { values, positionals: names } = parseArgs({
  options: { live: { type: 'boolean', default: false }, deep: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const patience = values.deep ? DEEP_PATIENCE : 1
const wanted = (path: string) => names.length === 0 || names.some((name) => path.includes(name))

const files = inOrder(
  root,
  globSync('test/**/*.test.ts', { cwd: root, exclude: (path) => path.includes('node_modules') }).filter(
    (file) => wanted(file) && !file.startsWith('test/live/'),
  ),
)

const checks: [name: string, command: [string, ...string[]]][] = [
  // Each checker looks at what it needs by itself: several take twice the processor time of one.
  ['types', ['node_modules/.bin/tsc', '-p', 'tsconfig.json', '--checkers', '1']],
  ['lint', ['node_modules/.bin/oxlint']],
  ['format', ['node_modules/.bin/oxfmt', '--check']],
  ['unused', ['node_modules/.bin/knip']],
]
if (existsSync(`${root}/ui/svelte.config.js`) || existsSync(`${root}/ui/tsconfig.json`))
  checks.push(['types of ui', ['pnpm', '--filter', '@ledgerline/ui', 'check']])

const live = liveServers.map((server) => {
  const all = globSync(`test/live/${server.name}/*.test.ts`, { cwd: root }).sort()
  return { server, all, files: values.live ? all.filter(wanted) : [] }
})

if (files.length === 0 && live.every(({ files }) => files.length === 0) && !checks.some(([name]) => wanted(name))) {
  console.log(`No test file's path contains ${names.join(' or ')}.\n\n0 passed, 1 failed`)
  process.exit(1)
}

const started = performance.now()
const { first, compiled, inSources } = await joinSources(root)
const server = files.length > 0 ? await startServer() : null
let ready: ReadyServer | null = null
const stop = async () => {
  endAll()
  await ready?.stop()
  await server?.stop()
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stop().finally(() => process.exit(130)))

const handed = server && handing(server)
const env = {
  ...process.env,
  ...(handed && { LEDGERLINE_TEST_PG: handed }),
  ...(values.deep && { TEST_DEEP: '1' }),
  NODE_COMPILE_CACHE: compiled,
}
const jobs: (() => Promise<FileResult>)[] = [
  ...checks
    .filter(([name]) => wanted(name))
    .map(
      ([name, command]) =>
        () =>
          runCheck(root, name, command, CHECK_LIMIT_MS),
    ),
  ...files.map(
    (file) => () =>
      runFile(root, file, { env, first, listedSkips: skips, limitMs: patience * timeLimit(`${root}/${file}`) }),
  ),
]
const results: FileResult[] = []
const done = (result: FileResult): FileResult => {
  results.push(result)
  tell(result)
  return result
}
const worker = async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) done(await job())
}
await Promise.all(Array.from({ length: 2 * availableParallelism() }, worker))
const asked = live.filter((one) => one.files.length > 0)
let ran = 0
for (const one of asked) ran += await runLive(one)
// Asked for, and nothing could be run: that is no success. Of several servers one is enough.
if (asked.length > 0 && ran === 0)
  results.push({
    file: asked.map(({ server }) => `test/live/${server.name}`).join(', '),
    ms: 0,
    passed: 0,
    cases: [],
    failures: ['no test of it could be run'],
    skipped: [],
    output: '',
  })
await stop()

const sum = (of: (result: FileResult) => number) => results.reduce((total, result) => total + of(result), 0)
const failed = sum((result) => result.failures.length)
const skipped = sum((result) => result.skipped.length)
const broken = results.filter((result) => result.failures.length > 0)
if (broken.length > 0)
  console.log(
    `\nFailed:\n${broken.flatMap((result) => result.failures.map((failure) => `  ${result.file}: ${failure}`)).join('\n')}`,
  )
const old = live.flatMap(({ server }) => oldResult(root, server) ?? [])
if (old.length > 0) console.log(`\n${old.join('\n')}`)
console.log(`\n${results.length} files in ${seconds(performance.now() - started)}\n`)
console.log(`${sum((result) => result.passed)} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed > 0 ? 1 : 0

/** The files of one real server, one after the other: they share it. Returns how many could be run. */
async function runLive({ server, all, files }: (typeof live)[number]): Promise<number> {
  ready = await server.ready(process.env)
  const liveEnv = { ...env, ...ready?.env }
  const missing = new Map(files.map((file) => [file, lacking(`${root}/${file}`, liveEnv)]))
  const runnable = files.filter((file) => missing.get(file)!.length === 0)
  for (const [file, names] of missing)
    if (names.length > 0)
      console.log(
        `– ${file.padEnd(56)} not run: set ${names.map((name) => `${name} (${settings[name]})`).join(' and ')}`,
      )
  const came: FileResult[] = []
  for (const file of runnable)
    came.push(
      done(
        await runFile(root, file, {
          env: liveEnv,
          first,
          listedSkips: skips,
          limitMs: patience * timeLimit(`${root}/${file}`),
        }),
      ),
    )
  if (ready && runnable.length === all.length) writeResult(root, server, ready.server, came)
  await ready?.stop()
  ready = null
  return runnable.length
}

function tell({ file, ms, passed, failures, skipped, output }: FileResult): void {
  const counts = [
    `${passed} passed`,
    ...(failures.length > 0 ? [`${failures.length} FAILED`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ]
  console.log(
    `${failures.length > 0 ? '✘' : '✔'} ${file.padEnd(56)} ${counts.join(', ').padEnd(12)} ${seconds(ms).padStart(7)}`,
  )
  if (failures.length === 0) return
  for (const failure of failures) console.log(`    ${inSources(failure)}`)
  if (output.trim() !== '') console.log(inSources(output).replace(/^/gm, '    │ ').trimEnd())
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
