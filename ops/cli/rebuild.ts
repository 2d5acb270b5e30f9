/**
 * `ops/ledgerline rebuild`: folds read models again from the ledger and swaps their tables while they are being read.
 */
import { Command } from 'commander'
import type { Missing } from '@ledgerline/adapters/log/chain/whole.ts'
import { readConfig } from '../config.ts'
import { tellLoss } from './loss.ts'
import { tellParked } from './parked.ts'
import type { Terminal } from './terminal.ts'

interface Options {
  acceptLoss?: true
  otherLog?: true
  json?: true
  data?: string
}

export function rebuildCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('rebuild')
    .description(
      words({
        en: 'folds read models again from the ledger and swaps their tables',
        zh: '从账本重新生成读模型并替换其数据表',
      }),
    )
    .argument('[model...]', words({ en: 'read models; by default all', zh: '读模型，缺省为全部' }))
    .option(
      '--other-log',
      words({
        en: 'the ledger was moved: folds all tables from the log named now',
        zh: '账本已迁移：由当前指定的日志重新生成全部数据表',
      }),
    )
    .option(
      '--accept-loss',
      words({
        en: 'events are gone from the ledger: records what is missing, and folds without it',
        zh: '账本中有事件缺失：记录缺失内容，并在其缺失的情况下生成',
      }),
    )
    .option('--json', words({ en: 'the result as JSON', zh: '以 JSON 输出结果' }))
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .action((models: string[], options: Options) => rebuild(terminal, models, options))
}

async function rebuild(terminal: Terminal, models: string[], options: Options): Promise<void> {
  const [{ withInstallation }, { engineOf }, { acceptLoss }] = await Promise.all([
    import('../installation/installation.ts'),
    import('../installation/catch-up.ts'),
    import('../installation/ledger-loss.ts'),
  ])
  let lost: Missing | null = null
  const rebuilt = await withInstallation(
    { config: readConfig(terminal.env, options), use: 'read', notes: terminal },
    async (installation) => {
      const engine = engineOf(installation, terminal)
      await engine.prepare({ anyLog: options.otherLog === true })
      if (options.acceptLoss) {
        const comparing = terminal.progress(terminal.words({ en: 'comparing', zh: '比对' }))
        lost = await acceptLoss(installation, (events) => comparing.at(events, null)).finally(() => comparing.end())
      }
      const progress = terminal.progress(terminal.words({ en: 'folding', zh: '折叠' }))
      return engine
        .rebuild(models, { signal: installation.signal, onProgress: (_lane, events) => progress.at(events, null) })
        .finally(() => progress.end())
    },
  )
  if (options.json) return terminal.json({ ...rebuilt, lost })
  if (lost) await tellLoss(terminal, lost)
  const [events, took, swap] = [
    terminal.number(rebuilt.events),
    (rebuilt.tookMs / 1000).toFixed(1),
    Math.round(rebuilt.swapMs),
  ]
  await terminal.line(
    terminal.words({
      en: `${rebuilt.models.join(', ')}: folded again from ${events} events in ${took} s, swapped in ${swap} ms.`,
      zh: `${rebuilt.models.join('、')}：已由 ${events} 个事件重新生成，用时 ${took} 秒，替换 ${swap} 毫秒。`,
    }),
  )
  if (rebuilt.parked.length === 0) return
  const count = terminal.number(rebuilt.parked.length)
  await terminal.line(
    terminal.words({
      en: `${count} keys stand still in the new tables too, because of an event that cannot be read or folded:`,
      zh: `因有事件无法读取或处理，新表中仍有 ${count} 个键停止更新：`,
    }),
  )
  await tellParked(terminal, rebuilt.parked)
}
