/**
 * Live runs: which test files can run with the servers that the environment names, what the results were, and whether
 * they are older than the code they cover.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { LiveServer, ReadyServer } from '../live/servers.ts'
import type { FileResult } from './file.ts'

/** The dated result of a live run, as stored in `test/live/result-NAME.json`. */
export interface LiveResult {
  /** UTC. */
  date: string
  /** The project's commit; null without git. */
  commit: string | null
  server: ReadyServer['server']
  cases: { name: string; outcome: 'passed' | 'failed' }[]
  passed: number
  failed: number
}

const resultPath = (root: string, { name }: LiveServer): string => `${root}/test/live/result-${name}.json`

/** The settings that a test file asks for in its opening comment and that are missing. */
export function lacking(path: string, env: NodeJS.ProcessEnv): string[] {
  const needs = /^.{0,2000}?\bNeeds: ([A-Z_]+(?:, [A-Z_]+)*)\./s.exec(readFileSync(path, 'utf8').slice(0, 2000))
  return (needs?.[1]!.split(', ') ?? []).filter((setting) => !env[setting])
}

export function writeResult(
  root: string,
  of: LiveServer,
  server: ReadyServer['server'],
  results: readonly FileResult[],
): void {
  const sum = (count: (result: FileResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0)
  const result: LiveResult = {
    date: new Date().toISOString(),
    commit: git(root, 'rev-parse', 'HEAD').said,
    server,
    cases: results.flatMap(({ cases }) =>
      cases.map(({ title, passed }) => ({ name: title, outcome: passed ? ('passed' as const) : ('failed' as const) })),
    ),
    passed: sum(({ passed }) => passed),
    failed: sum(({ failures }) => failures.length),
  }
  // One case per line, so that a diff shows what changed between two runs.
  const lines = result.cases.map((one) => `    ${JSON.stringify(one)}`).join(',\n')
  writeFileSync(
    resultPath(root, of),
    `${JSON.stringify({ ...result, cases: [] }, null, 2).replace('"cases": []', () => `"cases": [\n${lines}\n  ]`)}\n`,
  )
}

/** A warning that a server's last result is missing or older than the code it covers; null if it is fine or git cannot tell. */
export function oldResult(root: string, of: LiveServer): string | null {
  const { said: changed } = git(root, 'log', '-1', '--format=%H', '--', of.proves)
  if (!changed) return null
  const result = readResult(root, of)
  if (!result) return `${of.proves} was never run against a real server: ops/test --live`
  if (!result.commit) return null
  const { code } = git(root, 'merge-base', '--is-ancestor', changed, result.commit)
  // 128: the history here does not go back that far.
  if (code !== 1) return null
  return `${of.proves} changed after its last run against a real server (${result.server.name} ${result.server.version}, ${result.date.slice(0, 10)}): ops/test --live`
}

function readResult(root: string, of: LiveServer): LiveResult | null {
  try {
    return JSON.parse(readFileSync(resultPath(root, of), 'utf8')) as LiveResult
  } catch {
    return null
  }
}

/** Git's exit code and output; null if it gave no answer. */
function git(root: string, ...args: string[]): { code: number | null; said: string | null } {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return { code: status, said: status === 0 ? stdout.trim() : null }
}
