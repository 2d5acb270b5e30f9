/**
 * The voice platform in a real browser over a real switchboard: settings are changed on screen, wait, are checked and activated,
 * and calls follow them. `PICTURES=DIR` keeps screenshots.
 */
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { startSpine, type Spine } from '../http/spine.ts'
import { until } from '../support/gate.ts'
import { builtScreens } from '../support/browser.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('the voice platform')
const { look, closing } = screensFor(test)
let spine: Spine

test.before(async () => {
  spine = await startSpine(
    'voice_screen',
    {
      agents: 2,
      network: {
        extensions: [
          { number: '8201', secret: 'a password' },
          { number: '8202' },
          { number: '200', type: 'ivr', target: '200' },
        ],
        ivrs: [
          {
            code: '200',
            name: 'Main menu',
            root: 'root',
            menus: [
              {
                code: 'root',
                name: 'Root',
                nodes: [{ key: '1', name: 'Service', action: { do: 'queue', to: 'PS' } }],
              },
            ],
          },
        ],
        calendars: [{ code: 'office', name: 'Office', hours: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }] }],
      },
    },
    await builtScreens(),
  )
})
test.after(() => spine.close())

async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env['PICTURES']
  if (directory) await page.screenshot({ path: join(directory, `${name}.png`) })
}
const view = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const
const setting = (page: Page, at: string) => page.locator(`[data-setting="${at}"]`)
async function save(page: Page): Promise<void> {
  await page.click('aside footer .go')
  await page.waitForSelector('aside .answer .done')
}
const pending = (page: Page, count: number) => page.waitForSelector(`.activation[data-pending="${count}"]`)
const configuration = () => spine.floor.process.switchboard.configuration.state

test('A3.2.2.5-reload A3.2.2.1-strategy A3.2.2.4-ring-time: a queue is changed on screen, waits, is activated, and offers follow', async () => {
  const { page } = await look(`${spine.url}/voice/queues?lang=en&theme=light`, view)
  await page.click('tr[data-key=PS] .name')
  await setting(page, 'ringMs').locator('input').fill('9')
  await setting(page, 'strategy').locator('select').selectOption('round-robin')
  await picture(page, 'voice-queue-en-light')
  await save(page)
  await page.waitForSelector('tr[data-key=PS][data-change=changed]')
  await page.waitForSelector('nav .waits:text("1")')
  assert.is(configuration().queues['PS']!.ringMs, 20_000)

  await page.click('.voice a[href="/voice/activate"]')
  await pending(page, 1)
  const change = page.locator('[data-diff="queues PS"]')
  assert.match(await change.innerText(), /Strategy\s+Longest idle →\s*Round robin/)
  assert.match(await change.innerText(), /Ring time\s+20 s →\s*9 s/)
  const button = page.locator('section:has(> h2.flat) .go')
  await page.waitForSelector('[data-finding="network.holidays_missing"]')
  assert.is(await button.getAttribute('aria-disabled'), 'true')
  await page.locator('input[type=checkbox]').check()
  await page.locator('label:has-text("What it is for") input').fill('Shorter ringing')
  await picture(page, 'voice-activate-en-light')
  await button.click()
  await pending(page, 0)
  assert.equal([configuration().queues['PS']!.ringMs, configuration().queues['PS']!.strategy], [9_000, 'round-robin'])
  await page.waitForSelector(`[data-version="${configuration().version}"]:has-text("Shorter ringing") .force`)
  await until('no badge', async () => (await page.locator('nav .waits').count()) === 0)
  const callId = spine.floor.call('PS', { talkMs: 1_000 })
  await spine.pass(3_000)
  const offered = (await spine.floor.ledger()).find(
    (event) => event.type === 'CallOffered' && event.data.callId === callId,
  )
  assert.ok((offered!.data as { deadline: number }).deadline - offered!.at < 12_000)

  // The version before is taken back.
  await page.click(`[data-version="${configuration().version - 1}"] .acts button:last-child`)
  await page.click('[role=alertdialog] .alarm')
  await pending(page, 1)
  assert.match(await change.innerText(), /Ring time\s+9 s →\s*20 s/)
  await page.click('.activation header button')
  await page.click('[role=alertdialog] .alarm')
  await pending(page, 0)
})

test('A3.2.1-add A3.2.1-bulk A3.2.1-type A3.2.3-order: extensions by range, and a route that is moved, in Chinese and dark', async () => {
  const { page } = await look(`${spine.url}/voice/extensions?lang=zh&theme=dark`, view)
  await page.waitForSelector('tr[data-key="8201"]')
  await page.click('button.add')
  await setting(page, 'number').locator('input').fill('8240-8242')
  await setting(page, 'secret').locator('input').fill('shared')
  await picture(page, 'voice-extension-zh-dark')
  await page.click('aside footer .go')
  await page.waitForSelector('tr[data-key="8242"][data-change=added]')
  assert.is(await page.locator('aside').count(), 0)

  await page.click('nav a[href="/voice/routes"]')
  await page.waitForSelector('tr[data-key=other]')
  const order = () =>
    page.locator('tr[data-key]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')))
  const before = await order()
  await page.locator('tr[data-key=other] .moves button').first().click()
  await until('the rule is first', async () => (await order())[0] === 'other')
  assert.equal(await order(), ['other', ...before.filter((key) => key !== 'other')])
  await page.locator('.try input').nth(1).fill('PS')
  await page.click('.try .go')
  await page.waitForSelector('.try ol li')
  await picture(page, 'voice-routes-zh-dark')
  await page.click('.voice a[href="/voice/activate"]')
  await page.waitForSelector('[data-diff="extensions 8240"]')
  await picture(page, 'voice-activate-zh-dark')
  await page.click('.activation header button')
  await page.click('[role=alertdialog] .alarm')
  await pending(page, 0)
})

