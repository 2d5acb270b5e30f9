/**
 * Signatures over the chain: who vouches that at a moment the ledger had this digest. A seal shows that the ledger
 * changed; a signature shows it even if all seals were computed anew, as long as the key lies where the database does
 * not. Each signature includes the one before it, so that none can be taken out of the middle.
 *
 * What is signed, as UTF-8, for checking it by other means (`ops/docs/chain.md`):
 *
 *   ledgerline chain signature 1
 *   log <identity of the log>
 *   number <1, 2, …>
 *   after <SHA-256 of the signature before, hexadecimal; 64 zeros before the first>
 *   position <position of the last event covered>
 *   digest <digest of the chain there, hexadecimal>
 *   at <moment, UTC, ISO 8601 with milliseconds>
 *   key <SHA-256 of the public key as SubjectPublicKeyInfo, hexadecimal>
 *
 * each line ended by a line feed. Ed25519 signs the text itself; ECDSA and RSA (PKCS #1 v1.5) its SHA-256.
 */
import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto'
import type { Position } from '@ledgerline/core/kernel/event.ts'

/** What a signature vouches for. */
export interface Statement {
  /** Identity of the log. */
  log: string
  /** Starting at 1. */
  number: number
  /** SHA-256 of the signature before, hexadecimal. */
  after: string
  position: Position
  /** Of the chain at that position, hexadecimal. */
  digest: string
  /** UTC, ms, by the clock of the process that asked for it. */
  at: number
}

export interface Signature extends Statement {
  /** As SubjectPublicKeyInfo (DER). Anyone can write one here: which keys count, the auditor knows. */
  publicKey: Buffer
  signature: Buffer
}

/** What the first signature follows. */
export const NO_SIGNATURE = '0'.repeat(64)

/** What names a key: SHA-256 of the public key, hexadecimal. @param publicKey as SubjectPublicKeyInfo (DER) */
export const keyName = (publicKey: Buffer): string => hash('sha256', publicKey, 'hex')

/** What the signature after this one includes of it. */
export const nameOf = ({ signature }: Pick<Signature, 'signature'>): string => hash('sha256', signature, 'hex')

/** The text that is signed. */
export function statementText(statement: Statement, publicKey: Buffer): Buffer {
  const { log, number, after, position, digest, at } = statement
  const lines = [
    'ledgerline chain signature 1',
    `log ${log}`,
    `number ${number}`,
    `after ${after}`,
    `position ${position}`,
    `digest ${digest}`,
    `at ${new Date(at).toISOString()}`,
    `key ${keyName(publicKey)}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n`)
}

/** Kinds of keys that can sign, as Node names them. */
const kinds = ['ed25519', 'ec', 'rsa'] as const

/** The digest that a kind of key signs; null: the text itself; undefined: the kind cannot sign here. */
export function digestFor(key: KeyObject): 'sha256' | null | undefined {
  const kind = kinds.find((one) => one === key.asymmetricKeyType)
  return kind === undefined ? undefined : kind === 'ed25519' ? null : 'sha256'
}

/** Was the statement signed with the key that it names? A key that cannot be read signed nothing. */
export function isSignedBy(signature: Signature): boolean {
  try {
    const key = createPublicKey({ key: signature.publicKey, format: 'der', type: 'spki' })
    const digest = digestFor(key)
    if (digest === undefined) return false
    return verify(digest, statementText(signature, signature.publicKey), key, signature.signature)
  } catch {
    return false
  }
}
