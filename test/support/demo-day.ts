/** Parts of the demo's day as a file to import or simulate: a few hours take a moment, the whole day half a minute. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'

/** The heading and the matching rows, in the file's own format. */
export function callsOf(row: RegExp): string {
  const [head, ...calls] = gunzipSync(readFileSync(DEMO_DAY)).toString('latin1').split('\n')
  return [head, ...calls.filter((call) => row.test(call)), ''].join('\n')
}
