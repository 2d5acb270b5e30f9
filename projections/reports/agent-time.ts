/** Reports of agents: the work report of catalogue A, and the house's own handling times, occupancy and utilisation. */
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { statesOfColumn, type WorkReportColumn } from '@ledgerline/core/agent/manual-words.ts'
import { snake } from '../engine/names.ts'
import { columnOf, type agentFigures } from '../models/agent_figures.ts'
import { dimension, filter, measure, period, sum } from './columns.ts'
import { timeIn } from './metrics.ts'
import { handlingTime, occupancy, sqlOf, utilisation } from './ratios.ts'
import type { DeclaredColumn, Report } from './report.ts'
import { agentTime } from './sources.ts'

const agent = (catalogue: string, label: Words) =>
  dimension({
    key: 'agent',
    catalogue,
    label,
    about: { en: 'Number of the agent.', zh: '坐席工号。' },
    sql: 'r.agent_code',
  })
const name = (catalogue: string) =>
  dimension({
    key: 'name',
    catalogue,
    label: { en: 'Name', zh: '姓名' },
    about: { en: 'Name of the agent.', zh: '坐席姓名。' },
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
    en:
      'Time per agent and state. Each state of the house counts in one column, so that the total is the time ' +
      'signed in. A state in progress counts up to now.',
    zh: '按坐席统计各状态时长。系统的每种状态只计入一列，总计即签入时长；仍在持续的状态计算到当前时刻。',
  },
  columns: [
    agent('A11.3.3-work #1', { en: 'Agent', zh: '坐席' }),
    dimension({
      key: 'extension',
      catalogue: 'A11.3.3-work #2',
      label: { en: 'Extension', zh: '分机' },
      about: { en: 'Extension of the shift.', zh: '班次所用分机。' },
      sql: 'r.extension',
    }),
    measure('ms', {
      key: 'readyMs',
      catalogue: 'A11.3.3-work #3',
      label: { en: 'Ready', zh: '就绪' },
      about: { en: 'Time ready, including ringing.', zh: '就绪时长，含振铃。' },
      sql: READY,
      shown: nothing,
    }),
    measure('ms', {
      key: 'notReadyMs',
      catalogue: 'A11.3.3-work #4',
      label: { en: 'Not ready', zh: '未就绪' },
      about: { en: 'Time not ready: busy, away, not responding.', zh: '未就绪时长：置忙、休息、无应答。' },
      sql: NOT_READY,
      shown: nothing,
    }),
    measure('ms', {
      key: 'idleMs',
      catalogue: 'A11.3.3-work #5',
      label: { en: 'Idle', zh: '空闲' },
      about: {
        en: 'Time idle: signed in without a call and outside the queues (one call only, or in wrap-up).',
        zh: '空闲时长：无通话且不参与排队分配（接一通、话后处理）。',
      },
      sql: IDLE,
      shown: nothing,
    }),
    measure('ms', {
      key: 'inCallMs',
      catalogue: 'A11.3.3-work #6',
      label: { en: 'In call', zh: '通话中' },
      about: { en: 'Time in calls, hold included.', zh: '通话时长，含保持。' },
      sql: IN_CALLS,
      shown: nothing,
    }),
    measure('ms', {
      key: 'previewMs',
      catalogue: 'A11.3.3-work #7',
      label: { en: 'Previewing', zh: '预览中' },
      about: { en: 'Time previewing customers.', zh: '预览客户时长。' },
      sql: PREVIEW,
      shown: nothing,
    }),
    measure('ms', {
      key: 'totalMs',
      catalogue: 'A11.3.3-work #8',
      label: { en: 'Total', zh: '总计' },
      about: { en: '#3 + #4 + #5 + #6 + #7.', zh: '#3 + #4 + #5 + #6 + #7。' },
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

/** Sum of a column of the figures, 0 if there is nothing. */
const columnSum = (column: keyof typeof agentFigures): string => sum(`r.${snake(column)}`)
const AVAILABLE = sum('r.ready_ms + r.on_demand_ms')

const figures: readonly DeclaredColumn[] = [
  measure('count', {
    key: 'answered',
    catalogue: 'answered',
    label: { en: 'Answered', zh: '接听' },
    about: { en: 'Calls the agent took, counted when answered.', zh: '接听的呼叫数，按接听时刻计。' },
    sql: columnSum('answered'),
  }),
  measure('count', {
    key: 'missed',
    catalogue: 'missed',
    label: { en: 'Missed', zh: '未接' },
    about: { en: 'Offers that rang and were not answered.', zh: '振铃未接的次数。' },
    sql: sum('r.missed'),
  }),
  measure('count', {
    key: 'refused',
    catalogue: 'refused',
    label: { en: 'Refused', zh: '拒接' },
    about: { en: 'Offers that were refused.', zh: '拒接的次数。' },
    sql: sum('r.refused'),
  }),
  measure('count', {
    key: 'transferred',
    catalogue: 'transfers',
    label: { en: 'Transferred', zh: '转出' },
    about: { en: 'Of the answered: transferred by the agent.', zh: '接听后由其转出的呼叫数。' },
    sql: sum('r.transferred'),
  }),
  measure('ms', {
    key: 'talkMs',
    catalogue: 'talk',
    label: { en: 'Talk', zh: '通话时长' },
    about: { en: 'The agent’s own talk, without hold.', zh: '本人通话时长，不含保持。' },
    sql: sum('r.talk_ms'),
  }),
  measure('ms', {
    key: 'holdMs',
    catalogue: 'hold',
    label: { en: 'Hold', zh: '保持时长' },
    about: { en: 'Hold in the agent’s calls.', zh: '通话中的保持时长。' },
    sql: sum('r.hold_ms'),
  }),
  measure('ms', {
    key: 'wrapUpMs',
    catalogue: 'wrap-up',
    label: { en: 'Wrap-up', zh: '话后处理时长' },
    about: { en: 'Wrap-up of the agent’s calls.', zh: '话后处理时长。' },
    sql: sum('r.wrap_up_ms'),
  }),
  measure('ms', {
    key: 'ahtMs',
    catalogue: 'AHT',
    label: { en: 'AHT', zh: '平均处理时长' },
    about: { en: '(Talk + hold + wrap-up) / answered.', zh: '（通话 + 保持 + 话后处理）÷ 接听。' },
    sql: sqlOf(handlingTime, columnSum),
  }),
  measure('ms', {
    key: 'signedInMs',
    catalogue: 'signed in',
    label: { en: 'Signed in', zh: '签入时长' },
    about: { en: 'Time signed in.', zh: '签入时长。' },
    sql: columnSum('signedInMs'),
  }),
  measure('ms', {
    key: 'readyMs',
    catalogue: 'ready',
    label: { en: 'Ready', zh: '就绪时长' },
    about: { en: 'Time ready, including for one call only.', zh: '就绪时长，含置闲。' },
    sql: AVAILABLE,
  }),
  measure('ms', {
    key: 'ringingMs',
    catalogue: 'ring',
    label: { en: 'Ringing', zh: '振铃时长' },
    about: { en: 'Time ringing.', zh: '振铃时长。' },
    sql: sum('r.ringing_ms'),
  }),
  measure('ms', {
    key: 'inCallMs',
    catalogue: 'in call',
    label: { en: 'In call', zh: '通话中时长' },
    about: {
      en: 'Time in calls, hold included, cut at the borders of the interval.',
      zh: '通话中时长，含保持，按时段边界切分。',
    },
    sql: sum('r.in_call_ms + r.on_hold_ms'),
  }),
  measure('ms', {
    key: 'inWrapUpMs',
    catalogue: 'in wrap-up',
    label: { en: 'In wrap-up', zh: '话后处理中时长' },
    about: { en: 'Time in wrap-up, cut at the borders of the interval.', zh: '话后处理中的时长，按时段边界切分。' },
    sql: sum('r.in_wrap_up_ms'),
  }),
  measure('ms', {
    key: 'notReadyMs',
    catalogue: 'not ready',
    label: { en: 'Busy', zh: '置忙时长' },
    about: { en: 'Time busy or not responding.', zh: '置忙或无应答的时长。' },
    sql: sum('r.not_ready_ms + r.not_responding_ms'),
  }),
  measure('ms', {
    key: 'awayMs',
    catalogue: 'away',
    label: { en: 'Breaks', zh: '休息时长' },
    about: { en: 'Time on breaks.', zh: '休息时长。' },
    sql: sum('r.away_ms'),
  }),
  measure('ratio', {
    key: 'occupancy',
    catalogue: 'occupancy',
    label: { en: 'Occupancy', zh: '占用率' },
    about: { en: '(Talk + hold + wrap-up) / (that + ready).', zh: '（通话 + 保持 + 话后处理）÷（同上 + 就绪）。' },
    sql: sqlOf(occupancy, (state) => sum(`r.${timeIn(state)}`)),
  }),
  measure('ratio', {
    key: 'utilisation',
    catalogue: 'utilisation',
    label: { en: 'Utilisation', zh: '利用率' },
    about: { en: 'Time signed in less breaks, of the time signed in.', zh: '（签入 − 休息）÷ 签入。' },
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
    en: 'Handling times, occupancy and utilisation by agent. A state in progress counts up to now.',
    zh: '按坐席统计处理时长、占用率和利用率；仍在持续的状态计算到当前时刻。',
  },
  columns: [agent('agent', { en: 'Number', zh: '工号' }), name('agent'), ...figures],
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
    en: 'The figures of all agents together, by interval or by day. What is in progress counts up to now.',
    zh: '按时段汇总的坐席指标；仍在持续的状态计算到当前时刻。',
  },
  columns: [
    period('interval', { en: 'Interval', zh: '时段' }, { en: 'Start of the interval.', zh: '时段起点。' }),
    ...figures,
  ],
  filters: [filter.days, filter.interval('hour'), filter.weekStart, filter.agent, filter.group, filter.department],
  chart: { kind: 'lines', x: 'period', y: ['occupancy', 'utilisation'], series: null },
  interval: null,
  order: ['period'],
}

export const agentReports: readonly Report[] = [work, agents, agentIntervals]
