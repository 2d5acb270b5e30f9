/** What people see of a call or an agent with an unreadable event: that it may be incomplete, and what to do. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Browser } from 'playwright-core'
import { startSpine, type Spine } from '../http/spine.ts'
import { builtScreens, inPage, launch, openScreen, type Screen } from '../support/browser.ts'
import { tenant } from '../support/house.ts'

const test = suite('streams set aside, on the screens')
let browser: Browser
let spine: Spine
let callId: string
const open: Screen[] = []

test.before(async () => {
  const screens = await builtScreens()
  browser = await launch()
  spine = await startSpine('set aside screens', { agents: 2 }, screens)
  const { floor } = spine
  await floor.until(floor.desk.setWork('202', 'away', 'lunch', floor.by('agent:202')))
  callId = floor.call('PS', { talkMs: 90_000 })
  await spine.pass(20_000)
  for (const stream of [`call-${tenant}.${callId}`, `shift-${tenant}.202-1`]) {
    const revision = (await floor.log.readStream(stream)).length - 1
    await floor.log.append(stream, revision, [
      {
        id: randomUUID(),
        type: 'WrittenByALaterVersion',
        data: '{}',
        metadata: JSON.stringify({ t: tenant, a: 'later version', at: floor.clock.now() }),
      },
    ])
  }
  await spine.pass(60_000)
  await spine.settled()
})
test.after.each(async () => {
  for (const screen of open.splice(0)) await screen.close()
})
test.after(async () => {
  await spine?.close()
  await browser?.close()
})

async function look(path: string, options: Parameters<typeof openScreen>[2] = {}): Promise<Screen> {
  const screen = await openScreen(browser, spine.url + path, options)
  open.push(screen)
  return screen
}
const said = {
  zh: { call: '本次通话有一个事件无法读取，显示的内容可能不完整', shift: '上一班次有一个事件无法读取' },
  en: {
    call: 'An event of this call cannot be read, so the details here may be incomplete',
    shift: 'An event of the last shift cannot be read',
  },
}

for (const locale of ['zh', 'en'] as const) {
  test(`the page of a call and the panel of an agent say that an event cannot be read, and what to do (${locale})`, async () => {
    const { page, complaints } = await look(`/calls/${callId}`, { locale })
    await page.getByText(said[locale].call).waitFor()
    assert.equal(
      await inPage(page, 'attributes', '[data-event]', 'data-event').then((types) =>
        (types as string[]).filter((type) => type === 'WrittenByALaterVersion' || type === 'CallSetAside'),
      ),
      ['WrittenByALaterVersion', 'CallSetAside'],
    )
    assert.equal(await inPage(page, 'accessFaults'), [])
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/call-${locale}.png` })
    const monitor = await look('/monitor?agent=202', { locale })
    await monitor.page.locator('[data-panel] [data-set-aside]').getByText(said[locale].shift).waitFor()
    await monitor.page.waitForSelector('[data-agent="202"] [data-reason=set_aside] svg')
    assert.equal(await inPage(monitor.page, 'accessFaults'), [])
    if (process.env['SHOTS']) await monitor.page.screenshot({ path: `${process.env['SHOTS']}/monitor-${locale}.png` })
    assert.equal([...complaints, ...monitor.complaints], [])
    // The list says it as well as the tiles.
    await monitor.page.goto(`${spine.url}/monitor?view=list`)
    await monitor.page.waitForSelector('tr[data-agent="202"] [data-reason=set_aside] svg')
    assert.is(await monitor.page.locator('tr[data-agent="201"] [data-reason] svg').count(), 0)
    assert.equal(await inPage(monitor.page, 'accessFaults'), [])
    if (process.env['SHOTS'])
      await monitor.page.screenshot({ path: `${process.env['SHOTS']}/monitor-list-${locale}.png` })
    // Agents without one have no mark.
    await monitor.page.goto(`${spine.url}/monitor?agent=201`)
    await monitor.page.waitForSelector('[data-panel="201"]')
    assert.is(await monitor.page.locator('[data-panel] [data-set-aside]').count(), 0)
  })
}

test.run()
