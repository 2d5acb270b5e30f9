/** Reports of queues: offered calls and their outcome, waits, service level for any threshold, handling times. */
import { snake } from '../engine/table.ts'
import { bucketsWithin, type QueueFigure } from '../models/queue_figures.ts'
import { dimension, filter, measure, period, sum } from './columns.ts'
import {
  abandonGross,
  abandonRate,
  abandonRateBy,
  abandonWait,
  answerRate,
  handlingTime,
  otherExits,
  serviceLevel,
  serviceLevelBy,
  speedOfAnswer,
  sqlOf,
  sumSql,
  type CountingRule,
} from './ratios.ts'
import type { DeclaredColumn, Report, ReportContext } from './report.ts'
import { queueFigures } from './sources.ts'

/** Sum of a column of the figures, 0 where there is nothing. */
export const columnSum = (column: QueueFigure): string => sum(`r.${snake(column)}`)

const OFFERED = columnSum('offered')
const ANSWERED = columnSum('answered')
const ABANDONED = columnSum('abandoned')

/** What counts against the service level and the abandon rate, as the filters say. */
export function ruleOf(context: ReportContext): CountingRule {
  return {
    shortAbandons: context.chosen('shortAbandons') === 'count',
    abandons: context.chosen('abandons') === 'count',
    otherExits: context.chosen('otherExits') === 'count',
  }
}

/** Calls answered within a threshold, from the histogram of waits. */
export function answeredWithin(thresholdMs: number, context: ReportContext): string {
  return sum(
    `(select sum(c) from unnest(r.wait_histogram[1:${context.bind(bucketsWithin(thresholdMs), 'integer')}]) c)`,
  )
}

/** The measures that depend on the filters. */
function byRule(context: ReportContext): Record<string, string> {
  const rule = ruleOf(context)
  const threshold = context.chosen('thresholdMs')
  const within = threshold === '' ? columnSum('answeredInTarget') : answeredWithin(Number(threshold), context)
  return {
    answeredWithin: within,
    serviceLevel: sqlOf(serviceLevelBy(rule), (column) => (column === 'answeredInTarget' ? within : columnSum(column))),
    abandonedRatio: sqlOf(abandonRateBy(rule), columnSum),
  }
}

const figures: readonly DeclaredColumn[] = [
  measure('count', {
    key: 'offered',
    catalogue: 'offered',
    label: ['Offered', '呼入量'],
    about: [
      'Calls that entered the queue; one that was answered without waiting entered with wait 0.',
      '进入技能组的呼叫数；未排队直接接起的按等待 0 计入。',
    ],
    sql: OFFERED,
  }),
  measure('count', {
    key: 'answered',
    catalogue: 'answered',
    label: ['Answered', '接起量'],
    about: ['The caller was connected to an agent.', '坐席与主叫接通的呼叫数。'],
    sql: ANSWERED,
  }),
  measure('count', {
    key: 'abandoned',
    catalogue: 'abandoned',
    label: ['Abandoned', '放弃量'],
    about: ['The caller hung up while queued, short abandons included.', '排队中主叫挂机的呼叫数，含短时放弃。'],
    sql: ABANDONED,
  }),
  measure('count', {
    key: 'shortAbandoned',
    catalogue: 'abandoned',
    label: ['Short abandons', '短时放弃'],
    about: ['Of the abandoned: below the limit of a short abandon.', '放弃中低于短时放弃阈值的呼叫数。'],
    sql: columnSum('shortAbandoned'),
  }),
  measure('count', {
    key: 'timedOut',
    catalogue: 'other outcomes',
    label: ['Timed out', '超时'],
    about: ['Left after the longest wait.', '超过最长等待而离开的呼叫数。'],
    sql: columnSum('timedOut'),
  }),
  measure('count', {
    key: 'leftByKey',
    catalogue: 'other outcomes',
    label: ['Left by key', '按键离开'],
    about: ['Left the queue by key.', '按键离开技能组的呼叫数。'],
    sql: columnSum('leftByKey'),
  }),
  measure('count', {
    key: 'noAgent',
    catalogue: 'other outcomes',
    label: ['No agent', '无坐席'],
    about: ['Left because no agent was available.', '因无坐席离开的呼叫数。'],
    sql: columnSum('noAgent'),
  }),
  measure('count', {
    key: 'overflowed',
    catalogue: 'other outcomes',
    label: ['Overflowed', '溢出'],
    about: ['Sent on to another queue.', '溢出到其他技能组的呼叫数。'],
    sql: columnSum('overflowed'),
  }),
  measure('count', {
    key: 'calledBack',
    catalogue: 'other outcomes',
    label: ['Call-backs', '回呼'],
    about: ['Asked for a call-back.', '要求回呼的呼叫数。'],
    sql: columnSum('calledBack'),
  }),
  measure('count', {
    key: 'otherExits',
    catalogue: 'other outcomes',
    label: ['Other', '其他'],
    about: ['Moved by a supervisor, queue closed, or failed.', '被班长移走、技能组关闭或失败的呼叫数。'],
    sql: columnSum('otherExits'),
  }),
  measure('count', {
    key: 'waiting',
    catalogue: 'offered',
    label: ['Waiting', '仍在排队'],
    about: ['Of the offered: still without an outcome.', '进入技能组且尚无结果的呼叫数。'],
    sql: `${OFFERED} - ${ANSWERED} - ${ABANDONED} - (${sumSql(otherExits, columnSum)})`,
  }),
  measure('count', {
    key: 'answeredWithin',
    catalogue: 'service level (T)',
    label: ['Answered in time', '阈值内接起'],
    about: ['Answered within the limit.', '在阈值内接起的呼叫数。'],
    sql: columnSum('answeredInTarget'),
  }),
  measure('ratio', {
    key: 'serviceLevel',
    catalogue: 'service level (T)',
    label: ['Service level', '服务水平'],
    about: [
      'Answered within the limit / (answered + abandoned − short abandons); the filters say whether short abandons, abandons and other outcomes count.',
      '阈值内接起 ÷（接起 + 放弃 − 短时放弃）；短时放弃、放弃及其他结果是否计入由筛选项决定。',
    ],
    sql: sqlOf(serviceLevel, columnSum),
  }),
  measure('ratio', {
    key: 'answeredRatio',
    catalogue: 'answered',
    label: ['Answer rate', '接起率'],
    about: ['Answered / offered.', '接起 ÷ 呼入量。'],
    sql: sqlOf(answerRate, columnSum),
  }),
  measure('ratio', {
    key: 'abandonedRatio',
    catalogue: 'abandoned',
    label: ['Abandon rate', '放弃率'],
    about: [
      '(Abandoned − short abandons) / (offered − short abandons); where the filter lets short abandons count, abandoned / offered.',
      '（放弃 − 短时放弃）÷（呼入量 − 短时放弃）；筛选项选择计入短时放弃时为 放弃 ÷ 呼入量。',
    ],
    sql: sqlOf(abandonRate, columnSum),
  }),
  measure('ratio', {
    key: 'abandonedGrossRatio',
    catalogue: 'abandoned',
    label: ['Abandon rate, gross', '放弃率（含短时）'],
    about: ['Abandoned / offered, short abandons included.', '放弃 ÷ 呼入量，含短时放弃。'],
    sql: sqlOf(abandonGross, columnSum),
  }),
  measure('ms', {
    key: 'asaMs',
    catalogue: 'ASA',
    label: ['ASA', '平均应答速度'],
    about: ['Mean wait of answered calls.', '接起呼叫的平均等待时长。'],
    sql: sqlOf(speedOfAnswer, columnSum),
  }),
  measure('ms', {
    key: 'abandonWaitMs',
    catalogue: 'wait',
    label: ['Wait before abandoning', '放弃前平均等待'],
    about: ['Mean wait of abandoned calls.', '放弃呼叫的平均等待时长。'],
    sql: sqlOf(abandonWait, columnSum),
  }),
  measure('ms', {
    key: 'talkMs',
    catalogue: 'talk',
    label: ['Talk', '通话时长'],
    about: ['Talk of its calls, hold excluded.', '通话时长，不含保持。'],
    sql: columnSum('talkMs'),
  }),
  measure('ms', {
    key: 'ahtMs',
    catalogue: 'AHT',
    label: ['AHT', '平均处理时长'],
    about: ['(Talk + hold + wrap-up) / answered.', '（通话 + 保持 + 话后处理）÷ 接起。'],
    sql: sqlOf(handlingTime, columnSum),
  }),
]

