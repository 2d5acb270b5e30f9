/** `ops/ledgerline import`: loads a recorded call log as history, and reports every odd row. */
import { basename } from 'node:path'
import { Command } from 'commander'
import type { ImportReport, UnfinishedImport } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import type { Stall } from '@ledgerline/adapters/import/stalls.ts'
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { readConfig } from '../config.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { readableFile, tenantName } from './usage.ts'

interface Options {
  tenant: string
  json?: true
  data?: string
}

/**
 * How many rows are shown one by one: of those not loaded, and of those merely odd. All of them are counted by kind.
 */
const REFUSED_SHOWN = 1_000
const ODD_SHOWN = 20
/** How long to wait for another process that folds (`up`), ms. */
const PATIENCE_MS = 60_000

export function importCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('import')
    .description(words({ en: 'loads recorded calls as history', zh: '导入历史通话记录' }))
    .addCommand(
      new Command('anonymous-bank')
        .description(
          words({
            en: 'the call log of a bank, 1999 (see fixtures): months as text or .gz',
            zh: '某银行 1999 年的通话记录（见 fixtures），文本或 .gz 月度文件',
          }),
        )
        .argument('<file...>', words({ en: 'month files', zh: '月度文件' }))
        .option(
          '--tenant <name>',
          words({ en: 'the tenant of the history', zh: '历史数据所属企业' }),
          tenantName('--tenant'),
          'anonymous_bank',
        )
        .option('--json', words({ en: 'the report as JSON', zh: '以 JSON 输出报告' }))
        .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
        .action((files: string[], options: Options) => importBank(terminal, files, options)),
    )
}

async function importBank(terminal: Terminal, given: string[], options: Options): Promise<void> {
  const files = given.map(readableFile)
  const config = readConfig(terminal.env, options)
  const [{ importAnonymousBank, UnfinishedImport }, { withInstallation }, { foldWhile }] = await Promise.all([
    import('@ledgerline/adapters/import/anonymous-bank/import.ts'),
    import('../installation/installation.ts'),
    import('../installation/catch-up.ts'),
  ])
  const started = performance.now()
  const ended: { unfinished: UnfinishedImport | null } = { unfinished: null }
  const report = await withInstallation({ config, use: 'write', notes: terminal }, async (installation) => {
    const loading = terminal.progress(terminal.words({ en: 'loading', zh: '导入' }))
    const folding = terminal.progress(terminal.words({ en: 'folding', zh: '汇总' }))
    const load = () =>
      importAnonymousBank({
        files,
        tenant: options.tenant,
        log: installation.eventLog,
        codec: installation.codec,
        signal: installation.signal,
        onStall: (stall) => tellStall(terminal, stall),
        progress: ({ bytes, totalBytes, calls }) =>
          loading.at(bytes, totalBytes, `${terminal.number(calls)} ${terminal.words({ en: 'calls', zh: '通' })}`),
      })
        .catch((error: unknown) => {
          // Whatever it did nevertheless is folded, and reported first.
          if (!(error instanceof UnfinishedImport)) throw error
          ended.unfinished = error
          return error.report
        })
        .finally(() => loading.end())
    // The tables follow while the ledger is written: little is left to do afterwards.
    return foldWhile(
      installation,
      { notes: terminal, patienceMs: PATIENCE_MS, progress: (events) => folding.at(events, null) },
      load,
    ).finally(() => folding.end())
  })
  if (options.json) await terminal.json(report)
  else await tellReport(terminal, report, performance.now() - started)
  if (ended.unfinished) throw ended.unfinished
}

function tellStall(terminal: Terminal, { problem, lastedMs, againInMs }: Stall): void {
  const [lasted, again] = [(lastedMs / 1000).toFixed(1), againInMs === null ? null : (againInMs / 1000).toFixed(1)]
  const reason = String(problem.details['reason'] ?? '')
  if (again === null)
    terminal.note({
      en: `The event log has not answered for ${lasted} s (${reason}): the import stops here.`,
      zh: `事件日志已 ${lasted} 秒无响应（${reason}），导入到此为止。`,
    })
  else
    terminal.note({
      en: `The event log is not answering (${reason}); asked again in ${again} s.`,
      zh: `事件日志无响应（${reason}），${again} 秒后重试。`,
    })
}

