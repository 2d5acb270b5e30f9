/** The read models of the house: what the engine runs and what the data dictionary lists. */
import { importedCategories } from '@ledgerline/core/catalogue.ts'
import type { LogFilter } from '@ledgerline/core/kernel/log.ts'
import type { Entity, ReadModel } from './engine/model.ts'
import { agentDay } from './models/agent_day.ts'
import { agentInterval } from './models/agent_interval.ts'
import { agentMonitor } from './models/agent_monitor.ts'
import { agentStateLog } from './models/agent_state_log.ts'
import { calls } from './models/calls.ts'
import { callParties } from './models/call_parties.ts'
import { callSegments } from './models/call_segments.ts'
import { historyAgents } from './models/history_agents.ts'
import { legs } from './models/legs.ts'
import { offers } from './models/offers.ts'
import { queueDay } from './models/queue_day.ts'
import { queueInterval } from './models/queue_interval.ts'
import { queueMinute } from './models/queue_minute.ts'
import { queueMonitor } from './models/queue_monitor.ts'
import { queues } from './models/queues.ts'
import { shifts } from './models/shifts.ts'
import { tenants } from './models/tenants.ts'
import { views, type View } from './reports/views.ts'

/** What an engine runs. */
export interface ReadModels {
  /** `zones` among them, and first; a model after those that it comes from. */
  models: readonly ReadModel[]
  /** The entity whose rows say in which zone each tenant's days are cut (column `zone`), or none. */
  zones: Entity | null
  /** Views over the models’ own. */
  views: readonly View[]
}

/** Tells a list of different models apart from a list of one kind: each has its own columns. */
const list = (...models: unknown[]): readonly ReadModel[] => models as ReadModel[]

export const house: ReadModels = {
  models: list(tenants, queues, calls, callSegments, callParties, legs, offers, agentMonitor, shifts, agentStateLog, queueMonitor, queueInterval, queueMinute, queueDay, agentInterval, agentDay, historyAgents),
  zones: tenants as unknown as Entity,
  views,
}

/** A stretch of the log with an ordered read and checkpoints of its own. */
export type Lane = 'switchboard' | 'bulk'

/** Imported history has a lane of its own, so that loading it never delays a board. */
export const lanes: Readonly<Record<Lane, LogFilter>> = {
  switchboard: { exceptCategories: importedCategories },
  bulk: { categories: importedCategories },
}
