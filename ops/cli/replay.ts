/** `ops/ledgerline replay`: the history of one thing, or the boards as they stood. */
import { Command } from 'commander'
import type { Offer } from '@ledgerline/adapters/replay/answers.ts'
import type { Strategy } from '@ledgerline/core/queue/strategies.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { readConfig } from '../config.ts'
import type { AgentStory, Boards, CallStory } from '../replay.ts'
import { table, type Cell } from './table.ts'
import type { Terminal } from './terminal.ts'
import { calendarDay, moment, oneOf, tenantName } from './usage.ts'

interface Options {
  call?: string
  agent?: string
  day?: string
  at?: number
  by: 'recorded' | 'event'
  tenant?: string
  json?: true
  data?: string
}

type Row = Readonly<Record<string, unknown>>

const PATIENCE_MS = 2_000

export function replayCommand(terminal: Terminal): Command {
  const { words } = terminal
  return new Command('replay')
    .description(
      words({
        en: 'shows the history of one thing, or the boards as they stood',
        zh: '回放某一对象的历史，或某一时刻的看板',
      }),
    )
    .option(
      '--call <id>',
      words({
        en: 'one call: every event of it, and why each agent was chosen',
        zh: '一通通话的全部事件，以及每次分配的依据',
      }),
    )
    .option(
      '--agent <code>',
      words({ en: 'one agent’s day: states, calls, offers and totals', zh: '某坐席一天的状态、通话、分配与合计' }),
    )
    .option(
      '--day <day>',
      words({
        en: 'with --agent; by default the last day that is known',
        zh: '与 --agent 同用，缺省为有记录的最后一天',
      }),
      calendarDay('--day'),
    )
    .option(
      '--at <time>',
      words({
        en: 'the boards at a moment, such as 2026-01-31T10:42:00+08:00',
        zh: '某一时刻的看板，例如 2026-01-31T10:42:00+08:00',
      }),
      moment('--at'),
    )
    .option(
      '--by <time>',
      words({
        en: 'which time --at means: recorded (what was shown), event (the tenant’s own clock)',
        zh: '--at 的时间基准：recorded（当时显示的内容）或 event（企业自己的时钟）',
      }),
      oneOf('--by', ['recorded', 'event']),
      'recorded',
    )
    .option(
      '--tenant <name>',
      words({ en: 'the tenant; not needed if there is only one', zh: '所属企业，仅有一个时可省略' }),
      tenantName('--tenant'),
    )
    .option('--json', words({ en: 'all of it as JSON', zh: '以 JSON 输出全部内容' }))
    .option('--data <directory>', words({ en: 'the data directory', zh: '数据目录' }))
    .action((options: Options) => replay(terminal, options))
}

async function replay(terminal: Terminal, options: Options): Promise<void> {
  const subjects = (['call', 'agent', 'at'] as const).filter((name) => options[name] !== undefined)
  const help = 'ops/ledgerline replay --help'
  if (subjects.length === 0) throw new Problem('usage.missing', { what: '--call, --agent, --at', help })
  if (subjects.length > 1) throw new Problem('usage.conflict', { one: `--${subjects[0]}`, other: `--${subjects[1]}` })
  if (options.day !== undefined && options.agent === undefined)
    throw new Problem('usage.missing', { what: '--agent', help }, { where: '--day' })
  const [{ withInstallation }, { catchUp, engineOf }, { Replay }] = await Promise.all([
    import('../installation/installation.ts'),
    import('../installation/catch-up.ts'),
    import('../replay.ts'),
  ])
  await withInstallation(
    { config: readConfig(terminal.env, options), use: 'read', notes: terminal },
    async (installation) => {
      await catchUp(installation, { notes: terminal, patienceMs: PATIENCE_MS })
      await using closing = new AsyncDisposableStack()
      const replay = closing.adopt(new Replay(installation), (open) => open.close())
      const tenant = options.tenant ?? null
      if (options.call !== undefined) return tell(terminal, options, await replay.call(options.call, tenant), tellCall)
      if (options.agent !== undefined)
        return tell(terminal, options, await replay.agent(options.agent, options.day ?? null, tenant), tellAgent)
      return tell(
        terminal,
        options,
        await replay.boards(engineOf(installation, terminal), options.at!, options.by, tenant),
        tellBoards,
      )
    },
  )
}