const queue = dimension({
  key: 'queue',
  catalogue: 'queue',
  label: ['Queue', '技能组'],
  about: ['Code of the queue.', '技能组编号。'],
  sql: 'r.queue_code',
})
const name = dimension({
  key: 'queueName',
  catalogue: 'queue',
  label: ['Queue name', '技能组名称'],
  about: ['Name of the queue.', '技能组名称。'],
  sql: 'r.queue_name',
})
const serviceFilters = [filter.threshold, filter.shortAbandons, filter.abandons, filter.otherExits]
const shared = {
  source: queueFigures,
  catalogue: ['offered', 'answered', 'abandoned', 'other outcomes', 'service level (T)', 'ASA', 'AHT'],
  measures: byRule,
  interval: null,
}

const queues: Report = {
  ...shared,
  id: 'queues',
  title: { en: 'Queues', zh: '技能组报表' },
  about: {
    en: 'The calls offered to each queue and their outcome. A call counts in the interval in which it entered the queue.',
    zh: '各技能组的呼入及结果；呼叫计入其进入技能组的时段。',
  },
  columns: [queue, name, ...figures],
  filters: [filter.days, filter.queue, ...serviceFilters],
  chart: { kind: 'bars', x: 'queue', y: ['answered', 'abandoned'], series: null },
  order: ['queue'],
}

const queueIntervals: Report = {
  ...shared,
  id: 'queue-intervals',
  title: { en: 'Queues by interval', zh: '技能组时段报表' },
  about: {
    en: 'The figures of all queues together, by interval or by day. A call counts in the interval in which it entered the queue.',
    zh: '按时段汇总的技能组指标；呼叫计入其进入技能组的时段。',
  },
  columns: [period('interval', ['Interval', '时段'], ['Start of the interval.', '时段起点。']), ...figures],
  filters: [filter.days, filter.interval('hour'), filter.weekStart, filter.queue, ...serviceFilters],
  chart: { kind: 'bars', x: 'period', y: ['answered', 'abandoned'], series: null },
  order: ['period'],
}

const queueByInterval: Report = {
  ...shared,
  id: 'queue-by-interval',
  title: { en: 'Each queue by interval', zh: '各技能组时段报表' },
  about: { en: 'The figures of each queue, by interval or by day.', zh: '按时段统计的各技能组指标。' },
  columns: [
    period('interval', ['Interval', '时段'], ['Start of the interval.', '时段起点。']),
    queue,
    name,
    ...figures,
  ],
  filters: [filter.days, filter.interval('day'), filter.weekStart, filter.queue, ...serviceFilters],
  chart: { kind: 'lines', x: 'period', y: ['serviceLevel'], series: 'queue' },
  order: ['period', 'queue'],
}

export const queueReports: readonly Report[] = [queues, queueIntervals, queueByInterval]
