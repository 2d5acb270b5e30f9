/** The command in a test: in this process for what ends at once, as a process of its own for what runs on. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { languageAsked, run } from '@ledgerline/ops/cli/program.ts'
import { Terminal } from '@ledgerline/ops/cli/terminal.ts'

const main = fileURLToPath(new URL('../../ops/cli/main.ts', import.meta.url))

export interface Ran {
  code: number
  out: string
  err: string
}

/** What `ops/ledgerline` says to these arguments. In English, unless the environment says otherwise. */
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

/** Starts the command as a process, in an environment of its own; what Node compiled before it need not compile again, as `ops/ledgerline` sees to. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], LANG: 'C.UTF-8', ...env },
  })
}

/** A temporary directory that the database's own user can come through, should the tests run as root. */
export function openDirectory(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'ledgerline-cli-'))
  chmodSync(path, 0o755)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
