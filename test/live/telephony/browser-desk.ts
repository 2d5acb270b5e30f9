/** An agent's desk in a browser whose phone registers with a real drachtio over secure WebSocket. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { selfSigned } from '../../eventstore/certificate.ts'
import { unprocessed } from '../../support/browser-phone.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/gate.ts'
import type { Centre } from './centre.ts'
import { OwnDrachtio } from './server.ts'

/** A certificate that nobody has to trust, and the drachtio that uses it. */
export class SecureSockets {
  readonly #keys: string

  private constructor(keys: string) {
    this.#keys = keys
  }

  static async make(): Promise<SecureSockets> {
    const keys = await mkdtemp(join(tmpdir(), 'ledgerline-wss-'))
    const { key, certificate } = selfSigned()
    await writeFile(join(keys, 'key.pem'), key)
    await writeFile(join(keys, 'cert.pem'), certificate)
    return new SecureSockets(keys)
  }

  /** A drachtio that takes secure WebSockets at this address. */
  async drachtio(): Promise<{ drachtio: OwnDrachtio; url: string }> {
    const port = await freePort()
    const drachtio = await OwnDrachtio.start({
      DRACHTIO_WSS_PORT: String(port),
      DRACHTIO_TLS_KEY: join(this.#keys, 'key.pem'),
      DRACHTIO_TLS_CERT: join(this.#keys, 'cert.pem'),
    })
    return { drachtio, url: `wss://127.0.0.1:${port}` }
  }

  remove(): Promise<void> {
    return rm(this.#keys, { recursive: true, force: true })
  }
}

/** An agent's desk: signed in, ready, with the phone turned on. */
export async function deskOf(browser: Browser, centre: Centre, code: string): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
    locale: 'en',
    ignoreHTTPSErrors: true,
    permissions: ['microphone'],
    // Nobody has a user here: the browser has the operator's token.
    extraHTTPHeaders: centre.headers,
  })
  const page = await context.newPage()
  await unprocessed(page)
  await page.goto(`${centre.url}/desk?agent=${code}&lang=en`)
  await page.click('[data-work]')
  await page.click('[data-act=sign_in]')
  await page.waitForSelector('.desk[data-works=true] .state:not([data-state=signed_out])')
  await page.click('[data-phone-act=on]')
  await page.waitForSelector('[data-phone=registered]')
  await page.click('[data-act=ready]')
  await until(`${code} to be ready`, async () => {
    const { state, registered } = await centre.agent(code)
    return state === 'ready' && registered === true
  })
  return page
}
