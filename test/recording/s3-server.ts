/**
 * A small S3 server that believes nothing: it works out each request's signature for itself, from what arrived on the wire
 * and Amazon's description of Signature Version 4, and refuses a body whose hash is not the one that was signed.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { S3Store } from '@ledgerline/adapters/recordings/s3.ts'

const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE'
const SECRET_KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** The signature of a request, as its sender should have made it. */
export function signatureOf(
  request: { method: string; path: string; query: string; headers: Readonly<Record<string, string>> },
  { date, region, signedHeaders, secret }: { date: string; region: string; signedHeaders: string[]; secret: string },
): string {
  const { method, path, query, headers } = request
  const canonical = [
    method,
    path,
    query,
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n')
  const day = date.slice(0, 8)
  const scope = `${day}/${region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = ['aws4_request'].reduce(hmac, hmac(hmac(hmac(`AWS4${secret}`, day), region), 's3'))
  return hmac(key, toSign).toString('hex')
}

export class S3Server {
  readonly objects = new Map<string, Buffer>()
  /** Requests that were refused, by code. */
  readonly refused: string[] = []
  /** Answers everything with this status and code, as a store does that is full or away. */
  trouble: { status: number; code: string } | null = null
  /** Says nothing. */
  silent = false
  readonly #server = createServer((request, response) => {
    this.#take(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  static async start(): Promise<S3Server> {
    const server = new S3Server()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  store(more: Partial<S3Store> = {}): S3Store {
    const { port } = this.#server.address() as AddressInfo
    return {
      endpoint: `http://127.0.0.1:${port}`,
      bucket: 'calls',
      prefix: 'house/',
      region: 'eu-central-1',
      accessKey: ACCESS_KEY,
      secretKey: SECRET_KEY,
      ...more,
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    if (this.silent) return
    const refusal = this.trouble ?? this.#refusalOf(request, body)
    if (refusal) {
      this.refused.push(refusal.code)
      response.writeHead(refusal.status, { 'content-type': 'application/xml' })
      return void response.end(`<?xml version="1.0"?><Error><Code>${refusal.code}</Code></Error>`)
    }
    const key = decodeURIComponent(request.url!)
    const object = this.objects.get(key)
    switch (request.method) {
      case 'PUT':
        this.objects.set(key, body)
        return void response.end()
      case 'DELETE':
        this.objects.delete(key)
        return void response.writeHead(204).end()
    }
    if (!object) {
      response.writeHead(404, { 'content-type': 'application/xml' })
      return void response.end(request.method === 'HEAD' ? '' : '<Error><Code>NoSuchKey</Code></Error>')
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const part = from === undefined ? object : object.subarray(Number(from), Number(to) + 1)
    response.writeHead(from === undefined ? 200 : 206, { 'content-length': part.length })
    response.end(request.method === 'HEAD' ? '' : part)
  }

  #refusalOf(request: IncomingMessage, body: Buffer): { status: number; code: string } | null {
    const headers = request.headers as Record<string, string>
    const said =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([\w-]+)\/s3\/aws4_request, ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
        headers['authorization'] ?? '',
      )
    if (!said) return { status: 403, code: 'AccessDenied' }
    const [, accessKey, day, region, signed, signature] = said as unknown as string[]
    if (accessKey !== ACCESS_KEY) return { status: 403, code: 'InvalidAccessKeyId' }
    if (region !== 'eu-central-1') return { status: 400, code: 'AuthorizationHeaderMalformed' }
    const date = headers['x-amz-date'] ?? ''
    if (!date.startsWith(day!)) return { status: 403, code: 'SignatureDoesNotMatch' }
    const signedHeaders = signed!.split(';')
    for (const needed of ['host', 'x-amz-date', 'x-amz-content-sha256'])
      if (!signedHeaders.includes(needed)) return { status: 403, code: 'SignatureDoesNotMatch' }
    const [path, query = ''] = request.url!.split('?') as [string, string?]
    const asked = { method: request.method!, path, query, headers }
    const right = signatureOf(asked, { date, region, signedHeaders, secret: SECRET_KEY })
    if (!timingSafeEqual(Buffer.from(right), Buffer.from(signature!)))
      return { status: 403, code: 'SignatureDoesNotMatch' }
    if (request.method === 'PUT' && headers['content-length'] !== String(body.length))
      return { status: 411, code: 'MissingContentLength' }
    return sha256(body) === headers['x-amz-content-sha256'] ? null : { status: 400, code: 'XAmzContentSHA256Mismatch' }
  }
}
