/** What every test of the screens begins with: built screens, one browser a file, and after each test everything closed that it opened. */
import type { Test } from 'uvu'
import type { Browser } from 'playwright-core'
import { builtScreens, launch, openScreen, type Screen, type ScreenOptions } from './browser.ts'
import { LiveServer, type LiveServerOptions } from './live-server.ts'

export interface Screens {
  /** A server with a made-up floor; its clock stands still unless it is told. */
  served(options?: LiveServerOptions): Promise<{ server: LiveServer; url: string }>
  /** A page that looks at an address. */
  look(url: string, options?: ScreenOptions): Promise<Screen>
  /** Closed after the test, the last one first. */
  closing(close: () => Promise<void>): void
}

/** Hangs what is needed before and after on a suite. */
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
