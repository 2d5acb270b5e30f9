/**
 * Sends the record of each finished call to a customer's system (catalogue BX-15) by a POST, signed, so that the
 * receiver knows that it comes from here and is not a replay:
 *
 *   Idempotency-Key: <id of the job>            the same for a repeated record
 *   Ledgerline-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" under the secret>
 *
 * The record is the row of table `calls` without anything that identifies a person: systems that are allowed numbers
 * ask for them by the call's id. Any 2xx means "taken"; anything else is tried again.
 */
import { createHmac } from 'node:crypto'
import type { Job } from '@ledgerline/projections/engine/changes.ts'
import type { CarryOut } from './runner.ts'

export interface CallRecordHook {
  url: string
  secret: string
}

/** @param now UTC ms, for the signature */
export function callRecordHook({ url, secret }: CallRecordHook, now: () => number = Date.now): CarryOut {
  return async (job, signal) => {
    const body = JSON.stringify(recordOf(job))
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': job.id,
        'ledgerline-signature': signatureOf(body, secret, Math.floor(now() / 1000)),
      },
      body,
      signal,
      redirect: 'error',
    })
    // Its answer beyond the status is of no use, and may be long.
    await response.body?.cancel()
    if (!response.ok) throw new Error(`answered ${response.status}`)
  }
}

/** The record that is sent. */
function recordOf({ kind, tenant, row, event, recordedAt }: Job): Record<string, unknown> {
  return { kind, tenant, eventId: event.id, recordedAt, call: row }
}

/** The signature header of a body sent at a moment (unix seconds). */
export function signatureOf(body: string, secret: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
