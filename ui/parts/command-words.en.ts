/** Texts around a command, in English. */
import type { CommandWords } from './command-words.zh.ts'

export const en = {
  past: 'No actions while viewing the past.',
  title: 'Actions',
  to: { ready: 'Set ready', not_ready: 'Set busy', away: 'Set away', signed_out: 'Sign out' },
  reason: 'Reason',
  optional: 'optional',
  sending: 'Sending…',
  done: (what) => `Done: ${what.toLowerCase()}`,
  failed:
    'The server did not answer, so the action may not have taken effect. Check whether the state changes, then try again.',
  cancel: 'Cancel',
} satisfies CommandWords
