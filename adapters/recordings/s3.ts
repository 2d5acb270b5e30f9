/**
 * Recordings in an S3-compatible store: Amazon's, MinIO, Ceph, Garage and others. Buckets are addressed by path, which all of
 * them understand. The hash of a file is signed with its request, so that the store refuses what changed on the way.
 *
 * Requests are signed with aws4fetch and sent by Node's own client: a recording of hours is streamed, and S3 asks for its
 * length beforehand, which `fetch` does not send with a stream.
 */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AwsV4Signer } from 'aws4fetch'
import { isKey, type RecordingFiles, type Whole } from './files.ts'

export interface S3Store {
  /** `https://host:port`. */
  endpoint: string
  bucket: string
  /** Before each key: empty, or ending in a slash. */
  prefix: string
  region: string
  accessKey: string
  secretKey: string
}

/** A store that says nothing for this long is away, ms. */
const QUIET_MS = 20_000
/** Most of an error that is read. */
const ERROR_BYTES = 4_096
/** The hash of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export function s3Files(store: S3Store, quietMs = QUIET_MS): RecordingFiles {
  const { endpoint, bucket, prefix, region, accessKey, secretKey } = store
  const agent = endpoint.startsWith('https:')
    ? new https.Agent({ keepAlive: true })
    : new http.Agent({ keepAlive: true })

  async function send(
    method: string,
    key: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: { content: Readable; whole: Whole } } = {},
  ): Promise<IncomingMessage> {
    if (!isKey(key)) throw new Error('not the key of a recording')
    const signed = await new AwsV4Signer({
      method,
      url: `${endpoint}/${encodeURIComponent(bucket)}/${prefix}${key}`,
      headers: {
        ...headers,
        'x-amz-content-sha256': body?.whole.sha256 ?? EMPTY,
        ...(body && { 'content-length': String(body.whole.bytes), 'content-type': 'audio/wav' }),
      },
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      service: 's3',
      region,
    }).sign()
    return new Promise((resolve, reject) => {
      const client = signed.url.protocol === 'https:' ? https : http
      const request = client.request(
        signed.url,
        { method, agent, headers: Object.fromEntries(signed.headers), timeout: quietMs },
        (response) => {
          response.once('error', () => {})
          resolve(response)
        },
      )
      request.once('timeout', () => request.destroy(new Error('the store does not answer')))
      request.once('error', reject)
      if (!body) return void request.end()
      pipeline(body.content, request).catch((error: unknown) => {
        request.destroy()
        reject(error as Error)
      })
    })
  }

  return {
    async put(key, content, whole) {
      const response = await send('PUT', key, { body: { content, whole } })
      await demand(response, 200)
      response.resume()
    },
    async read(key, range) {
      const headers = range && { range: `bytes=${range.from}-${range.to}` }
      const response = await send('GET', key, { ...(headers && { headers }) })
      await demand(response, range ? 206 : 200)
      return response
    },
    async size(key) {
      const response = await send('HEAD', key)
      response.resume()
      if (response.statusCode === 404) return null
      if (response.statusCode !== 200) throw new Error(`the store answered ${response.statusCode}`)
      return Number(response.headers['content-length'])
    },
    async delete(key) {
      const response = await send('DELETE', key)
      if (response.statusCode !== 404) await demand(response, 204, 200)
      response.resume()
    },
  }
}

/** @throws Error with the status and the store's own code for what is wrong */
async function demand(response: IncomingMessage, ...statuses: number[]): Promise<void> {
  if (statuses.includes(response.statusCode ?? 0)) return
  let text = ''
  for await (const chunk of response as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1')
    if (text.length > ERROR_BYTES) break
  }
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1]
  throw new Error(`the store answered ${response.statusCode}${code === undefined ? '' : ` ${code}`}`)
}
