/** The list of reports and a report's page in a real browser. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { inPage, settles, type ScreenOptions } from '../support/browser.ts'
import { madeUpReport } from '../support/fake-reports.ts'
import type { LiveServer, LiveServerOptions } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('reports')

const screens = screensFor(test)

const served = (options: LiveServerOptions = {}) => screens.served({ agents: 12, queues: 3, ...options })
const look = (url: string, options: ScreenOptions = {}) =>
  screens.look(url, { viewport: { width: 1440, height: 900 }, ...options })

const state = (page: Page) => inPage<string[]>(page, 'attributes', '[data-state]', 'data-state')
const shows = (page: Page, wanted: string) => settles([wanted], () => state(page))
/** Texts of one column, top to bottom, as far as rows are drawn. */
const cells = (page: Page, index: number) => inPage<string[]>(page, 'texts', `tr[data-row] td:nth-child(${index + 2})`)
const asked = (server: LiveServer) => server.reportQueries.at(-1)!.toString()

test('A11.3-list reports are grouped as in the manuals; typing finds one, a click opens it', async () => {
  const { url } = await served()
  const { page, complaints } = await look(`${url}/reports`)
  await shows(page, 'rows')
  assert.equal(
    (await inPage<string[]>(page, 'attributes', '[data-report]', 'data-report')).sort(),
    reports.map(({ id }) => id).sort(),
  )
  assert.equal(await inPage(page, 'accessFaults'), [])
  await page.getByLabel('按名称查找报表').fill('工作')
  await settles(['work'], () => inPage<string[]>(page, 'attributes', '[data-report]', 'data-report'))
  await page.getByRole('link', { name: '工作统计报表' }).click()
  await page.waitForURL(/\/reports\/work$/)
  await page.waitForSelector('tr[data-totals]')
  await page.goBack()
  await settles(['work'], () => inPage<string[]>(page, 'attributes', '[data-report]', 'data-report'))
  assert.equal(complaints, [])
})

test('every declared report has a page with rows, totals and chart, in both languages', async () => {
  // A few agents, each a row.
  const { url } = await served({ agents: 5 })
  const { page, complaints } = await look(`${url}/reports`)
  for (const { id, title, columns, chart } of reports) {
    await page.goto(`${url}/reports/${id}`)
    await page.waitForSelector('tr[data-totals]')
    assert.equal(await inPage(page, 'accessFaults'), [], id)
    assert.ok((await inPage<string[]>(page, 'texts', 'h1'))[0]!.startsWith(title.zh), id)
    assert.equal(
      await inPage<string[]>(page, 'attributes', 'th[data-column]', 'data-column'),
      columns.map(({ key }) => key),
      id,
    )
    assert.is((await inPage<string[]>(page, 'texts', '[data-chart]')).length, chart === null ? 0 : 1, id)
    await page.getByRole('button', { name: 'Switch to English' }).click()
    await settles(true, async () => (await inPage<string[]>(page, 'texts', 'h1'))[0]!.startsWith(title.en))
    // Made-up names and queues are Chinese; words of the page are not.
    for (const text of await inPage<string[]>(
      page,
      'texts',
      '.page header button, .presets button, summary, th[data-column], figcaption, tfoot th',
    ))
      assert.not.match(text, /\p{Script=Han}/u, id)
    await page.getByRole('button', { name: '切换为中文' }).click()
  }
  assert.equal(complaints, [])
})

