/** Every word of the screens, in English. */
import type { Messages } from './zh.ts'

export const en = {
  product: 'Ledgerline call centre',
  none: '–',
  listOf: (items) => items.join(', '),

  language: { switchTo: '中文', switchToLabel: '切换为中文' },
  theme: { label: 'Theme', dark: 'Dark', light: 'Light', system: 'Follow the device' },

  live: {
    waiting: 'Connecting…',
    live: 'Live',
    noData: 'No data',
    notConnected: 'Not connected',
    since: (age) => `for ${age}`,
    lastSeen: (at) => `last update ${at}`,
    late: (age) => `Late by ${age}`,
    stale: (age, at) => `No data for ${age} · last seen ${at}`,
    lagging: 'the server is behind',
    delayed: 'Late: not pushed, read every second',
    speed: (n) => `${n}× speed`,
    behind: (n, asked) => `Running at ${n}× of ${asked}×: behind`,
  },

  state: {
    ready: 'Ready', ringing: 'Ringing', in_call: 'In call', on_hold: 'On hold', wrap_up: 'Wrap-up', previewing: 'Preview', on_demand: 'One call only',
    not_ready: 'Busy', away: 'Away', not_responding: 'Not responding', signed_out: 'Signed out',
  },
  phoneMissing: 'Phone not registered',
  longStay: 'Longer than usual in this state',
  leftOut: 'Ready far longer than all others',
  longSignIn: 'Long sign-in',

  level: { good: 'Normal', warning: 'Watch', critical: 'Alarm' },

  tile: {
    waiting: 'Waiting',
    longest: 'Longest wait',
    serviceLevel: 'Service level today',
    abandoned: 'Abandoned today',
    ready: 'Ready agents',
    inCall: 'In call',
    last30Short: '30 min',
    last30: 'last 30 min',
    targetWithin: (share, seconds) => `target ${share} in ${seconds} s`,
    targetByQueue: (share) => `target ${share}, time by queue`,
    below: (value) => `< ${value}`,
    was: (value) => `was ${value}`,
    ruleBelow: (warning, critical) => `Watch from ${warning}, alarm from ${critical}; shows after 3 s, clears after 10 s`,
    ruleAbove: (warning, critical) => `Watch below ${warning}, alarm below ${critical}; shows after 3 s, clears after 10 s`,
    ruleReady: 'Watch when callers wait and no agent is ready',
    halfHourBelow: 'Last 30 min below target',
    online: (n) => `of ${n} in`,
    occupancy: (share) => `occupancy ${share}`,
    met: 'On target',
    noneReady: 'None ready',
    noCallsYet: 'No calls yet today',
    ringingNow: (n) => `${n} ringing`,
  },

  queue: {
    title: 'Queues',
    waiting: 'Waiting',
    longest: 'Longest',
    states: 'Agents',
    serviceLevel: 'Service level',
    offered: 'Offered',
    abandoned: 'Aband.',
    ready: 'Ready',
    all: 'All queues',
    count: (n) => `${n} queues`,
    others: (n) => `${n} other queues`,
    empty: 'No queues yet',
    emptyHelp: 'Callers and agents of each queue show here once queues are activated.',
    statesOf: (parts) => parts || 'no agents',
  },

  agents: {
    title: 'Agents',
    online: (n) => `${n} signed in`,
    empty: 'No one signed in',
    emptyHelp: 'Agents show here once they sign in.',
    group: 'Group',
    longFor: (state, time) => `${state} ${time}`,
  },

  waitingCallers: {
    title: 'Waiting callers',
    empty: 'No one waiting',
    unknown: 'Unknown number',
    ringing: 'ringing an agent',
    more: (n) => `${n} more waiting`,
  },

  footer: {
    today: 'Today',
    offered: 'Offered',
    answered: 'Answered',
    abandoned: 'Abandoned',
    shortAbandoned: 'Short abandons',
    quiet: 'No alarms',
    alarms: 'Alarms',
    serviceLevel: (share) => `service level ${share}`,
    longestWait: (time) => `longest wait ${time}`,
    moreAlarms: (n) => `${n} more alarms`,
    starving: (time) => `passed over for ${time}: higher queues take its agents`,
    mended: (time) => `lists mended ${time} ago`,
    leftOut: (time) => `ready for ${time}, far longer than all others`,
  },

  wall: {
    title: 'Wallboard',
    settings: 'Wall settings',
    fullScreen: 'Full screen',
    toMonitor: 'Back to the monitor',
  },
} satisfies Messages
