/** All calls by interval or by day and by outcome: the traffic situation of catalogue A. */
import { dimension, filter, measure, period, sum } from './columns.ts'
import type { DeclaredColumn, Report } from './report.ts'
import { allCalls } from './sources.ts'

const became = (
  key: string,
  label: readonly [string, string],
  about: readonly [string, string],
  outcomes: string,
): DeclaredColumn =>
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
    period('A11.3.7-traffic-situation', ['Interval', '时段'], ['Start of the interval.', '时段起点。']),
    dimension({
      key: 'direction',
      catalogue: 'A11.1-directions',
      label: ['Direction', '方向'],
      about: ['Direction of the call.', '呼叫方向。'],
      sql: 'r.direction',
      words: { inbound: ['Inbound', '呼入'], outbound: ['Outbound', '呼出'], internal: ['Internal', '内部'] },
    }),
    measure('count', {
      key: 'calls',
      catalogue: 'A11.3.7-traffic-situation',
      label: ['Calls', '呼叫数'],
      about: ['Number of calls.', '呼叫数量。'],
      sql: 'count(*)',
    }),
    became(
      'answered',
      ['Answered', '接通'],
      ['The customer was connected to an agent.', '坐席与客户接通。'],
      "r.outcome = 'answered'",
    ),
    became(
      'abandoned',
      ['Abandoned', '放弃'],
      ['The caller hung up while queued.', '排队中主叫挂机。'],
      "r.outcome = 'abandoned'",
    ),
    became(
      'preQueue',
      ['Before any queue', '排队前挂机'],
      ['The caller hung up before any queue.', '进入技能组前主叫挂机。'],
      "r.outcome = 'pre_queue'",
    ),
    became(
      'otherOutcomes',
      ['Other outcomes', '其他结果'],
      [
        'Timed out, left by key, no agent, overflowed, called back, rejected or failed.',
        '超时、按键离开、无坐席、溢出、回呼、拒绝或失败。',
      ],
      "r.outcome not in ('answered', 'abandoned', 'pre_queue')",
    ),
    became('open', ['Open', '进行中'], ['Nothing has become of it yet.', '尚无结果。'], 'r.outcome is null'),
    measure('ms', {
      key: 'talkMs',
      catalogue: 'talk',
      label: ['Talk', '通话时长'],
      about: [
        'Talk of all agents together, hold included, of calls that agents have left.',
        '所有坐席通话时长之和，含保持，坐席离开后计入。',
      ],
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
