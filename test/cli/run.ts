/** The command in a test: in this process if it ends at once, as a separate process if it keeps running. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { languageAsked, run } from '@ledgerline/ops/cli/program.ts'
import { Terminal } from '@ledgerline/ops/cli/terminal.ts'

/** The command's program, `ops/ledgerline` without what it sets up. */
export const main = fileURLToPath(new URL('../../ops/cli/main.ts', import.meta.url))

export interface Ran {
  code: number
  out: string
  err: string
}

/** The output of `ops/ledgerline` for these arguments. In English, unless the environment says otherwise. */
export async function ledgerline(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const said = { out: '', err: '' }
  const sheet = (name: 'out' | 'err') => ({
    write: (text: string) => {
      said[name] += text
      return true
    },
    once: () => {},
  })
  const code = await run(
    args,
    new Terminal({ language: languageAsked(args, env), env, out: sheet('out'), err: sheet('err') }),
  )
  return { code, ...said }
}

/**
 * Starts the command as a process, in its own environment; it need not compile again what Node compiled before, as
 * `ops/ledgerline` ensures.
 */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawn(process.execPath, [...process.execArgv, main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], LANG: 'C.UTF-8', ...env },
  })
}

/** A temporary directory that the database's own user can reach, in case the tests run as root. */
export function openDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'ledgerline-cli-'))
  chmodSync(path, 0o755)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
