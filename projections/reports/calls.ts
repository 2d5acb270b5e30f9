/** All calls by interval or by day and by outcome: the traffic situation of catalogue A. */
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { dimension, filter, measure, period, sum } from './columns.ts'
import type { DeclaredColumn, Report } from './report.ts'
import { allCalls } from './sources.ts'

const became = (key: string, label: Words, about: Words, outcomes: string): DeclaredColumn =>
  measure('count', { key, catalogue: 'call outcome', label, about, sql: `count(*) filter (where ${outcomes})` })

const traffic: Report = {
  id: 'calls',
  catalogue: ['A11.3.7-traffic-situation', 'A11.2.3-chart', 'call outcome'],
  title: { en: 'Calls by interval', zh: '话务情况统计' },
  about: {
    en: 'Number of calls per interval, by direction and by outcome. A call counts when it arrived or was placed.',
    zh: '各时段的呼叫数，按方向和结果统计；呼叫按到达或发起时刻计入。',
  },
  columns: [
    period(
      'A11.3.7-traffic-situation',
      { en: 'Interval', zh: '时段' },
      { en: 'Start of the interval.', zh: '时段起点。' },
    ),
    dimension({
      key: 'direction',
      catalogue: 'A11.1-directions',
      label: { en: 'Direction', zh: '方向' },
      about: { en: 'Direction of the call.', zh: '呼叫方向。' },
      sql: 'r.direction',
      words: {
        inbound: { en: 'Inbound', zh: '呼入' },
        outbound: { en: 'Outbound', zh: '呼出' },
        internal: { en: 'Internal', zh: '内部' },
      },
    }),
    measure('count', {
      key: 'calls',
      catalogue: 'A11.3.7-traffic-situation',
      label: { en: 'Calls', zh: '呼叫数' },
      about: { en: 'Number of calls.', zh: '呼叫数量。' },
      sql: 'count(*)',
    }),
    became(
      'answered',
      { en: 'Answered', zh: '接通' },
      { en: 'The customer was connected to an agent.', zh: '坐席与客户接通。' },
      "r.outcome = 'answered'",
    ),
    became(
      'abandoned',
      { en: 'Abandoned', zh: '放弃' },
      { en: 'The caller hung up while queued.', zh: '排队中主叫挂机。' },
      "r.outcome = 'abandoned'",
    ),
    became(
      'preQueue',
      { en: 'Before any queue', zh: '排队前挂机' },
      { en: 'The caller hung up before any queue.', zh: '进入技能组前主叫挂机。' },
      "r.outcome = 'pre_queue'",
    ),
    became(
      'otherOutcomes',
      { en: 'Other outcomes', zh: '其他结果' },
      {
        en: 'Timed out, left by key, no agent, overflowed, called back, rejected or failed.',
        zh: '超时、按键离开、无坐席、溢出、回呼、拒绝或失败。',
      },
      "r.outcome not in ('answered', 'abandoned', 'pre_queue')",
    ),
    became('open', { en: 'Open', zh: '进行中' }, { en: 'No outcome yet.', zh: '尚无结果。' }, 'r.outcome is null'),
    measure('ms', {
      key: 'talkMs',
      catalogue: 'talk',
      label: { en: 'Talk', zh: '通话时长' },
      about: {
        en: 'Talk of all agents together, hold included, in calls that agents have left.',
        zh: '所有坐席通话时长之和，含保持，坐席离开后计入。',
      },
      sql: sum('r.talk_ms'),
    }),
  ],
  filters: [filter.days, filter.interval('hour'), filter.weekStart, filter.queue],
  chart: { kind: 'bars', x: 'period', y: ['calls'], series: 'direction' },
  source: allCalls,
  interval: null,
  order: ['period', 'direction'],
}

export const callReports: readonly Report[] = [traffic]
