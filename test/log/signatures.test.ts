/**
 * Signatures over the chain (promise 8 of the design): whoever has the database and not the key can hide nothing that
 * was signed, by any of the ways there are to sign.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PAGE_EVENTS } from '@ledgerline/adapters/log/chain/chain.ts'
import { keepSealing, sealUp } from '@ledgerline/adapters/log/chain/sealer.ts'
import { memorySeals, openSeals, type Seals } from '@ledgerline/adapters/log/chain/seals.ts'
import { keyName, type Signature } from '@ledgerline/adapters/log/chain/signature.ts'
import {
  keySigner,
  ownSigner,
  programSigner,
  publicKeyOf,
  type Signer,
} from '@ledgerline/adapters/log/chain/signers.ts'
import { SIGN_EVERY_MS, signUpTo } from '@ledgerline/adapters/log/chain/signing.ts'
import { verifyChain } from '@ledgerline/adapters/log/chain/verify-chain.ts'
import { verifySignatures } from '@ledgerline/adapters/log/chain/verify-signatures.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { openDirectory } from '../cli/run.ts'
import { until } from '../support/gate.ts'
import { freshDatabase } from '../support/postgres.ts'

const scratch = openDirectory()
test.after(() => scratch.remove())

const pem = (key: KeyObject, type: 'pkcs8' | 'spki'): string => String(key.export({ format: 'pem', type } as never))
const pairs = {
  ed25519: generateKeyPairSync('ed25519'),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
const house = keySigner(pem(pairs.ed25519.privateKey, 'pkcs8'))

let appended = 0
async function append(log: MemoryLog, count: number): Promise<void> {
  const events = Array.from({ length: count }, () => ({
    id: `00000000-0000-4000-8000-${String(++appended).padStart(12, '0')}`,
    type: 'Happened',
    data: JSON.stringify({ number: appended }),
    metadata: '{"t":"t","a":"test","at":1}',
  }))
  await log.append(`call-t.${appended}`, 'none', events)
}

/** A ledger that was sealed and signed after each of these many events. */
async function signedLedger(counts: readonly number[], signer: Signer = house) {
  const [log, seals] = [new MemoryLog(Date.now), memorySeals()]
  let at = Date.UTC(2026, 10, 30)
  for (const count of counts) {
    await append(log, count)
    const last = await sealUp({ log, seals })
    at += SIGN_EVERY_MS
    assert.ok(await signUpTo(last!, { log, seals, signer, now: () => at }))
  }
  return { log, seals }
}

const checked = async (log: MemoryLog, seals: Seals, trusted: ReadonlySet<string> | null = null) => {
  const { findings, good } = await verifySignatures(seals, trusted)
  const chain = await verifyChain({ log, seals }, { signed: good })
  return [
    ...findings.map(({ what, signature }) => `${what} ${signature}`),
    ...chain.findings.map(({ what, position }) => `${what} ${Number(position)}`),
  ]
}

for (const [kind, { privateKey, publicKey }] of Object.entries(pairs))
  test(`a key of the kind ${kind} signs, and its public half is enough to check`, async () => {
    const { log, seals } = await signedLedger([3], keySigner(pem(privateKey, 'pkcs8')))
    assert.equal(await checked(log, seals, new Set([keyName(publicKeyOf(pem(publicKey, 'spki')))])), [])
    const { keys } = await verifySignatures(seals, null)
    assert.equal(
      keys.map((key) => [key.kind, key.signatures]),
      [[kind, 1]],
    )
  })

test('signatures within a page, at its end and over several pages hold while the ledger grows', async () => {
  const { log, seals } = await signedLedger([3, 5, PAGE_EVENTS - 8, 2 * PAGE_EVENTS + 1])
  assert.equal(
    seals.signed.map(({ number, position }) => [number, Number(position)]),
    [
      [1, 3],
      [2, 8],
      [3, PAGE_EVENTS],
      [4, 3 * PAGE_EVENTS + 1],
    ],
  )
  await append(log, 10)
  await sealUp({ log, seals })
  assert.equal(await checked(log, seals), [])
})

test('a ledger that was replaced together with all its seals does not have the digests that were signed', async () => {
  const { seals } = await signedLedger([3, 5])
  const other = await signedLedger([3, 5])
  const replaced: Seals = { ...other.seals, signatures: seals.signatures }
  assert.equal(await checked(other.log, replaced), ['signed 3', 'signed 8'])
  const shorter = await signedLedger([3])
  assert.equal(await checked(shorter.log, { ...shorter.seals, signatures: seals.signatures }), ['signed 3', 'signed 8'])
})

