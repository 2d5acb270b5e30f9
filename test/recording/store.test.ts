/** The store of recordings: one contract for a directory of this machine and for an S3-compatible store. */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keyOf, recordingOf, type RecordingFiles, type Whole } from '@ledgerline/adapters/recordings/files.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { s3Files } from '@ledgerline/adapters/recordings/s3.ts'
import { keepTone, withTones } from '@ledgerline/adapters/recordings/tones.ts'
import { S3Server, signatureOf } from './s3-server.ts'

interface Store {
  files: RecordingFiles
  /** Names of everything in it, however it came there. */
  names(): Promise<string[]>
  close(): Promise<void>
}

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

const whole = (content: string | Buffer): Whole => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
})
const stream = (content: string | Buffer): Readable => Readable.from([Buffer.from(content)])
const put = (files: RecordingFiles, key: string, text: string) => files.put(key, stream(text), whole(text))
const text = async (content: Promise<Readable>): Promise<string> => (await buffer(await content)).toString()
const rejected = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => false,
    () => true,
  )

for (const [name, open] of Object.entries({ 'in a directory': inDirectory, 'in S3': inS3 })) {
  const contract = suite<{ store: Store }>(`recordings ${name}`)
  contract.before.each(async (context) => void (context.store = await open()))
  contract.after.each(({ store }) => store.close())

  contract('a file is put, read whole and in part, replaced and deleted', async ({ store: { files, names } }) => {
    const key = keyOf('t.1', 'a~b-r1')
    assert.is(await files.size(key), null)
    await put(files, key, '0123456789')
    assert.is(await files.size(key), 10)
    assert.is(await text(files.read(key)), '0123456789')
    assert.is(await text(files.read(key, { from: 2, to: 4 })), '234')
    assert.is(await text(files.read(key, { from: 9, to: 9 })), '9')
    await put(files, key, 'shorter')
    assert.is(await text(files.read(key)), 'shorter')
    assert.equal(await names(), [key])
    await files.delete(key)
    await files.delete(key)
    assert.is(await files.size(key), null)
    assert.ok(await rejected(files.read(key)))
    assert.equal(await names(), [])
  })

  contract('a file of megabytes arrives as it was sent', async ({ store: { files } }) => {
    const key = keyOf('t', 'long-r1')
    const content = Buffer.alloc(3_000_000, 'abcdefg')
    await files.put(key, Readable.from([content.subarray(0, 1_000_000), content.subarray(1_000_000)]), whole(content))
    assert.ok((await buffer(await files.read(key))).equals(content))
  })

  contract('what is not what was announced is not kept, and leaves the store as it was', async ({ store }) => {
    const { files, names } = store
    const key = keyOf('t', 'a-r1')
    await put(files, key, 'before')
    async function* breaking() {
      yield Buffer.from('half')
      throw new Error('the disk broke')
    }
    assert.ok(await rejected(files.put(key, Readable.from(breaking()), { ...whole('half a file'), bytes: 10 })))
    assert.ok(await rejected(files.put(key, stream('short'), whole('not so short'))))
    assert.ok(await rejected(files.put(key, stream('changed'), whole('charged'))))
    assert.is(await text(files.read(key)), 'before')
    assert.equal(await names(), [key])
  })

  contract('a key leads nowhere else', async ({ store: { files } }) => {
    for (const key of ['../x.wav', 't/../../x.wav', '/etc/passwd', 't/x', 't/x.wav/y', 't/\0.wav', 't/x.wav?acl'])
      for (const ask of [
        () => files.read(key),
        () => put(files, key, 'x'),
        () => files.size(key),
        () => files.delete(key),
      ])
        assert.ok(await rejected((async () => ask())()), key)
  })

  contract(
    'a simulated recording has the bytes that were hashed, at any place, and none in the store',
    async ({ store }) => {
      const files = withTones(store.files)
      const kept = await keepTone('main', 'a-r1', 10_000, [{ from: 2_000, to: 4_000 }])
      const content = await buffer(await files.read(kept.file!))
      assert.equal(whole(content), { bytes: kept.bytes, sha256: kept.sha256 })
      assert.is(await files.size(kept.file!), kept.bytes)
      for (const range of [
        { from: 0, to: 99 },
        { from: 40, to: 50_000 },
        { from: 57_000, to: 58_700 },
        { from: kept.bytes - 3, to: kept.bytes - 1 },
      ])
        assert.ok(
          (await buffer(await files.read(kept.file!, range))).equals(content.subarray(range.from, range.to + 1)),
        )
      assert.equal(await store.names(), [])
      assert.ok(await rejected(put(files, kept.file!, 'x')))
      await files.delete(kept.file!)
    },
  )

  contract.run()
}

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
