/**
 * Call figures of agents as catalogue C counts them (C6, C8): a call counts once for an agent, however often it was
 * offered to them, and lasts from their answer until they left it, hold included. It counts when it began: when it
 * reached us, or was placed. Internal calls do not count.
 */
import { dimension, filter, measure, PERIOD, period, sum } from './columns.ts'
import { over } from './ratios.ts'
import type { DeclaredColumn, Report } from './report.ts'
import { agentCalls } from './sources.ts'

const CALLS = 'count(*)'
const CONNECTED = 'count(*) filter (where r.connected)'
const TALK = sum('r.talk_ms')
const zero = { nothing: '0' as const }

const statistics: Report = {
  id: 'agent-statistics',
  catalogue: [
    'C6.0-page',
    'C6.0-metric-calls',
    'C6.0-metric-connected',
    'C6.0-metric-connect-rate',
    'C6.0-metric-minutes',
    'C6.0-metric-total-seconds',
    'C6.0-metric-average',
    'C6.0-green-total-row',
  ],
  title: { en: 'Agent statistics', zh: '坐席统计' },
  about: {
    en:
      'Calls of each agent by day, in and out, with billed minutes. A call counts when it began. The totals ' +
      'cover all agents in the list.',
    zh: '按日统计每位坐席的呼入和呼出，含计费分钟数；呼叫计入其开始的时刻；合计为列表中全部坐席。',
  },
  columns: [
    dimension({
      key: 'period',
      catalogue: 'C6.0-col-date',
      label: { en: 'Date', zh: '日期' },
      about: { en: 'Day of the row.', zh: '日期。' },
      sql: PERIOD,
      unit: 'day',
    }),
    dimension({
      key: 'agent',
      catalogue: 'C6.0-col-agent-no',
      label: { en: 'Agent number', zh: '工号' },
      about: { en: 'Number of the agent.', zh: '坐席工号。' },
      sql: 'r.agent_code',
    }),
    dimension({
      key: 'name',
      catalogue: 'C6.0-col-name',
      label: { en: 'Name', zh: '姓名' },
      about: { en: 'Name of the agent.', zh: '坐席姓名。' },
      sql: 'r.agent_name',
      personal: true,
    }),
    measure('count', {
      key: 'calls',
      catalogue: 'C6.0-col-calls',
      label: { en: 'Calls', zh: '呼叫数' },
      about: { en: 'All calls of the agent, inbound plus outbound.', zh: '坐席的全部呼叫，呼入加呼出。' },
      sql: CALLS,
    }),
    measure('count', {
      key: 'connected',
      catalogue: 'C6.0-col-connected',
      label: { en: 'Connected', zh: '接通数' },
      about: { en: 'Calls in which the customer was connected with the agent.', zh: '与客户接通的呼叫数。' },
      sql: CONNECTED,
    }),
    measure('ratio', {
      key: 'connectRate',
      catalogue: 'C6.0-col-rate',
      label: { en: 'Connect rate (%)', zh: '接通率(%)' },
      about: { en: 'Connected / calls (15 of 28: 54 %).', zh: '接通数 ÷ 呼叫数（28 次中 15 次为 54%）。' },
      sql: over(CONNECTED, CALLS),
      shown: { digits: 0, nothing: '0' },
    }),
    measure('minutes', {
      key: 'minutes',
      catalogue: 'C6.0-col-minutes',
      label: { en: 'Talk minutes', zh: '通话分钟数' },
      about: {
        en: 'Billed minutes: each call rounded up to whole minutes, then summed (61 s: 2 min).',
        zh: '计费分钟数：每通向上取整到分钟后求和（61 秒计 2 分钟）。',
      },
      sql: sum('ceil(r.talk_ms / 60000.0)'),
    }),
    measure('ms', {
      key: 'talkMs',
      catalogue: 'C6.0-col-total',
      label: { en: 'Total talk time', zh: '通话总时长' },
      about: { en: 'Sum of the actual time of every call.', zh: '每通实际通话时长之和。' },
      sql: TALK,
      shown: { as: 'seconds', nothing: '0' },
    }),
    measure('ms', {
      key: 'averageTalkMs',
      catalogue: 'C6.0-col-average',
      label: { en: 'Average (s)', zh: '平均时长(s)' },
      about: {
        en: 'Total talk time / connected (1983 s / 15: 132.2 s).',
        zh: '通话总时长 ÷ 接通数（1983 秒 ÷ 15 = 132.2 秒）。',
      },
      sql: over(TALK, CONNECTED),
      shown: { as: 'seconds', digits: 1, nothing: '0' },
    }),
  ],
  filters: [filter.days, filter.agent, filter.group, filter.department],
  chart: { kind: 'bars', x: 'agent', y: ['calls', 'minutes'], series: null },
  source: agentCalls,
  interval: 'day',
  order: ['period', 'agent'],
}

