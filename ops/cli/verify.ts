/**
 * `ops/ledgerline verify`: proves that tables equal the log, or (`--chain`) that the log is what was sealed. The exit
 * code is 1 if not.
 */
import { Command } from 'commander'
import { recordedAhead } from '@ledgerline/adapters/log/postgres/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { describe } from '@ledgerline/core/problems.ts'
import type { Verified } from '@ledgerline/projections/engine/verify.ts'
import { readConfig } from '../config.ts'
import { problems } from '../problems.ts'
import { table } from './table.ts'
import { tellLoss } from './loss.ts'
import { tellParked } from './parked.ts'
import type { Terminal } from './terminal.ts'
import { chainNote } from './usage.ts'
import { verifyTheChain, type ChainOptions } from './verify-chain.ts'

interface Options extends ChainOptions {
  chain?: true
  data?: string
}

const PATIENCE_MS = 10_000

export function verifyCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('verify')
    .description(
      words({
        en: 'folds the ledger from scratch and compares: do the tables equal it?',
        zh: '重新折叠账本并比对：数据表是否与账本一致',
      }),
    )
    .argument('[model...]', words({ en: 'read models; by default all', zh: '读模型，缺省为全部' }))
    .option(
      '--chain',
      words({
        en: 'checks instead whether the ledger itself is what was sealed',
        zh: '改为验证账本自身：是否与封存内容一致',
      }),
    )
    .option(
      '--expect <note>',
      words({
        en: 'with --chain: a digest noted earlier, which the ledger must still have',
        zh: '与 --chain 同用：此前记录的摘要，账本必须仍与之相符',
      }),
      chainNote('--expect'),
    )
    .option(
      '--since <note>',
      words({
        en: 'with --chain: only what came after a digest noted earlier',
        zh: '与 --chain 同用：只验证此前记录的摘要之后的内容',
      }),
      chainNote('--since'),
    )
    .option(
      '--key <file>',
      words({
        en: 'with --chain: your public key (PEM); only what was signed with it counts',
        zh: '与 --chain 同用：您的公钥（PEM 文件），只认可由其签名的内容',
      }),
    )
    .option(
      '--signatures',
      words({
        en: 'with --chain: which digest was signed when, and with which key',
        zh: '与 --chain 同用：列出每次签名的时间、密钥与摘要',
      }),
    )
    .option('--json', words({ en: 'the result as JSON', zh: '以 JSON 输出结果' }))
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .action((models: string[], options: Options) =>
      options.chain ? chain(terminal, models, options) : verify(terminal, models, options),
    )
}

async function chain(terminal: Terminal, models: string[], options: Options): Promise<void> {
  if (models.length > 0) throw new Problem('usage.conflict', { one: '--chain', other: models[0]! })
  return verifyTheChain(terminal, readConfig(terminal.env, options), options)
}

async function verify(terminal: Terminal, models: string[], options: Options): Promise<void> {
  for (const name of ['expect', 'since', 'key', 'signatures'] as const)
    if (options[name])
      throw new Problem(
        'usage.missing',
        { what: '--chain', help: 'ops/ledgerline verify --help' },
        { where: `--${name}` },
      )
  const [{ withInstallation }, { catchUp, engineOf }, { lossOf }] = await Promise.all([
    import('../installation/installation.ts'),
    import('../installation/catch-up.ts'),
    import('../installation/ledger-loss.ts'),
  ])
  const { verified, loss, recordedUntil } = await withInstallation(
    { config: readConfig(terminal.env, options), use: 'read', notes: terminal },
    async (installation) => {
      await catchUp(installation, { notes: terminal, patienceMs: PATIENCE_MS })
      const progress = terminal.progress(terminal.words({ en: 'folding afresh', zh: '重新折叠' }))
      const verified = await engineOf(installation, terminal)
        .verify(models, { signal: installation.signal, onProgress: (_lane, events) => progress.at(events, null) })
        .finally(() => progress.end())
      // Tables may equal a ledger from which events are gone.
      const comparing = terminal.progress(terminal.words({ en: 'comparing with the seals', zh: '与封存内容比对' }))
      const loss = await lossOf(installation, (events) => comparing.at(events, null)).finally(() => comparing.end())
      return { verified, loss, recordedUntil: installation.eventLog.recordedUntil?.() ?? null }
    },
  )
  const { missing, accepted } = loss
  if (!verified.equal || !missing.isAccepted) terminal.exitCode = 1
  if (options.json)
    return terminal.json({
      ...verified,
      lost: { ...missing, acceptedBy: accepted.map(({ actor, at, data }) => ({ actor, at, events: data.events })) },
      recordedUntil,
    })
  await tellResult(terminal, verified)
  const last = accepted.at(-1)
  if (!missing.isAccepted) {
    await tellLoss(terminal, missing)
    await terminal.line(
      terminal.words({
        en: 'The ledger itself is NOT complete: what the tables equal lacks these. Restore a backup.',
        zh: '账本本身不完整：数据表与之一致，但均缺少上述内容。请恢复备份。',
      }),
    )
  } else if (last) await tellLoss(terminal, last.data, last)
  if (recordedUntil !== null) await terminal.line(describe(recordedAhead(recordedUntil), terminal.language, problems))
}

async function tellResult(terminal: Terminal, verified: Verified): Promise<void> {
  const { words } = terminal
  const rows = verified.models.map(({ model, rows, differing, parked }) => [
    model,
    rows,
    differing,
    parked.length,
    differing === 0 ? words({ en: 'equal', zh: '一致' }) : words({ en: 'NOT EQUAL', zh: '不一致' }),
  ])
  for (const row of table(
    [
      words({ en: 'model', zh: '读模型' }),
      words({ en: 'rows', zh: '行数' }),
      words({ en: 'differing', zh: '差异' }),
      words({ en: 'parked', zh: '搁置' }),
      '',
    ],
    rows,
  ))
    await terminal.line(row)
  for (const { model, differences, parked } of verified.models) {
    for (const { tenant, key, what, columns } of differences) {
      const where = `${model} ${tenant} ${Object.values(key).join(' ')}`
      const said = {
        missing: words({ en: 'is missing', zh: '缺失' }),
        unexpected: words({ en: 'should not be there', zh: '多余' }),
        different: words({ en: `differs in ${columns.join(', ')}`, zh: `字段不同：${columns.join('、')}` }),
      }[what]
      await terminal.line(`  ${where} ${said}`)
    }
    await tellParked(terminal, parked)
  }
  for (const model of verified.pending)
    await terminal.line(
      `  ${words({ en: `${model} is being built: there is nothing to compare yet`, zh: `${model} 正在建立，暂无可比对的数据` })}`,
    )
  const seconds = (verified.tookMs / 1000).toFixed(1)
  const events = terminal.number(verified.events)
  await terminal.line('')
  await terminal.line(
    verified.equal
      ? words({
          en: `The tables equal the ledger (${events} events folded from scratch in ${seconds} s).`,
          zh: `数据表与账本一致（重新折叠 ${events} 个事件，用时 ${seconds} 秒）。`,
        })
      : words({
          en: 'The tables do NOT equal the ledger. `ops/ledgerline rebuild` folds them again.',
          zh: '数据表与账本不一致，可用 ops/ledgerline rebuild 重新生成。',
        }),
  )
}
