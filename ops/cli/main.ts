/**
 * The command `ops/ledgerline`: finds out what is asked, in which language, runs it, and tells what went
 * wrong in one line. One file a command; what a command needs is loaded when it runs.
 */
import { Command, CommanderError } from 'commander'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { describe } from '@ledgerline/core/problems.ts'
import { languageOf } from '../config.ts'
import { problems } from '../problems.ts'
import { benchCommand } from './bench.ts'
import { importCommand } from './import.ts'
import { rebuildCommand } from './rebuild.ts'
import { simulateCommand } from './simulate.ts'
import { sqlCommand } from './sql.ts'
import { Terminal } from './terminal.ts'
import { upCommand } from './up.ts'
import { oneOf, usageProblem } from './usage.ts'
import { verifyCommand } from './verify.ts'

const terminal = new Terminal(languageAsked())
const { words } = terminal

const chineseTitles: Record<string, string> = { 'Usage:': '用法：', 'Arguments:': '参数：', 'Options:': '选项：', 'Commands:': '命令：', 'Global Options:': '通用选项：' }

const program = new Command('ops/ledgerline')
  .description(words('Ledgerline: a call centre whose only truth is its ledger.', 'Ledgerline：以账本为唯一事实的呼叫中心。'))
  .option('--lang <language>', words('zh or en; otherwise as LANG says', 'zh 或 en，默认取自 LANG'), oneOf('--lang', ['zh', 'en']))
  .helpOption('-h, --help', words('shows this help', '显示帮助'))
  .helpCommand(false)
  .configureHelp({ showGlobalOptions: true, styleTitle: (title) => (terminal.language === 'zh' ? (chineseTitles[title] ?? title) : title) })

for (const command of [upCommand, importCommand, simulateCommand, sqlCommand, rebuildCommand, verifyCommand, benchCommand]) program.addCommand(command(terminal))

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)]
for (const command of everyCommand(program)) {
  command
    .copyInheritedSettings(program)
    .helpOption('-h, --help', words('shows this help', '显示帮助'))
    .exitOverride()
    // What commander would print is told by `tell`, in the reader's language.
    .configureOutput({ writeErr: () => {} })
}

// Whoever reads our output may stop reading (`… | head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  if (process.argv.length <= 2) program.outputHelp()
  else await program.parseAsync()
} catch (error) {
  tell(error)
}

function tell(error: unknown): void {
  if (error instanceof CommanderError) {
    const problem = usageProblem(error)
    if (problem) fail(problem)
    return
  }
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    process.exitCode = error.exitCode
    return
  }
  fail(isProblem(error) ? error : new Problem('unexpected', { reason: error instanceof Error ? error.message : String(error) }, { cause: error }))
}

function fail(problem: Problem): void {
  process.stderr.write(`${describe(problem, terminal.language, problems)}\n`)
  if (process.env['LEDGERLINE_DEBUG'] === '1') console.error(problem.cause ?? problem)
  process.exitCode = 1
}

/** Looked up before the options are read, because the help itself has a language. */
function languageAsked(): 'zh' | 'en' {
  const at = process.argv.indexOf('--lang')
  const asked = at > 0 ? process.argv[at + 1] : (process.argv.find((word) => word.startsWith('--lang='))?.slice('--lang='.length) ?? process.env['LEDGERLINE_LANG'])
  return asked === 'zh' || asked === 'en' ? asked : languageOf(process.env)
}
