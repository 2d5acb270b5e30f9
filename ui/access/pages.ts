/** Which permission a page needs: without it the page is neither in the menu nor loaded. */
import type { Permission } from '@ledgerline/core/access/session.ts'

/** By the first part of the address; pages that are not listed are for everybody who is logged in. */
const needed: Readonly<Record<string, Permission>> = {
  wall: 'boards.see',
  monitor: 'boards.see',
  desk: 'agents.act',
  calls: 'calls.see',
  missed: 'calls.see',
  recordings: 'recordings.hear',
  messages: 'calls.see',
  history: 'boards.see',
  agents: 'calls.see',
  extensions: 'switchboard.see',
  gateways: 'switchboard.see',
  voice: 'switchboard.see',
  registers: 'registers.list',
  reports: 'reports.see',
  users: 'users.see',
  audit: 'audit.see',
  requests: 'audit.see',
}

export function neededFor(path: string): Permission | null {
  const first = path.split('/')[1] ?? ''
  return Object.hasOwn(needed, first) ? needed[first]! : null
}
