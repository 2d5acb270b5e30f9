/** `ops/ledgerline simulate`: the real switchboard on a virtual clock: callers at random, or a recorded day with other people, strategy or rules. */
import { Command } from 'commander'
import type { Fault } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { strategies, type Strategy } from '@ledgerline/core/queue/strategies.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { readConfig } from '../config.ts'
import type { DayOnRecord } from '../simulate/day-on-record.ts'
import type { Change, PlannedShift } from '../simulate/change.ts'
import { tellMeasures, tellWhatIf } from './simulate-tables.ts'
import type { Terminal } from './terminal.ts'
import { calendarDay, faultPlan, oneOf, positiveNumber, readableFile, tenantName, wholeNumber } from './usage.ts'

interface Options {
  callsPerHour?: number
  talk?: number
  agents?: number
  patience?: number
  hours?: number
  faults?: Fault[]
  seed: number
  from?: string
  file?: string
  tenant?: string
  data?: string
  shift?: PlannedShift[]
  strategy?: Strategy
  queue?: string[]
  set?: { name: string; value: string }[]
  runs?: number
  json?: true
}

const HOURS = 100
const RUNS = 5
const PATIENCE_MS = 60_000
const HELP = 'ops/ledgerline simulate --help'
/** Options of one kind of simulation, in commander's spelling and in people's. */
const ofFormula = {
  callsPerHour: '--calls-per-hour',
  talk: '--talk',
  patience: '--patience',
  hours: '--hours',
  faults: '--faults',
} as const
const ofDay = {
  file: '--file',
  tenant: '--tenant',
  data: '--data',
  shift: '--shift',
  strategy: '--strategy',
  queue: '--queue',
  set: '--set',
  runs: '--runs',
} as const

export function simulateCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('simulate')
    .description(
      words({
        en:
          'runs the real ACD on a virtual clock and prints its measures: callers at random, or (--from) a recorded ' +
          'day as it would have been',
        zh: '在虚拟时钟上运行真实的 ACD 并输出指标：随机来电，或（--from）按另一种方式重演有记录的一天',
      }),
    )
    .option(
      '--calls-per-hour <n>',
      words({ en: 'callers per hour, at random (Poisson)', zh: '每小时来电数（泊松到达）' }),
      positiveNumber('--calls-per-hour', 1_000_000),
    )
    .option(
      '--talk <seconds>',
      words({ en: 'mean talk (exponential)', zh: '平均通话时长（秒，指数分布）' }),
      positiveNumber('--talk', 86_400),
    )
    .option(
      '--agents <n>',
      words({
        en: 'agents, ready all the time; with --from: this many of those who worked',
        zh: '坐席数，始终就绪；与 --from 同用：当天坐席增减至此人数',
      }),
      wholeNumber('--agents', 1, 10_000),
    )
    .option(
      '--patience <seconds>',
      words({
        en: 'mean patience (exponential); by default nobody hangs up',
        zh: '平均耐心（秒，指数分布），缺省则无人放弃',
      }),
      positiveNumber('--patience', 86_400),
    )
    .option(
      '--hours <hours>',
      words({
        en: `hours to measure, after a warm-up; by default ${HOURS}`,
        zh: `测量的小时数（不含预热），缺省 ${HOURS}`,
      }),
      positiveNumber('--hours', 100_000),
    )
    .option(
      '--faults <plan>',
      words({
        en: 'network faults, such as bye-lost=0.01,media-down=1/h:30s,leg-lost=@3',
        zh: '网络故障，如 bye-lost=0.01,media-down=1/h:30s,leg-lost=@3',
      }),
      faultPlan('--faults'),
    )
    .option(
      '--seed <n>',
      words({ en: 'the same seed gives the same result', zh: '相同的种子得到相同的结果' }),
      wholeNumber('--seed', 0, 2 ** 32 - 1),
      1,
    )
    .option(
      '--from <day>',
      words({
        en: 'a recorded day: its callers, their patience and talk, its people',
        zh: '有记录的一天：当天的来电、耐心、通话时长与坐席',
      }),
      calendarDay('--from'),
    )
    .option(
      '--file <file>',
      words({
        en: 'with --from: read the day from a file of recorded calls',
        zh: '与 --from 同用：从通话记录文件读取当天数据',
      }),
      readableFile,
    )
    .option(
      '--tenant <name>',
      words({
        en: 'with --from: whose day; not needed where there is only one',
        zh: '与 --from 同用：所属企业，仅有一个时可省略',
      }),
      tenantName('--tenant'),
    )
    .option(
      '--shift <n@from-to>',
      words({
        en: 'with --from: other people, such as 12@09:00-17:30; can be repeated',
        zh: '与 --from 同用：改用另一班人，如 12@09:00-17:30，可重复',
      }),
      collected(plannedShift),
    )
    .option(
      '--strategy <name>',
      words({ en: `with --from: ${strategies.join(', ')}`, zh: `与 --from 同用：${strategies.join('、')}` }),
      oneOf('--strategy', strategies),
    )
    .option(
      '--set <name=value>',
      words({
        en: 'with --from: another setting of the queues, such as maxWaitMs=60000; can be repeated',
        zh: '与 --from 同用：更改技能组设置，如 maxWaitMs=60000，可重复',
      }),
      collected(setting),
    )
    .option(
      '--queue <code>',
      words({
        en: 'with --from: strategy and settings change for this queue only; can be repeated',
        zh: '与 --from 同用：策略与设置仅对该技能组更改，可重复',
      }),
      collected((code) => code),
    )
    .option(
      '--runs <n>',
      words({
        en: `with --from: days simulated of each; by default ${RUNS}`,
        zh: `与 --from 同用：每种方案模拟的天数，缺省 ${RUNS}`,
      }),
      wholeNumber('--runs', 2, 100),
    )
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .option('--json', words({ en: 'the measures as JSON', zh: '以 JSON 输出指标' }))
    .action((options: Options) => simulate(terminal, options))
}

