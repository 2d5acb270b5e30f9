/** A configuration that is to be activated, with all of its defaults filled in. */
import type { Reason } from '../agent/reasons.ts'
import type { ShiftRules } from '../agent/rules.ts'
import type { NetworkSettings } from '../network/settings.ts'
import type { QueueSettings } from '../queue/settings.ts'
import type { RouteSettings } from '../routing/settings.ts'
import type { AgentInput, SupervisorSettings } from './events.ts'

export interface Wanted {
  zone: string
  queues: readonly QueueSettings[]
  agents: readonly AgentInput[]
  routes: readonly RouteSettings[]
  shifts: ShiftRules
  reasons: readonly Reason[]
  supervisors: readonly SupervisorSettings[]
  network: NetworkSettings
}