const kind = (catalogue: string) =>
  dimension({
    key: 'kind',
    catalogue,
    label: { en: 'Kind', zh: '类型' },
    about: { en: 'Outbound, or inbound.', zh: '呼出或呼入。' },
    sql: 'r.kind',
    words: { outbound: { en: 'Outbound', zh: '呼出' }, inbound: { en: 'Inbound', zh: '呼入' } },
  })

/** A call shared by several agents counts once here. */
const DISTINCT = 'count(distinct r.call_id)'
const DISTINCT_CONNECTED = `${DISTINCT} filter (where r.connected)`

const callFigures: readonly DeclaredColumn[] = [
  measure('count', {
    key: 'calls',
    catalogue: 'C8.0-metric-total',
    label: { en: 'Total calls', zh: '呼叫总数' },
    about: {
      en: 'All calls of the agents; one shared by several agents counts once.',
      zh: '坐席的全部呼叫；多个坐席参与的同一通只计一次。',
    },
    sql: DISTINCT,
  }),
  measure('count', {
    key: 'connected',
    catalogue: 'C8.0-metric-connected',
    label: { en: 'Connected', zh: '接通数' },
    about: { en: 'Calls in which the customer was connected.', zh: '与客户接通的呼叫数。' },
    sql: DISTINCT_CONNECTED,
  }),
  measure('ratio', {
    key: 'connectRate',
    catalogue: 'C8.0-metric-rate',
    label: { en: 'Connect rate', zh: '接通率' },
    about: { en: 'Connected / total.', zh: '接通数 ÷ 呼叫总数。' },
    sql: over(DISTINCT_CONNECTED, DISTINCT),
    shown: { digits: 0, nothing: '0' },
  }),
  measure('ms', {
    key: 'averageTalkMs',
    catalogue: 'C8.0-metric-avg',
    label: { en: 'Average talk time', zh: '平均通话时长' },
    about: { en: 'Total talk time / connected.', zh: '通话总时长 ÷ 接通数。' },
    sql: over(TALK, DISTINCT_CONNECTED),
    shown: zero,
  }),
  measure('money', {
    key: 'fee',
    catalogue: 'C8.0-metric-fee',
    label: { en: 'Total fee', zh: '总费用' },
    about: {
      en: 'Sum of the calls’ fees; empty as long as calls carry none.',
      zh: '通话费用之和；呼叫尚无费用记录时为空。',
    },
    sql: 'null::bigint',
  }),
]

const callStatistics: Report = {
  id: 'call-statistics',
  catalogue: [
    'C8.0-page',
    'C8.0-kind-outbound',
    'C8.0-kind-inbound',
    'C8.0-metric-total',
    'C8.0-metric-connected',
    'C8.0-metric-rate',
    'C8.0-metric-avg',
    'C8.0-metric-fee',
    'C8.0-query-period',
    'C8.0-chart',
  ],
  title: { en: 'Traffic statistics', zh: '话务统计' },
  about: {
    en: 'Calls of the agents, outbound and inbound, by hour or by day. A call counts when it began.',
    zh: '坐席的呼出和呼入，按小时或按天统计；呼叫计入其开始的时刻。',
  },
  columns: [
    period('C8.0-chart', { en: 'Time', zh: '时间' }, { en: 'Start of the hour, or the day.', zh: '小时起点或日期。' }),
    kind('C8.0-kind-outbound'),
    ...callFigures,
  ],
  filters: [filter.days, filter.interval('hour', ['hour', 'day']), filter.agent, filter.group, filter.department],
  chart: { kind: 'bars', x: 'period', y: ['calls'], series: 'kind' },
  source: agentCalls,
  interval: null,
  order: ['period', 'kind'],
}

export const agentCallReports: readonly Report[] = [statistics, callStatistics]