function tell<T>(
  terminal: Terminal,
  options: Options,
  found: T,
  inWords: (terminal: Terminal, found: T) => Promise<void>,
): Promise<void> {
  return options.json ? terminal.json(found) : inWords(terminal, found)
}

async function tellCall(terminal: Terminal, { tenant, zone, call, events, decisions }: CallStory): Promise<void> {
  const { words } = terminal
  if (call) {
    const facts: [string, Cell][] = [
      [words({ en: 'call', zh: '通话' }), String(call['callId'])],
      [words({ en: 'tenant', zh: '企业' }), `${tenant} (${zone})`],
      [words({ en: 'from → to', zh: '主叫 → 被叫' }), `${call['fromNumber'] ?? '–'} → ${call['toNumber'] ?? '–'}`],
      [words({ en: 'queue, agent', zh: '技能组、坐席' }), `${call['queueCode'] ?? '–'}, ${call['agentCode'] ?? '–'}`],
      [words({ en: 'outcome', zh: '结果' }), (call['outcome'] ?? call['status']) as string],
      [words({ en: 'waited, talked', zh: '等待、通话' }), `${lasted(call['waitMs'])}, ${lasted(call['talkMs'])}`],
    ]
    for (const line of table([words({ en: 'about', zh: '概况' }), ''], facts)) await terminal.line(line)
    await terminal.line('')
  }
  const rows = events.map(({ at, recordedAt, type, actor, data, unreadable }) => [
    clock((at ?? recordedAt) as number, zone, true),
    type as string,
    actor as string | null,
    unreadable === null ? detailsOf(data as Row) : String(unreadable),
  ])
  await terminal.line(dayAt((events[0]?.['at'] ?? call?.['receivedAt']) as number, zone))
  for (const line of table(
    [
      words({ en: 'time', zh: '时间' }),
      words({ en: 'event', zh: '事件' }),
      words({ en: 'by', zh: '操作者' }),
      words({ en: 'what', zh: '内容' }),
    ],
    rows,
  ))
    await terminal.line(line)
  for (const offer of decisions.offers) await tellOffer(terminal, zone, offer)
  if (decisions.more > 0)
    await terminal.line(
      words({ en: `${decisions.more} later offers are not listed`, zh: `之后还有 ${decisions.more} 次分配未列出` }),
    )
}

/** One offer: the comparison, then everybody in the queue, candidates first. */
async function tellOffer(
  terminal: Terminal,
  zone: string,
  { at, agentCode, queueCode, result, decision, considered, untold }: Offer,
): Promise<void> {
  const { words } = terminal
  await terminal.line('')
  await terminal.line(
    `${words({ en: 'offer', zh: '分配' })} ${clock(at, zone, true)}  ${agentCode}  ${result ?? words({ en: 'open', zh: '进行中' })}`,
  )
  if (!decision)
    return terminal.line(
      words({
        en: '  chosen by a transfer, a consultation or a dial, not by a queue',
        zh: '  由转接、咨询或外呼指定，未经技能组挑选',
      }),
    )
  const { strategy, place, candidates, waited, score, level, configVersion } = decision
  const facts: [string, Cell][] = [
    [words({ en: 'queue, strategy', zh: '技能组、策略' }), `${queueCode ?? '–'}, ${strategy}`],
    [words({ en: 'place, candidates', zh: '次序、可选人数' }), `${place + 1} / ${candidates}`],
    [words({ en: 'waited, score', zh: '等待、得分' }), `${lasted(waited)}, ${lasted(score)}`],
    [
      words({ en: 'levels, configuration', zh: '层级、配置' }),
      `${level === null ? words({ en: 'all', zh: '全部' }) : `≤ ${level}`}, ${configVersion}`,
    ],
  ]
  for (const line of table([words({ en: 'decision', zh: '依据' }), ''], facts)) await terminal.line(line)
  const rows = considered.map((one): Cell[] => [
    one.place === null ? null : one.place + 1,
    one.agentCode,
    one.level === null ? null : `${one.level}.${one.position}`,
    one.chosen
      ? words({ en: 'chosen', zh: '选中' })
      : one.ruledOut === null
        ? words({ en: 'candidate', zh: '可选' })
        : null,
    one.ruledOut ?? measured(terminal, strategy, one.measure, at, zone),
  ])
  for (const line of table(
    [
      words({ en: 'place', zh: '次序' }),
      words({ en: 'agent', zh: '坐席' }),
      words({ en: 'level', zh: '层级' }),
      '',
      words({ en: 'why', zh: '原因' }),
    ],
    rows,
  ))
    await terminal.line(line)
  if (untold > 0)
    await terminal.line(words({ en: `${untold} more members are not listed`, zh: `另有 ${untold} 名成员未列出` }))
}

