/** How the service level depends on the threshold: each queue's curve, from the histogram of its waits. */
import { dimension, filter, measure, sum } from './columns.ts'
import { answeredWithin, columnSum, ruleOf } from './queues.ts'
import { serviceLevelBy, sqlOf } from './ratios.ts'
import type { Report, ReportContext } from './report.ts'
import { queueFigures } from './sources.ts'

/**
 * Steps of 5 s up to a minute, then wider: the range in which a curve bends, and the thresholds people agree on. All
 * are borders of the histogram.
 */
const thresholds: readonly number[] = [
  ...Array.from({ length: 13 }, (_, i) => i * 5),
  75,
  90,
  105,
  120,
  150,
  180,
  240,
  300,
].map((seconds) => seconds * 1000)

/** A curve has bent by then; later values are in the columns. */
const drawn = thresholds.filter((thresholdMs) => thresholdMs <= 120_000)

const keyOf = (thresholdMs: number): string => `within${thresholdMs / 1000}`

const curve: Report = {
  id: 'service-level',
  catalogue: ['service level (T)'],
  title: { en: 'Service level by limit', zh: '服务水平曲线' },
  about: {
    en: 'The share of its calls that each queue answered within a limit, for limits up to five minutes. A call counts in the interval in which it entered the queue.',
    zh: '各技能组在不同阈值内接起的比例，阈值至五分钟；呼叫计入其进入技能组的时段。',
  },
  columns: [
    dimension({
      key: 'queue',
      catalogue: 'queue',
      label: { en: 'Queue', zh: '技能组' },
      about: { en: 'Code of the queue.', zh: '技能组编号。' },
      sql: 'r.queue_code',
    }),
    dimension({
      key: 'queueName',
      catalogue: 'queue',
      label: { en: 'Queue name', zh: '技能组名称' },
      about: { en: 'Name of the queue.', zh: '技能组名称。' },
      sql: 'r.queue_name',
    }),
    measure('count', {
      key: 'offered',
      catalogue: 'offered',
      label: { en: 'Offered', zh: '呼入量' },
      about: { en: 'Calls that entered the queue.', zh: '进入技能组的呼叫数。' },
      sql: sum('r.offered'),
    }),
    ...thresholds.map((thresholdMs) =>
      measure('ratio', {
        key: keyOf(thresholdMs),
        catalogue: 'service level (T)',
        label: { en: `${thresholdMs / 1000} s`, zh: `${thresholdMs / 1000} 秒` },
        about: {
          en: `Answered within ${thresholdMs / 1000} s / (answered + abandoned − short abandons); the filters say whether short abandons, abandons and other outcomes count.`,
          zh: `${thresholdMs / 1000} 秒内接起 ÷（接起 + 放弃 − 短时放弃）；短时放弃、放弃及其他结果是否计入由筛选项决定。`,
        },
        sql: 'null::float8',
      }),
    ),
  ],
  filters: [filter.days, filter.queue, filter.shortAbandons, filter.abandons, filter.otherExits],
  chart: { kind: 'lines', x: 'thresholdMs', y: drawn.map(keyOf), series: 'queue', at: drawn },
  source: queueFigures,
  measures: (context) =>
    Object.fromEntries(thresholds.map((thresholdMs) => [keyOf(thresholdMs), levelWithin(thresholdMs, context)])),
  interval: null,
  order: ['queue'],
}

/** The service level for a chosen threshold. */
function levelWithin(thresholdMs: number, context: ReportContext): string {
  return sqlOf(serviceLevelBy(ruleOf(context)), (column) =>
    column === 'answeredInTarget' ? answeredWithin(thresholdMs, context) : columnSum(column),
  )
}

export const serviceLevelReports: readonly Report[] = [curve]