test('A11.3-filters C6.0-query-period filters and days are in the address, are sent to the server, and survive a reload', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/reports/queue-intervals`)
  await shows(page, 'rows')
  assert.is(asked(server), 'from=2026-03-03&to=2026-03-03')
  await page.click('[data-period=last7]')
  await page.selectOption('[data-filter=interval]', 'day')
  await page.getByText('技能组', { exact: true }).last().click()
  await page.getByLabel('售前咨询').check()
  await page.fill('[data-filter=thresholdMs]', '63')
  await page.locator('[data-filter=thresholdMs]').blur()
  const wanted = 'from=2026-02-25&to=2026-03-03&interval=day&queue=q2&thresholdMs=65000'
  await settles(wanted, () => asked(server))
  await settles(7, async () => (await cells(page, 0)).length)
  const address = page.url()
  assert.match(address, /period=last7/)
  server.reportQueries.length = 0
  await page.reload()
  await settles(wanted, () => server.reportQueries.at(-1)?.toString() ?? '')
  assert.is(page.url(), address)
  await page.goBack()
  await settles('from=2026-02-25&to=2026-03-03&interval=day&queue=q2', () => asked(server))
  await page.getByRole('button', { name: '清除筛选' }).click()
  await settles('from=2026-02-25&to=2026-03-03&interval=day', () => asked(server))
})

test('custom days start with those that were shown', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/reports/agent-statistics?period=lastMonth`)
  await shows(page, 'rows')
  await page.click('[data-period=custom]')
  await settles('2026-02-01', () => page.getByLabel('从', { exact: true }).inputValue())
  await page.getByLabel('从', { exact: true }).fill('2026-02-20')
  await page.keyboard.press('Enter')
  await settles('from=2026-02-20&to=2026-02-28', () => asked(server))
  assert.match(page.url(), /from=2026-02-20&to=2026-02-28/)
})

test('a click on a heading sorts, the order is in the address, and totals stay below', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/reports/agent-statistics`)
  await shows(page, 'rows')
  const answer = madeUpReport('agent-statistics', new URLSearchParams(), server.floor, server.reports)!
  const calls = answer.rows.map((row) => Number(row['calls']))
  const asShown = (numbers: number[]) => numbers.map(String)
  await settles(asShown(calls), () => cells(page, 3))
  const head = page.locator('th[data-column=calls] button')
  await head.click()
  await settles(asShown([...calls].sort((a, b) => b - a)), () => cells(page, 3))
  assert.is(await page.locator('th[data-column=calls]').getAttribute('aria-sort'), 'descending')
  assert.match(page.url(), /sort=-calls/)
  await head.press('Enter')
  await settles(asShown([...calls].sort((a, b) => a - b)), () => cells(page, 3))
  await page.reload()
  await settles(asShown([...calls].sort((a, b) => a - b)), () => cells(page, 3))
  assert.match(
    (await inPage<string[]>(page, 'texts', 'tr[data-totals]'))[0]!,
    new RegExp(`合计 *${calls.reduce((sum, n) => sum + n, 0)}`),
  )
})

test('C6.0-bar-calls C6.0-bar-minutes every agent has a bar for calls and one for minutes, with the figures beside them', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/reports/agent-statistics`)
  await shows(page, 'rows')
  const answer = madeUpReport('agent-statistics', new URLSearchParams(), server.floor, server.reports)!
  const first = answer.rows[0]!
  const bars = await inPage<string[]>(page, 'texts', '[data-bar-row]')
  assert.match(
    bars[0]!.replaceAll(/\s+/g, ' '),
    new RegExp(`${first['agent']} ?${first['name']}.*${first['calls']}.*${first['minutes']}`),
  )
  assert.equal(
    await inPage<string[]>(page, 'attributes', `[data-bar-row="${first['agent']}"] [data-part]`, 'data-part'),
    ['calls', 'minutes'],
  )
})

