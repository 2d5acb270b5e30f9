/** `ops/ledgerline log copy`: moves the ledger to another log, such as from PostgreSQL to EventStoreDB, and proves that it arrived. */
import { Command } from 'commander'
import { ensureDatabase } from '@ledgerline/adapters/postgres/presence.ts'
import type { Copied, CopyFinding, CopyVerified } from '@ledgerline/adapters/log/transfer.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { readConfig } from '../config.ts'
import type { Terminal } from './terminal.ts'
import { logAddress } from './usage.ts'

interface Options {
  from?: string
  to?: string
  verify?: true
  json?: true
  data?: string
}

/** The answer of the command with `--json`. */
interface Result extends CopyVerified {
  /** Null if it was only verified. */
  copy: Copied | null
  /** Events arrived in the original meanwhile: it is in use. */
  wentOn: boolean
  tookMs: number
}

export function logCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('log').description(words({ en: 'moves the ledger', zh: '迁移账本' })).addCommand(
    new Command('copy')
      .description(
        words({
          en: 'copies every event of one log into another and compares them; run again, it continues where it stopped',
          zh: '将日志的全部事件复制到另一个日志并逐一比对；再次运行时从中断处继续',
        }),
      )
      .option(
        '--from <address>',
        words({
          en: 'the log to copy: postgres://… or esdb://…; otherwise the PostgreSQL log of the data directory or of DATABASE_URL',
          zh: '源日志：postgres://… 或 esdb://…；缺省为数据目录或 DATABASE_URL 的 PostgreSQL 日志',
        }),
        logAddress('--from'),
      )
      .requiredOption(
        '--to <address>',
        words({ en: 'the log to copy to: empty, or copied to before', zh: '目标日志：空日志，或此前复制过的日志' }),
        logAddress('--to'),
      )
      .option('--verify', words({ en: 'copies nothing, only compares', zh: '不复制，仅比对' }))
      .option('--json', words({ en: 'the result as JSON', zh: '以 JSON 输出结果' }))
      .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
      .action((options: Options) => copy(terminal, options)),
  )
}

async function copy(terminal: Terminal, options: Options): Promise<void> {
  const to = options.to!
  const { untilInterrupted, withDatabases } = await import('../installation/installation.ts')
  const work = (from: string, tables: string | null) => (signal: AbortSignal) =>
    carryOut(terminal, { from, tables, to, onlyVerify: options.verify === true }, signal)
  const result = options.from
    ? await untilInterrupted(work(options.from, null))
    : await withDatabases(
        { config: readConfig(terminal.env, options), use: 'read', notes: terminal },
        ({ log, tables, signal }) => work(log, tables)(signal),
      )
  if (!result.equal) terminal.exitCode = 1
  return options.json ? terminal.json(result) : tell(terminal, result)
}

/** From where and to where; `tables`: those of the house that is to use the log. */
interface Way {
  from: string
  tables: string | null
  to: string
  onlyVerify: boolean
}

async function carryOut(
  terminal: Terminal,
  { from: fromUrl, tables, to: toUrl, onlyVerify }: Way,
  signal: AbortSignal,
): Promise<Result> {
  const [{ isEventStore, openLog }, { copyLog, verifyCopy }, { refuseLogOfNobody }] = await Promise.all([
    import('@ledgerline/adapters/log/open.ts'),
    import('@ledgerline/adapters/log/transfer.ts'),
    import('@ledgerline/projections/engine/origin.ts'),
  ])
  const began = performance.now()
  await using closing = new AsyncDisposableStack()
  const from = closing.adopt(await openLog({ url: fromUrl }), (log) => log.close())
  try {
    if (tables !== null) await refuseLogOfNobody(tables, from)
  } catch (error) {
    throw isProblem(error, 'tables.other_log') ? new Problem('log.elsewhere') : error
  }
  if (!onlyVerify && !isEventStore(toUrl)) await ensureDatabase(toUrl, besides(toUrl))
  const to = closing.adopt(await openLog({ url: toUrl }), (log) => log.close())
  const { words } = terminal
  const phases = {
    compared: terminal.progress(words({ en: 'comparing what is there', zh: '比对已有事件' })),
    copied: terminal.progress(words({ en: 'copying', zh: '复制' })),
    verified: terminal.progress(words({ en: 'comparing', zh: '比对' })),
  }
  let shown: keyof typeof phases | null = null
  const end = () => shown && phases[shown].end()
  const onProgress = (phase: keyof typeof phases, events: number) => {
    if (phase !== shown) end()
    shown = phase
    phases[phase].at(events, null)
  }
  try {
    const transfer = { from, to, signal, onProgress }
    const copied = onlyVerify ? null : await copyLog(transfer)
    const verified = await verifyCopy(transfer, copied?.upTo)
    const head = await from.head()
    return {
      ...verified,
      copy: copied,
      wentOn: copied !== null && head !== null && head > copied.upTo,
      tookMs: performance.now() - began,
    }
  } finally {
    end()
  }
}

