/** The words around a command, in English. */
import type { CommandWords } from './command-words.zh.ts'

export const en = {
  past: 'Nothing can be ordered in the past.',
  title: 'Actions',
  to: { ready: 'Set ready', not_ready: 'Set busy', away: 'Set away', signed_out: 'Sign out' },
  reason: 'Reason',
  optional: 'may stay empty',
  sending: 'Sending…',
  done: (what) => `Done: ${what.toLowerCase()}`,
  failed:
    'The server did not answer; the action may not have been done. See whether the state changes, then try again.',
  cancel: 'Cancel',
} satisfies CommandWords
