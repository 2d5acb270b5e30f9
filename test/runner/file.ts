/**
 * Runs one test file in its own process and judges the result. The limit is how long it may stand still
 * (`progress.ts`), so that a busy machine does not make a test fail.
 *
 * A file may ask for more time than others in its opening comment: `Time limit: 300 s.`
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Readable } from 'node:stream'
import { setTimeout as timeout } from 'node:timers/promises'
import { roomyDirectory } from '../support/roomy.ts'
import { Progress, type Verdict } from './progress.ts'
import { reportDescriptor, type Report } from './report.ts'
import type { ListedSkip } from './skips.ts'

const child = fileURLToPath(new URL('child.ts', import.meta.url))
const DEFAULT_LIMIT_MS = 120_000
/** How long processes that a test started may stand still after it before they count as left behind. */
const LEFT_BEHIND_MS = 2000
/** The longest wait for the pipes of a process that has ended. */
const CLOSING_MS = 5000
/** Space that the databases of files running side by side may need together. */
const SCRATCH_GIB = 6
/** How often to check that a file makes progress; with a short limit, more often. Each look reads about every process. */
const LOOK_MS = 5000

/** What happened in one file. */
export interface FileResult {
  /** Path from the project's root. */
  file: string
  ms: number
  passed: number
  /** Tests that finished. */
  cases: { title: string; passed: boolean }[]
  /** One line each: a test that failed, or a rule that the file broke. */
  failures: string[]
  skipped: string[]
  /** What the file printed. */
  output: string
}

/**
 * How each file's process runs; those it starts itself inherit it where they take its `execArgv`. Node begins with a young
 * generation of 1 MiB: with sixteen, files that live on a virtual clock need a quarter less of the processor.
 */
const NODE_OPTIONS = ['--min-semi-space-size=16', '--max-semi-space-size=64']

/** Runs a file. Never throws: whatever goes wrong is a failure of the file. */
export async function runFile(
  root: string,
  file: string,
  options: {
    env?: NodeJS.ProcessEnv
    listedSkips?: readonly ListedSkip[]
    limitMs?: number
    /** A module that its process loads first. */
    first?: string
  },
): Promise<FileResult> {
  const limitMs = options.limitMs ?? timeLimit(`${root}/${file}`)
  const first = options.first ? ['--import', options.first] : []
  const ended = await runProcess(process.execPath, [...NODE_OPTIONS, ...first, child, `${root}/${file}`], {
    cwd: root,
    env: options.env ?? process.env,
    limitMs,
  })
  const reports = ended.reports.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Report]))
  return judge(file, reports, ended, limitMs, options.listedSkips ?? [])
}

/** Runs a check that is not a test file (the type check) as one test named after it. */
export async function runCheck(
  root: string,
  name: string,
  command: readonly [string, ...string[]],
  limitMs: number,
): Promise<FileResult> {
  const ended = await runProcess(command[0], command.slice(1), { cwd: root, env: process.env, limitMs })
  const failures = ended.ended
    ? [endedFor(ended.ended, limitMs)]
    : ended.code === 0
      ? []
      : [`${command.join(' ')} ended with ${ended.code ?? ended.signal}`]
  return {
    file: name,
    ms: ended.ms,
    passed: failures.length === 0 ? 1 : 0,
    cases: [],
    failures,
    skipped: [],
    output: ended.output,
  }
}

/** How long a file may stand still: the limit it asks for, or the default. */
export function timeLimit(path: string): number {
  const asked = /^.{0,2000}?[Tt]ime limit: (\d+) s\b/s.exec(readFileSync(path, 'utf8').slice(0, 2000))
  return asked ? Number(asked[1]) * 1000 : DEFAULT_LIMIT_MS
}

interface Running {
  pid: number | undefined
  /** Temporary files of this process and of those it starts. */
  scratch: string
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  ms: number
  output: string
  reports: string
  /** Why it was killed; null if it ended by itself. */
  ended: Verdict | null
  leftBehind: boolean
}

const running = new Set<Running>()

/** Kills everything that is still running, because the runner itself is being stopped. */
export function endAll(): void {
  for (const one of running) {
    endProcessesOf(one)
    rmSync(one.scratch, { recursive: true, force: true })
  }
}