const changes: Record<string, [change: (signed: Signature[]) => void, found: string[]]> = {
  'its digest': [(signed) => (signed[1]!.digest = 'ab'.repeat(32)), ['forged 2']],
  'its moment': [(signed) => (signed[1]!.at -= 60_000), ['forged 2']],
  'its log': [(signed) => (signed[1]!.log = 'another'), ['forged 2']],
  'its key': [(signed) => (signed[1]!.publicKey = Buffer.from('no key')), ['forged 2']],
  'its bytes': [(signed) => (signed[1] = { ...signed[1]!, signature: Buffer.alloc(64) }), ['forged 2', 'unfollowed 3']],
  'that it is there': [(signed) => void signed.splice(1, 1), ['unfollowed 3']],
  'that the first is there': [(signed) => void signed.splice(0, 1), ['unfollowed 2']],
}
for (const [what, [change, found]] of Object.entries(changes))
  test(`a signature that was changed is found: ${what}`, async () => {
    const { log, seals } = await signedLedger([3, 5, 2])
    change(seals.signed)
    assert.equal(await checked(log, seals), found)
  })

test('signed anew with another key: right by itself, but not with the auditor’s key', async () => {
  const auditors = new Set([keyName(house.publicKey)])
  const { log, seals } = await signedLedger([3, 5], keySigner(pem(pairs.ec.privateKey, 'pkcs8')))
  assert.equal(await checked(log, seals), [])
  assert.equal(await checked(log, seals, auditors), ['foreign 1', 'foreign 2', 'unsigned null'])
  const unsigned = { log: new MemoryLog(Date.now), seals: memorySeals() }
  assert.equal(await checked(unsigned.log, unsigned.seals, auditors), ['unsigned null'])
})

test('no more often than every ten minutes, and only what is new; a clock that goes back stops nothing', async () => {
  const { log, seals } = await signedLedger([3])
  const [{ at: before }] = seals.signed as [Signature]
  const sign = async (at: number) =>
    (await signUpTo((await seals.last())!, { log, seals, signer: house, now: () => at })) !== null
  assert.is(await sign(before + 10 * SIGN_EVERY_MS), false, 'nothing is new')
  await append(log, 1)
  await sealUp({ log, seals })
  assert.is(await sign(before + SIGN_EVERY_MS - 1), false, 'too early')
  assert.is(await sign(before - SIGN_EVERY_MS), true, 'the clock went back by ten minutes')
})

test('of two processes that sign at once one is kept', async () => {
  const { log, seals } = await signedLedger([3])
  await append(log, 1)
  const last = (await sealUp({ log, seals }))!
  const signing = { log, seals, signer: house, now: () => Date.UTC(2027, 0, 1) }
  const both = await Promise.all([signUpTo(last, signing), signUpTo(last, signing)])
  assert.equal([both.filter((one) => one !== null).length, seals.signed.length], [1, 2])
  assert.equal(await checked(log, seals), [])
})

test('the installation’s own key is made once, for its owner’s eyes only', async () => {
  const file = join(scratch.path, 'chain.key')
  const [first, second] = [ownSigner(file), ownSigner(file)]
  assert.equal(first.publicKey, second.publicKey)
  assert.is(statSync(file).mode & 0o077, 0)
  assert.equal(publicKeyOf(file), first.publicKey)
  const { seals } = await signedLedger([1], first)
  assert.equal((await verifySignatures(seals, new Set([keyName(second.publicKey)]))).findings, [])
})

/** A program that signs what it reads, as one that asks a security module would. */
const PROGRAM = `import { readFileSync } from 'node:fs'
import { sign } from 'node:crypto'
const [, , key, how] = process.argv
if (how === 'breaks') { console.error('no token in the slot'); process.exit(3) }
if (how === 'chatters') process.stdout.write(Buffer.alloc(100_000))
process.stdout.write(how === 'guesses' ? Buffer.alloc(64) : sign(null, readFileSync(0), readFileSync(key)))
`
const program = join(scratch.path, 'sign.mjs')
const privateFile = join(scratch.path, 'private.pem')
writeFileSync(program, PROGRAM)
writeFileSync(privateFile, pem(pairs.ed25519.privateKey, 'pkcs8'))
const signedBy = (how: string, name = process.execPath) =>
  programSigner(`${name} ${program} ${privateFile} ${how}`, pem(pairs.ed25519.publicKey, 'spki'))

