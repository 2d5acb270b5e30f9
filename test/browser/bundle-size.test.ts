/**
 * How much a screen loads: the wall at most 60 KB, the desk's first page 180 KB, anything loaded later 120 KB, gzipped.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { builtScreens } from '../support/browser.ts'

const test = suite('size of the screens')

interface Chunk {
  file: string
  css?: string[]
  imports?: string[]
  dynamicImports?: string[]
}

const KB = 1000
let dist: string
let chunks: Record<string, Chunk>
test.before(async () => {
  dist = await builtScreens()
  chunks = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>
})

/** Files that chunks load before they run, styles included. */
function filesOf(...names: string[]): Set<string> {
  const files = new Set<string>()
  const seen = new Set<string>()
  const visit = (name: string) => {
    if (seen.has(name)) return
    seen.add(name)
    const chunk = chunks[name]
    assert.ok(chunk, `${name} is in the manifest`)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const wanted of chunk.imports ?? []) visit(wanted)
  }
  names.forEach(visit)
  return files
}

function gzipped(files: Iterable<string>): number {
  let bytes = 0
  for (const file of files) bytes += gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
  return bytes
}

const pages = [
  'wall/Wall.svelte',
  'monitor/Monitor.svelte',
  'calls/CallList.svelte',
  'calls/CallDetail.svelte',
  'reports/ReportList.svelte',
  'reports/ReportPage.svelte',
  'history/History.svelte',
  'history/AgentDay.svelte',
]

test('the wall loads at most 60 KB, and nothing of the desk', () => {
  const files = filesOf('index.html', 'wall/Wall.svelte')
  assert.ok(gzipped(files) <= 60 * KB, `${gzipped(files)} bytes`)
  const desk = filesOf('shell/Frame.svelte', 'monitor/Monitor.svelte')
  assert.equal(
    [...files].filter((file) => desk.has(file) && /Frame|Monitor/.test(file)),
    [],
  )
})

test('the desk’s first page loads at most 180 KB', () => {
  const bytes = gzipped(filesOf('index.html', 'shell/Frame.svelte', 'monitor/Monitor.svelte'))
  assert.ok(bytes <= 180 * KB, `${bytes} bytes`)
})

test('a page opened later adds at most 120 KB', () => {
  const there = filesOf('index.html', 'shell/Frame.svelte')
  for (const page of pages) {
    const added = gzipped([...filesOf(page)].filter((file) => !there.has(file)))
    assert.ok(added <= 120 * KB, `${page}: ${added} bytes`)
  }
})

test('the build puts both compressed forms beside each file that is worth it', () => {
  const large = globSync('**/*.{html,js,css,svg}', { cwd: dist }).filter(
    (file) => readFileSync(join(dist, file)).length >= KB,
  )
  assert.ok(large.length > 10, large.join(' '))
  for (const file of large) {
    const body = readFileSync(join(dist, file))
    assert.ok(brotliDecompressSync(readFileSync(join(dist, `${file}.br`))).equals(body), file)
    assert.ok(gunzipSync(readFileSync(join(dist, `${file}.gz`))).equals(body), file)
  }
})

test('nothing is loaded from elsewhere: no font, style or script of another origin', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8')
  const styles = [...filesOf('index.html', 'shell/Frame.svelte', ...pages)]
    .filter((file) => file.endsWith('.css'))
    .map((file) => readFileSync(join(dist, file), 'utf8'))
  for (const text of [html, ...styles])
    assert.not.match(text, /(?:src|href)="(?:https?:)?\/\/|url\((?!['"]?data:)['"]?(?:https?:)?\/\/|@import|@font-face/)
})

test.run()
