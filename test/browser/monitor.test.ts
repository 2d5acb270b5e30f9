/** The supervisor's monitor in a real browser: filters, views, the keyboard, and an agent's state set from their panel. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { inPage, settles, type Screen, type ScreenOptions } from '../support/browser.ts'
import type { LiveServer, LiveServerOptions } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('monitor')

const { served, look } = screensFor(test)

async function monitor(
  path = '/monitor',
  options: LiveServerOptions = {},
  screenOptions: ScreenOptions = {},
): Promise<Screen & { server: LiveServer }> {
  const { server, url } = await served({ agents: 17, queues: 3, callsPerHour: 110, ...options })
  const screen = await look(url + path, screenOptions)
  await screen.page.waitForSelector('.monitor[data-ready=true]')
  return { ...screen, server }
}

const codes = (page: Page) => inPage<string[]>(page, 'attributes', '[data-agent]', 'data-agent')
const expected = (
  server: LiveServer,
  wanted: (agent: { state: string; queueCodes: readonly string[]; groupCode: string | null }) => boolean,
) =>
  [...server.floor.agents.values()]
    .filter(wanted)
    .map((agent) => agent.agentCode)
    .sort()

test('A11.2.4-filters: counts by state are chips; pressing some narrows the agents to them, and the address says so', async () => {
  const { page, server } = await monitor()
  const count = (state: string) => expected(server, (agent) => agent.state === state).length
  for (const state of ['ready', 'in_call', 'signed_out']) {
    const [text] = await inPage<string[]>(page, 'texts', `[data-chip=${state}] b`)
    assert.is(text, String(count(state)), state)
  }
  await page.click('[data-chip=in_call]')
  await settles(
    expected(server, (agent) => agent.state === 'in_call'),
    async () => (await codes(page)).sort(),
  )
  await page.click('[data-chip=signed_out]')
  await settles(
    expected(server, (agent) => agent.state === 'in_call' || agent.state === 'signed_out'),
    async () => (await codes(page)).sort(),
  )
  assert.match(decodeURIComponent(page.url()), /state=in_call,signed_out/)
  await page.goBack()
  await settles(
    expected(server, (agent) => agent.state === 'in_call'),
    async () => (await codes(page)).sort(),
  )
})

test('queue, group and text narrow the agents together; an address brings the same view back', async () => {
  const { page, server } = await monitor()
  await page.click('tr[data-queue=q2] button')
  await settles(
    expected(server, (agent) => agent.queueCodes.includes('q2')),
    async () => (await codes(page)).sort(),
  )
  await page.getByLabel('班组').selectOption('B')
  const both = expected(server, (agent) => agent.queueCodes.includes('q2') && agent.groupCode === 'B')
  await settles(both, async () => (await codes(page)).sort())
  await page.reload()
  await page.waitForSelector('.monitor[data-ready=true]')
  await settles(both, async () => (await codes(page)).sort())
  await page.getByRole('button', { name: '清除筛选' }).first().click()
  await settles(17, async () => (await codes(page)).length)
  await page.getByLabel('工号、姓名或分机').fill('203')
  await settles(['203'], () => codes(page))
  assert.match(page.url(), /text=203/)
})

test('C5.0-tile-view C5.0-list-view: the same agents as tiles or as a list', async () => {
  const { page } = await monitor()
  const tiles = await codes(page)
  await page.getByRole('button', { name: '列表' }).click()
  await page.waitForSelector('tr[data-agent]')
  assert.equal(await codes(page), tiles)
  assert.match(page.url(), /view=list/)
  await page.goBack()
  await page.waitForSelector('a[data-agent]')
})

test('C5.0-tile-view: hovering over a tile shows everything known about the agent', async () => {
  const { page, server } = await monitor()
  await page.hover('a[data-agent="204"]')
  const agent = server.floor.agents.get('agent-4')!
  await page.waitForSelector('.card')
  const [text] = await inPage<string[]>(page, 'texts', '.card')
  for (const known of [agent.name!, '204', agent.groupCode!, agent.department!]) assert.ok(text!.includes(known), known)
})

test('of five hundred agents the last is reached by scrolling and by the keyboard, as tile and in the list', async () => {
  const { page } = await monitor('/monitor', { agents: 500, queues: 5, callsPerHour: 3000 })
  await page.focus('a[data-agent="201"]')
  await page.keyboard.press('End')
  await settles('700', () => inPage(page, 'focused'))
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Home')
  await settles('201', () => inPage(page, 'focused'))
  await page.getByRole('button', { name: '列表' }).click()
  await page.locator('tr[data-agent] a').first().focus()
  await page.keyboard.press('End')
  await settles(true, async () => (await codes(page)).includes('700'))
  assert.ok((await codes(page)).length < 100)
})

test('C5.0-set-busy: an agent is set not ready from their panel, with a reason; the board follows the ledger', async () => {
  const { page, server } = await monitor('/monitor?state=ready')
  const [code] = await codes(page)
  await page.click(`a[data-agent="${code}"]`)
  await page.getByLabel('原因').selectOption({ label: '培训' })
  await page.click('[data-command=not_ready]')
  await page.waitForSelector('.answer .done')
  const [command] = server.commands
  assert.equal([command!.path, command!.agentCode, command!.reason], ['supervisor/not-ready', code, 'training'])
  assert.match(command!.commandId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  await settles(['置忙'], () => inPage(page, 'texts', '[data-panel] .state b'))
})

const refusal = {
  status: 409,
  body: {
    title: 'Not now',
    detail: 'Agent 203 is not signed in.',
    status: 409,
    code: 'agent.not_signed_in',
    translations: {
      en: { title: 'Not now', detail: 'Agent 203 is not signed in.' },
      zh: { title: '当前状态不允许', detail: '坐席 203 未签入。' },
    },
  },
}

test('a refusal is shown in the reader’s language and follows a switch', async () => {
  const { page, server } = await monitor('/monitor?agent=203')
  const command = server.floor.agents.get('agent-3')!.state === 'away' ? 'not_ready' : 'away'
  server.refuseNext = refusal
  await page.click(`[data-command=${command}]`)
  await settles(['当前状态不允许坐席 203 未签入。'], () => inPage(page, 'texts', '.refused'))
  await page.getByRole('button', { name: 'Switch to English' }).click()
  await settles(['Not nowAgent 203 is not signed in.'], () => inPage(page, 'texts', '.refused'))
})

test('C5.0-op-logout: signing out asks first and can be cancelled', async () => {
  const { page, server } = await monitor('/monitor?agent=203')
  await page.click('[data-command=signed_out]')
  await page.getByRole('button', { name: '取消' }).click()
  assert.is(server.commands.length, 0)
  await page.click('[data-command=signed_out]')
  await page.getByRole('button', { name: '确认签出' }).click()
  await settles(1, () => server.commands.length)
  await settles(['未签入'], () => inPage(page, 'texts', '[data-panel] .state b'))
})

test('everything is reached by keyboard: a tile by arrows, its panel by Enter, an action, and back by Escape', async () => {
  const { page, server } = await monitor('/monitor', { agents: 40 })
  const [first, second] = await codes(page)
  await page.focus(`a[data-agent="${first}"]`)
  await page.keyboard.press('ArrowRight')
  assert.is(await inPage(page, 'focused'), second)
  await page.keyboard.press('ArrowDown')
  assert.is.not(await inPage(page, 'focused'), second)
  await page.keyboard.press('Home')
  assert.is(await inPage(page, 'focused'), first)
  await page.keyboard.press('Enter')
  await page.waitForSelector(`[data-panel="${first}"]`)
  const action = (await page.isEnabled('[data-command=away]')) ? 'away' : 'not_ready'
  await page.focus(`[data-command=${action}]`)
  await page.keyboard.press('Enter')
  await settles([action === 'away' ? 'supervisor/away' : 'supervisor/not-ready'], () =>
    server.commands.map((command) => command.path),
  )
  await page.keyboard.press('Escape')
  await page.waitForSelector('[data-panel]', { state: 'detached' })
  assert.is(await inPage(page, 'focused'), first)
})

test('while the pointer is over the agents none is added or removed; new ones wait behind a count', async () => {
  const { page, server } = await monitor('/monitor?state=ready')
  const before = await codes(page)
  assert.ok(before.length > 1)
  await page.hover(`a[data-agent="${before[0]}"]`)
  const leaving = [...server.floor.agents.values()].find((agent) => agent.agentCode === before[0])!
  const coming = [...server.floor.agents.values()].find((agent) => agent.state !== 'ready')!
  server.floor.setAgent(leaving.agentId, { state: 'away' })
  server.floor.setAgent(coming.agentId, { state: 'ready' })
  server.push()
  await page.getByRole('button', { name: '新增 1 人符合' }).waitFor()
  assert.equal(await codes(page), before)
  assert.equal(
    await inPage(page, 'attributes', `[data-agent="${before[0]}"]`, 'data-state'),
    ['away'],
    'their new state is shown all the same',
  )
  await page.mouse.move(5, 5)
  await settles(
    expected(server, (agent) => agent.state === 'ready'),
    async () => (await codes(page)).sort(),
  )
})

test('waiting callers stay where they are under the pointer; new ones wait behind a chip', async () => {
  const { page, server } = await monitor('/monitor', { callsPerHour: 400 })
  const list = () => inPage<string[]>(page, 'attributes', 'li[data-call]', 'data-call')
  const waiting = () =>
    [...server.floor.calls.values()]
      .filter((call) => call.status === 'waiting' || call.status === 'offered')
      .sort((a, b) => a.joinedAt! - b.joinedAt!)
      .map((call) => call.callId)
  server.floor.arrive('q1')
  server.push()
  await settles(waiting(), list)
  const before = await list()
  await page.hover('li[data-call]')
  server.floor.arrive('q2')
  server.push()
  await page.getByRole('button', { name: '1 个新来电' }).click()
  await settles([...before, waiting().at(-1)!], list)
})

test('a new version waits to be accepted: nobody is thrown out of their work', async () => {
  const { page, server } = await monitor()
  server.restart('build-2')
  await page.getByRole('button', { name: '有新版本，点击刷新' }).waitFor()
})

test('the theme goes from the system’s to light to dark and is remembered', async () => {
  const { page } = await monitor()
  const scheme = () => page.evaluate('getComputedStyle(document.documentElement).colorScheme') as Promise<string>
  assert.is(await scheme(), 'light dark')
  const button = page.getByRole('button', { name: /^主题/ })
  await button.click()
  await settles('light', scheme)
  await button.click()
  await settles('dark', scheme)
  await page.reload()
  await page.waitForSelector('.monitor[data-ready=true]')
  assert.is(await scheme(), 'dark')
})

test('controls have names, fields labels, in both views and with a panel', async () => {
  const { page, complaints } = await monitor('/monitor?agent=203')
  assert.equal(await inPage(page, 'accessFaults'), [])
  await page.getByRole('button', { name: '列表' }).click()
  await page.waitForSelector('tr[data-agent]')
  assert.equal(await inPage(page, 'accessFaults'), [])
  assert.equal(complaints, [])
})

test('no agents, no match: each says what it is and what to do', async () => {
  const { page } = await monitor('/monitor', { agents: 0, queues: 0 })
  const [text] = await inPage<string[]>(page, 'texts', '.people')
  assert.match(text!, /无人签入/)
  const { page: other } = await monitor('/monitor?text=nobody-of-that-name')
  await other.locator('.people').getByRole('button', { name: '清除筛选' }).click()
  await settles(17, async () => (await codes(other)).length)
})

test.run()
