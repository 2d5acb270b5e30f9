/**
 * A real browser for tests of the screens: the Chromium that is installed (`CHROMIUM`, else by its usual names on the
 * PATH), driven by playwright-core. One browser a test file, a fresh context a page; what a page complains
 * of in its console fails the test that opened it.
 */
import { accessSync, constants, existsSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

/** Path of the browser; says what to do when there is none. */
export function chromiumPath(): string {
  const asked = process.env['CHROMIUM']
  const candidates = asked ? [asked] : (process.env['PATH'] ?? '').split(delimiter).flatMap((directory) => names.map((name) => join(directory, name)))
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // not this one
    }
  }
  throw new Error(asked ? `CHROMIUM names ${asked}, which cannot be run.` : 'No Chromium found: install the package chromium, or set CHROMIUM to its path.')
}

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    // Containers have no user namespaces for the sandbox and little /dev/shm; the pages are our own.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb', '--hide-scrollbars=false'],
    timeout: 30_000,
  })
}

const ui = fileURLToPath(new URL('../../ui', import.meta.url))

/** Builds the screens if nobody did, and says where they are. */
export function builtScreens(): string {
  const dist = join(ui, 'dist')
  if (!existsSync(join(dist, '.vite/manifest.json'))) {
    const built = spawnSync(process.execPath, [join(ui, 'node_modules/vite/bin/vite.js'), 'build'], { cwd: ui, encoding: 'utf8', timeout: 120_000 })
    if (built.status !== 0) throw new Error(`The screens could not be built:\n${built.stdout}${built.stderr}`)
  }
  return dist
}

export interface Screen {
  page: Page
  /** What the page complained of: errors, refused resources. */
  complaints: string[]
  close(): Promise<void>
}

/** A page of its own context. */
export async function openScreen(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Screen> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'zh-CN', timezoneId: 'UTC', ...options })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}
