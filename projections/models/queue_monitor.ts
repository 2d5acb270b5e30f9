/** One row per queue: who is waiting and who is serving now. Sums over the open calls and the agents. */
import { aggregate, contributions, count, text } from '../engine/model.ts'
import { agentMonitor } from './agent_monitor.ts'
import { calls } from './calls.ts'
import { queues } from './queues.ts'

/** States of agents, by the column that counts them. */
const columnOf: Readonly<Record<string, string>> = {
  ready: 'ready',
  on_demand: 'onDemand',
  ringing: 'ringing',
  in_call: 'inCall',
  on_hold: 'onHold',
  wrap_up: 'wrapUp',
  not_ready: 'notReady',
  away: 'away',
  not_responding: 'notResponding',
  previewing: 'previewing',
}

export const queueMonitor = aggregate('queue_monitor', {
  version: 2,
  about: 'Queues (技能组) as they are now. The longest wait comes from the waiting rows of `calls`.',
  key: { queueCode: text('The queue.') },
  columns: {
    configured: count('1 if a configuration named it.'),
    waiting: count('Callers waiting.'),
    offered: count('Waiting callers who are being offered to an agent.'),
    callbacks: count('Call-backs with a place in the queue and nobody on the line.'),
    talking: count('Callers of this queue who are talking to an agent or on hold.'),
    signedIn: count('Agents of this queue who are signed in.'),
    ready: count('Of these: ready.'),
    onDemand: count('Of these: ready for one call.'),
    ringing: count('Of these: ringing.'),
    inCall: count('Of these: in a call.'),
    onHold: count('Of these: with the customer on hold.'),
    wrapUp: count('Of these: in wrap-up.'),
    notReady: count('Of these: not ready (busy).'),
    away: count('Of these: on a break.'),
    notResponding: count('Of these: not responding after unanswered offers.'),
    previewing: count('Of these: previewing a customer before calling.'),
  },
  from: [
    contributions(queues, ({ queueCode }) => [{ key: { queueCode }, add: { configured: 1 } }]),
    contributions(calls, ({ queueCode, status }) => {
      if (queueCode === null) return []
      if (status === 'waiting') return [{ key: { queueCode }, add: { waiting: 1 } }]
      if (status === 'offered') return [{ key: { queueCode }, add: { waiting: 1, offered: 1 } }]
      if (status === 'callback') return [{ key: { queueCode }, add: { callbacks: 1 } }]
      if (status === 'talking' || status === 'held') return [{ key: { queueCode }, add: { talking: 1 } }]
      return []
    }),
    contributions(agentMonitor, ({ state, queueCodes }) => {
      const column = columnOf[state]
      return column === undefined
        ? []
        : queueCodes.map((queueCode) => ({ key: { queueCode }, add: { signedIn: 1, [column]: 1 } }))
    }),
  ],
  board: true,
})