test('A3.2.2.3-import-agents: agents are chosen in a list and serve a queue', async () => {
  const { page } = await look(`${spine.url}/voice/agents?lang=en&theme=light`, view)
  await page.waitForSelector('tr[data-key="202"]')
  await page.locator('thead input[type=checkbox]').check()
  await page.waitForSelector('.staff option[value=PS]', { state: 'attached' })
  await page.locator('.staff select').selectOption('PS')
  await page.locator('.staff input').first().fill('2')
  await picture(page, 'voice-agents-en-light')
  await page.click('.staff .go')
  await page.waitForSelector('tr[data-key="202"][data-change=changed]')
  await page.click('.voice a[href="/voice/activate"]')
  await pending(page, 2)
  await page.click('.activation header button')
  await page.click('[role=alertdialog] .alarm')
  await pending(page, 0)
})

test('A3.2.4.3-tree A3.2.4.3-add A3.2.4.3-node-key A3.2.4.3-node-type A3.2.4.3.5-submenu: a menu grows on screen, by mouse and by keys, and is in force', async () => {
  const { page } = await look(`${spine.url}/voice/ivrs?item=200&lang=en&theme=light`, view)
  const line = (id: string) => page.locator(`[data-line="${id}"]`)
  await line('0.0').waitFor()
  // Key 2 leads to a menu of its own, which has a key that goes back.
  await page.click('.form button:has-text("Add a key")')
  await setting(page, 'menus.0.nodes.1.name').locator('input').fill('Opening hours')
  await setting(page, 'menus.0.nodes.1.action.do').locator('select').selectOption('menu')
  await page.click('.form button:has-text("Add a key")')
  await line('1.0').waitFor()
  await setting(page, 'menus.1.nodes.0.action.do').locator('select').selectOption('queue')
  await setting(page, 'menus.1.nodes.0.action.to').locator('input').fill('NOWHERE')
  await page.click('header .go')
  await page.waitForSelector('header .pending')
  // What is wrong is said at its line.
  await line('1.0').locator('.critical').waitFor()
  await picture(page, 'voice-ivr-en-light')
  // With the keys: to the line above, to its end, and the key is taken away.
  await line('1.0').click()
  await page.keyboard.press('ArrowUp')
  assert.is(await page.evaluate('document.activeElement.dataset.line'), '0.1')
  await page.keyboard.press('ArrowLeft')
  assert.is(await line('1.0').count(), 0)
  await page.keyboard.press('ArrowRight')
  await line('1.0').waitFor()
  await page.keyboard.press('End')
  await setting(page, 'menus.1.nodes.0.action.do').locator('select').selectOption('back')
  await page.click('header .go')
  await until('nothing is wrong', async () => (await page.locator('li .critical').count()) === 0)
  await page.click('.voice a[href="/voice/activate"]')
  await pending(page, 1)
  const change = page.locator('[data-diff="ivrs 200"]')
  assert.match(await change.innerText(), /root · 2 · Action · Type\s+none →\s*to a sub-menu/)
  await page.locator('input[type=checkbox]').check()
  await page.locator('section:has(> h2.flat) .go').click()
  await pending(page, 0)
  const { menus } = configuration().network.ivrs[0]!
  assert.equal(
    menus.map(({ nodes }) => nodes.map(({ key, action }) => [key, action.do])),
    [
      [
        ['1', 'queue'],
        ['2', 'menu'],
      ],
      [['1', 'back']],
    ],
  )
})

test('A3.2.2-prerequisites: an empty house sets itself up in four steps, and takes a call', async () => {
  const empty = await startSpine('voice_empty', { empty: true }, await builtScreens())
  closing(() => empty.close())
  const { page } = await look(`${empty.url}/voice/activate?lang=zh&theme=light`, view)
  await page.click('[data-state=empty] a[href="/voice/start"]')
  for (const step of [1, 2, 3, 4]) {
    await page.waitForSelector(`.guide[data-step="${step}"]`)
    if (step === 2) await picture(page, 'voice-guide-zh-light')
    await page.locator('.guide .go').click()
  }
  await page.waitForSelector('.guide[data-step="5"]')
  const { version, queues, agents } = empty.floor.process.switchboard.configuration.state
  assert.equal(
    [version, Object.keys(queues), Object.values(agents).map(({ agentCode }) => agentCode)],
    [1, ['service'], ['201', '202', '203']],
  )
  const { agentId } = Object.values(agents)[0]!
  await empty.during(empty.floor.desk.signIn(agentId, { via: 'phone', registered: true }, empty.floor.by('agent:201')))
  await empty.during(empty.floor.desk.setWork(agentId, 'ready', null, empty.floor.by('agent:201')))
  const callId = empty.floor.call('95500', { talkMs: 1_000 })
  await empty.pass(30_000)
  assert.ok((await empty.floor.ledger()).some((event) => event.type === 'CallAnswered' && event.data.callId === callId))
})

test.run()