async function simulate(terminal: Terminal, options: Options): Promise<void> {
  const foreign = Object.entries(options.from === undefined ? ofDay : ofFormula).find(
    ([name]) => options[name as keyof Options] !== undefined,
  )
  if (foreign && options.from !== undefined) throw new Problem('usage.conflict', { one: '--from', other: foreign[1] })
  if (foreign) throw new Problem('usage.missing', { what: '--from', help: HELP }, { where: foreign[1] })
  return options.from === undefined ? formula(terminal, options) : day(terminal, options, options.from)
}

/** Callers at random, for which the truth is known. */
async function formula(
  terminal: Terminal,
  { callsPerHour, talk, agents, patience, hours = HOURS, faults, seed, json }: Options,
): Promise<void> {
  const missing = (what: string): Problem => new Problem('usage.missing', { what, help: HELP })
  if (callsPerHour === undefined) throw missing('--calls-per-hour')
  if (talk === undefined) throw missing('--talk')
  if (agents === undefined) throw missing('--agents')
  const { simulate: run } = await import('../simulate/simulate.ts')
  const signal = await interruption()
  const progress = terminal.progress(terminal.words({ en: 'simulating', zh: '模拟' }))
  const simulation = await run({
    callsPerHour,
    talkS: talk,
    agents,
    hours,
    seed,
    signal,
    progress: (done) => progress.at(Math.round(done * 100), 100),
    ...(patience === undefined ? {} : { patienceS: patience }),
    ...(faults && { faults }),
  }).finally(() => progress.end())
  return json ? terminal.json(simulation) : tellMeasures(terminal, simulation)
}

/** A recorded day beside what it would have been. */
async function day(terminal: Terminal, options: Options, from: string): Promise<void> {
  const { agents, shift, strategy, queue, set, runs = RUNS, seed, json } = options
  if (queue && !strategy && !set)
    throw new Problem('usage.missing', { what: '--strategy, --set', help: HELP }, { where: '--queue' })
  if (agents !== undefined && shift) throw new Problem('usage.conflict', { one: '--agents', other: '--shift' })
  const { whatIf } = await import('../simulate/what-if.ts')
  const change: Change = {
    ...(agents !== undefined && { agents }),
    ...(shift && { shifts: shift }),
    ...(strategy && { strategy }),
    ...(set && { set }),
    ...(queue && { queues: queue }),
  }
  const record = await recordOf(terminal, options, from)
  const signal = await interruption()
  const progress = terminal.progress(terminal.words({ en: 'simulating', zh: '模拟' }))
  const found = await whatIf({
    record,
    change,
    runs,
    seed,
    signal,
    progress: (done) => progress.at(Math.round(done * 100), 100),
  }).finally(() => progress.end())
  return json ? terminal.json(found) : tellWhatIf(terminal, found)
}

async function recordOf(terminal: Terminal, options: Options, from: string): Promise<DayOnRecord> {
  const { dayOfFile, dayOfTenant, onlyTenant } = await import('../simulate/record.ts')
  if (options.file !== undefined) {
    const other = options.tenant !== undefined ? '--tenant' : options.data !== undefined ? '--data' : null
    if (other) throw new Problem('usage.conflict', { one: '--file', other })
    return dayOfFile(options.file, from)
  }
  const [{ withInstallation }, { catchUp }] = await Promise.all([
    import('../installation/installation.ts'),
    import('../installation/catch-up.ts'),
  ])
  return withInstallation(
    { config: readConfig(terminal.env, options), use: 'read', notes: terminal },
    async (installation) => {
      await catchUp(installation, { notes: terminal, patienceMs: PATIENCE_MS })
      return dayOfTenant(installation, options.tenant ?? (await onlyTenant(installation)), from)
    },
  )
}

/** Aborts on Ctrl-C, from here on. */
async function interruption(): Promise<AbortSignal> {
  const { Interrupted } = await import('../installation/installation.ts')
  const interrupt = new AbortController()
  process.once('SIGINT', (signal) => interrupt.abort(new Interrupted(signal)))
  return interrupt.signal
}

/** An option that may be given several times. */
function collected<T>(read: (text: string) => T): (text: string, before?: T[]) => T[] {
  return (text, before = []) => [...before, read(text)]
}

/** `12@09:00-17:30`. @throws Problem `usage.not_a_shift` */
function plannedShift(text: string): PlannedShift {
  const found = /^(\d{1,4})@(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text)
  const [people = 0, h1 = 0, m1 = 0, h2 = 0, m2 = 0] = (found ?? []).slice(1).map(Number)
  const [from, to] = [h1 * 60 + m1, h2 * 60 + m2]
  if (!found || people === 0 || m1 > 59 || m2 > 59 || to <= from || to > 24 * 60)
    throw new Problem('usage.not_a_shift', { option: '--shift', value: text })
  return { people, fromMs: from * 60_000, toMs: to * 60_000 }
}

/** `name=value`. @throws Problem `usage.not_a_setting` */
function setting(text: string): { name: string; value: string } {
  const at = text.indexOf('=')
  if (at < 1) throw new Problem('usage.not_a_setting', { option: '--set', value: text })
  return { name: text.slice(0, at), value: text.slice(at + 1) }
}
