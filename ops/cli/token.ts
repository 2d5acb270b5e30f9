/** `ops/ledgerline token`: lets the programs of whoever runs the house use HTTP, for a while. */
import { Command } from 'commander'
import { findMasterKey } from '@ledgerline/adapters/keys/master.ts'
import { OperatorTokens } from '@ledgerline/adapters/access/operator-token.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { readConfig } from '../config.ts'
import type { Terminal } from './terminal.ts'
import { wholeNumber } from './usage.ts'

interface Options {
  minutes?: number
  data?: string
}

const USUAL_MINUTES = 60
const MOST_MINUTES = 24 * 60

export function tokenCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('token')
    .description(
      words({
        en: 'prints a token with which programs on this machine use HTTP as the operator',
        zh: '输出令牌，供本机程序以运维身份调用 HTTP 接口',
      }),
    )
    .option(
      '--minutes <n>',
      words({ en: 'how long it is good (60)', zh: '有效分钟数（默认 60）' }),
      wholeNumber('--minutes', 1, MOST_MINUTES),
    )
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .action(async ({ minutes = USUAL_MINUTES, data }: Options) => {
      const { directory } = readConfig(terminal.env, { data })
      const master = findMasterKey(directory, terminal.env)
      if (!master) throw new Problem('data.none', { directory })
      await terminal.line(new OperatorTokens(master.key).issue(Date.now() + minutes * 60_000))
    })
}
