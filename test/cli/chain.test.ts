/** An auditor's commands (promise 8): a digest to keep, and next month the proof that the ledger still has it. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openSeals } from '@ledgerline/adapters/log/chain/seals.ts'
import { keyName } from '@ledgerline/adapters/log/chain/signature.ts'
import { ownSigner } from '@ledgerline/adapters/log/chain/signers.ts'
import { signUpTo } from '@ledgerline/adapters/log/chain/signing.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { freshDatabase } from '../support/postgres.ts'
import { ledgerline, openDirectory } from './run.ts'

const test = suite('verify --chain (promise 8)')
const scratch = openDirectory()
const database = await freshDatabase('verify_chain')
const env = { DATABASE_URL: database.url, LOG_DATABASE_URL: database.url }
const ask = (...options: string[]) => ledgerline(['verify', '--chain', ...options, '--data', scratch.path], env)

async function append(stream: string): Promise<void> {
  const log = await openPostgresLog({ url: database.url })
  await log.append(
    stream,
    'none',
    Array.from({ length: 1_200 }, () => ({ id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' })),
  )
  await log.close()
}

test.after(async () => {
  scratch.remove()
  await database.drop()
})

let note = ''

test('ends with a line to keep; nothing more is needed to check the ledger against it', async () => {
  await append('call-t.1')
  const { code, out, err } = await ask()
  assert.is(code, 0, err)
  assert.match(out, /^The ledger is what was sealed, up to position 0{15}1200 \(1,200 events/)
  note = out.trimEnd().split('\n').at(-1)!
  assert.match(note, /^0{15}1200:[0-9a-f]{64}$/)
  await append('call-t.2')
  assert.is((await ask('--expect', note)).code, 0)
  const since = JSON.parse((await ask('--since', note, '--json')).out) as { intact: boolean; events: number }
  assert.equal([since.intact, since.events], [true, 1_400])
})

test('which digest was signed when; an auditor’s key counts, and another does not', async () => {
  assert.match((await ask()).out, /^Nothing has been signed yet\.$/m)
  const file = join(scratch.path, 'signs.key')
  const signer = ownSigner(file)
  const log = await openPostgresLog({ url: database.url })
  const seals = await openSeals(database.url, log)
  const at = Date.UTC(2026, 10, 30, 8)
  await signUpTo((await seals.last())!, { log, seals, signer, now: () => at })
  await Promise.all([seals.close(), log.close()])
  const { code, out } = await ask('--key', file, '--signatures')
  assert.is(code, 0, out)
  const key = keyName(signer.publicKey)
  assert.match(out, new RegExp(`1 +2026-11-30 08:00:00 UTC +${key.slice(0, 16)} +0{15}2400:[0-9a-f]{64}`))
  assert.match(out, new RegExp(`^Signatures by key ${key} \\(ed25519\\): 1, from 2026-11-30 08:00:00 UTC`, 'm'))
  const listed = JSON.parse((await ask('--signatures', '--json')).out) as {
    signed: { last: { position: string }; signatures: { at: number }[] }
  }
  assert.equal([Number(listed.signed.last.position), listed.signed.signatures.map((one) => one.at)], [2_400, [at]])

  const other = join(scratch.path, 'another.key')
  ownSigner(other)
  const refused = await ask('--key', other)
  assert.is(refused.code, 1)
  assert.match(refused.out, /signature 1, up to position 0{15}2400: it was made with another key than yours/)
  assert.match(refused.out, /nothing was signed with your key/)
  assert.match((await ask('--key', scratch.path)).err, /^The key for signing the chain cannot be used/)
})

test('names the altered event, and its exit code is 1', async () => {
  const client = connection(database.url, { application: 'test' })
  await client.connect()
  await client.query(
    `begin; set local session_replication_role = replica; update log.events set data = '{"changed":true}' where position = 1100; commit`,
  )
  await client.end()
  const { code, out } = await ask('--expect', note)
  assert.is(code, 1)
  assert.match(out, /page 2: the event at position 0{15}1100 was altered \(Happened [0-9a-f-]{36}, call-t\.1 1099\)/)
  assert.match(out, /the digest at position 0{15}1200 is not the one that was noted/)
  assert.match(out, /NOT what was sealed/)
  const chinese = await ledgerline(['--lang', 'zh', 'verify', '--chain', '--data', scratch.path], env)
  assert.match(chinese.out, /位置 0{15}1100 的事件被改动/)
})

test('an invalid note, and options that do not go together, are refused in one line', async () => {
  assert.match(
    (await ask('--expect', '1200:abc')).err,
    /^--expect cannot be 1200:abc\. Give a line printed by ops\/ledgerline verify --chain/,
  )
  assert.match(
    (await ledgerline(['verify', '--signatures', '--data', scratch.path], env)).err,
    /^--signatures: --chain is missing/,
  )
  assert.match((await ask('calls')).err, /^--chain and calls cannot be used together/)
  assert.match((await ledgerline(['verify', '--expect', note, '--data', scratch.path], env)).err, /--chain is missing/)
})

test.run()
