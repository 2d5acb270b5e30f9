/** The read models of the house: what the engine runs and what the data dictionary lists. */
import { catalogue, concepts, importedCategories } from '@ledgerline/core/catalogue.ts'
import { categoryOf, idOf } from '@ledgerline/core/kernel/event.ts'
import { CLOSES, closesItself, opensAgain } from '@ledgerline/core/state/aside.ts'
import type { ReadModels } from './engine/lanes.ts'
import type { Entity, ReadModel } from './engine/model.ts'
import { audit } from './models/audit.ts'
import { agentDay } from './models/agent_day.ts'
import { agentInterval } from './models/agent_interval.ts'
import { agentMonitor } from './models/agent_monitor.ts'
import { agentStateLog } from './models/agent_state_log.ts'
import { calls } from './models/calls.ts'
import { callParties } from './models/call_parties.ts'
import { callSegments } from './models/call_segments.ts'
import { gateways } from './models/gateways.ts'
import { historyAgents } from './models/history_agents.ts'
import { legs } from './models/legs.ts'
import { mailboxes } from './models/mailboxes.ts'
import { offers } from './models/offers.ts'
import { queueDay } from './models/queue_day.ts'
import { queueInterval } from './models/queue_interval.ts'
import { queueMinute } from './models/queue_minute.ts'
import { queueMonitor } from './models/queue_monitor.ts'
import { queues } from './models/queues.ts'
import { recordings } from './models/recordings.ts'
import { registrations } from './models/registrations.ts'
import { shifts } from './models/shifts.ts'
import { surveys } from './models/surveys.ts'
import { tasks } from './models/tasks.ts'
import { tenants } from './models/tenants.ts'
import { voiceMessages } from './models/voice_messages.ts'
import { recordChanges, registerTables } from './registers/registers.ts'
import { views } from './reports/views.ts'

/** Distinguishes a list of different models from a list of one kind: each has its own columns. */
const list = (...models: unknown[]): readonly ReadModel[] => models as ReadModel[]

export const readModels: ReadModels = {
  models: list(
    tenants,
    queues,
    calls,
    callSegments,
    callParties,
    legs,
    offers,
    recordings,
    voiceMessages,
    mailboxes,
    surveys,
    agentMonitor,
    shifts,
    agentStateLog,
    queueMonitor,
    queueInterval,
    queueMinute,
    queueDay,
    agentInterval,
    agentDay,
    historyAgents,
    gateways,
    registrations,
    audit,
    ...registerTables,
    recordChanges,
    tasks,
  ),
  zones: tenants as unknown as Entity,
  events: {
    isKnown: (type) => type in catalogue,
    typesOf: (category) => Object.keys(concepts[category as keyof typeof concepts] ?? {}),
    subjectOf: (stream) => ({ category: categoryOf(stream).replace(/^imported_/, ''), id: idOf(stream) }),
    closes: CLOSES,
    closesItself,
    opensAgain,
  },
  views,
  lanes: {
    switchboard: { filter: { exceptCategories: importedCategories }, present: true },
    // Imported history has a lane of its own, so that loading it never delays a board.
    bulk: { filter: { categories: importedCategories }, present: false },
  },
  laneOf: (tenant) => (tenant === null || tenant['source'] === 'switchboard' ? 'switchboard' : 'bulk'),
}
