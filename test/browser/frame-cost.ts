/**
 * What a frame costs the browser's main thread with five hundred agents, fifty queues and twenty short calls a second.
 * A measurement, not a test: `node test/browser/frame-cost.ts [--seconds 10]`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { builtScreens, launch, openScreen } from '../support/browser.ts'

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  /** Wall time and time on the processor, µs. */
  dur?: number
  tdur?: number
  args: { name?: string }
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } })
const serverFile = fileURLToPath(new URL('../support/live-server.ts', import.meta.url))
const seconds = Number(values.seconds)

function quantile(sorted: readonly number[], q: number): number {
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0) * 10) / 10
}

await builtScreens()
const browser = await launch()
console.log(
  `500 agents, 50 queues, 20 calls a second that keep an agent for 20 s each, ${seconds} s each, 1920 × 1080, ${cpus().length} × ${cpus()[0]?.model}`,
)
for (const path of ['/wall', '/monitor', '/monitor?view=list']) {
  // In its own process, as a real server is: its computing must not hold up the one that drives the browser.
  const server = spawn(
    process.execPath,
    [serverFile, '--agents', '500', '--queues', '50', '--rate', '20', '--talk', '11', '--port', '0'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const url = String((await once(server.stdout, 'data'))[0]).trim()
  const { page, close } = await openScreen(browser, url + path, { reducedMotion: 'no-preference' })
  await page.waitForSelector('[data-ready=true]')
  await page.waitForTimeout(1_500)
  await browser.startTracing(page, { categories: ['cc'] })
  await page.waitForTimeout(seconds * 1_000)
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  const painter = traceEvents.find((event) => event.name === 'ProxyMain::BeginMainFrame')
  const frames = traceEvents.filter(
    (event) =>
      event.name === 'ProxyMain::BeginMainFrame' &&
      event.ph === 'X' &&
      event.pid === painter?.pid &&
      event.tid === painter.tid,
  )
  const cost = frames.map((event) => (event.tdur ?? event.dur ?? 0) / 1000).sort((a, b) => a - b)
  // A frame in which nothing changed costs next to nothing: the ones with rows in them are what counts.
  const busy = cost.filter((ms) => ms > 1)
  const perSecond = Math.round(cost.reduce((sum, ms) => sum + ms, 0) / seconds)
  console.log(
    `${path.padEnd(20)} ${frames.length} frames, ${busy.length} with changes: p50 ${quantile(busy, 0.5)} ms, p95 ${quantile(busy, 0.95)} ms, worst ${quantile(busy, 1)} ms; ${perSecond} ms of each second`,
  )
  await close()
  server.kill()
}
await browser.close()
