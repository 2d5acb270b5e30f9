/**
 * Are the signatures over the chain what they say? Each must be made with the key that it names and follow the one
 * before it; whether the ledger has the digests that were signed, the chain's own check says, which passes through them
 * ({@link verifyChain}). Which keys count, only the auditor knows.
 */
import { createPublicKey } from 'node:crypto'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Seals } from './seals.ts'
import { isSignedBy, keyName, nameOf, NO_SIGNATURE, type Signature } from './signature.ts'

/** What is wrong with a signature. */
export interface SignatureFinding {
  /**
   * `forged`: not made with the key that it names. `unfollowed`: the one before it is gone, or another. `foreign`: made
   * with a key that is not the auditor's. `unsigned`: the auditor has a key, and nothing was signed with it.
   */
  what: 'forged' | 'unfollowed' | 'foreign' | 'unsigned'
  /** Its number; null: it is about none. */
  signature: number | null
  position: Position | null
}

/** What one key signed. */
export interface KeyUse {
  /** SHA-256 of the public key, hexadecimal. */
  key: string
  /** `ed25519`, `ec`, `rsa`. */
  kind: string
  signatures: number
  /** First and last, UTC ms. */
  from: number
  to: number
}

export interface SignaturesVerified {
  keys: KeyUse[]
  findings: SignatureFinding[]
  /** The digests that were signed with a key that counts. */
  good: Signature[]
  /** The last of them; null: there is none. */
  last: Signature | null
}

/** Signatures read at a time. */
const BATCH = 1_000

/**
 * Reads all signatures of a log.
 * @param trusted names of the auditor's keys; null: every key counts
 * @throws Problem `log.unavailable`
 */
export async function verifySignatures(
  seals: Pick<Seals, 'signatures'>,
  trusted: ReadonlySet<string> | null,
): Promise<SignaturesVerified> {
  const keys = new Map<string, KeyUse>()
  const findings: SignatureFinding[] = []
  const good: Signature[] = []
  let expected = { number: 1, after: NO_SIGNATURE }
  for (;;) {
    const batch = await seals.signatures(expected.number, BATCH)
    for (const one of batch) {
      const { number, position, publicKey, at } = one
      const found = (what: SignatureFinding['what']): number => findings.push({ what, signature: number, position })
      if (number !== expected.number || one.after !== expected.after) found('unfollowed')
      expected = { number: number + 1, after: nameOf(one) }
      if (!isSignedBy(one)) {
        found('forged')
        continue
      }
      const key = keyName(publicKey)
      if (trusted && !trusted.has(key)) {
        found('foreign')
        continue
      }
      const use = keys.get(key) ?? { key, kind: kindOf(publicKey), signatures: 0, from: at, to: at }
      keys.set(key, { ...use, signatures: use.signatures + 1, to: at })
      good.push(one)
    }
    if (batch.length < BATCH) break
  }
  if (trusted && good.length === 0) findings.push({ what: 'unsigned', signature: null, position: null })
  return { keys: [...keys.values()], findings, good, last: good.at(-1) ?? null }
}

function kindOf(publicKey: Buffer): string {
  return createPublicKey({ key: publicKey, format: 'der', type: 'spki' }).asymmetricKeyType!
}
