/**
 * Work that a browser has to do before it may try another password: to find a text whose SHA-256 together with the task
 * begins with so many zero bits. The task follows from who tries what for the how-manieth time, so that nothing needs to be
 * kept, and one solution is good for one try: after it the task is another one.
 *
 * The manuals show a captcha here. Pictures bar people and are read by programs; work bars nobody and makes guessing slow.
 */
import { createHash, createHmac, type KeyObject } from 'node:crypto'
import type { Account } from './session-store.ts'

/** The task for the next try. */
export function taskFor(key: KeyObject, { tenant, account, source }: Account, failures: number): string {
  return createHmac('sha256', key)
    .update(`${tenant}\0${account}\0${source}\0${failures}`)
    .digest('base64url')
    .slice(0, 22)
}

export function solves(task: string, answer: string, bits: number): boolean {
  const digest = createHash('sha256').update(`${task}${answer}`).digest()
  for (let bit = 0; bit < bits; bit++) if ((digest[bit >> 3]! >> (7 - (bit & 7))) & 1) return false
  return true
}
