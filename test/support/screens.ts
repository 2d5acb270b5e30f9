/**
 * The common setup of all screen tests: built screens and one browser per file. After each test everything it
 * opened is closed.
 */
import type { Test } from 'uvu'
import type { Browser } from 'playwright-core'
import { builtScreens, launch, openScreen, type Screen, type ScreenOptions } from './browser.ts'
import { LiveServer, type LiveServerOptions } from './live-server.ts'

export interface Screens {
  /** A server with a made-up floor; its clock stands still unless told otherwise. */
  served(options?: LiveServerOptions): Promise<{ server: LiveServer; url: string }>
  /** A page opened at an address. */
  look(url: string, options?: ScreenOptions): Promise<Screen>
  /** Closed after the test, the last one first. */
  closing(close: () => Promise<void>): void
}

/** Adds the set-up and clean-up to a suite. */
export function screensFor(test: Test): Screens {
  let browser: Browser
  const open: (() => Promise<void>)[] = []
  test.before(async () => {
    await builtScreens()
    browser = await launch()
  })
  test.after.each(async () => {
    for (const close of open.splice(0).reverse()) await close()
  })
  test.after(() => browser?.close())
  return {
    closing: (close) => void open.push(close),
    async served(options = {}) {
      const server = new LiveServer({ speed: 0, ...options })
      const url = await server.listen()
      open.push(() => server.stop())
      return { server, url }
    },
    async look(url, options = {}) {
      const screen = await openScreen(browser, url, options)
      open.push(() => screen.close())
      return screen
    },
  }
}
