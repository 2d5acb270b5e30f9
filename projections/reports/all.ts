/** Every report of the house, in the order in which they are listed. */
import { agentCallReports } from './agent-calls.ts'
import { agentReports } from './agent-time.ts'
import { callReports } from './calls.ts'
import { queueReports } from './queues.ts'
import type { Report } from './report.ts'
import { satisfactionReports } from './satisfaction.ts'
import { serviceLevelReports } from './service-level.ts'
import { trafficReports } from './traffic.ts'

export const reports: readonly Report[] = [
  ...queueReports,
  ...serviceLevelReports,
  ...callReports,
  ...agentReports,
  ...agentCallReports,
  ...trafficReports,
  ...satisfactionReports,
]