test('C8.0-chart columns over the hours: the pointer and the arrow keys name exact values, and the chart is a table too', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/reports/queue-intervals`)
  await shows(page, 'rows')
  const answer = madeUpReport('queue-intervals', new URLSearchParams(), server.floor, server.reports)!
  const nine = answer.rows.find((row) => row['period'] === Date.UTC(2026, 2, 3, 1))!
  const chart = page.getByRole('slider', { name: /按时段/ })
  await chart.focus()
  await page.keyboard.press('Home')
  for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowRight')
  await settles(`09:00–10:00: 接起量 ${nine['answered']}, 放弃量 ${nine['abandoned']}`, () =>
    chart.getAttribute('aria-valuetext'),
  )
  await page.keyboard.press('Escape')
  const box = (await chart.boundingBox())!
  await page.mouse.move(box.x + box.width * 0.42, box.y + box.height / 2)
  await page.waitForSelector('.tip')
  assert.match((await inPage<string[]>(page, 'texts', '.tip'))[0]!, /0?9:00|10:00/)
  await page.getByRole('button', { name: '以表格查看' }).click()
  const told = (await inPage<string[]>(page, 'texts', '[data-chart] tbody tr')).map((text) =>
    text.replaceAll(/\s+/g, ' '),
  )
  assert.is(told.length, 24)
  assert.match(told[9]!, new RegExp(`09:00–10:00 ?${nine['answered']} ?${nine['abandoned']}`))
})

test('the curve of the service level leads to the queues as a threshold has them', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/reports/service-level?period=yesterday`)
  await page.waitForSelector('tr[data-totals]')
  // Everything, and each of the three queues.
  assert.is((await inPage<string[]>(page, 'attributes', '[data-line]', 'data-line')).length, 4)
  const chart = page.getByRole('slider', { name: /服务水平曲线/ })
  await chart.focus()
  await page.keyboard.press('Home')
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight')
  assert.match((await chart.getAttribute('aria-valuetext'))!, /^30 秒: 合计 [\d.]+%, /)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/reports\/queues\?.*thresholdMs=30000/)
  await settles('from=2026-03-02&to=2026-03-02&thresholdMs=30000', () => asked(server))
  await settles('30', () => page.locator('[data-filter=thresholdMs]').inputValue())
})

test('ten thousand rows: only those in sight are drawn, the head and the totals stay, the last row is a scroll away', async () => {
  const { server, url } = await served()
  server.reports = { rows: 10_000, lagMs: 0 }
  const { page } = await look(`${url}/reports/agents`)
  await shows(page, 'rows')
  await settles('100001', async () => (await cells(page, 0))[0])
  const drawn = (await cells(page, 0)).length
  assert.ok(drawn < 60, `${drawn} rows are drawn`)
  await page.evaluate(`document.querySelector('.scroller').scrollTop = 1e9`)
  await settles('110000', async () => (await cells(page, 0)).at(-1))
  assert.ok((await cells(page, 0)).length < 60)
  for (const part of ['thead', 'tr[data-totals]']) assert.ok(await page.locator(`.scroller ${part}`).isVisible(), part)
  await page.locator('th[data-column=agent] button').click()
  await page.locator('th[data-column=agent] button').click()
  await settles('110000', async () => (await cells(page, 0))[0])
  // A list of ten thousand to choose from is narrowed by typing, never drawn whole.
  await page.locator('summary', { hasText: '工号' }).click()
  assert.ok((await inPage<string[]>(page, 'texts', 'details[open] li')).length <= 201)
  await page.getByRole('searchbox', { name: '工号' }).fill('105555')
  await page.getByLabel('105555').check()
  await settles(['105555'], () => cells(page, 0))
})

test('loading has the final shape; no data, a failing server and late tables each say so', async () => {
  const { server, url } = await served()
  let let_ = () => {}
  server.holdReports = new Promise((done) => (let_ = done))
  const { page } = await look(`${url}/reports/queues`)
  await shows(page, 'loading')
  await page.waitForSelector('[aria-busy=true] .skeleton')
  let_()
  server.holdReports = null
  await shows(page, 'rows')
  assert.is(await page.getByText(/数据延迟/).count(), 0)

  server.reports = { rows: null, lagMs: 95_000 }
  await page.getByRole('button', { name: '刷新' }).click()
  await page.getByText('数据延迟 1:35').waitFor()

  server.failQueries = 503
  await page.getByRole('button', { name: '刷新' }).click()
  await shows(page, 'broken')
  assert.match((await inPage<string[]>(page, 'texts', '[role=alert]'))[0]!, /数据库没有响应/)
  server.failQueries = null
  await page.getByRole('button', { name: '重试' }).click()
  await shows(page, 'rows')

  await page.goto(`${url}/reports/queues?queue=no-such-queue`)
  await shows(page, 'empty')
  await page.locator('.notice').getByRole('button', { name: '清除筛选' }).click()
  await shows(page, 'rows')
  await page.goto(`${url}/reports/of-the-future`)
  await shows(page, 'unknown')
})

