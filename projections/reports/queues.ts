/** Reports of queues: offered calls and their outcome, waits, service level for any threshold, handling times. */
import { snake } from '../engine/names.ts'
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

/** Sum of a column of the figures, 0 if there is nothing. */
export const columnSum = (column: QueueFigure): string => sum(`r.${snake(column)}`)

const OFFERED = columnSum('offered')
const ANSWERED = columnSum('answered')
const ABANDONED = columnSum('abandoned')

/** What counts against the service level and the abandon rate, according to the filters. */
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
    label: { en: 'Offered', zh: '呼入量' },
    about: {
      en: 'Calls that entered the queue; one that was answered without waiting entered with wait 0.',
      zh: '进入技能组的呼叫数；未排队直接接起的按等待 0 计入。',
    },
    sql: OFFERED,
  }),
  measure('count', {
    key: 'answered',
    catalogue: 'answered',
    label: { en: 'Answered', zh: '接起量' },
    about: { en: 'The caller was connected to an agent.', zh: '坐席与主叫接通的呼叫数。' },
    sql: ANSWERED,
  }),
  measure('count', {
    key: 'abandoned',
    catalogue: 'abandoned',
    label: { en: 'Abandoned', zh: '放弃量' },
    about: {
      en: 'The caller hung up while queued, short abandons included.',
      zh: '排队中主叫挂机的呼叫数，含短时放弃。',
    },
    sql: ABANDONED,
  }),
  measure('count', {
    key: 'shortAbandoned',
    catalogue: 'abandoned',
    label: { en: 'Short abandons', zh: '短时放弃' },
    about: { en: 'Of the abandoned: sooner than the short-abandon limit.', zh: '放弃中低于短时放弃阈值的呼叫数。' },
    sql: columnSum('shortAbandoned'),
  }),
  measure('count', {
    key: 'timedOut',
    catalogue: 'other outcomes',
    label: { en: 'Timed out', zh: '超时' },
    about: { en: 'Left after the maximum wait.', zh: '超过最长等待而离开的呼叫数。' },
    sql: columnSum('timedOut'),
  }),
  measure('count', {
    key: 'leftByKey',
    catalogue: 'other outcomes',
    label: { en: 'Left by key', zh: '按键离开' },
    about: { en: 'Left by pressing a key.', zh: '按键离开技能组的呼叫数。' },
    sql: columnSum('leftByKey'),
  }),
  measure('count', {
    key: 'noAgent',
    catalogue: 'other outcomes',
    label: { en: 'No agent', zh: '无坐席' },
    about: { en: 'Left because no agent was available.', zh: '因无坐席离开的呼叫数。' },
    sql: columnSum('noAgent'),
  }),
  measure('count', {
    key: 'overflowed',
    catalogue: 'other outcomes',
    label: { en: 'Overflowed', zh: '溢出' },
    about: { en: 'Sent on to another queue.', zh: '溢出到其他技能组的呼叫数。' },
    sql: columnSum('overflowed'),
  }),
  measure('count', {
    key: 'calledBack',
    catalogue: 'other outcomes',
    label: { en: 'Call-backs', zh: '回呼' },
    about: { en: 'Asked for a call-back.', zh: '要求回呼的呼叫数。' },
    sql: columnSum('calledBack'),
  }),
  measure('count', {
    key: 'otherExits',
    catalogue: 'other outcomes',
    label: { en: 'Other', zh: '其他' },
    about: { en: 'Moved by a supervisor, queue closed, or failed.', zh: '被班长移走、技能组关闭或失败的呼叫数。' },
    sql: columnSum('otherExits'),
  }),
  measure('count', {
    key: 'waiting',
    catalogue: 'offered',
    label: { en: 'Waiting', zh: '仍在排队' },
    about: { en: 'Of the offered: no outcome yet.', zh: '进入技能组且尚无结果的呼叫数。' },
    sql: `${OFFERED} - ${ANSWERED} - ${ABANDONED} - (${sumSql(otherExits, columnSum)})`,
  }),
  measure('count', {
    key: 'answeredWithin',
    catalogue: 'service level (T)',
    label: { en: 'Answered in time', zh: '阈值内接起' },
    about: { en: 'Answered within the limit.', zh: '在阈值内接起的呼叫数。' },
    sql: columnSum('answeredInTarget'),
  }),
  measure('ratio', {
    key: 'serviceLevel',
    catalogue: 'service level (T)',
    label: { en: 'Service level', zh: '服务水平' },
    about: {
      en: 'Answered within the limit / (answered + abandoned − short abandons); the filters say whether short abandons, abandons and other outcomes count.',
      zh: '阈值内接起 ÷（接起 + 放弃 − 短时放弃）；短时放弃、放弃及其他结果是否计入由筛选项决定。',
    },
    sql: sqlOf(serviceLevel, columnSum),
  }),
  measure('ratio', {
    key: 'answeredRatio',
    catalogue: 'answered',
    label: { en: 'Answer rate', zh: '接起率' },
    about: { en: 'Answered / offered.', zh: '接起 ÷ 呼入量。' },
    sql: sqlOf(answerRate, columnSum),
  }),
  measure('ratio', {
    key: 'abandonedRatio',
    catalogue: 'abandoned',
    label: { en: 'Abandon rate', zh: '放弃率' },
    about: {
      en:
        '(Abandoned − short abandons) / (offered − short abandons); if the filter lets short abandons count, ' +
        'abandoned / offered.',
      zh: '（放弃 − 短时放弃）÷（呼入量 − 短时放弃）；筛选项选择计入短时放弃时为 放弃 ÷ 呼入量。',
    },
    sql: sqlOf(abandonRate, columnSum),
  }),
  measure('ratio', {
    key: 'abandonedGrossRatio',
    catalogue: 'abandoned',
    label: { en: 'Abandon rate, gross', zh: '放弃率（含短时）' },
    about: { en: 'Abandoned / offered, short abandons included.', zh: '放弃 ÷ 呼入量，含短时放弃。' },
    sql: sqlOf(abandonGross, columnSum),
  }),
  measure('ms', {
    key: 'asaMs',
    catalogue: 'ASA',
    label: { en: 'ASA', zh: '平均应答速度' },
    about: { en: 'Mean wait of answered calls.', zh: '接起呼叫的平均等待时长。' },
    sql: sqlOf(speedOfAnswer, columnSum),
  }),
  measure('ms', {
    key: 'abandonWaitMs',
    catalogue: 'wait',
    label: { en: 'Wait before abandoning', zh: '放弃前平均等待' },
    about: { en: 'Mean wait of abandoned calls.', zh: '放弃呼叫的平均等待时长。' },
    sql: sqlOf(abandonWait, columnSum),
  }),
  measure('ms', {
    key: 'talkMs',
    catalogue: 'talk',
    label: { en: 'Talk', zh: '通话时长' },
    about: { en: 'Talk of its calls, without hold.', zh: '通话时长，不含保持。' },
    sql: columnSum('talkMs'),
  }),
  measure('ms', {
    key: 'ahtMs',
    catalogue: 'AHT',
    label: { en: 'AHT', zh: '平均处理时长' },
    about: { en: '(Talk + hold + wrap-up) / answered.', zh: '（通话 + 保持 + 话后处理）÷ 接起。' },
    sql: sqlOf(handlingTime, columnSum),
  }),
]

const queue = dimension({
  key: 'queue',
  catalogue: 'queue',
  label: { en: 'Queue', zh: '技能组' },
  about: { en: 'Code of the queue.', zh: '技能组编号。' },
  sql: 'r.queue_code',
})
const name = dimension({
  key: 'queueName',
  catalogue: 'queue',
  label: { en: 'Queue name', zh: '技能组名称' },
  about: { en: 'Name of the queue.', zh: '技能组名称。' },
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
  columns: [
    period('interval', { en: 'Interval', zh: '时段' }, { en: 'Start of the interval.', zh: '时段起点。' }),
    ...figures,
  ],
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
    period('interval', { en: 'Interval', zh: '时段' }, { en: 'Start of the interval.', zh: '时段起点。' }),
    queue,
    name,
    ...figures,
  ],
  filters: [filter.days, filter.interval('day'), filter.weekStart, filter.queue, ...serviceFilters],
  chart: { kind: 'lines', x: 'period', y: ['serviceLevel'], series: 'queue' },
  order: ['period', 'queue'],
}

export const queueReports: readonly Report[] = [queues, queueIntervals, queueByInterval]
