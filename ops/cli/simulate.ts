/** `ops/ledgerline simulate`: the real switchboard on a virtual clock, and what it measures. */
import { Command } from 'commander'
import type { Simulation } from '../simulate.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { positiveNumber, wholeNumber } from './usage.ts'

interface Options {
  callsPerHour: number
  talk: number
  agents: number
  patience?: number
  hours: number
  seed: number
  json?: true
}

export function simulateCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('simulate')
    .description(words('runs the real ACD on a virtual clock and prints its measures', '在虚拟时钟上运行真实的 ACD 并输出指标'))
    .requiredOption('--calls-per-hour <n>', words('callers an hour, at random (Poisson)', '每小时来电数（泊松到达）'), positiveNumber('--calls-per-hour', 1_000_000))
    .requiredOption('--talk <seconds>', words('mean talk (exponential)', '平均通话时长（秒，指数分布）'), positiveNumber('--talk', 86_400))
    .requiredOption('--agents <n>', words('agents, ready all the time', '坐席数，始终就绪'), wholeNumber('--agents', 1, 10_000))
    .option('--patience <seconds>', words('mean patience (exponential); without it nobody hangs up', '平均耐心（秒，指数分布），缺省则无人放弃'), positiveNumber('--patience', 86_400))
    .option('--hours <hours>', words('hours to be measured, after a warm-up', '测量的小时数（不含预热）'), positiveNumber('--hours', 100_000), 100)
    .option('--seed <n>', words('the same seed gives the same result', '相同的种子得到相同的结果'), wholeNumber('--seed', 0, 2 ** 32 - 1), 1)
    .option('--json', words('the measures as JSON', '以 JSON 输出指标'))
    .action((options: Options) => simulate(terminal, options))
}

async function simulate(terminal: Terminal, options: Options): Promise<void> {
  const { simulate: run } = await import('../simulate.ts')
  const { Interrupted } = await import('../house.ts')
  const interrupt = new AbortController()
  process.once('SIGINT', (signal) => interrupt.abort(new Interrupted(signal)))
  const { callsPerHour, talk, agents, patience, hours, seed } = options
  const progress = terminal.progress(terminal.words('simulating', '模拟'))
  const simulation = await run({
    callsPerHour,
    talkS: talk,
    agents,
    hours,
    seed,
    signal: interrupt.signal,
    progress: (done) => progress.at(Math.round(done * 100), 100),
    ...(patience === undefined ? {} : { patienceS: patience }),
  }).finally(() => progress.end())
  return options.json ? terminal.json(simulation) : tellMeasures(terminal, simulation)
}

async function tellMeasures(terminal: Terminal, { ci95, ...measures }: Simulation): Promise<void> {
  const { words } = terminal
  const named: [keyof typeof measures, string, digits: number, unit: string][] = [
    ['offered', words('offered', '呼入'), 0, ''],
    ['answered', words('answered', '接通'), 0, ''],
    ['abandoned', words('abandoned', '放弃'), 0, ''],
    ['waited_ratio', words('waited at all', '需等待比例'), 2, '%'],
    ['service_level_20', words('answered within 20 s', '20 秒接通率'), 2, '%'],
    ['asa_s', words('mean wait of answered', '平均应答速度'), 2, 's'],
    ['abandon_ratio', words('abandoned, of offered', '放弃率'), 2, '%'],
    ['occupancy', words('occupancy', '占用率'), 2, '%'],
  ]
  const shown = (value: number | null, digits: number, unit: string) => (value === null ? '–' : `${(unit === '%' ? value * 100 : value).toFixed(digits)}${unit === '' ? '' : ` ${unit}`}`)
  const rows = named.map(([name, label, digits, unit]) => [label, shown(measures[name], digits, unit), `± ${shown(ci95[name], digits, unit)}`])
  for (const row of table([words('measure', '指标'), words('value', '数值'), '95 %'], rows)) await terminal.line(row)
}
