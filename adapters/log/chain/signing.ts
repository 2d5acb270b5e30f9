/**
 * Signs the head of the chain from time to time, after it was sealed. The key may be away (a security module, a key
 * service): then events stay sealed and unsigned, the next signature covers them, and somebody is told.
 */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Seal } from './chain.ts'
import type { Seals } from './seals.ts'
import { isSignedBy, nameOf, NO_SIGNATURE, statementText, type Signature, type Statement } from './signature.ts'
import type { Signer } from './signers.ts'

/** How long events may stay unsigned, ms: some 52,000 signatures a year of a house that never sleeps. */
export const SIGN_EVERY_MS = 600_000

export interface Signing {
  log: Pick<EventLog, 'identity'>
  seals: Seals
  signer: Signer
  now: () => number
}

/**
 * Signs the chain up to a seal, unless that was done already or less than `everyMs` ago.
 * @returns the signature; null: none was due, or another process signed at the same moment
 * @throws Problem `chain.not_signed`, `log.unavailable`
 */
export async function signUpTo(
  { position, digest }: Pick<Seal, 'position' | 'digest'>,
  { log, seals, signer, now }: Signing,
  everyMs = SIGN_EVERY_MS,
): Promise<Signature | null> {
  const [before, identity] = [await seals.lastSignature(), await log.identity()]
  const at = now()
  // A clock that went back is no reason to sign no more.
  const isDue = !before || (before.position < position && Math.abs(at - before.at) >= everyMs)
  if (!isDue || identity === null) return null
  const statement: Statement = {
    log: identity,
    number: (before?.number ?? 0) + 1,
    after: before ? nameOf(before) : NO_SIGNATURE,
    position,
    digest: digest.toString('hex'),
    at,
  }
  const { publicKey } = signer
  const signature = { ...statement, publicKey, signature: await signer.sign(statementText(statement, publicKey)) }
  if (!isSignedBy(signature)) throw new Problem('chain.not_signed', { reason: 'not with the key that was named' })
  return (await seals.keepSignature(signature)) ? signature : null
}