async function runProcess(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; limitMs: number },
): Promise<Ended> {
  const started = performance.now()
  const scratch = mkdtempSync(join(roomyDirectory(SCRATCH_GIB), 'ledgerline-file-'))
  // Under root, databases run as another user, who needs to get through here.
  chmodSync(scratch, 0o755)
  // Its own process group and temporary directory identify whatever it starts, so that it can be killed.
  const process = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.env, TMPDIR: scratch },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const closed = new Promise((resolve) => process.on('close', resolve))
  const output = [gather(process.stdout), gather(process.stderr)]
  const progress = new Progress(options.limitMs, started)
  const spoken = process.stdio[reportDescriptor] as Readable | null
  const reports = gather(spoken)
  spoken?.on('data', () => progress.word(performance.now()))
  const one: Running = { pid: process.pid, scratch }
  running.add(one)
  let ended: Verdict | null = null
  const looking = setInterval(
    () => {
      ended = progress.look(processesOf(one), performance.now())
      if (ended) endProcessesOf(one)
    },
    Math.min(LOOK_MS, options.limitMs / 10),
  )
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    process.on('exit', (code, signal) => resolve({ code, signal }))
    process.on('error', (error) => {
      output.push(() => error.message)
      resolve({ code: 127, signal: null })
    })
  })
  clearInterval(looking)
  const leftBehind = !ended && !(await processesEnd(one, LEFT_BEHIND_MS))
  endProcessesOf(one)
  // The exit of a process can be noticed before its last words have been read.
  await Promise.race([closed, timeout(CLOSING_MS, undefined, { ref: false })])
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  running.delete(one)
  const ms = Math.round(performance.now() - started)
  return { code, signal, ms, output: output.map((read) => read()).join(''), reports: reports(), ended, leftBehind }
}

function gather(stream: Readable | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

function endProcessesOf(one: Running): void {
  for (const pid of processesOf(one)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** Whether the processes end. Those that are still working get the time they need. */
async function processesEnd(one: Running, standingMs: number): Promise<boolean> {
  const progress = new Progress(standingMs, performance.now())
  for (let left = processesOf(one); left.length > 0; left = processesOf(one)) {
    if (progress.look(left, performance.now())) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

function endedFor(verdict: Verdict, limitMs: number): string {
  const limit = `${limitMs / 1000} s`
  if (verdict === 'stands still') return `stood still for ${limit}`
  return verdict === 'runs in a circle'
    ? `ran without a word for several times ${limit}`
    : `not over after many times ${limit}`
}

/**
 * The living processes of a group, and those that work in its temporary directory: a database that must
 * outlive its owner has left the group but names the directory in its command line.
 */
function processesOf({ pid, scratch }: Running): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return (
          state !== 'Z' && (Number(group) === pid || readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(scratch))
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

function judge(
  file: string,
  reports: readonly Report[],
  ended: Ended,
  limitMs: number,
  listed: readonly ListedSkip[],
): FileResult {
  const failures: string[] = []
  const skipped: string[] = []
  const cases: FileResult['cases'] = []
  let passed = 0
  let open: string | null = null
  let done = false
  for (const report of reports) {
    switch (report.say) {
      case 'begin':
        open = report.title
        break
      case 'end':
        open = null
        cases.push({ title: report.title, passed: report.passed })
        if (report.passed) passed++
        else failures.push(`${report.title}: ${firstLine(report.error)}`)
        break
      case 'skip':
        skipped.push(report.title)
        if (!listed.some((skip) => skip.file === file && skip.title === report.title))
          failures.push(`${report.title}: is skipped and not listed with its reason in test/skips.ts`)
        break
      case 'only':
        failures.push(`${report.title}: is marked .only, which hides the file's other tests`)
        break
      case 'hook':
        failures.push(`${report.title}: threw ${firstLine(report.error)}`)
        break
      case 'unrun':
        failures.push(`${report.title}: ${report.tests} tests were never run: .run() is missing`)
        break
      case 'done':
        done = true
        break
      case 'held':
        failures.push(`the tests were over, but the process was held open by ${report.by.join(', ') || 'a timer'}`)
    }
  }
  for (const skip of listed) {
    if (skip.file === file && !skip.sometimes && !skipped.includes(skip.title))
      failures.push(`${skip.title}: is listed in test/skips.ts but is not skipped`)
  }
  if (ended.ended) failures.push(`${open ?? 'the file'}: ${endedFor(ended.ended, limitMs)}`)
  else if (!done)
    failures.push(`${open ?? 'the file'}: the process ended (${ended.code ?? ended.signal}) before the tests were over`)
  else if (passed + failures.length + skipped.length === 0) failures.push('the file has no tests')
  else if (ended.code !== 0 && failures.length === 0)
    failures.push(`every test passed, but the process ended with ${ended.code ?? ended.signal}`)
  if (ended.leftBehind) failures.push('processes that the tests started were left running')
  return { file, ms: ended.ms, passed, cases, failures, skipped, output: ended.output }
}

function firstLine(error: string | null): string {
  return (error ?? '').split('\n', 1)[0]!
}
