/**
 * Tells a customer's system of each call that is over (catalogue BX-15), by a POST of its record, signed, so
 * that the receiver knows that it comes from here and is not an old one said again:
 *
 *   Idempotency-Key: <id of the job>            the same record again has the same
 *   Ledgerline-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>" under the secret>
 *
 * The record is the row of table `calls` without what names a person: who is allowed numbers asks for them by
 * the call's id. Any 2xx is "taken"; everything else is tried again.
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
    // What it answers beyond its status is of no use, and may be long.
    await response.body?.cancel()
    if (!response.ok) throw new Error(`answered ${response.status}`)
  }
}

/** What is sent. */
function recordOf({ kind, tenant, row, event, recordedAt }: Job): Record<string, unknown> {
  return { kind, tenant, eventId: event.id, recordedAt, call: row }
}

/** The header of a body that is sent at a moment (unix seconds). */
export function signatureOf(body: string, secret: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`
}