async function tellReport(terminal: Terminal, report: ImportReport, tookMs: number): Promise<void> {
  const { words } = terminal
  const figures: [what: Words, value: number][] = [
    [{ en: 'rows read', zh: '读取行数' }, report.rows],
    [{ en: 'calls in the ledger', zh: '已入账通话' }, report.calls],
    [{ en: '  answered', zh: '  接通' }, report.answered],
    [{ en: '  abandoned (hung up in a queue)', zh: '  放弃（排队中挂机）' }, report.abandoned],
    [{ en: '  pre-queue (hung up before)', zh: '  未入队（排队前挂机）' }, report.preQueue],
    [{ en: '  of these already loaded', zh: '  其中此前已导入' }, report.alreadyThere],
    [{ en: 'repeated rows, counted once', zh: '重复行（只计一次）' }, report.repeated],
    [{ en: 'PHANTOM rows, not calls: left out', zh: 'PHANTOM 行（非真实通话），未计入' }, report.phantom],
    [{ en: 'rows not loaded (listed below)', zh: '未导入的行（见下）' }, report.notLoaded],
    [{ en: 'blank lines, not rows', zh: '空行，不计为行' }, report.blank],
  ]
  for (const row of table(
    [words({ en: 'import', zh: '导入' }), ''],
    figures.map(([what, value]) => [words(what), value]),
  ))
    await terminal.line(row)
  const counts = Object.entries(report.counts).sort(([, a], [, b]) => b - a)
  if (counts.length > 0) {
    await terminal.line('')
    for (const row of table([words({ en: 'disorder', zh: '数据异常' }), words({ en: 'rows', zh: '行数' })], counts))
      await terminal.line(row)
  }
  if (report.odd.length > 0) {
    await terminal.line('')
    const [refused, merelyOdd] = [report.odd.filter((odd) => !odd.loaded), report.odd.filter((odd) => odd.loaded)]
    const shown = [...refused.slice(0, REFUSED_SHOWN), ...merelyOdd.slice(0, ODD_SHOWN)]
    const rows = shown.map(({ file, line, field, value, reason, loaded }) => [
      `${basename(file)}:${line}`,
      field,
      value,
      reason,
      loaded ? words({ en: 'loaded', zh: '已导入' }) : words({ en: 'NOT LOADED', zh: '未导入' }),
    ])
    for (const row of table(
      [
        words({ en: 'row', zh: '行' }),
        words({ en: 'field', zh: '字段' }),
        words({ en: 'value', zh: '值' }),
        words({ en: 'reason', zh: '原因' }),
        '',
      ],
      rows,
    ))
      await terminal.line(row)
    if (report.oddRows > shown.length)
      await terminal.line(
        words({
          en: `… and ${terminal.number(report.oddRows - shown.length)} more (--json lists all of them)`,
          zh: `… 另有 ${terminal.number(report.oddRows - shown.length)} 行（用 --json 可全部列出）`,
        }),
      )
  }
  if (report.inTheClear) {
    await terminal.line('')
    await terminal.line(
      words({
        en:
          'An earlier version opened this history: agents already in it by name keep their names, in the clear. ' +
          'Import into a new tenant to have them sealed.',
        zh: '该历史由早期版本创建：其中以姓名（明文）记录的坐席沿用原名。如需加密，请导入新的企业。',
      }),
    )
  }
  await terminal.line('')
  const seconds = (tookMs / 1000).toFixed(1)
  await terminal.line(
    words({
      en: `${terminal.number(report.events)} events in ${seconds} s.`,
      zh: `${terminal.number(report.events)} 个事件，用时 ${seconds} 秒。`,
    }),
  )
}
