/**
 * Recordings in a real S3-compatible store: the contract of every store, and what it says to wrong keys. Needs: LIVE_S3.
 */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keyOf } from '@ledgerline/adapters/recordings/files.ts'
import { s3Files, type S3Store } from '@ledgerline/adapters/recordings/s3.ts'
import { put, storeContract } from '../../recording/store-contract.ts'
import { asked, liveStore } from './server.ts'

const place = (): S3Store => ({ ...liveStore(process.env)!, prefix: `contract-${randomUUID()}/` })

storeContract('in a real store', async () => {
  const store = place()
  const names = async (): Promise<string[]> => {
    const listed = await (await asked(store, 'GET', `?list-type=2&prefix=${store.prefix}`)).text()
    return [...listed.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!.slice(store.prefix.length))
  }
  const close = async (): Promise<void> => {
    for (const name of await names()) await asked(store, 'DELETE', `/${store.prefix}${name}`)
  }
  return { files: s3Files(store), names, close }
})

const test = suite('a real store')

test('wrong keys are refused, and the error says so in the store’s own word', async () => {
  const key = keyOf('t', 'a-r1')
  for (const [wrong, code] of [
    [{ secretKey: 'wrong' }, 'SignatureDoesNotMatch'],
    [{ accessKey: 'nobody' }, /InvalidAccessKeyId|SignatureDoesNotMatch/],
    [{ bucket: `no-bucket-${randomUUID()}` }, 'NoSuchBucket'],
  ] as const) {
    const error = await put(s3Files({ ...place(), ...wrong }), key, 'x').catch((caught: Error) => caught)
    assert.match(String(error), code)
  }
})

test.run()
