/** What activation refuses: invalid codes, and settings out of bounds. */
import { refusePlaces, shiftBounds } from '../agent/bounds.ts'
import type { ShiftRules } from '../agent/rules.ts'
import { refuseOutside } from '../kernel/bounds.ts'
import { Problem } from '../kernel/problem.ts'
import { queueBounds } from '../queue/bounds.ts'
import type { QueueSettings } from '../queue/settings.ts'
import type { AgentInput } from './events.ts'

/** Names that every object has: looked up as a code, they would find something nobody configured. */
const INHERITED = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

/**
 * A code is what people type and other systems send.
 * @throws Problem `switchboard.code_invalid`
 */
export function refuseCode(what: string, code: string): void {
  // eslint-disable-next-line no-control-regex
  if (INHERITED.has(code) || /[\u0000-\u001f\u007f-\u009f]/.test(code) || code !== code.trim())
    throw new Problem('switchboard.code_invalid', { what, code: JSON.stringify(code) })
}

/** @throws Problem `switchboard.out_of_bounds`, naming the first such setting */
export function refuseOutOfBounds({
  queues,
  agents,
  shifts,
}: {
  queues: readonly QueueSettings[]
  agents: readonly AgentInput[]
  shifts: ShiftRules
}): void {
  for (const queue of queues) refuseOutside(`queue ${queue.code}`, queue, queueBounds)
  for (const { agentCode, queues: places } of agents) refusePlaces(agentCode, places)
  refuseOutside('shifts', shifts, shiftBounds)
}
