/** What every store of recordings keeps: a directory of this machine, and any S3-compatible store. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keyOf, type RecordingFiles, type Whole } from '@ledgerline/adapters/recordings/files.ts'
import { keepTone, withTones } from '@ledgerline/adapters/recordings/tones.ts'

export interface Store {
  files: RecordingFiles
  /** Names of everything in it, however it came there. */
  names(): Promise<string[]>
  close(): Promise<void>
}

const whole = (content: string | Buffer): Whole => ({
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
})
const stream = (content: string | Buffer): Readable => Readable.from([Buffer.from(content)])
export const put = (files: RecordingFiles, key: string, text: string) => files.put(key, stream(text), whole(text))
const text = async (content: Promise<Readable>): Promise<string> => (await buffer(await content)).toString()
const rejected = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => false,
    () => true,
  )

/** Every store of recordings keeps this. */
export function storeContract(name: string, open: () => Promise<Store>): void {
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