/** A database that every server has. */
function besides(url: string): string {
  const beside = new URL(url)
  beside.pathname = '/postgres'
  return beside.href
}

async function tell(
  terminal: Terminal,
  { equal, events, finding, copy: copied, wentOn, tookMs }: Result,
): Promise<void> {
  const { words } = terminal
  const [seconds, count] = [(tookMs / 1000).toFixed(1), terminal.number(events)]
  if (copied)
    await terminal.line(
      words({
        en: `${terminal.number(copied.copied)} events copied, ${terminal.number(copied.found)} were already there.`,
        zh: `复制 ${terminal.number(copied.copied)} 个事件，另有 ${terminal.number(copied.found)} 个此前已在目标日志中。`,
      }),
    )
  if (finding) await terminal.line(said(terminal, finding))
  if (!equal) return terminal.line(words({ en: 'The copy does NOT equal the original.', zh: '副本与原日志不一致。' }))
  if (events === 0) throw new Problem('log.empty')
  await terminal.line(
    words({
      en: `The copy equals the original: ${count} events, each compared, in their order (${seconds} s).`,
      zh: `副本与原日志一致：${count} 个事件逐一比对，顺序相同（${seconds} 秒）。`,
    }),
  )
  if (wentOn)
    await terminal.line(
      words({
        en: 'Events arrived in the original meanwhile. Stop what writes to it, and run this again: it copies the rest.',
        zh: '其间原日志又有新事件。请停止写入后再次运行，将复制其余部分。',
      }),
    )
  else if (copied)
    await terminal.line(
      words({
        en: 'Now start the house with the new log (EVENT_LOG, or LOG_DATABASE_URL) and fold the tables from it: ops/ledgerline rebuild --other-log.',
        zh: '现在可用新日志启动（EVENT_LOG 或 LOG_DATABASE_URL），并由其重新生成数据表：ops/ledgerline rebuild --other-log。',
      }),
    )
}

function said(
  terminal: Terminal,
  { after, what, event: { type, id, stream, revision, position } }: CopyFinding,
): string {
  const which = `${type} ${id}, ${stream} ${revision}`
  const count = terminal.number(after)
  const sentences = {
    missing: { en: `ends; the original continues with ${which}`, zh: `到此为止；原日志此后为 ${which}` },
    extra: { en: `continues where the original ends, with ${which}`, zh: `在原日志结束之后仍有 ${which}` },
    other: { en: `contains another event, ${which}`, zh: `存在其他事件 ${which}` },
    type: { en: `has another type of ${which}`, zh: `类型不同：${which}` },
    data: { en: `has other data of ${which}`, zh: `数据不同：${which}` },
    metadata: { en: `has other metadata of ${which}`, zh: `元数据不同：${which}` },
    recordedAt: { en: `has another time of recording of ${which}`, zh: `记录时间不同：${which}` },
  } satisfies Record<CopyFinding['what'], Words>
  const { en, zh } = sentences[what]
  return terminal.words({
    en: `After ${count} events (position ${position}) the copy ${en}.`,
    zh: `在 ${count} 个事件之后（位置 ${position}），副本${zh}。`,
  })
}