test('C6.0-export the whole report comes as CSV or XLSX under the server’s name, chosen rows as a separate CSV', async () => {
  const { server, url } = await served()
  const { page } = await look(`${url}/reports/agent-statistics?period=yesterday&agent=201,202,203`)
  await shows(page, 'rows')
  for (const format of ['csv', 'xlsx']) {
    const coming = page.waitForEvent('download')
    await page.click(`[data-file=${format}]`)
    const file = await coming
    assert.is(file.suggestedFilename(), `agent-statistics_2026-03-02_2026-03-02.${format}`)
    assert.is(readFileSync(await file.path(), 'utf8'), `3 rows as ${format} in zh`)
    assert.is(asked(server), `from=2026-03-02&to=2026-03-02&agent=201&agent=202&agent=203&format=${format}&lang=zh`)
  }
  const boxes = page.locator('tr[data-row] input')
  await boxes.nth(0).check()
  await boxes.nth(2).check()
  const coming = page.waitForEvent('download')
  await page.click('[data-file=chosen]')
  const lines = readFileSync(await (await coming).path(), 'utf8')
    .trim()
    .split('\r\n')
  assert.is(lines.length, 3)
  assert.match(lines[0]!, /日期,工号,姓名/)
  assert.match(lines[1]!, /^2026-03-02,201,/)
  assert.match(lines[2]!, /^2026-03-02,203,/)

  server.failQueries = 503
  await page.click('[data-file=csv]')
  await page
    .getByRole('alert')
    .getByText(/数据库没有响应/)
    .waitFor()
  await shows(page, 'rows')
})

test('a number leads to that agent’s calls of those days; the meaning of columns is explained', async () => {
  const { url } = await served()
  const { page } = await look(`${url}/reports/agent-statistics?period=yesterday`)
  await shows(page, 'rows')
  await page.getByRole('button', { name: '各列的含义' }).click()
  const told = await inPage<string[]>(page, 'texts', 'dialog[open] tbody tr')
  assert.is(told.length, 9)
  assert.match(told[6]!, /通话分钟数.*C6\.0-col-minutes.*61 秒计 2 分钟/s)
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: '201', exact: true }).first().click()
  await page.waitForURL(/\/calls\?range=custom&from=2026-03-02T00%3A00&to=2026-03-03T00%3A00&agent=201/)
})

test('the chart can be hidden, also by a link', async () => {
  const { url } = await served()
  const { page } = await look(`${url}/reports/queues`)
  await shows(page, 'rows')
  await page.getByRole('button', { name: '显示图表' }).click()
  await settles([], () => inPage<string[]>(page, 'texts', '[data-chart]'))
  await page.reload()
  await shows(page, 'rows')
  assert.equal(await inPage<string[]>(page, 'texts', '[data-chart]'), [])
})

test('the page itself never scrolls and cuts nothing off, at 1280 × 720 and 1920 × 1080, in both languages', async () => {
  const { url } = await served()
  const { page } = await look(`${url}/reports`)
  for (const id of ['queue-by-interval', 'agent-statistics', 'traffic']) {
    await page.goto(`${url}/reports/${id}?period=last7`)
    await page.waitForSelector('tr[data-totals]')
    for (const to of ['Switch to English', '切换为中文']) {
      for (const [width, height] of [
        [1280, 720],
        [1920, 1080],
      ] as const) {
        await page.setViewportSize({ width, height })
        await settles([], () => inPage<string[]>(page, 'overflows', 'h1, .presets button, summary, [data-totals] td'))
      }
      await page.getByRole('button', { name: to }).click()
    }
  }
})

test.run()
