/**
 * The metrics beside the columns of tables, each with a name, a version and a description. Their formulas are in
 * `ratios.ts`, which boards and simulations use too. For a metric over a day, a group or everybody, first sum the
 * columns and then divide.
 */
import type { HouseWord } from '@ledgerline/core/agent/manual-words.ts'
import { snake } from '../engine/names.ts'
import type { Metric, MetricView } from '../engine/view.ts'
import { columnOf } from '../models/agent_figures.ts'
import {
  abandonGross,
  abandonRate,
  abandonWait,
  answerRate,
  handlingTime,
  occupancy,
  serviceLevel,
  speedOfAnswer,
  sqlOf,
  utilisation,
  type Ratio,
} from './ratios.ts'

const metric = <C extends string>(
  name: string,
  version: number,
  unit: Metric['unit'],
  about: string,
  ratio: Ratio<C>,
): Metric => ({ name, version, unit, about, sql: sqlOf(ratio, snake) })

/** The column with the time in a state. */
export const timeIn = (state: HouseWord): string => snake(columnOf[state]!)

export const queueMetrics: readonly Metric[] = [
  metric(
    'service_level',
    1,
    'ratio',
    'Answered within the queue’s limit, as a share of all answered or abandoned; short abandons and other outcomes ' +
      'left out.',
    serviceLevel,
  ),
  metric(
    'abandoned_ratio',
    2,
    'ratio',
    'Abandoned, as a share of all offered; short abandons left out of both. (Version 1 counted them: that is ' +
      'abandoned_gross_ratio now.)',
    abandonRate,
  ),
  metric(
    'abandoned_gross_ratio',
    1,
    'ratio',
    'Abandoned, including short abandons, as a share of all offered.',
    abandonGross,
  ),
  metric('answered_ratio', 1, 'ratio', 'Answered, as a share of all offered.', answerRate),
  metric('asa_ms', 1, 'ms', 'Mean wait of the answered calls (average speed of answer).', speedOfAnswer),
  metric('abandon_wait_ms_mean', 1, 'ms', 'Mean wait of the abandoned calls.', abandonWait),
  metric('aht_ms', 1, 'ms', 'Average handling time: talk, hold and wrap-up of the answered calls.', handlingTime),
]

export const agentMetrics: readonly Metric[] = [
  metric(
    'aht_ms',
    1,
    'ms',
    'Average handling time: talk, hold and wrap-up of the calls the agent answered.',
    handlingTime,
  ),
  {
    name: 'occupancy',
    version: 1,
    unit: 'ratio',
    about: 'Time in calls, on hold and in wrap-up, as a share of that time plus the time ready.',
    sql: sqlOf(occupancy, timeIn),
  },
  metric('utilisation', 1, 'ratio', 'Time signed in less breaks, as a share of the time signed in.', utilisation),
]

export const metricViews: readonly MetricView[] = [
  {
    name: 'queue_interval_report',
    of: 'queue_interval',
    about: 'Queues by quarter hour, with service level, waits and handling time.',
    metrics: queueMetrics,
  },
  {
    name: 'queue_day_report',
    of: 'queue_day',
    about: 'Queues by day, with service level, waits and handling time.',
    metrics: queueMetrics,
  },
  {
    name: 'agent_interval_report',
    of: 'agent_interval',
    about: 'Agents by shift and quarter hour, with handling time, occupancy and utilisation.',
    metrics: agentMetrics,
  },
  {
    name: 'agent_day_report',
    of: 'agent_day',
    about: 'Agents by day, with handling time, occupancy and utilisation.',
    metrics: agentMetrics,
  },
]
