/**
 * Registered extensions and gateways in a real browser over a real server: live, filtered, in both languages. `PICTURES=DIR`
 * keeps screenshots.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { startSpine, type Spine } from '../http/spine.ts'
import { builtScreens } from '../support/browser.ts'
import { until } from '../support/gate.ts'
import { picture } from '../support/on-screen.ts'
import { screensFor } from '../support/screens.ts'
import { contactOf, tellingOf } from '../support/told-of-network.ts'

const test = suite('pages of the telephone network')
const { look, closing } = screensFor(test)

const network = {
  extensions: ['8201', '8202', '8203'].map((number) => ({ number })),
  gateways: [
    { code: 'gw1', remark: '移动线路', mode: 'uni' as const, address: '192.168.4.130', user: '6001' },
    { code: 'gw2', remark: 'Backup', mode: 'nni' as const, address: '192.168.4.131', port: 5080 },
  ],
}

async function house(name: string): Promise<Spine> {
  const spine = await startSpine(name, { agents: 2, network }, await builtScreens())
  closing(() => spine.close())
  return spine
}

async function page(spine: Spine, path: string): Promise<Page> {
  const { page: it } = await look(`${spine.url}${path}`, { viewport: { width: 1280, height: 720 } })
  return it
}

const texts = (it: Page, selector: string) => it.locator(selector).allInnerTexts()

test('A3.2.7-list registered extensions appear, stop to answer and leave while the page is open', async () => {
  const spine = await house('network_phones')
  const tell = tellingOf(spine.floor)
  const it = await page(spine, '/extensions?lang=en&theme=light')
  await it.waitForSelector('[data-state=empty]')
  await tell.phone('8201', [contactOf('8201')])
  await tell.phone('8202', [contactOf('8202', { userAgent: 'baresip 1.0', behindNat: true, pingMs: 85 })])
  await it.waitForSelector('[data-phone="8202"]:has-text("85 ms")')
  const [row] = await texts(it, '[data-phone="8202"]')
  for (const said of ['8202', 'baresip 1.0', 'Reachable', '85 ms', '10.0.0.1:5060', '1**:5060', 'NAT', 'Agent 202'])
    assert.ok(row!.includes(said), `${said} in ${row}`)
  assert.match((await texts(it, 'h1'))[0]!, /2 phones/)
  await tell.phone('8201', [contactOf('8201', { reach: 'unreachable', pingMs: null })])
  await it.waitForSelector('[data-phone="8201"]:has-text("Not answering")')
  await picture(it, 'phones-en-light')
  await it.goto(`${spine.url}/extensions?status=unreachable&lang=zh&theme=dark`)
  await it.waitForSelector('[data-phone="8201"]:has-text("无响应")')
  assert.is(await it.locator('[data-phone]').count(), 1)
  await picture(it, 'phones-zh-dark')
  await it.getByRole('searchbox').fill('baresip')
  await it.waitForSelector('[data-state=empty]')
  // Who may not see where people are finds nobody by it.
  await it.goto(`${spine.url}/extensions?search=10.0.3.2&lang=zh`)
  await it.waitForSelector('[data-state=empty]')
  await it.goto(`${spine.url}/extensions?search=8202&lang=zh`)
  await it.waitForSelector('[data-phone="8202"]')
  await tell.phone('8202', [])
  await it.waitForSelector('[data-phone="8202"]', { state: 'detached' })
  await it.goto(`${spine.url}/extensions?status=lost`)
  await it.waitForSelector('[data-state=wrong]')
})

test('A3.2.8-list gateways of the configuration, their state as it changes, and the detail', async () => {
  const spine = await house('network_gateways')
  const tell = tellingOf(spine.floor)
  const it = await page(spine, '/gateways?lang=en&theme=light')
  await it.waitForSelector('[data-gateway="gw1"]:has-text("TRYING")')
  const ok = { up: true, registration: 'registered' as const, reach: 'reachable' as const, pingMs: 14, sip: null }
  await tell.gateway('gw1', ok)
  await it.waitForSelector('[data-gateway="gw1"]:has-text("REGED")')
  await tell.gateway('gw2', { ...ok, up: false, registration: 'none', reach: 'unreachable', pingMs: null })
  await it.waitForSelector('[data-gateway="gw2"]:has-text("DOWN")')
  const [row] = await texts(it, '[data-gateway="gw2"]')
  for (const said of ['gw2', 'Backup', 'gateway', 'Down', 'NNI', 'sip:192.168.4.131:5080', 'Details'])
    assert.ok(row!.includes(said), `${said} in ${row}`)
  await tell.gateway('gw1', { ...ok, up: false, registration: 'refused', sip: 403 })
  await it.getByRole('button', { name: 'Details: gw1' }).click()
  await it.waitForSelector('aside:has-text("403")')
  const [detail] = await texts(it, 'aside')
  for (const said of ['refused', '403', 'answered', '14 ms', 'emergency']) assert.ok(detail!.includes(said), said)
  await picture(it, 'gateways-en-light')
  await it.goto(`${spine.url}/gateways?state=down&mode=nni&gateway=gw2&lang=zh&theme=dark`)
  await it.waitForSelector('[data-gateway="gw2"]:has-text("不可用")')
  assert.is(await it.locator('[data-gateway]').count(), 1)
  await picture(it, 'gateways-zh-dark')
})

test('A3.2.8-list A3.2.6-add a gateway that is added appears, one that is removed leaves', async () => {
  const spine = await house('network_gone')
  const it = await page(spine, '/gateways?lang=en')
  await it.waitForSelector('[data-gateway="gw2"]')
  const [gw1] = network.gateways
  const added = { code: 'gw3', mode: 'nni' as const, address: '192.168.4.132' }
  await spine.floor.reconfigure({ routes: [], network: { ...network, gateways: [gw1!, added] } })
  await it.waitForSelector('[data-gateway="gw3"]')
  await until('the one that left', async () => (await it.locator('[data-gateway="gw2"]').count()) === 0)
  await it.getByRole('link', { name: 'Extensions' }).waitFor()
})

test.run()
