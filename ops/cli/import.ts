/** `ops/ledgerline import`: loads a recorded call log as history, and reports every odd row. */
import { basename } from 'node:path'
import { Command } from 'commander'
import type { ImportReport, UnfinishedImport } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import type { Stall } from '@ledgerline/adapters/import/stalls.ts'
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
  return new Command('import').description(words('loads recorded calls as history', '导入历史通话记录')).addCommand(
    new Command('anonymous-bank')
      .description(
        words(
          'the call log of a bank, 1999 (see fixtures): months as text or .gz',
          '某银行 1999 年的通话记录（见 fixtures），文本或 .gz 月度文件',
        ),
      )
      .argument('<file...>', words('month files', '月度文件'))
      .option(
        '--tenant <name>',
        words('the tenant of the history', '历史数据所属企业'),
        tenantName('--tenant'),
        'anonymous_bank',
      )
      .option('--json', words('the report as JSON', '以 JSON 输出报告'))
      .option('--data <directory>', words('the data directory', '数据目录'))
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
    const loading = terminal.progress(terminal.words('loading', '导入'))
    const folding = terminal.progress(terminal.words('folding', '汇总'))
    const load = () =>
      importAnonymousBank({
        files,
        tenant: options.tenant,
        log: installation.eventLog,
        codec: installation.codec,
        signal: installation.signal,
        onStall: (stall) => tellStall(terminal, stall),
        progress: ({ bytes, totalBytes, calls }) =>
          loading.at(bytes, totalBytes, `${terminal.number(calls)} ${terminal.words('calls', '通')}`),
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
    terminal.note(
      `The event log has not answered for ${lasted} s (${reason}): the import stops here.`,
      `事件日志已 ${lasted} 秒无响应（${reason}），导入到此为止。`,
    )
  else
    terminal.note(
      `The event log is not answering (${reason}); asked again in ${again} s.`,
      `事件日志无响应（${reason}），${again} 秒后重试。`,
    )
}

async function tellReport(terminal: Terminal, report: ImportReport, tookMs: number): Promise<void> {
  const { words } = terminal
  const figures: [en: string, zh: string, value: number][] = [
    ['rows read', '读取行数', report.rows],
    ['calls in the ledger', '已入账通话', report.calls],
    ['  answered', '  接通', report.answered],
    ['  abandoned (hung up in a queue)', '  放弃（排队中挂机）', report.abandoned],
    ['  pre-queue (hung up before)', '  未入队（排队前挂机）', report.preQueue],
    ['  of these already loaded', '  其中此前已导入', report.alreadyThere],
    ['repeated rows, counted once', '重复行（只计一次）', report.repeated],
    ['PHANTOM rows, not calls: left out', 'PHANTOM 行（非真实通话），未计入', report.phantom],
    ['rows not loaded (listed below)', '未导入的行（见下）', report.notLoaded],
    ['blank lines, not rows', '空行，不计为行', report.blank],
  ]
  for (const row of table(
    [words('import', '导入'), ''],
    figures.map(([en, zh, value]) => [words(en, zh), value]),
  ))
    await terminal.line(row)
  const counts = Object.entries(report.counts).sort(([, a], [, b]) => b - a)
  if (counts.length > 0) {
    await terminal.line('')
    for (const row of table([words('disorder', '数据异常'), words('rows', '行数')], counts)) await terminal.line(row)
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
      loaded ? words('loaded', '已导入') : words('NOT LOADED', '未导入'),
    ])
    for (const row of table(
      [words('row', '行'), words('field', '字段'), words('value', '值'), words('reason', '原因'), ''],
      rows,
    ))
      await terminal.line(row)
    if (report.oddRows > shown.length)
      await terminal.line(
        words(
          `… and ${terminal.number(report.oddRows - shown.length)} more (--json lists all of them)`,
          `… 另有 ${terminal.number(report.oddRows - shown.length)} 行（用 --json 可全部列出）`,
        ),
      )
  }
  if (report.inTheClear) {
    await terminal.line('')
    await terminal.line(
      words(
        'An earlier version opened this history: agents already in it by name keep their names, in the clear. ' +
          'Import into a new tenant to have them sealed.',
        '该历史由早期版本创建：其中以姓名（明文）记录的坐席沿用原名。如需加密，请导入新的企业。',
      ),
    )
  }
  await terminal.line('')
  const seconds = (tookMs / 1000).toFixed(1)
  await terminal.line(
    words(
      `${terminal.number(report.events)} events in ${seconds} s.`,
      `${terminal.number(report.events)} 个事件，用时 ${seconds} 秒。`,
    ),
  )
}
