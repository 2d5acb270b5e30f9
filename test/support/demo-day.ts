/** Parts of the demo's day as a file that can be imported or simulated: a few hours take a moment, the day half a minute. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'

/** The heading and the rows that match, in the file's own form. */
export function callsOf(row: RegExp): string {
  const [head, ...calls] = gunzipSync(readFileSync(DEMO_DAY)).toString('latin1').split('\n')
  return [head, ...calls.filter((call) => row.test(call)), ''].join('\n')
}