test('a program signs with a key that never comes here', async () => {
  const { log, seals } = await signedLedger([3, 5], signedBy('well'))
  assert.equal(await checked(log, seals, new Set([keyName(house.publicKey)])), [])
})

for (const [what, signer, reason] of [
  ['ends with an error', signedBy('breaks'), /ended with 3 no token in the slot/],
  ['writes no signature', signedBy('guesses'), /not with the key that was named/],
  ['writes without end', signedBy('chatters'), /ended with/],
  ['is not there', signedBy('well', join(scratch.path, 'nobody')), /ENOENT/],
] as const)
  test(`a program that ${what} signs nothing, and says why`, async () => {
    const [log, seals] = [new MemoryLog(Date.now), memorySeals()]
    await append(log, 1)
    const last = (await sealUp({ log, seals }))!
    const told = await signUpTo(last, { log, seals, signer, now: () => 1 }).catch((error: unknown) => error)
    assert.ok(isProblem(told, 'chain.not_signed'), String(told))
    assert.match(String(told.details['reason']), reason)
    assert.equal(seals.signed, [])
  })

test('a key that cannot sign, or is none, is refused in words that do not show it', () => {
  const { privateKey } = generateKeyPairSync('x25519')
  const secret = 'c2VjcmV0'
  for (const key of [
    pem(privateKey, 'pkcs8'),
    `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
    join(scratch.path, 'nowhere.pem'),
    scratch.path,
  ]) {
    try {
      keySigner(key)
      assert.unreachable(key)
    } catch (error) {
      assert.ok(isProblem(error, 'chain.key_invalid'), String(error))
      assert.not.match(JSON.stringify(error.details), new RegExp(secret))
    }
  }
})

test('sealing goes on while nobody can sign, and what was missed is covered by the next signature', async () => {
  const [log, seals] = [new MemoryLog(Date.now), memorySeals()]
  const troubles: unknown[] = []
  let signer = signedBy('breaks')
  await append(log, 1)
  const sealing = keepSealing(
    { log, seals },
    {
      everyMs: 1,
      onSealed: (last) => signUpTo(last, { log, seals, signer, now: Date.now }),
      onTrouble: (error) => troubles.push(error),
    },
  )
  await until('a signature that fails', () => troubles.length > 0)
  await append(log, 4)
  await until('sealed all the same', () => seals.kept[0]?.events === 5)
  signer = house
  await until('signed', () => seals.signed.length > 0)
  await sealing.stop()
  assert.is(Number(seals.signed[0]!.position), 5)
  assert.is(troubles.length, 1, 'the same trouble is told once')
})

test('signatures are kept beside the seals, by log, and are never changed', async () => {
  const database = await freshDatabase('signatures')
  const client = connection(database.url, { application: 'test' })
  const seals = await openSeals(database.url, { identity: async () => 'postgres here' })
  try {
    await client.connect()
    const {
      seals: { signed },
    } = await signedLedger([3, 5])
    const ours = signed.map((one) => ({ ...one, log: 'postgres here' }))
    for (const one of ours) assert.is(await seals.keepSignature(one), true)
    assert.is(await seals.keepSignature(ours[0]!), false)
    assert.is(await seals.keepSignature({ ...ours[0]!, log: 'postgres elsewhere' }), true)
    assert.equal(await seals.signatures(1, 10), ours)
    assert.equal(await seals.signatures(2, 10), [ours[1]])
    assert.equal(await seals.lastSignature(), ours[1])
    for (const statement of [
      'delete from chain.signatures',
      'update chain.signatures set at = 0',
      'truncate chain.signatures',
    ]) {
      const refused = await client.query(statement).catch((error: Error) => error)
      assert.match(String(refused), /what is signed stays signed/)
    }
  } finally {
    await Promise.all([client.end(), seals.close()])
    await database.drop()
  }
})

test('the public half can be told from the private one alone', () => {
  const given = createPublicKey(readFileSync(privateFile))
  assert.equal(publicKeyOf(pem(given, 'spki')), house.publicKey)
})

test.run()
