/** Texts that all lists share. */
import type { ListWords } from './words.zh.ts'

export const en: ListWords = {
  range: 'Time',
  from: 'From',
  to: 'To',
  search: 'Search',
  more: 'More filters',
  number: 'Number',
  numberIn: 'Where to look for the number',
  numberHelp: 'A part of the number is enough. It does not appear in the address, and hidden digits are not searched',
  least: (label) => `${label}, shortest in seconds`,
  most: (label) => `${label}, longest in seconds`,
  seconds: (label) => `${label} (s)`,
  asOf: (at) => `as of ${at}`,
  behind: 'Your last change is not in this list yet',
  first: 'First',
  previous: 'Previous',
  next: 'Next',
  total: (n) => n,
  place: (from, to, total) => `${from} to ${to} of ${total}`,
  beyond: (total) => `beyond 10,000 of ${total}`,
  sort: (label) => `Sort by ${label.toLowerCase()}`,
  agent: 'Agent',
  queue: 'Queue',
  direction: 'Direction',
  directionOf: { inbound: 'Inbound', outbound: 'Outbound', internal: 'Internal' },
}
