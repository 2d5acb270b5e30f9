/** The call list and one call's page in a real browser. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { inPage, settles } from '../support/browser.ts'
import type { LiveServer, LiveServerOptions } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('calls')

const screens = screensFor(test)

const served = (options: LiveServerOptions = {}) => screens.served({ agents: 12, queues: 3, ...options })
const { look } = screens

const rows = (page: Page) => inPage<string[]>(page, 'attributes', 'tr[data-call]', 'data-call')
const state = (page: Page) => inPage<string[]>(page, 'attributes', '[data-state]', 'data-state')
/** Calls as the list should have them: newest first. */
const newest = (
  server: LiveServer,
  wanted: (call: { queueCode: string | null; outcome: string | null; receivedAt: number }) => boolean = () => true,
) =>
  [...server.floor.finished, ...[...server.floor.calls.values()].map((call) => ({ ...call, outcome: null }))]
    .filter(wanted)
    .sort((a, b) => b.receivedAt - a.receivedAt || (a.callId < b.callId ? 1 : -1))
    .map((call) => call.callId)

test('C0.3-pager C0.3-row-count: calls are listed newest first, one page at a time, forward and back', async () => {
  const { server, url } = await served()
  const { page, complaints } = await look(`${url}/calls`)
  const all = newest(server)
  const place = () => inPage<string[]>(page, 'texts', '[data-place]')
  const total = all.length.toLocaleString('en')
  await settles(all.slice(0, 50), () => rows(page))
  await settles([`第 1 – 50 条，共 ${total} 条`], place)
  await page.getByRole('button', { name: '下一页' }).click()
  await settles(all.slice(50, 100), () => rows(page))
  await settles([`第 51 – 100 条，共 ${total} 条`], place)
  await page.getByRole('button', { name: '上一页' }).click()
  await settles(all.slice(0, 50), () => rows(page))
  await page.goBack()
  await settles(all.slice(50, 100), () => rows(page))
  await page.getByRole('button', { name: '回到首页' }).click()
  await settles(all.slice(0, 50), () => rows(page))
  await page.getByRole('columnheader', { name: '来电时间' }).getByRole('button').click()
  await settles(all.toReversed().slice(0, 50), () => rows(page))
  assert.match(page.url(), /sort=receivedAt/)
  assert.equal(complaints, [])
})

test('filters narrow the list, are in the address, and survive a reload', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/calls`)
  await page.getByText('结果', { exact: true }).first().click()
  await page.getByLabel('放弃').check()
  const abandoned = newest(server, (call) => call.outcome === 'abandoned')
  await settles(abandoned.slice(0, 50), () => rows(page))
  await page.click('[data-range=hour]')
  const hour = newest(server, (call) => call.outcome === 'abandoned' && call.receivedAt >= server.floor.now - 3_600_000)
  await settles(hour.slice(0, 50), () => rows(page))
  await page.reload()
  await settles(hour.slice(0, 50), () => rows(page))
  assert.match(page.url(), /outcome=abandoned/)
  assert.match(page.url(), /range=hour/)
  await page.getByRole('button', { name: '清除筛选' }).last().click()
  await settles(newest(server).slice(0, 50), () => rows(page))
})

test('a custom range starts with today, in the tenant’s zone', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/calls`)
  await settles(['rows'], () => state(page))
  await page.click('[data-range=custom]')
  await page.getByLabel('开始', { exact: true }).waitFor()
  assert.is(await page.getByLabel('开始', { exact: true }).inputValue(), '2026-03-03 00:00')
  await page.getByLabel('开始', { exact: true }).fill('2026-03-03 14:00')
  await page.getByLabel('开始', { exact: true }).blur()
  const from = Date.UTC(2026, 2, 3, 6)
  const until = Math.floor(server.floor.now / 60_000) * 60_000
  await settles(newest(server, (call) => call.receivedAt >= from && call.receivedAt < until).slice(0, 50), () =>
    rows(page),
  )
})

