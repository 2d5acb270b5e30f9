/**
 * The satisfaction report of catalogue A (A11.3.6): how customers rated the agents they had talked to. It counts customers
 * who were asked; one who was not asked is not in it.
 */
import { dimension, filter, measure } from './columns.ts'
import { dissatisfaction, fairShare, satisfaction, sqlOf, sumSql, type Ratio, type SurveyFigure } from './ratios.ts'
import type { Report } from './report.ts'
import { surveys } from './sources.ts'

const counted: Readonly<Record<SurveyFigure, string>> = {
  satisfied: "count(*) filter (where r.rating = 'satisfied')",
  fair: "count(*) filter (where r.rating = 'fair')",
  dissatisfied: "count(*) filter (where r.rating = 'dissatisfied')",
  notRated: 'count(*) filter (where r.rating is null)',
}
const catalogue = 'A11.3.6-satisfaction'
const column = (figure: SurveyFigure): string => counted[figure]
const ratio = (of: Ratio<SurveyFigure>): string => sqlOf(of, column)
const percent = { digits: 2 }

export const satisfactionReports: readonly Report[] = [
  {
    id: 'satisfaction',
    catalogue: ['A11.3.6-satisfaction', 'A11.3.6-rating-scale'],
    title: { en: 'Satisfaction', zh: '满意度统计' },
    about: {
      en: 'How customers rated agents after their calls. It counts customers who were asked, on the day they were.',
      zh: '客户在通话后对坐席的评价；统计被询问的客户，计入询问当日。',
    },
    columns: [
      dimension({
        key: 'agent',
        catalogue,
        label: { en: 'Agent', zh: '坐席' },
        about: { en: 'Number of the agent who is rated.', zh: '被评价坐席的工号。' },
        sql: 'r.agent_code',
      }),
      dimension({
        key: 'extension',
        catalogue,
        label: { en: 'Extension', zh: '分机' },
        about: { en: 'Their phone in that call.', zh: '该通话所用分机。' },
        sql: 'r.extension',
      }),
      measure('count', {
        key: 'satisfied',
        catalogue: 'A11.3.6-rating-scale',
        label: { en: 'Satisfied', zh: '满意数' },
        about: { en: 'Customers who were satisfied.', zh: '评价为满意的客户数。' },
        sql: counted.satisfied,
      }),
      measure('count', {
        key: 'fair',
        catalogue: 'A11.3.6-rating-scale',
        label: { en: 'Fair', zh: '一般数' },
        about: { en: 'Customers who found it fair.', zh: '评价为一般的客户数。' },
        sql: counted.fair,
      }),
      measure('count', {
        key: 'dissatisfied',
        catalogue: 'A11.3.6-rating-scale',
        label: { en: 'Dissatisfied', zh: '不满意数' },
        about: { en: 'Customers who were not satisfied.', zh: '评价为不满意的客户数。' },
        sql: counted.dissatisfied,
      }),
      measure('count', {
        key: 'notRated',
        catalogue: 'A11.3.6-rating-scale',
        label: { en: 'Not rated', zh: '未评价数' },
        about: {
          en: 'Customers who were asked and hung up, pressed no key, or twice one that means nothing.',
          zh: '被询问但挂机、未按键或两次按错键的客户数。',
        },
        sql: counted.notRated,
      }),
      measure('count', {
        key: 'asked',
        catalogue,
        label: { en: 'Total', zh: '总计' },
        about: { en: 'All who were asked: the sum of the four.', zh: '被询问的客户总数，即以上四项之和。' },
        sql: sumSql(satisfaction.below, column),
      }),
      measure('ratio', {
        key: 'satisfaction',
        catalogue,
        label: { en: 'Satisfied (%)', zh: '满意率' },
        about: { en: 'Satisfied / total (9 of 57: 15.79 %).', zh: '满意数 ÷ 总计（57 人中 9 人为 15.79%）。' },
        sql: ratio(satisfaction),
        shown: percent,
      }),
      measure('ratio', {
        key: 'fairShare',
        catalogue,
        label: { en: 'Fair (%)', zh: '一般率' },
        about: { en: 'Fair / total.', zh: '一般数 ÷ 总计。' },
        sql: ratio(fairShare),
        shown: percent,
      }),
      measure('ratio', {
        key: 'dissatisfaction',
        catalogue,
        label: { en: 'Dissatisfied (%)', zh: '不满意率' },
        about: { en: 'Dissatisfied / total.', zh: '不满意数 ÷ 总计。' },
        sql: ratio(dissatisfaction),
        shown: percent,
      }),
    ],
    filters: [filter.days, filter.agent, filter.extension, filter.queue],
    chart: { kind: 'bars', x: 'agent', y: ['satisfied', 'fair', 'dissatisfied'], series: null },
    source: surveys,
    interval: null,
    order: ['agent', 'extension'],
  },
]
