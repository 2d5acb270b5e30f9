/** Texts of a supervisor's actions, in English. */
import type { SupervisorWords } from './words.zh.ts'

export const en = {
  longSignIn: { on: 'Long sign-in', off: 'End long sign-in' },
  call: { title: 'Supervise the call' },
  act: {
    listen: 'Listen',
    whisper: 'Whisper',
    three_way: 'Three-way',
    take_over: 'Take over',
    leave: 'Leave the call',
    disconnect: 'Disconnect',
  },
  about: {
    listen: 'neither side hears you or notices',
    whisper: 'only the agent hears you',
    three_way: 'agent and customer hear you',
    take_over: 'you talk to the customer; the agent leaves the call',
    leave: 'the call goes on',
    disconnect: 'ends the call at once, for agent and customer',
  },
  phone: {
    label: 'Your phone',
    none: 'not set',
    kind: 'Kind of number',
    extension: 'Extension',
    number: 'Landline / mobile',
    change: 'Change',
    /** The actions that ring this phone, as verbs. */
    to: { listen: 'listen', whisper: 'whisper', three_way: 'join the call', take_over: 'take over' },
    ask: (act) => `Enter the extension or number you want to ${act} on`,
    help: 'It rings first; you join when you answer. This browser remembers it.',
    ok: (act) => `Call it and ${act}`,
    extensionHelp: 'an extension has up to six digits',
    numberHelp: 'enter a number that can be dialled',
  },
  reasonNone: 'none',
  bar: {
    label: 'Supervision in progress',
    mode: {
      listen: 'Listening to',
      whisper: 'Whispering to',
      three_way: 'Three-way with',
      take_over: 'Taking over from',
    },
    rings: 'ringing your phone',
    phone: (value) => `your phone ${value}`,
    outside: 'an outside number',
  },
  confirm: {
    sign_out: (who) => `Sign ${who} out?`,
    take_over: (who) => `Take over from ${who}? Their call ends and you talk to the customer.`,
    disconnect: (who) => `Disconnect ${who}? The customer is cut off too.`,
    yes: { sign_out: 'Sign out', take_over: 'Take over', disconnect: 'Disconnect' },
  },
  caller: {
    manage: (who) => `Manage waiting caller ${who}`,
    title: 'Manage this caller',
    move: 'Move to queue',
    priority: 'Priority',
    priorityHelp: '−1000 to 1000, counted as seconds waited; higher goes first',
    setPriority: 'Set priority',
    gone: 'This caller has left the queue.',
  },
} satisfies SupervisorWords
