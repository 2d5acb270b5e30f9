/**
 * Why somebody is away, busy or signed out, as text: a rule's own text, or the label of a reason that the tenant
 * configured. Free text from old ledgers is shown as written.
 */
import { houseReasons, type Reason, type ReasonUse } from '@ledgerline/core/agent/reasons.ts'
import { get, Refusal } from '../http/requests.ts'
import { language } from '../language/language.svelte.ts'
import { agentWords } from './words.ts'
import type { AgentWords } from './words.zh.ts'

class Reasons {
  /** The built-in ones until the tenant's have been loaded. */
  all: readonly Reason[] = $state.raw(houseReasons)

  async load(): Promise<void> {
    try {
      this.all = (
        await get<{ reasons: readonly Reason[] }>('/api/v1/reasons', {}, new AbortController().signal)
      ).reasons
    } catch (error) {
      // Keep the current list; the next page that opens tries again.
      if (!(error instanceof Refusal)) throw error
    }
  }

  /** What may be chosen for any of these states. */
  for(...uses: readonly ReasonUse[]): readonly Reason[] {
    return this.all.filter((reason) => reason.for.some((use) => uses.includes(use)))
  }
}

export const reasons = new Reasons()

export function labelOf(reason: Reason): string {
  return language.say(reason)
}

/** A reason in the reader's words. */
export function reasonText(reason: string): string {
  const known = reasons.all.find(({ code }) => code === reason)
  return known
    ? labelOf(known)
    : (agentWords[language.code].ruleReason[reason as keyof AgentWords['ruleReason']] ?? reason)
}
