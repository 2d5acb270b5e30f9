/** The S3-compatible store that LIVE_S3 names. */
import { AwsClient } from 'aws4fetch'
import type { S3Store } from '@ledgerline/adapters/recordings/s3.ts'
import { readConfig } from '@ledgerline/ops/config.ts'
import type { ReadyServer } from '../servers.ts'

/** Null: none is named. */
export function liveStore(env: NodeJS.ProcessEnv): S3Store | null {
  if (!env['LIVE_S3']) return null
  const { recordings } = readConfig({ LEDGERLINE_RECORDING_STORE: env['LIVE_S3'] })
  if (recordings.kind !== 's3') throw new Error('LIVE_S3 names no S3 store')
  return recordings
}

/** A request of the tests' own: `what` follows the bucket. */
export function asked(
  { endpoint, bucket, region, accessKey, secretKey }: S3Store,
  method: string,
  what: string,
): Promise<Response> {
  const client = new AwsClient({
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
    service: 's3',
    region,
    retries: 0,
  })
  return client.fetch(`${endpoint}/${bucket}${what}`, { method, signal: AbortSignal.timeout(20_000) })
}

/** The store answers, and has the bucket. */
export async function readyStore(env: NodeJS.ProcessEnv): Promise<ReadyServer | null> {
  const store = liveStore(env)
  if (!store) return null
  const made = await asked(store, 'PUT', '')
  // 409: it is there.
  if (!made.ok && made.status !== 409) throw new Error(`the store of LIVE_S3 answers ${made.status}`)
  return { server: await serverOf(store, made), env: {}, stop: async () => {} }
}

/** S3 has no request that names the server; Swift has one of its own. */
async function serverOf({ endpoint }: S3Store, answer: Response): Promise<{ name: string; version: string }> {
  const named = answer.headers.get('server')
  if (named !== null || !answer.headers.has('x-openstack-request-id'))
    return { name: named ?? 'unnamed', version: 'unknown' }
  const info = await fetch(`${endpoint}/info`, { signal: AbortSignal.timeout(20_000) })
  const { swift } = (await info.json()) as { swift: { version: string } }
  return { name: 'OpenStack Swift', version: swift.version }
}
