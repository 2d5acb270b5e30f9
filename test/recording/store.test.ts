/** The store of recordings: the contract for a directory and for a checking S3 server, and what is S3's own. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keyOf, recordingOf } from '@ledgerline/adapters/recordings/files.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { s3Files } from '@ledgerline/adapters/recordings/s3.ts'
import { S3Server, signatureOf } from './s3-server.ts'
import { put, storeContract, type Store } from './store-contract.ts'

async function inDirectory(): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'store-'))
  const names = async () => (await readdir(directory, { recursive: true })).filter((name) => /\.\w+$/.test(name))
  return { files: localFiles(directory), names, close: () => rm(directory, { recursive: true }) }
}

async function inS3(): Promise<Store> {
  const server = await S3Server.start()
  const names = async () => [...server.objects.keys()].map((key) => key.replace('/calls/house/', ''))
  return { files: s3Files(server.store()), names, close: () => server.stop() }
}

storeContract('in a directory', inDirectory)
storeContract('in S3', inS3)

const s3 = suite<{ server: S3Server }>('an S3 store')
s3.before.each(async (context) => void (context.server = await S3Server.start()))
s3.after.each(({ server }) => server.stop())

s3('the checking server works out the signature of Amazon’s own example', () => {
  // Amazon S3 API reference, "Authenticating requests: using the authorization header", example GET object.
  const signature = signatureOf(
    {
      method: 'GET',
      path: '/test.txt',
      query: '',
      headers: {
        host: 'examplebucket.s3.amazonaws.com',
        range: 'bytes=0-9',
        'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        'x-amz-date': '20130524T000000Z',
      },
    },
    {
      date: '20130524T000000Z',
      region: 'us-east-1',
      signedHeaders: ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'],
      secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
  )
  assert.is(signature, 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41')
})

s3('wrong keys and another region are refused, and the error says so in the store’s own word', async ({ server }) => {
  const key = keyOf('t', 'a-r1')
  for (const [wrong, code] of [
    [{ secretKey: 'wrong' }, 'SignatureDoesNotMatch'],
    [{ accessKey: 'nobody' }, 'InvalidAccessKeyId'],
    [{ region: 'us-east-1' }, 'AuthorizationHeaderMalformed'],
  ] as const) {
    const error = await put(s3Files(server.store(wrong)), key, 'x').catch((caught: Error) => caught)
    assert.match(String(error), code)
  }
  assert.is(server.objects.size, 0)
})

s3('a store that is full, or says nothing, is an error in good time', async ({ server }) => {
  const key = keyOf('t', 'a-r1')
  server.trouble = { status: 507, code: 'StorageFull' }
  assert.match(String(await put(s3Files(server.store()), key, 'x').catch((error: Error) => error)), '507 StorageFull')
  server.trouble = null
  server.silent = true
  const files = s3Files(server.store(), 100)
  for (const ask of [() => put(files, key, 'x'), () => files.size(key), () => files.read(key), () => files.delete(key)])
    assert.match(String(await ask().catch((error: Error) => error)), 'the store does not answer')
})

s3('whose a file is follows from its key', () => {
  for (const [tenant, recordingId] of [
    ['main', '0190-r1'],
    ['a.b', 'x:y~z-r2'],
    ['企业', 'é-r1'],
  ] as const) {
    assert.equal(recordingOf(keyOf(tenant, recordingId)), { tenant, recordingId })
  }
  assert.is(keyOf('t', '../etc/passwd'), 't/~2e~~2e~~2f~etc~2f~passwd.wav')
  assert.is.not(keyOf('a.b', 'r'), keyOf('a_b', 'r'))
  for (const other of ['t/x.wav.unreadable', 'x.wav', 't/~zz~.wav', 't/x.wav.part']) {
    const of = recordingOf(other)
    assert.ok(of === null || keyOf(of.tenant, of.recordingId) === other, other)
  }
})

s3.run()
