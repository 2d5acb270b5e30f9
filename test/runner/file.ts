/**
 * Runs one test file in a process of its own, under a time limit, and judges what came of it.
 *
 * A file may ask for more time than others in its opening comment: `Time limit: 300 s.`
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Readable } from 'node:stream'
import { reportDescriptor, type Report } from './report.ts'
import type { ListedSkip } from './skips.ts'

const child = fileURLToPath(new URL('child.ts', import.meta.url))
const DEFAULT_LIMIT_MS = 120_000
/** Processes that a test started may take this long to end after it. */
const LEFT_BEHIND_MS = 2000

/** What happened in one file. */
export interface FileResult {
  /** Path from the project's root. */
  file: string
  ms: number
  passed: number
  /** One line each: a test that failed, or a rule that the file broke. */
  failures: string[]
  skipped: string[]
  /** What the file printed. */
  output: string
}

/** Runs a file. Never throws: whatever goes wrong is a failure of the file. */
export async function runFile(root: string, file: string, options: { env?: NodeJS.ProcessEnv; listedSkips?: readonly ListedSkip[]; limitMs?: number }): Promise<FileResult> {
  const limitMs = options.limitMs ?? timeLimit(`${root}/${file}`)
  const ended = await runProcess(process.execPath, [child, `${root}/${file}`], { cwd: root, env: options.env ?? process.env, limitMs })
  const reports = ended.reports.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Report]))
  return judge(file, reports, ended, limitMs, options.listedSkips ?? [])
}

/** Runs a check that is no test file (the type check) as one test named after it. */
export async function runCheck(root: string, name: string, command: readonly [string, ...string[]], limitMs: number): Promise<FileResult> {
  const ended = await runProcess(command[0], command.slice(1), { cwd: root, env: process.env, limitMs })
  const failures = ended.timedOut ? [`took longer than ${limitMs / 1000} s`] : ended.code === 0 ? [] : [`${command.join(' ')} ended with ${ended.code ?? ended.signal}`]
  return { file: name, ms: ended.ms, passed: failures.length === 0 ? 1 : 0, failures, skipped: [], output: ended.output }
}

/** The time that a file asks for, or that it gets. */
export function timeLimit(path: string): number {
  const asked = /^.{0,2000}?[Tt]ime limit: (\d+) s\b/s.exec(readFileSync(path, 'utf8').slice(0, 2000))
  return asked ? Number(asked[1]) * 1000 : DEFAULT_LIMIT_MS
}

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  ms: number
  output: string
  reports: string
  timedOut: boolean
  leftBehind: boolean
}

const running = new Set<number>()

/** Ends every process group that is still running (the runner itself is being stopped). */
export function endAll(): void {
  for (const pid of running) endGroup(pid)
}

async function runProcess(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv; limitMs: number }): Promise<Ended> {
  const started = performance.now()
  // A process group of its own: what the file started is ended with it.
  const process = spawn(command, args, { cwd: options.cwd, env: options.env, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const output = [gather(process.stdout), gather(process.stderr)]
  const reports = gather(process.stdio[reportDescriptor] as Readable | null)
  const pid = process.pid
  if (pid !== undefined) running.add(pid)
  let timedOut = false
  const limit = setTimeout(() => {
    timedOut = true
    if (pid !== undefined) endGroup(pid)
  }, options.limitMs)
  const { code, signal } = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    process.on('exit', (code, signal) => resolve({ code, signal }))
    process.on('error', (error) => {
      output.push(() => error.message)
      resolve({ code: 127, signal: null })
    })
  })
  clearTimeout(limit)
  const leftBehind = pid !== undefined && !timedOut && !(await groupEnds(pid, LEFT_BEHIND_MS))
  if (pid !== undefined) {
    if (leftBehind) endGroup(pid)
    running.delete(pid)
  }
  const ms = Math.round(performance.now() - started)
  return { code, signal, ms, output: output.map((read) => read()).join(''), reports: reports(), timedOut, leftBehind }
}

function gather(stream: Readable | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

async function groupEnds(pid: number, withinMs: number): Promise<boolean> {
  for (const until = performance.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    try {
      process.kill(-pid, 0)
    } catch {
      return true
    }
    if (performance.now() > until) return false
  }
}

function judge(file: string, reports: readonly Report[], ended: Ended, limitMs: number, listed: readonly ListedSkip[]): FileResult {
  const failures: string[] = []
  const skipped: string[] = []
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
        if (report.passed) passed++
        else failures.push(`${report.title}: ${firstLine(report.error)}`)
        break
      case 'skip':
        skipped.push(report.title)
        if (!listed.some((skip) => skip.file === file && skip.title === report.title)) failures.push(`${report.title}: is skipped and not listed with its reason in test/skips.ts`)
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
    if (skip.file === file && !skip.sometimes && !skipped.includes(skip.title)) failures.push(`${skip.title}: is listed in test/skips.ts but is not skipped`)
  }
  if (ended.timedOut) failures.push(`${open ?? 'the file'}: not over after ${limitMs / 1000} s`)
  else if (!done) failures.push(`${open ?? 'the file'}: the process ended (${ended.code ?? ended.signal}) before the tests were over`)
  else if (passed + failures.length + skipped.length === 0) failures.push('the file has no tests')
  else if (ended.code !== 0 && failures.length === 0) failures.push(`every test passed, but the process ended with ${ended.code ?? ended.signal}`)
  if (ended.leftBehind) failures.push('processes that the tests started were left running')
  return { file, ms: ended.ms, passed, failures, skipped, output: ended.output }
}

function firstLine(error: string | null): string {
  return (error ?? '').split('\n', 1)[0]!
}
