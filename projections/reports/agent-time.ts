/** Reports of agents: the work report of catalogue A, and the house's own handling times, occupancy and utilisation. */
import { statesOfColumn, type WorkReportColumn } from '@ledgerline/core/agent/manual-words.ts'
import { snake } from '../engine/table.ts'
import { columnOf, type agentFigures } from '../models/agent_figures.ts'
import { dimension, filter, measure, period, sum } from './columns.ts'
import { timeIn } from './metrics.ts'
import { handlingTime, occupancy, sqlOf, utilisation } from './ratios.ts'
import type { DeclaredColumn, Report } from './report.ts'
import { agentTime } from './sources.ts'

const agent = (catalogue: string, label: readonly [string, string]) =>
  dimension({ key: 'agent', catalogue, label, about: ['Number of the agent.', '坐席工号。'], sql: 'r.agent_code' })
const name = (catalogue: string) =>
  dimension({
    key: 'name',
    catalogue,
    label: ['Name', '姓名'],
    about: ['Name of the agent.', '坐席姓名。'],
    sql: 'r.agent_name',
    personal: true,
  })

/** Time in the states that catalogue A counts in a column. */
const spent = (column: WorkReportColumn): string =>
  sum(
    statesOfColumn(column)
      .map((state) => `r.${snake(columnOf[state]!)}`)
      .join(' + '),
  )
const READY = spent('ready')
const NOT_READY = spent('not_ready')
const IDLE = spent('idle')
const IN_CALLS = spent('in_call')
const PREVIEW = spent('previewing')
const nothing = { nothing: '0' as const }

const work: Report = {
  id: 'work',
  catalogue: ['A11.3.3-work'],
  title: { en: 'Work', zh: '工作统计报表' },
  about: {
    en: 'Time per agent and state. Each state of the house counts in one column, so that the total is the time signed in. What lasts still counts up to now.',
    zh: '按坐席统计各状态时长。系统的每种状态只计入一列，总计即签入时长；仍在持续的状态计算到当前时刻。',
  },
  columns: [
    agent('A11.3.3-work #1', ['Agent', '坐席']),
    dimension({
      key: 'extension',
      catalogue: 'A11.3.3-work #2',
      label: ['Extension', '分机'],
      about: ['Extension of the shift.', '班次所用分机。'],
      sql: 'r.extension',
    }),
    measure('ms', {
      key: 'readyMs',
      catalogue: 'A11.3.3-work #3',
      label: ['Ready', '就绪'],
      about: ['Time ready, being rung included.', '就绪时长，含振铃。'],
      sql: READY,
      shown: nothing,
    }),
    measure('ms', {
      key: 'notReadyMs',
      catalogue: 'A11.3.3-work #4',
      label: ['Not ready', '未就绪'],
      about: ['Time not ready: busy, away, not responding.', '未就绪时长：置忙、休息、无应答。'],
      sql: NOT_READY,
      shown: nothing,
    }),
    measure('ms', {
      key: 'idleMs',
      catalogue: 'A11.3.3-work #5',
      label: ['Idle', '空闲'],
      about: [
        'Time idle: signed in without a call and outside the queues (one call only, or in wrap-up).',
        '空闲时长：无通话且不参与排队分配（接一通、话后处理）。',
      ],
      sql: IDLE,
      shown: nothing,
    }),
    measure('ms', {
      key: 'inCallMs',
      catalogue: 'A11.3.3-work #6',
      label: ['In call', '通话中'],
      about: ['Time in calls, hold included.', '通话时长，含保持。'],
      sql: IN_CALLS,
      shown: nothing,
    }),
    measure('ms', {
      key: 'previewMs',
      catalogue: 'A11.3.3-work #7',
      label: ['Previewing', '预览中'],
      about: ['Time previewing customers.', '预览客户时长。'],
      sql: PREVIEW,
      shown: nothing,
    }),
    measure('ms', {
      key: 'totalMs',
      catalogue: 'A11.3.3-work #8',
      label: ['Total', '总计'],
      about: ['#3 + #4 + #5 + #6 + #7.', '#3 + #4 + #5 + #6 + #7。'],
      sql: `${READY} + ${NOT_READY} + ${IDLE} + ${IN_CALLS} + ${PREVIEW}`,
      shown: nothing,
    }),
  ],
  filters: [filter.days, filter.agent, filter.extension, filter.group, filter.department],
  chart: { kind: 'bars', x: 'agent', y: ['readyMs', 'notReadyMs', 'idleMs', 'inCallMs', 'previewMs'], series: null },
  source: agentTime,
  // An agent who was never signed in has no time, only calls of a recorded history.
  having: `${sum('r.signed_in_ms')} > 0`,
  interval: null,
  order: ['agent', 'extension'],
}

/** Sum of a column of the figures, 0 where there is nothing. */
const columnSum = (column: keyof typeof agentFigures): string => sum(`r.${snake(column)}`)
const AVAILABLE = sum('r.ready_ms + r.on_demand_ms')