/** The value the strategy compared, for one agent. */
function measured({ words }: Terminal, strategy: string, measure: number | null, at: number, zone: string): string {
  if (measure === null) return ''
  switch (strategy as Strategy) {
    case 'longest-idle-agent':
      return `${words({ en: 'idle', zh: '空闲' })} ${lasted(at - measure)}`
    case 'agent-with-least-talk-time':
      return `${words({ en: 'talked', zh: '已通话' })} ${lasted(measure)}`
    case 'agent-with-fewest-calls':
      return `${words({ en: 'calls', zh: '通话' })} ${measure}`
    default:
      return measure === 0
        ? words({ en: 'never offered', zh: '尚未分配过' })
        : `${words({ en: 'last offered', zh: '上次分配' })} ${clock(measure, zone)}`
  }
}

async function tellAgent(
  terminal: Terminal,
  {
    tenant,
    zone,
    agentCode,
    name,
    day,
    states,
    segments,
    offers,
    deeds,
    totals,
    signedInMs,
    previousDay,
    nextDay,
  }: AgentStory,
): Promise<void> {
  const { words } = terminal
  await terminal.line(`${agentCode}${name === null ? '' : ` ${name}`}, ${day}, ${tenant} (${zone})`)
  if (previousDay ?? nextDay)
    await terminal.line(
      `${words({ en: 'also', zh: '另有' })} ${[previousDay, nextDay].filter((other) => other !== null).join(', ')}`,
    )
  await terminal.line('')
  const time = (at: unknown) => (typeof at === 'number' ? clock(at, zone) : '')
  const stateRows = states.map((row) => [
    time(row['startedAt']),
    time(row['endedAt']),
    lasted(row['durationMs']),
    row['state'] as string,
    row['reason'] as string | null,
    row['callId'] as string | null,
  ])
  if (stateRows.length > 0)
    for (const line of table(
      [
        words({ en: 'from', zh: '起' }),
        words({ en: 'to', zh: '止' }),
        words({ en: 'for', zh: '时长' }),
        words({ en: 'state', zh: '状态' }),
        words({ en: 'reason', zh: '原因' }),
        words({ en: 'call', zh: '通话' }),
      ],
      stateRows,
    ))
      await terminal.line(line)
  await terminal.line('')
  const segmentRows = segments.map((row) => [
    time(row['startedAt']),
    row['queueCode'] as string | null,
    row['callId'] as string,
    lasted(row['ringMs']),
    lasted(row['talkMs']),
    lasted(row['holdMs']),
    lasted(row['wrapUpMs']),
  ])
  for (const line of table(
    [
      words({ en: 'at', zh: '时间' }),
      words({ en: 'queue', zh: '技能组' }),
      words({ en: 'call', zh: '通话' }),
      words({ en: 'rang', zh: '振铃' }),
      words({ en: 'talked', zh: '通话时长' }),
      words({ en: 'held', zh: '保持' }),
      words({ en: 'wrap-up', zh: '话后处理' }),
    ],
    segmentRows,
  ))
    await terminal.line(line)
  const failed = offers.filter(({ result }) => result !== null && result !== 'answered')
  if (failed.length > 0) {
    await terminal.line('')
    const rows = failed.map((offer) => [
      time(offer.at),
      offer.queueCode,
      offer.callId,
      offer.result,
      offer.endedAt === null ? '' : lasted(offer.endedAt - offer.at),
    ])
    for (const line of table(
      [
        words({ en: 'at', zh: '时间' }),
        words({ en: 'queue', zh: '技能组' }),
        words({ en: 'call', zh: '通话' }),
        words({ en: 'missed offer', zh: '未接振铃' }),
        words({ en: 'after', zh: '历时' }),
      ],
      rows,
    ))
      await terminal.line(line)
  }
  if (deeds.length > 0) {
    await terminal.line('')
    const rows = deeds.map(({ at, type, actor, data }) => [time(at), type, actor, detailsOf(data)])
    for (const line of table(
      [
        words({ en: 'at', zh: '时间' }),
        words({ en: 'what was done', zh: '操作' }),
        words({ en: 'by', zh: '操作者' }),
        words({ en: 'what', zh: '内容' }),
      ],
      rows,
    ))
      await terminal.line(line)
  }
  if (totals.length > 0) {
    await terminal.line('')
    const rows: Cell[][] = [
      ...totals.map(({ state, ms, times }) => [state, lasted(ms), times]),
      [words({ en: 'signed in', zh: '签入' }), lasted(signedInMs), null],
    ]
    for (const line of table(
      [words({ en: 'state', zh: '状态' }), words({ en: 'time', zh: '时长' }), words({ en: 'times', zh: '次数' })],
      rows,
    ))
      await terminal.line(line)
  }
}

