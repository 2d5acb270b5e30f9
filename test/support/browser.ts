/**
 * A real browser for tests of the screens: the Chromium that is installed (`CHROMIUM`, else by its usual names on the
 * PATH), driven by playwright-core. One browser per test file, a fresh context per page; whatever a page logs as an
 * error in its console fails the test that opened it.
 */
import { accessSync, constants, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { Patience } from './patience.ts'

const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** Path of the browser; says what to do when there is none. */
function chromiumPath(): string {
  const asked = process.env['CHROMIUM']
  const candidates = asked
    ? [asked]
    : (process.env['PATH'] ?? '').split(delimiter).flatMap((directory) => names.map((name) => join(directory, name)))
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // not this one
    }
  }
  throw new Error(
    asked
      ? `CHROMIUM names ${asked}, which cannot be run.`
      : 'No Chromium found: install the package chromium, or set CHROMIUM to its path.',
  )
}

/**
 * Features that Chromium keeps ready for people: each window has extra pages for the address bar's drop-down, and a spare
 * process waits for the next site. Nobody types an address here, and they cost more than half of the total (measured: 18 s
 * of processor time for eight contexts, 8 s without). Only the last `--disable-features` counts, so the list repeats those
 * of playwright-core.
 */
const SWITCHED_OFF = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'SpareRendererForSitePerProcess',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'Translate',
  'RenderDocument',
]

export async function launch(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      // Containers have no user namespaces for the sandbox and little /dev/shm; the pages are our own.
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--force-color-profile=srgb',
      '--hide-scrollbars=false',
      `--disable-features=${SWITCHED_OFF.join(',')}`,
      ...more,
    ],
    timeout: 90_000,
  })
}

const ui = fileURLToPath(new URL('../../ui', import.meta.url))

/** When the newest source of the screens was changed. */
function newestSource(): number {
  const files = globSync('**/*.{ts,svelte,css,html,svg,js,json}', {
    cwd: ui,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  })
  return Math.max(...files.map((file) => statSync(join(ui, file)).mtimeMs))
}

/** The directory of the built screens; builds them if they are missing or out of date. If several test files ask at once, one builds. */
export async function builtScreens(): Promise<string> {
  const dist = join(ui, 'dist')
  const manifest = join(dist, '.vite/manifest.json')
  const lock = join(ui, 'node_modules/.building-screens')
  const fresh = () => existsSync(manifest) && statSync(manifest).mtimeMs >= newestSource()
  const patience = new Patience(120_000)
  while (!patience.over) {
    if (!existsSync(lock) && fresh()) return dist
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
    } catch {
      // Another process is building. If it is gone, its lock goes too.
      const builder = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : process.pid)
      if (!alive(builder)) rmSync(lock, { force: true })
      await new Promise((done) => setTimeout(done, 100))
      continue
    }
    try {
      if (fresh()) return dist
      const built = spawnSync(
        process.execPath,
        [join(ui, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
        { cwd: ui, encoding: 'utf8', timeout: 600_000 },
      )
      if (built.status !== 0) throw new Error(`The screens could not be built:\n${built.stdout}${built.stderr}`)
      return dist
    } finally {
      rmSync(lock, { force: true })
    }
  }
  throw new Error(`The screens are not built yet; ${lock} says by whom.`)
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Waits until a function in the page returns what is expected; fails with what it returned last. */
export async function settles<T>(expected: T, read: () => T | Promise<T>, limitMs = 15_000): Promise<void> {
  const patience = new Patience(limitMs)
  let last = await read()
  while (!isDeepStrictEqual(last, expected)) {
    if (patience.over) throw new Error(`Expected ${JSON.stringify(expected)}, the page shows ${JSON.stringify(last)}`)
    await new Promise((done) => setTimeout(done, 30))
    last = await read()
  }
}

const questions = readFileSync(new URL('./in-page.js', import.meta.url), 'utf8')

/** Asks one of the questions of in-page.js. */
export function inPage<T>(page: Page, question: string, ...values: string[]): Promise<T> {
  return page.evaluate(
    `(() => { ${questions}; return inPage.${question}(...${JSON.stringify(values)}) })()`,
  ) as Promise<T>
}

export type ScreenOptions = BrowserContextOptions

export interface Screen {
  page: Page
  /** What the page logged as errors, refused resources among them. */
  complaints: string[]
  close(): Promise<void>
}

/** A page in a context of its own. */
export async function openScreen(browser: Browser, url: string, options: ScreenOptions = {}): Promise<Screen> {
  const context = await browser.newContext({
    viewport: { width: 1920, height: 1080 },
    locale: 'zh-CN',
    timezoneId: 'UTC',
    // What moves is drawn sixty times a second by the processor, however little the test looks at it.
    reducedMotion: 'reduce',
    ...options,
  })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}
