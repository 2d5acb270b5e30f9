/** What should be different from the recorded day: people, strategy, settings of queues. */
import { queueSettings, type QueueSettings } from '@ledgerline/core/queue/settings.ts'
import type { Strategy } from '@ledgerline/core/queue/strategies.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** A stretch of the day, ms after its beginning, and how many people work then. */
export interface PlannedShift {
  people: number
  fromMs: number
  toMs: number
}

/** What should be different; nothing: the base alone. */
export interface Change {
  /**
   * This many people: those who worked least are left out, those who worked most are doubled and rest at other moments
   * the second time.
   */
  agents?: number
  /** Instead of the people who were there; each serves all queues. */
  shifts?: readonly PlannedShift[]
  strategy?: Strategy
  /** Settings of queues by name (`maxWaitMs`, `tiers.apply`), as text. */
  set?: readonly { name: string; value: string }[]
  /** The queues whose strategy and settings change; by default all. */
  queues?: readonly string[]
}

/** The queues with the changes. @throws Problem `what_if.no_queue`, `what_if.no_setting`, `what_if.bad_value` */
export function changedQueues(
  queues: readonly QueueSettings[],
  { strategy, set = [], queues: codes }: Change,
): QueueSettings[] {
  for (const code of codes ?? []) {
    if (queues.some((queue) => queue.code === code)) continue
    throw new Problem('what_if.no_queue', { queue: code, queues: queues.map((queue) => queue.code).join(', ') })
  }
  return queues.map((queue) => {
    if (codes && !codes.includes(queue.code)) return queue
    return withSettings(strategy ? { ...queue, strategy } : queue, set)
  })
}

/** A queue with some settings changed. A name with a full stop refers to a setting inside a group. */
function withSettings(queue: QueueSettings, set: NonNullable<Change['set']>): QueueSettings {
  const asked = structuredClone(queue) as Record<string, unknown>
  for (const { name, value } of set) {
    const steps = name.split('.')
    const last = steps.pop()!
    const holder = steps.reduce<Record<string, unknown> | null>(
      (inside, step) => (isGroup(inside?.[step]) ? inside[step] : null),
      asked,
    )
    if (!holder || !(last in holder) || last === 'code') {
      throw new Problem('what_if.no_setting', { setting: name, settings: namesOf(asked).join(', ') })
    }
    holder[last] = read(value)
  }
  const parsed = queueSettings.strict().safeParse(asked)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const name = issue.path.join('.')
  const value = set.findLast((each) => each.name === name)?.value ?? ''
  throw new Problem('what_if.bad_value', { setting: name, value, reason: issue.message })
}

/** Text as typed: a number, true, false, null, else the text itself. */
function read(text: string): unknown {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text === 'null' ? null : text
}

function namesOf(group: Record<string, unknown>): string[] {
  return Object.entries(group).flatMap(([name, value]) => {
    if (name === 'code' || Array.isArray(value)) return []
    return isGroup(value) ? namesOf(value).map((inner) => `${name}.${inner}`) : [name]
  })
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