async function tellBoards(terminal: Terminal, { tenant, zone, at, by, told, boards }: Boards): Promise<void> {
  const { words } = terminal
  const moment = (value: number) => `${dayAt(value, zone)} ${clock(value, zone)}`
  await terminal.line(`${tenant}, ${moment(at)} (${zone})`)
  await terminal.line(
    by === 'event'
      ? words({
          en: 'what had happened by then, by the tenant’s own clock',
          zh: '截至这一刻已发生的一切（企业自己的时钟）',
        })
      : words({
          en: `what the boards showed then; the events tell up to ${moment(told.at)}`,
          zh: `当时看板显示的内容；事件时间截至 ${moment(told.at)}`,
        }),
  )
  const print = async (model: string, columns: readonly string[]) => {
    const rows = boards[model] ?? []
    await terminal.line('')
    await terminal.line(`${model}: ${terminal.number(rows.length)}`)
    if (rows.length > 0)
      for (const line of table(
        columns,
        rows.map((row) => columns.map((column) => cell(row[column], column, zone))),
      ))
        await terminal.line(line)
  }
  await print('queue_monitor', [
    'queueCode',
    'waiting',
    'offered',
    'talking',
    'signedIn',
    'ready',
    'ringing',
    'inCall',
    'wrapUp',
    'away',
  ])
  await print('queue_day', ['queueCode', 'offered', 'answered', 'answeredInTarget', 'abandoned', 'shortAbandoned'])
  await print('agent_monitor', ['agentCode', 'name', 'state', 'since', 'reason', 'callId'])
  await print('calls', ['callId', 'status', 'queueCode', 'agentCode', 'receivedAt', 'answeredAt'])
}

function cell(value: unknown, column: string, zone: string): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return /(At|since)$/.test(column) ? clock(value, zone) : value
  return typeof value === 'object' ? JSON.stringify(value) : (value as Cell)
}

/** What an event says besides which call and leg it is about. */
function detailsOf(data: Row): string {
  return Object.entries(data)
    .filter(
      ([name, value]) =>
        value !== null && value !== '' && !['callId', 'legId', 'shiftId', 'segmentId', 'userId'].includes(name),
    )
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ')
}

function clock(at: number, zone: string, exact = false): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...(exact ? { fractionalSecondDigits: 3 as const } : {}),
  }).format(at)
}

function dayAt(at: number, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(at)
}

/** `1:02:03`, or nothing. */
function lasted(ms: unknown): string {
  if (typeof ms !== 'number') return ''
  const seconds = Math.round(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return seconds < 3600
    ? `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
    : `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
}
