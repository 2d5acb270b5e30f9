/**
 * Who signs the chain: a private key at hand, or a program that has one elsewhere (a security module through PKCS #11,
 * a key service), so that the key never enters this process.
 */
import { spawn } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { keepOnce } from '../../keys/key-file.ts'
import { digestFor } from './signature.ts'

export interface Signer {
  /** As SubjectPublicKeyInfo (DER). */
  publicKey: Buffer
  /** @throws Problem `chain.not_signed` */
  sign(text: Buffer): Promise<Buffer>
}

/** How long a program may take to sign. */
const SIGN_MS = 15_000
/** The largest signature there is: RSA with 16,384 bits. */
const MOST_BYTES = 2_048
/** What is shown of what a program complains about. */
const MOST_TOLD = 200

/**
 * Signs with a private key.
 * @param key PEM, or the file it is in
 * @throws Problem `chain.key_invalid`
 */
export function keySigner(key: string): Signer {
  const privateKey = keyOf(key, createPrivateKey)
  const digest = digestFor(privateKey)!
  return {
    publicKey: derOf(createPublicKey(privateKey)),
    sign: async (text) => sign(digest, text, privateKey),
  }
}

/**
 * Signs with a program: the text is its input, the signature (raw bytes) its output.
 * @param program and its arguments, separated by blanks; no shell reads them
 * @param publicKey PEM, or the file it is in
 * @throws Problem `chain.key_invalid`
 */
export function programSigner(program: string, publicKey: string): Signer {
  const [name = '', ...options] = program.trim().split(/\s+/)
  return {
    publicKey: publicKeyOf(publicKey),
    sign: (text) => outputOf(name, options, text),
  }
}

/** Signs with the installation's own key, which is made at the first use. @param file where it is kept */
export function ownSigner(file: string): Signer {
  const made = keepOnce(file, () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    return String(privateKey.export({ format: 'pem', type: 'pkcs8' }))
  })
  return keySigner(made)
}

/**
 * A public key as SubjectPublicKeyInfo (DER).
 * @param key PEM, or the file it is in
 * @throws Problem `chain.key_invalid`
 */
export function publicKeyOf(key: string): Buffer {
  return derOf(keyOf(key, createPublicKey))
}

function keyOf(given: string, make: (pem: string) => KeyObject): KeyObject {
  const isPem = given.includes('-----BEGIN ')
  const source = isPem ? 'PEM' : given
  try {
    const key = make(isPem ? given : readFileSync(given, 'utf8'))
    if (digestFor(key) === undefined) throw new Error(`a key of the kind ${key.asymmetricKeyType} cannot sign here`)
    return key
  } catch (cause) {
    throw new Problem('chain.key_invalid', { key: source, reason: reasonOf(cause) }, { cause })
  }
}

function derOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' })
}

function outputOf(program: string, options: readonly string[], text: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = (reason: string): void => reject(new Problem('chain.not_signed', { reason }))
    const child = spawn(program, options, { stdio: 'pipe', timeout: SIGN_MS, killSignal: 'SIGKILL' })
    const output: Buffer[] = []
    let [bytes, complaint] = [0, '']
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MOST_BYTES) output.push(chunk)
      else child.kill('SIGKILL')
    })
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, MOST_TOLD)))
    child.once('error', (error) => refuse(error.message))
    child.once('close', (code, signal) => {
      if (code !== 0 || bytes > MOST_BYTES)
        return refuse(`${program} ended with ${code ?? signal} ${complaint.trim()}`.trim())
      resolve(Buffer.concat(output))
    })
    // A program that does not read what it is to sign says why by how it ends.
    child.stdin.on('error', () => {})
    child.stdin.end(text)
  })
}

/** A parser's message may quote a key; only what Node says about its form is told. */
function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR'
    ? code
    : message.split('\n')[0]!.slice(0, MOST_TOLD)
}
