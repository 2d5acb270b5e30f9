/**
 * Parses the arguments, runs the command, and reports what went wrong in one line. One file per command; what a command
 * needs is loaded when it runs.
 */
import { Command, CommanderError } from 'commander'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Language } from '@ledgerline/core/kernel/words.ts'
import { describe } from '@ledgerline/core/problems.ts'
import { languageOf } from '../config.ts'
import { problems } from '../problems.ts'
import { benchCommand } from './bench.ts'
import { doctorCommand } from './doctor.ts'
import { importCommand } from './import.ts'
import { logCommand } from './log.ts'
import { rebuildCommand } from './rebuild.ts'
import { replayCommand } from './replay.ts'
import { routeCommand } from './route.ts'
import { simulateCommand } from './simulate.ts'
import { sqlCommand } from './sql.ts'
import type { Terminal } from './terminal.ts'
import { tokenCommand } from './token.ts'
import { upCommand } from './up.ts'
import { oneOf, usageProblem } from './usage.ts'
import { verifyCommand } from './verify.ts'

const commands = [
  upCommand,
  importCommand,
  simulateCommand,
  sqlCommand,
  replayCommand,
  routeCommand,
  rebuildCommand,
  verifyCommand,
  logCommand,
  tokenCommand,
  doctorCommand,
  benchCommand,
]

const chineseTitles: Record<string, string> = {
  'Usage:': '用法：',
  'Arguments:': '参数：',
  'Options:': '选项：',
  'Commands:': '命令：',
  'Global Options:': '通用选项：',
}

/** Runs the command that these arguments ask for. Never throws; returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = programFor(terminal)
  try {
    if (args.length === 0) await terminal.write(program.helpInformation())
    else await program.parseAsync(args, { from: 'user' })
    return terminal.exitCode
  } catch (error) {
    return told(error, args, terminal)
  }
}

/** Looked up before the options are parsed, because the help itself has a language. */
export function languageAsked(args: readonly string[], env: NodeJS.ProcessEnv): Language {
  const at = args.indexOf('--lang')
  const asked =
    (at >= 0 ? args[at + 1] : args.find((word) => word.startsWith('--lang='))?.slice('--lang='.length)) ??
    env['LEDGERLINE_LANG']
  return asked === 'zh' || asked === 'en' ? asked : languageOf(env)
}

function programFor(terminal: Terminal): Command {
  const { words } = terminal
  const program = new Command('ops/ledgerline')
    .description(
      words({
        en: 'Ledgerline: a call centre whose only truth is its ledger.',
        zh: 'Ledgerline：以账本为唯一事实的呼叫中心。',
      }),
    )
    .option(
      '--lang <language>',
      words({ en: 'zh or en; otherwise as LANG says', zh: 'zh 或 en，默认取自 LANG' }),
      oneOf('--lang', ['zh', 'en']),
    )
    .helpCommand(false)
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => (terminal.language === 'zh' ? (chineseTitles[title] ?? title) : title),
    })
  for (const command of commands) program.addCommand(command(terminal))
  for (const command of withChildren(program)) {
    command
      .copyInheritedSettings(program)
      .helpOption('-h, --help', words({ en: 'shows this help', zh: '显示帮助' }))
      .exitOverride()
      // What commander would print about an error is reported in the reader's language instead.
      .configureOutput({ writeOut: (text) => void terminal.write(text), writeErr: () => {} })
  }
  return program
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)]
}

/** Reports an error; returns the exit code. */
function told(error: unknown, args: readonly string[], terminal: Terminal): number {
  if (error instanceof CommanderError) {
    const problem = usageProblem(error, args)
    return problem ? tell(problem, terminal) : 0
  }
  // Interrupted: the person who pressed Ctrl-C knows.
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') return error.exitCode
  return tell(
    isProblem(error)
      ? error
      : new Problem('unexpected', { reason: error instanceof Error ? error.message : String(error) }, { cause: error }),
    terminal,
  )
}

function tell(problem: Problem, terminal: Terminal): number {
  terminal.complain(describe(problem, terminal.language, problems))
  if (terminal.env['LEDGERLINE_DEBUG'] === '1') terminal.complain(stackOf(problem))
  return 1
}

/** Where it came from, cause by cause. */
function stackOf(error: Error): string {
  const own = error.stack ?? error.message
  return error.cause instanceof Error ? `${own}\n${stackOf(error.cause)}` : own
}
