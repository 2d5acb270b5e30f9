/**
 * The built screens (`ui/dist`), held in memory: every file with its hash, and the compressed forms that the build put
 * beside it (`.br`, `.gz`). Any other address opened in a browser gets the page itself, which does its own routing.
 *
 * `build` is the hash of that page: the page names its scripts by their hashes, so it changes when anything does.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import type { NextFunction, Request, Response } from 'express'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
}

interface File {
  body: Buffer
  type: string
  etag: string
  /** Its name contains its hash: it never changes. */
  immutable: boolean
  br: Buffer | null
  gzip: Buffer | null
}

export class Screens {
  readonly #files: ReadonlyMap<string, File>
  readonly #page: File | null

  private constructor(files: ReadonlyMap<string, File>) {
    this.#files = files
    this.#page = files.get('/index.html') ?? null
  }

  /** Reads the screens. If the directory does not exist, the server has no screens. */
  static async load(directory: string): Promise<Screens> {
    const bodies = new Map<string, Buffer>()
    const names = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of names) {
      // The build tool's own files (`.vite`) are not served.
      const path = relative(directory, join(entry.parentPath, entry.name))
      if (!entry.isFile() || path.split(sep).some((part) => part.startsWith('.'))) continue
      bodies.set(`/${path.split(sep).join('/')}`, await readFile(join(directory, path)))
    }
    const files = new Map<string, File>()
    for (const [path, body] of bodies) {
      const packed = /^(.+)\.(?:br|gz)$/.exec(path)
      if (packed && bodies.has(packed[1]!)) continue
      const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22)
      files.set(path, {
        body,
        type: types[extname(path)] ?? 'application/octet-stream',
        etag: `"${hash}"`,
        immutable: /^\/assets\/.*-[\w-]{7,}\.\w+$/.test(path),
        br: bodies.get(`${path}.br`) ?? null,
        gzip: bodies.get(`${path}.gz`) ?? null,
      })
    }
    return new Screens(files)
  }

  /** Hash of the page; `none` if there are no screens. */
  get build(): string {
    return this.#page?.etag.replaceAll('"', '') ?? 'none'
  }

  /** Hashes of the inline scripts of the page, as a content security policy names them. */
  get inlineScripts(): string[] {
    const page = this.#page?.body.toString() ?? ''
    return [...page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
      ([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`,
    )
  }

  /** Serves what exists; leaves everything under `/api` to others. */
  readonly serve = (request: Request, response: Response, next: NextFunction): void => {
    const { path } = request
    if ((request.method !== 'GET' && request.method !== 'HEAD') || path === '/api' || path.startsWith('/api/'))
      return next()
    const file = this.#files.get(path) ?? (this.#isPage(request) ? this.#page : undefined)
    if (file) return send(file, request, response)
    if (file === null)
      return void response.status(200).type('html').set('Cache-Control', 'no-cache').send(withoutScreens)
    next()
  }

  /** A browser opening an address, rather than a page asking for a file that does not exist. */
  #isPage(request: Request): boolean {
    return extname(request.path) === '' && request.accepts(['html', 'json']) === 'html'
  }
}

function send(file: File, request: Request, response: Response): void {
  response.set({
    'Content-Type': file.type,
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: file.etag,
    Vary: 'Accept-Encoding',
  })
  if (request.get('if-none-match')?.includes(file.etag)) return void response.status(304).end()
  const [encoding, body] = encoded(file, request)
  if (encoding !== 'identity') response.set('Content-Encoding', encoding)
  response.set('Content-Length', String(body.length))
  response.end(request.method === 'HEAD' ? undefined : body)
}

function encoded(file: File, request: Request): ['br' | 'gzip' | 'identity', Buffer] {
  if (file.br && request.acceptsEncodings('br')) return ['br', file.br]
  if (file.gzip && request.acceptsEncodings('gzip')) return ['gzip', file.gzip]
  return ['identity', file.body]
}

const withoutScreens = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Ledgerline</title>
<h1>Ledgerline</h1>
<p>The server runs; its screens have not been built. <code>pnpm --filter @ledgerline/ui build</code> builds them.</p>
<p lang="zh-CN">服务已启动，但界面尚未构建。请运行 <code>pnpm --filter @ledgerline/ui build</code>。</p>
<p><a href="/api/docs">/api/docs</a></p>`
