/** The history pages in a real browser with the real server: past boards, an agent's day, and why an agent was chosen. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Browser, Page } from 'playwright-core'
import { startSpine, type Spine } from '../http/spine.ts'
import { builtScreens, inPage, launch, openScreen, settles, type Screen } from '../support/browser.ts'

const test = suite('history')

let browser: Browser
let spine: Spine
/** The story of the floor, by its clock: before the call, while 201 talks (and 202 is on a break), and long after. */
const at = { before: 0, during: 0, after: 0 }
let callId: string
const open: Screen[] = []

test.before(async () => {
  const screens = await builtScreens()
  browser = await launch()
  spine = await startSpine('history screens', { agents: 4 }, screens)
  const { floor } = spine
  const second = () => Math.floor(floor.clock.now() / 1000) * 1000
  await spine.pass(5_000)
  at.before = second()
  await spine.pass(5_000)
  await floor.until(floor.desk.setWork('202', 'away', 'lunch', floor.by('agent:202')))
  callId = floor.call('PS', { talkMs: 90_000 })
  await spine.pass(20_000)
  at.during = second()
  await spine.pass(600_000)
  at.after = second()
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
const text = (moment: number) => new Date(moment).toISOString().replace('.000Z', 'Z')
const attribute = async (page: Page, selector: string, name: string) =>
  (await inPage<string[]>(page, 'attributes', selector, name))[0]
const shownMoment = (page: Page) => attribute(page, '[data-past]', 'data-past')
async function agents(page: Page): Promise<Record<string, string>> {
  const codes = await inPage<string[]>(page, 'attributes', '.people [data-agent]', 'data-agent')
  const states = await inPage<string[]>(page, 'attributes', '.people [data-agent]', 'data-state')
  return Object.fromEntries(codes.map((code, i) => [code, states[i]!]))
}
const calm = { 201: 'ready', 202: 'ready', 203: 'ready', 204: 'ready' }
const busy = { 201: 'in_call', 202: 'away', 203: 'ready', 204: 'ready' }

test('past boards show agents, callers and figures as they were, and cannot be taken for the present', async () => {
  const { page, complaints } = await look(`/history?at=${text(at.during)}`)
  await settles(text(at.during), () => shownMoment(page))
  await settles(busy, () => agents(page))
  assert.is(await page.locator('[data-queue=PS] td').nth(5).textContent(), '1')
  assert.match((await inPage<string[]>(page, 'texts', '.past'))[0]!, /正在查看历史画面/)
  assert.equal(await inPage(page, 'attributes', '[data-freshness]', 'data-freshness'), [])
  assert.equal(await inPage(page, 'accessFaults'), [])
  // The agent can be viewed, without actions.
  await page.locator('a[data-agent="201"]').click()
  await page.locator('[data-panel="201"]').waitFor()
  assert.equal(await inPage(page, 'attributes', '[data-command]', 'data-command'), [])
  await page.getByRole('link', { name: '回到实时' }).click()
  await page.waitForSelector('[data-freshness]')
  await settles({ ...calm, 202: 'away' }, () => agents(page))
  assert.match(page.url(), /\/monitor\?agent=201$/)
  assert.equal(complaints, [])
})

test('keys move the time by a second, a minute or a quarter of an hour; the address follows and is a link', async () => {
  const { page } = await look(`/history?at=${text(at.before)}`)
  await settles(calm, () => agents(page))
  const slider = page.getByRole('slider')
  await slider.focus()
  await slider.press('ArrowRight')
  await settles(text(at.before + 1_000), () => shownMoment(page))
  await slider.press('Shift+ArrowLeft')
  await settles(text(at.before - 59_000), () => shownMoment(page))
  await slider.press('Shift+ArrowRight')
  await page.getByRole('button', { name: '后退 1 秒' }).click()
  await settles(text(at.before), () => shownMoment(page))
  await slider.press('PageUp')
  await settles(true, async () => (await shownMoment(page))! >= text(at.after))
  await slider.evaluate(
    (element, value) => ((element as unknown as { value: string }).value = value),
    String(at.during),
  )
  await slider.dispatchEvent('input')
  await settles(busy, () => agents(page))
  await settles(text(at.during), async () => new URL(page.url()).searchParams.get('at'))
  const { page: other } = await look(page.url().slice(spine.url.length))
  await settles(busy, () => agents(other))
})

test('playback runs at the chosen speed, up to the present and not beyond', async () => {
  const { page } = await look(`/history?at=${text(at.before)}`)
  await settles(calm, () => agents(page))
  await page.getByLabel('播放速度').selectOption('600')
  await page.getByRole('button', { name: '播放', exact: true }).click()
  await settles(true, async () => (await shownMoment(page))! >= text(at.after))
  await settles('false', () => attribute(page, 'button.play', 'aria-pressed'))
})

test('a moment is the events’ or the ledger’s, and the page says which; before anything was recorded it says so', async () => {
  const { page } = await look(`/history?at=${text(at.during)}`, { locale: 'en' })
  await settles(busy, () => agents(page))
  await page.getByText('Everything that had happened by this moment').waitFor()
  await page.getByLabel('Time is that of').selectOption('recorded')
  await page.getByText('what the boards showed then').waitFor()
  await page.getByText("the tenant's clock read").waitFor()
  await settles(busy, () => agents(page))
  assert.match(page.url(), /by=recorded/)
  const { page: early } = await look(`/history?at=2000-01-01T00:00:00Z`)
  await early.getByText('这一刻之前没有任何记录').waitFor()
})

test('a call’s page says who was chosen and why the others were not, in both languages, and leads to the boards of that moment', async () => {
  const { page, complaints } = await look(`/calls/${callId}`)
  await page.waitForSelector('[data-considered]')
  const why = () => inPage<string[]>(page, 'texts', '[data-considered]')
  assert.equal(await inPage(page, 'attributes', '[data-considered]', 'data-considered'), ['201', '203', '204', '202'])
  assert.match((await why())[0]!, /201.*选中.*空闲/)
  assert.match((await why())[3]!, /202.*休息/)
  assert.match(
    (await inPage<string[]>(page, 'texts', '[data-offer]'))[0]!,
    /最长空闲优先：第 1 位，共 3 位可选.*配置 1/,
  )
  assert.equal(await inPage(page, 'accessFaults'), [])
  assert.not.match(await page.locator('body').innerText(), /13800002225/)
  await page.getByRole('button', { name: 'Switch to English' }).click()
  await page.getByText('Longest idle first: ranked 1st of 3 available').waitFor()
  assert.match((await why())[3]!, /away/)
  await page.getByRole('link', { name: 'Boards at that moment' }).click()
  await settles({ ...busy, 201: 'ringing' }, () => agents(page))
  assert.equal(complaints, [])
})

test('A11.3.3-work an agent’s day: states, calls, time in each state; any moment is a link', async () => {
  const { page, complaints } = await look('/agents/201')
  await page.waitForSelector('[data-call]')
  const states = () => inPage<string[]>(page, 'attributes', 'svg [data-state]', 'data-state')
  assert.equal(
    (await states()).filter((state) => state !== 'away'),
    ['ready', 'ringing', 'in_call', 'wrap_up', 'ready'],
  )
  assert.equal(await inPage(page, 'attributes', '[data-call]', 'data-call'), [callId])
  const totals = await inPage<string[]>(page, 'texts', '[data-total]')
  assert.match(
    totals.find((total) => total.includes('通话中'))!,
    /1:30.*1 次/,
  )
  assert.match(totals.at(-1)!, /总计.*签入时长/)
  assert.match(
    (await inPage<string[]>(page, 'texts', '.report'))[0]!,
    /就绪.*未就绪.*空闲.*通话中 1:30.*预览中 0:00.*总计/,
  )
  assert.match((await inPage<string[]>(page, 'texts', '[data-deed]'))[0]!, /签入.*仅话机.*分机 8201/)
  const bar = page.getByRole('slider')
  await bar.focus()
  await bar.press('End')
  await bar.press('ArrowLeft')
  await settles(true, async () => /话后处理/.test((await inPage<string[]>(page, 'texts', '.moment'))[0]!))
  await page.waitForURL(/at=/)
  assert.match((await attribute(page, 'svg[role=slider]', 'aria-valuetext'))!, /话后处理/)
  // When zoomed and dragged, the chosen moment stays: a press that moves is no click.
  const before = page.url()
  await page.getByRole('button', { name: '放大' }).click()
  const box = (await bar.boundingBox())!
  await page.mouse.move(box.x + box.width / 2, box.y + 40)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width / 4, box.y + 40, { steps: 4 })
  await page.mouse.up()
  assert.is(page.url(), before)
  await page.mouse.click(box.x + box.width / 2, box.y + 40)
  await settles(true, () => page.url() !== before)
  assert.equal(await inPage(page, 'accessFaults'), [])
  const { page: linked } = await look(
    `/agents/201?day=${await attribute(page, '[data-day]', 'data-day')}&at=${text(at.during)}`,
    { locale: 'en' },
  )
  await settles(true, async () => /In call/.test((await inPage<string[]>(linked, 'texts', '.moment'))[0] ?? ''))
  await linked.getByRole('link', { name: 'Boards at that moment' }).click()
  await settles(busy, () => agents(linked))
  assert.equal(complaints, [])
})

test('a day without work and an unknown agent say so', async () => {
  const { page } = await look('/agents/204?day=2025-05-05')
  await page.getByText('当天没有签入').waitFor()
  const { page: nobody } = await look('/agents/999')
  await nobody.getByText('未找到该坐席').waitFor()
})

test.run()