test('a phone number is sent in the body of a request and never appears in an address', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/calls`)
  await settles(['rows'], () => state(page))
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(request.url()))
  await page.getByLabel('号码', { exact: true }).fill('138 0000 2225')
  await page.keyboard.press('Enter')
  await settles(['empty'], () => state(page))
  assert.is(server.searches.at(-1)!['fromNumber.part'], '13800002225')
  for (const address of [...addresses, page.url()]) assert.not.match(address, /13800002225|2225/)
})

test('no calls, none that match, and a server that cannot answer: each says what it is and what to do', async () => {
  const { url } = await served({ agents: 0, queues: 0 })
  const { page } = await look(`${url}/calls`)
  await settles(['empty'], () => state(page))
  assert.match((await inPage<string[]>(page, 'texts', '.rows'))[0]!, /还没有通话/)

  const { server, url: second } = await served()
  const { page: list } = await look(`${second}/calls?agent=no-such-agent`)
  await settles(['empty'], () => state(list))
  await list.locator('.rows').getByRole('button', { name: '清除筛选' }).click()
  await settles(['rows'], () => state(list))

  server.failQueries = 503
  await list.getByRole('button', { name: '刷新' }).click()
  await settles(['broken'], () => state(list))
  assert.match((await inPage<string[]>(list, 'texts', '[role=alert]'))[0]!, /数据库没有响应/)
  server.failQueries = null
  await list.getByRole('button', { name: '重试' }).click()
  await settles(['rows'], () => state(list))
})

test('a call is opened from the list, and its page leads back to the list as it was', async () => {
  const { url } = await served()
  const { page } = await look(`${url}/calls?outcome=answered`)
  await settles(['rows'], () => state(page))
  const [first] = await rows(page)
  await page.locator('tr[data-call] a').first().click()
  await page.waitForSelector('[data-event]')
  assert.ok(page.url().endsWith(`/calls/${first}`))
  await page.getByRole('link', { name: '返回通话记录' }).click()
  await settles(first, async () => (await rows(page))[0])
  assert.match(page.url(), /outcome=answered/)
})

test('a call’s page shows every event as text, draws what the customer experienced, and lists related calls', async () => {
  const { server, url } = await served()
  const call = server.floor.finished.findLast((row) => row.outcome === 'answered' && row.holdMs > 4_000)!
  const { page, complaints } = await look(`${url}/calls/${call.callId}`)
  await page.waitForSelector('[data-event=CallEnded]')
  const types = await inPage<string[]>(page, 'attributes', '[data-event]', 'data-event')
  assert.equal(types.slice(0, 3), ['CallReceived', 'LegAnswered', 'CallQueued'])
  const bars = await inPage<string[]>(page, 'attributes', '[data-bar]', 'data-bar')
  assert.equal(bars, ['wait', 'ring', 'talk', 'hold', 'talk', 'wrapUp', 'dial', 'connected', 'dial', 'connected'])
  await page.getByText('该坐席前后的通话').waitFor()
  assert.equal(await inPage(page, 'accessFaults'), [])
  await page.getByRole('button', { name: 'Switch to English' }).click()
  await page.getByText('Answered by agent').waitFor()
  await page.getByRole('button', { name: 'As a table' }).click()
  assert.ok((await inPage<string[]>(page, 'texts', '.chart tbody tr')).length >= bars.length)
  assert.equal(complaints, [])
})

test('an abandoned call has no agent and says why it ended', async () => {
  const { server, url } = await served({ callsPerHour: 300 })
  const call = server.floor.finished.findLast((row) => row.outcome === 'abandoned')!
  const { page } = await look(`${url}/calls/${call.callId}`)
  await page.waitForSelector('[data-event=CallLeftQueue]')
  assert.match((await inPage<string[]>(page, 'texts', '[data-event=CallLeftQueue]'))[0]!, /结束排队.*放弃/)
})

test('an ongoing call is updated while it is on screen', async () => {
  const { server, url } = await served()
  const call = [...server.floor.calls.values()].find((row) => row.status === 'talking')!
  const { page } = await look(`${url}/calls/${call.callId}`)
  await page.waitForSelector('[data-event=CallAnswered]')
  assert.equal(await inPage(page, 'attributes', '[data-event=CallEnded]', 'data-event'), [])
  while (server.floor.calls.has(call.callId)) server.floor.advance(5_000)
  server.push()
  await page.waitForSelector('[data-event=CallEnded]')
})

test('an unknown call says so', async () => {
  const { url } = await served()
  const { page } = await look(`${url}/calls/0199c0de-0000-7000-8000-999999999999`)
  await page.getByText('未找到该通话').waitFor()
})

test('an unknown address says so, inside the frame', async () => {
  const { url } = await served()
  const { page } = await look(`${url}/nowhere`)
  await page.getByText('没有这个页面').waitFor()
  await page.getByRole('link', { name: '通话记录' }).click()
  await settles(['rows'], () => state(page))
})

test('Ctrl + click opens a call in a new tab', async () => {
  const { url } = await served()
  const { page } = await look(`${url}/calls`)
  await settles(['rows'], () => state(page))
  const opened = page.context().waitForEvent('page')
  await page
    .locator('tr[data-call] a')
    .first()
    .click({ modifiers: ['Control'] })
  const other = await opened
  await other.waitForSelector('[data-event]')
  assert.match(page.url(), /\/calls$/)
})

test.run()
