/** Typed days and times: ISO and 24 h whatever the browser's locale, by keyboard alone, with an error at the field for invalid ones. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inPage, settles } from '../support/browser.ts'
import { screensFor } from '../support/screens.ts'
import { readText, shownText, stepped } from '../../ui/parts/date-text.ts'
import { movedDay, weeksOf } from '../../ui/parts/month.ts'

const test = suite('days and times that are typed')

const { served, look } = screensFor(test)

const value = (read: ReturnType<typeof readText>) => ('value' in read ? read.value : null)

test('a day or a time has one form; anything else is refused in both languages', () => {
  assert.is(value(readText(' 2026-02-28 ', 'day')), '2026-02-28')
  assert.is(value(readText('2026-02-28 14:05', 'minute')), '2026-02-28T14:05')
  assert.is(value(readText('2026-02-28T14:05', 'minute')), '2026-02-28T14:05')
  assert.is(value(readText('2026-02-28', 'minute')), '2026-02-28T00:00')
  assert.is(value(readText('2026-02-28 23:59:59', 'second')), '2026-02-28T23:59:59')
  assert.is(shownText('2026-02-28T23:59:59'), '2026-02-28 23:59:59')
  const none = [
    ['2026-02-31', 'day'],
    ['02/03/1999', 'day'],
    ['2026-2-3', 'day'],
    ['0000-01-01', 'day'],
    ['2026-02-31 10:00', 'minute'],
    ['2026-02-28 24:00', 'minute'],
    ['2026-02-28 02:00 PM', 'minute'],
    ['now', 'second'],
  ] as const
  for (const [text, precision] of none) {
    const read = readText(text, precision)
    assert.ok('fault' in read && read.fault.en !== '' && /[\u4e00-\u9fff]/.test(read.fault.zh), text)
  }
})

test('arrow keys step the part under the caret as a calendar does', () => {
  assert.is(stepped('2026-01-31', 6, 1), '2026-02-28')
  assert.is(stepped('2024-02-29', 2, 1), '2025-02-28')
  assert.is(stepped('2026-12-31', 9, 1), '2027-01-01')
  assert.is(stepped('2026-03-01', 10, -1), '2026-02-28')
  assert.is(stepped('2026-03-01 00:00', 12, -1), '2026-02-28 23:00')
  assert.is(stepped('2026-03-01 00:59', 16, 1), '2026-03-01 01:00')
  assert.is(stepped('2026-03-01 00:00:00', 19, -1), '2026-02-28 23:59:59')
  assert.is(stepped('1900-01-01', 9, -1), null)
  assert.is(stepped('2026-02-31', 9, 1), null)
})

test('a month is six weeks from Monday, whatever the year; keys move through it as the calendar does', () => {
  for (const month of ['2026-02', '2024-02', '1999-12', '2000-01', '2026-08']) {
    const weeks = weeksOf(month)
    const days = weeks.flat().filter((day) => day !== null)
    assert.equal([weeks.length, ...new Set(weeks.map((week) => week.length))], [6, 7])
    assert.equal(
      [days.length, days[0], new Set(days).size],
      [new Date(Date.UTC(+month.slice(0, 4), +month.slice(5), 0)).getUTCDate(), `${month}-01`, days.length],
    )
    for (const week of weeks)
      week.forEach((day, place) =>
        assert.ok(day === null || (new Date(day).getUTCDay() + 6) % 7 === place, String(day)),
      )
  }
  const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown', 'x'] as const
  assert.equal(
    keys.map((key) => movedDay('2026-03-31', key, false)),
    [
      '2026-03-30',
      '2026-04-01',
      '2026-03-24',
      '2026-04-07',
      '2026-03-30',
      '2026-04-05',
      '2026-02-28',
      '2026-04-30',
      null,
    ],
  )
  assert.equal(
    [
      movedDay('2024-02-29', 'PageUp', true),
      movedDay('2024-02-29', 'PageDown', true),
      movedDay('1900-01-01', 'ArrowLeft', false),
    ],
    ['2023-02-28', '2025-02-28', null],
  )
})

for (const [locale, label, why, pick, first] of [
  [
    'en-US',
    'From',
    'the calendar has no day 2026-02-31; not applied, still shown: 2026-02-21',
    'Choose in a calendar: From',
    'Mo',
  ],
  ['zh-CN', '从', '日历中没有 2026-02-31 这一天；未生效，仍按 2026-02-21 显示', '在日历中选择：从', '一'],
] as const) {
  test(`a field shows ISO, is used by keyboard alone, and says what is wrong with what was typed (${locale})`, async () => {
    const { server, url } = await served({ agents: 6, queues: 2 })
    const { page, complaints } = await look(`${url}/reports/agent-statistics?from=2026-02-20&to=2026-02-28`, { locale })
    const field = page.getByLabel(label, { exact: true })
    await settles('2026-02-20', () => field.inputValue())
    await field.focus()
    await field.press('End')
    await field.press('ArrowUp')
    await field.press('Enter')
    await settles('from=2026-02-21&to=2026-02-28', () => server.reportQueries.at(-1)!.toString())
    await settles('2026-02-21', () => field.inputValue())
    await field.fill('2026-02-31')
    await field.press('Enter')
    await settles([why], () => inPage<string[]>(page, 'texts', '[role=alert]'))
    assert.is(await field.getAttribute('aria-invalid'), 'true')
    if (process.env['PICTURES']) await page.screenshot({ path: `${process.env['PICTURES']}/date-field-${locale}.png` })
    assert.match(page.url(), /from=2026-02-21/)
    await field.press('Escape')
    await settles('2026-02-21', () => field.inputValue())
    assert.is(await field.getAttribute('aria-invalid'), null)
    // While the input is wrong, the heading says whose figures are shown.
    await field.fill('2026-02-31')
    await field.press('Enter')
    await page.waitForSelector('[role=alert]')
    assert.match((await inPage<string[]>(page, 'texts', '[data-scope]'))[0]!, /^2026-02-21 – 2026-02-28/)
    await field.press('Escape')
    // The calendar, by keyboard alone: what is chosen counts at once.
    const button = page.getByRole('button', { name: pick })
    const on = () => page.evaluate(`document.activeElement.dataset.day ?? document.activeElement.id`)
    await button.press('Enter')
    await settles('2026-02-21', on)
    assert.is((await inPage<string[]>(page, 'texts', '.calendar thead th'))[0], first)
    for (const [key, leads] of [
      ['ArrowRight', '2026-02-22'],
      ['End', '2026-02-22'],
      ['PageDown', '2026-03-22'],
      ['PageUp', '2026-02-22'],
      ['ArrowUp', '2026-02-15'],
    ] as const) {
      await page.keyboard.press(key)
      await settles(leads, on)
    }
    assert.equal(await inPage(page, 'accessFaults'), [])
    if (process.env['PICTURES']) await page.screenshot({ path: `${process.env['PICTURES']}/calendar-${locale}.png` })
    await page.keyboard.press('Escape')
    await settles(0, () => page.locator('.calendar').count())
    await settles(await field.getAttribute('id'), on)
    await button.click()
    await page.click('[data-day="2026-02-22"]')
    await settles('from=2026-02-22&to=2026-02-28', () => server.reportQueries.at(-1)!.toString())
    await settles('2026-02-22', () => field.inputValue())
    assert.equal(complaints, [])
  })
}

test('no page uses a browser date field, which would follow its locale', async () => {
  const { url } = await served({ agents: 6, queues: 2 })
  const { page } = await look(`${url}/calls?range=custom&from=2026-03-03T00:00&to=2026-03-03T14:00`, {
    locale: 'en-US',
  })
  await settles('2026-03-03 14:00', () => page.getByLabel('To', { exact: true }).inputValue())
  await page.goto(`${url}/history?at=2026-03-03T06:00:01Z`)
  await settles('2026-03-03 14:00:01', () => page.getByLabel('Date and time', { exact: true }).inputValue())
  // The time of day stays; nothing later than the present can be chosen.
  await page.getByRole('button', { name: /calendar/ }).click()
  await page.click('[data-day="2026-03-02"]')
  await settles('2026-03-02 14:00:01', () => page.getByLabel('Date and time', { exact: true }).inputValue())
  for (const path of ['/calls?range=custom', '/history']) {
    await page.goto(`${url}${path}`)
    await page.waitForSelector('.field input')
    assert.is(await page.locator('input:is([type=date], [type=datetime-local], [type=time], [type=month])').count(), 0)
  }
})

test('while other rows are loading, the heading describes those on screen', async () => {
  const { server, url } = await served({ agents: 6, queues: 2 })
  const { page } = await look(`${url}/reports/agent-statistics?from=2026-02-20&to=2026-02-28`, { locale: 'en-US' })
  const heading = async () => (await inPage<string[]>(page, 'texts', '[data-scope]'))[0]?.slice(0, 23)
  await settles('2026-02-20 – 2026-02-28', heading)
  let release = () => {}
  server.holdReports = new Promise((done) => (release = done))
  const field = page.getByLabel('To', { exact: true })
  await field.fill('2026-02-25')
  await field.press('Enter')
  await page.waitForSelector('.rows[aria-busy=true]')
  assert.is(await heading(), '2026-02-20 – 2026-02-28')
  release()
  await settles('2026-02-20 – 2026-02-25', heading)
})

test.run()
