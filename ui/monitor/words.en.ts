/** The words of what a supervisor does, in English. */
import type { SupervisorWords } from './words.zh.ts'

export const en = {
  longSignIn: { on: 'Long sign-in', off: 'End long sign-in' },
  call: { title: 'Supervise the call' },
  act: { listen: 'Listen', whisper: 'Whisper', three_way: 'Three-way', take_over: 'Take over', leave: 'Leave the call', disconnect: 'Disconnect' },
  about: {
    listen: 'nobody hears you or notices',
    whisper: 'only the agent hears you',
    three_way: 'agent and customer hear you',
    take_over: 'you talk to the customer, the agent is out',
    leave: 'the call goes on',
    disconnect: 'ends the call of agent and customer at once',
  },
  phone: { label: 'Your phone', own: 'your own extension', kind: 'Kind of number', extension: 'SIP extension', number: 'Landline / mobile', help: 'rung when you listen, whisper, join or take over; empty: your own extension' },
  confirm: {
    sign_out: (who) => `Sign ${who} out?`,
    take_over: (who) => `Take over? The call of ${who} ends and you talk to the customer.`,
    disconnect: (who) => `Disconnect the call of ${who}? The customer is cut off too.`,
    yes: { sign_out: 'Sign out', take_over: 'Take over', disconnect: 'Disconnect' },
  },
  caller: {
    manage: (who) => `Arrange the wait of ${who}`,
    title: 'Arrange the wait',
    move: 'Move to queue',
    priority: 'Priority',
    priorityHelp: '−1000 to 1000, counted as seconds waited; higher goes first',
    setPriority: 'Set priority',
    gone: 'This caller has left the queue.',
  },
} satisfies SupervisorWords
