/** `ops/ledgerline bench`: runs a benchmark of `test/bench` and shows its results beside the bars they must meet. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Command } from 'commander'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { projectRoot } from '../config.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { nearest, wholeNumber } from './usage.ts'

/** The result of a benchmark. */
export interface BenchResult {
  name: string
  /** Processor, cores, memory, versions. */
  machine: string
  cases: {
    case: string
    value: number
    unit: string
    /** The bar it must meet, as text (`≥ 2000`); null for a case that is only for comparison. */
    bar: string | null
    met: boolean | null
  }[]
}

/** What a benchmark may be told; each takes what means something to it. */
export interface BenchOptions {
  events?: number
  rate?: number
  minutes?: number
  concurrent?: number
  sound?: boolean
}

/** A module of `test/bench`. */
interface Bench {
  run(options: BenchOptions): Promise<BenchResult>
}

const directory = `${projectRoot}/test/bench`

export function benchCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('bench')
    .description(words({ en: 'runs a benchmark', zh: '运行基准测试' }))
    .argument('<name>', names().join(', '))
    .option(
      '--events <n>',
      words({ en: 'events in the ledger, if the benchmark creates one', zh: '账本中的事件数（适用于自建账本的测试）' }),
      wholeNumber('--events', 1_000, 100_000_000),
    )
    .option(
      '--rate <n>',
      words({ en: 'calls: only this many calls a second, and half of it', zh: 'calls：只测每秒这么多通电话及其一半' }),
      wholeNumber('--rate', 1, 1_000),
    )
    .option(
      '--minutes <n>',
      words({ en: 'calls: keeps calls going for so long instead', zh: 'calls：改为持续通话这么多分钟' }),
      wholeNumber('--minutes', 1, 600),
    )
    .option(
      '--concurrent <n>',
      words({
        en: 'calls: with --minutes, so many at a time (100)',
        zh: 'calls：与 --minutes 一起使用，同时通话数（100）',
      }),
      wholeNumber('--concurrent', 1, 5_000),
    )
    .option(
      '--sound',
      words({ en: 'calls: with --minutes, with sound both ways', zh: 'calls：与 --minutes 一起使用，双向有声音' }),
    )
    .option('--json', words({ en: 'the results as JSON', zh: '以 JSON 输出结果' }))
    .action((name: string, options: Options) => bench(terminal, name, options))
}

interface Options extends BenchOptions {
  json?: true
}

async function bench(terminal: Terminal, name: string, { json, ...options }: Options): Promise<void> {
  if (!names().includes(name)) {
    const near = nearest(name, names())
    throw near
      ? new Problem('usage.misspelt', { given: name, near, help: 'ops/ledgerline bench --help' })
      : new Problem('bench.unknown', { name, names: names().join(', ') })
  }
  const { run } = (await import(pathToFileURL(`${directory}/${name}.ts`).href)) as Bench
  const result = await run(options)
  if (json) return terminal.json(result)
  const { words } = terminal
  await terminal.line(result.machine)
  const met = (is: boolean | null) =>
    is === null ? '' : is ? words({ en: 'met', zh: '达到' }) : words({ en: 'NOT MET', zh: '未达到' })
  const rows = result.cases.map((each) => [each.case, each.value, each.unit, each.bar, met(each.met)])
  for (const row of table(
    [
      words({ en: 'case', zh: '项目' }),
      words({ en: 'value', zh: '数值' }),
      words({ en: 'unit', zh: '单位' }),
      words({ en: 'bar', zh: '标准' }),
      '',
    ],
    rows,
  ))
    await terminal.line(row)
}

/** The files of `test/bench` that are benchmarks; the others support them. */
function names(): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter(
      (file) =>
        /^[a-z][a-z-]*\.ts$/.test(file) &&
        /^export async function run\b/m.test(readFileSync(`${directory}/${file}`, 'utf8')),
    )
    .map((file) => file.slice(0, -'.ts'.length))
    .sort()
}