const figures: readonly DeclaredColumn[] = [
  measure('count', {
    key: 'answered',
    catalogue: 'answered',
    label: ['Answered', '接听'],
    about: ['Calls that the agent took, counted at the answer.', '接听的呼叫数，按接听时刻计。'],
    sql: columnSum('answered'),
  }),
  measure('count', {
    key: 'missed',
    catalogue: 'missed',
    label: ['Missed', '未接'],
    about: ['Offers that rang and were not answered.', '振铃未接的次数。'],
    sql: sum('r.missed'),
  }),
  measure('count', {
    key: 'refused',
    catalogue: 'refused',
    label: ['Refused', '拒接'],
    about: ['Offers that were refused.', '拒接的次数。'],
    sql: sum('r.refused'),
  }),
  measure('count', {
    key: 'transferred',
    catalogue: 'transfers',
    label: ['Transferred', '转出'],
    about: ['Of the answered: transferred on by the agent.', '接听后由其转出的呼叫数。'],
    sql: sum('r.transferred'),
  }),
  measure('ms', {
    key: 'talkMs',
    catalogue: 'talk',
    label: ['Talk', '通话时长'],
    about: ['The agent’s own talk, hold excluded.', '本人通话时长，不含保持。'],
    sql: sum('r.talk_ms'),
  }),
  measure('ms', {
    key: 'holdMs',
    catalogue: 'hold',
    label: ['Hold', '保持时长'],
    about: ['Hold in the agent’s calls.', '通话中的保持时长。'],
    sql: sum('r.hold_ms'),
  }),
  measure('ms', {
    key: 'wrapUpMs',
    catalogue: 'wrap-up',
    label: ['Wrap-up', '话后处理时长'],
    about: ['Wrap-up of the agent’s calls.', '话后处理时长。'],
    sql: sum('r.wrap_up_ms'),
  }),
  measure('ms', {
    key: 'ahtMs',
    catalogue: 'AHT',
    label: ['AHT', '平均处理时长'],
    about: ['(Talk + hold + wrap-up) / answered.', '（通话 + 保持 + 话后处理）÷ 接听。'],
    sql: sqlOf(handlingTime, columnSum),
  }),
  measure('ms', {
    key: 'signedInMs',
    catalogue: 'signed in',
    label: ['Signed in', '签入时长'],
    about: ['Time signed in.', '签入时长。'],
    sql: columnSum('signedInMs'),
  }),
  measure('ms', {
    key: 'readyMs',
    catalogue: 'ready',
    label: ['Ready', '就绪时长'],
    about: ['Time ready, also for one call only.', '就绪时长，含置闲。'],
    sql: AVAILABLE,
  }),
  measure('ms', {
    key: 'ringingMs',
    catalogue: 'ring',
    label: ['Ringing', '振铃时长'],
    about: ['Time being rung.', '振铃时长。'],
    sql: sum('r.ringing_ms'),
  }),
  measure('ms', {
    key: 'inCallMs',
    catalogue: 'in call',
    label: ['In call', '通话中时长'],
    about: [
      'Time in calls, hold included, cut at the borders of the interval.',
      '通话中时长，含保持，按时段边界切分。',
    ],
    sql: sum('r.in_call_ms + r.on_hold_ms'),
  }),
  measure('ms', {
    key: 'inWrapUpMs',
    catalogue: 'in wrap-up',
    label: ['In wrap-up', '话后处理中时长'],
    about: ['Time in wrap-up, cut at the borders of the interval.', '话后处理中的时长，按时段边界切分。'],
    sql: sum('r.in_wrap_up_ms'),
  }),
  measure('ms', {
    key: 'notReadyMs',
    catalogue: 'not ready',
    label: ['Busy', '置忙时长'],
    about: ['Time busy or not responding.', '置忙或无应答的时长。'],
    sql: sum('r.not_ready_ms + r.not_responding_ms'),
  }),
  measure('ms', {
    key: 'awayMs',
    catalogue: 'away',
    label: ['Breaks', '休息时长'],
    about: ['Time on breaks.', '休息时长。'],
    sql: sum('r.away_ms'),
  }),
  measure('ratio', {
    key: 'occupancy',
    catalogue: 'occupancy',
    label: ['Occupancy', '占用率'],
    about: ['(Talk + hold + wrap-up) / (that + ready).', '（通话 + 保持 + 话后处理）÷（同上 + 就绪）。'],
    sql: sqlOf(occupancy, (state) => sum(`r.${timeIn(state)}`)),
  }),
  measure('ratio', {
    key: 'utilisation',
    catalogue: 'utilisation',
    label: ['Utilisation', '利用率'],
    about: ['Time signed in less breaks, of the time signed in.', '（签入 − 休息）÷ 签入。'],
    sql: sqlOf(utilisation, columnSum),
  }),
]

const house: Pick<Report, 'source' | 'catalogue'> = {
  source: agentTime,
  catalogue: ['AHT', 'occupancy', 'utilisation', 'transfers'],
}

const agents: Report = {
  ...house,
  id: 'agents',
  title: { en: 'Agents', zh: '坐席报表' },
  about: {
    en: 'Handling times, occupancy and utilisation by agent. What lasts still counts up to now.',
    zh: '按坐席统计处理时长、占用率和利用率；仍在持续的状态计算到当前时刻。',
  },
  columns: [agent('agent', ['Number', '工号']), name('agent'), ...figures],
  filters: [filter.days, filter.agent, filter.group, filter.department],
  chart: { kind: 'bars', x: 'agent', y: ['answered'], series: null },
  interval: null,
  order: ['agent'],
}

const agentIntervals: Report = {
  ...house,
  id: 'agent-intervals',
  title: { en: 'Agents by interval', zh: '坐席时段报表' },
  about: {
    en: 'The figures of all agents together, by interval or by day. What is still going on counts up to now.',
    zh: '按时段汇总的坐席指标；仍在持续的状态计算到当前时刻。',
  },
  columns: [period('interval', ['Interval', '时段'], ['Start of the interval.', '时段起点。']), ...figures],
  filters: [filter.days, filter.interval('hour'), filter.weekStart, filter.agent, filter.group, filter.department],
  chart: { kind: 'lines', x: 'period', y: ['occupancy', 'utilisation'], series: null },
  interval: null,
  order: ['period'],
}

export const agentReports: readonly Report[] = [work, agents, agentIntervals]
