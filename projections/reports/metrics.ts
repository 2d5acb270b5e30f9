/**
 * Metrics: one definition each, with a name and a version, as expressions over sums. A ratio is a ratio of
 * sums, never a mean of ratios; where there is nothing to divide by it is null. To have one for a day, a
 * group or everybody, sum the columns first and divide then.
 */

export interface Metric {
  /** Name of the column in reports. */
  name: string
  /** Raised when the definition changes. */
  version: number
  unit: 'ratio' | 'ms'
  /** In words. */
  about: string
  /** SQL over the columns (or sums of columns) of the table that it stands beside. */
  sql: string
}

/** A ratio of sums; null where there is nothing to divide by. */
const over = (above: string, below: string): string => `(${above})::float8 / nullif(${below}, 0)`

export const queueMetrics: readonly Metric[] = [
  {
    name: 'service_level',
    version: 1,
    unit: 'ratio',
    about: 'Answered within the queue’s threshold, of all that were answered or abandoned; short abandonments and other outcomes left out.',
    sql: over('answered_in_target', 'answered + abandoned - short_abandoned'),
  },
  { name: 'abandoned_ratio', version: 1, unit: 'ratio', about: 'Abandoned, short ones too, of all that were offered.', sql: over('abandoned', 'offered') },
  { name: 'answered_ratio', version: 1, unit: 'ratio', about: 'Answered, of all that were offered.', sql: over('answered', 'offered') },
  { name: 'asa_ms', version: 1, unit: 'ms', about: 'Mean wait of the answered calls (average speed of answer).', sql: over('wait_ms', 'answered') },
  { name: 'abandon_wait_ms_mean', version: 1, unit: 'ms', about: 'Mean wait of the abandoned calls.', sql: over('abandon_wait_ms', 'abandoned') },
  { name: 'aht_ms', version: 1, unit: 'ms', about: 'Average handling time: talk, hold and wrap-up of the answered calls.', sql: over('talk_ms + hold_ms + wrap_up_ms', 'answered') },
]

export const agentMetrics: readonly Metric[] = [
  { name: 'aht_ms', version: 1, unit: 'ms', about: 'Average handling time: talk, hold and wrap-up of the calls that he answered.', sql: over('talk_ms + hold_ms + wrap_up_ms', 'answered') },
  {
    name: 'occupancy',
    version: 1,
    unit: 'ratio',
    about: 'Time in calls, on hold and writing up, of that time and the time ready.',
    sql: over('in_call_ms + on_hold_ms + in_wrap_up_ms', 'in_call_ms + on_hold_ms + in_wrap_up_ms + ready_ms + on_demand_ms'),
  },
  { name: 'utilisation', version: 1, unit: 'ratio', about: 'Time signed in less breaks, of the time signed in.', sql: over('signed_in_ms - away_ms', 'signed_in_ms') },
]

/** A view that sets metrics beside the columns of a table. */
export interface MetricView {
  name: string
  /** The model whose columns it repeats. */
  of: string
  about: string
  metrics: readonly Metric[]
}

export const metricViews: readonly MetricView[] = [
  { name: 'queue_interval_report', of: 'queue_interval', about: 'Queues by quarter hour, with service level, waits and handling time.', metrics: queueMetrics },
  { name: 'queue_day_report', of: 'queue_day', about: 'Queues by day, with service level, waits and handling time.', metrics: queueMetrics },
  { name: 'agent_interval_report', of: 'agent_interval', about: 'Agents by shift and quarter hour, with handling time, occupancy and utilisation.', metrics: agentMetrics },
  { name: 'agent_day_report', of: 'agent_day', about: 'Agents by day, with handling time, occupancy and utilisation.', metrics: agentMetrics },
]

/** How a metric is described beside its column. */
export function metricAbout({ name, version, unit, about }: Metric): string {
  return `${about} (${name} v${version}, ${unit === 'ms' ? 'ms' : '0 to 1'}; null where there is nothing to divide by.)`
}
