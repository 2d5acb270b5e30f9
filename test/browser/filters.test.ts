/** Invalid filters on every page that has them in its address: the page says so, also at the field, shows no figures and sends no request. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { callList } from '../../ui/calls/call-list.ts'
import { listFaults } from '../../ui/lists/list-query.ts'
import { boardFaults } from '../../ui/live/board-faults.ts'
import { emptyTables } from '../../ui/live/tables.ts'
import { reportFaults } from '../../ui/reports/report-query.ts'
import { instantFaults, rangeFaults, unknownNames } from '../../ui/http/filter-faults.ts'
import { listed } from '@ledgerline/projections/reports/report.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { inPage, settles } from '../support/browser.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('filters that cannot be right')
const screens = screensFor(test)
const { look } = screens

const params = (text: string) => new URLSearchParams(text)
const named = (faults: readonly { name: string }[]) => faults.map(({ name }) => name)

test('days and moments in an address exist and are in order', () => {
  for (const day of ['2026-02-31', '0000-01-01', '0001-01-01', '9999-12-31', 'yesterday'])
    assert.equal(named(rangeFaults(params(`from=${day}`))), ['from'], day)
  assert.equal(named(rangeFaults(params('from=2026-02-10&to=2026-02-01'))), ['to'])
  assert.equal(rangeFaults(params('from=2026-02-01&to=2026-02-10')), [])
  assert.equal(named(rangeFaults(params('from=2026-02-31T10:00&to=2026-02-01T25:00'), true)), ['from', 'to'])
  assert.equal(named(rangeFaults(params('from=2026-02-01T10:00&to=2026-02-01T09:59'), true)), ['to'])
  assert.equal(named(instantFaults(params('at=2026-02-31T00:00:00Z'), 'at')), ['at'])
  assert.equal(instantFaults(params('at=2026-02-01T00:00:00Z'), 'at'), [])
})

test('names in an address exist; every reason is given in both languages', () => {
  const all = [
    ...listFaults(callList('all', null), params('range=eternity&outcome=answered,vanished&direction=sideways')),
    ...reportFaults(
      params('period=eternity&interval=second&lost=half'),
      listed(reports.find(({ id }) => id === 'queue-intervals')!),
    ),
    ...boardFaults(params('queue=ZZ&group=nobody&state=ready,asleep'), emptyTables()),
  ]
  assert.equal(
    all.map(({ name, value }) => `${name} ${value}`),
    [
      'range eternity',
      'outcome vanished',
      'direction sideways',
      'period eternity',
      'interval second',
      'queue ZZ',
      'group nobody',
      'state asleep',
    ],
  )
  for (const { en, zh, value } of all)
    assert.ok(en.includes(value) && zh.includes(value) && /[\u4e00-\u9fff]/.test(zh), value)
  assert.match(
    unknownNames(
      params('queue=b'),
      'queue',
      Array.from({ length: 40 }, (_, index) => `q${index}`),
    )[0]!.en,
    / …$/,
  )
  assert.equal(listFaults(callList('all', null), params('range=today&outcome=answered&queue=gone')), [])
})

const faults = (page: Page) => inPage<string[]>(page, 'attributes', '[data-fault]', 'data-fault')
const count = (page: Page, selector: string) => page.locator(selector).count()

const wrong = [
  ['/calls?range=custom&from=2026-02-31T10:00', ['from'], 'tr[data-call]'],
  ['/calls?range=custom&from=2026-02-02T10:00&to=2026-02-01T10:00', ['to'], 'tr[data-call]'],
  ['/calls?outcome=vanished', ['outcome'], 'tr[data-call]'],
  ['/reports/queue-intervals?from=9999-12-31&interval=month', ['from'], '.body table'],
  ['/reports/queues?from=2026-02-10&to=2026-02-01', ['to'], '.body table'],
  ['/monitor?queue=ZZ&state=asleep', ['queue', 'state'], '[data-tile]'],
  ['/wall?queue=ZZ', ['queue'], '[data-tile]'],
  ['/history?at=2026-02-31T10:00:00Z', ['at'], '[data-tile]'],
] as const

for (const lang of ['zh', 'en'] as const) {
  test(`the page says which filter it is and shows no figure (${lang})`, async () => {
    const { url } = await screens.served({ agents: 12, queues: 3 })
    const { page } = await look('about:blank', { locale: lang === 'zh' ? 'zh-CN' : 'en-GB' })
    for (const [path, names, figures] of wrong) {
      await page.goto(`${url}${path}&lang=${lang}`)
      await settles([...names] as string[], () => faults(page))
      assert.is(await count(page, figures), 0, path)
      if (process.env['PICTURES'])
        await page.screenshot({ path: `${process.env['PICTURES']}/${path.replace(/\W+/g, '-')}-${lang}.png` })
    }
  })
}

test('a queue without a row on the board is asked about: nothing is shown first, then an existing one empty, any other refused', async () => {
  const { server, url } = await screens.served({ agents: 12, queues: 3 })
  server.onceThere.push('NEW')
  const settled = { wall: '[data-wall][data-ready=true]', monitor: '.monitor [data-queue]' }
  for (const page of ['wall', 'monitor'] as const) {
    let release = () => {}
    server.holdTrends = new Promise((done) => (release = done))
    const { page: it, close } = await look(`${url}/${page}?queue=NEW`)
    await it.waitForSelector('[data-tile="waiting"][data-pending]')
    await it.waitForSelector('[data-freshness=live]')
    assert.equal([await count(it, '[data-tile] [data-value]'), await count(it, '[data-faults]')], [0, 0], page)
    release()
    await it.waitForSelector(settled[page])
    await settles(['0'], () => inPage<string[]>(it, 'texts', '[data-tile="waiting"] [data-value]'))
    if (page === 'wall') assert.is(await count(it, '[data-queue="NEW"]'), 1)
    await it.goto(`${url}/${page}?queue=NEW,ZZ`)
    await settles(['queue'], () => faults(it))
    await close()
  }
})

test('a narrowed wall shows no figure before its filters are checked', async () => {
  const { server, url } = await screens.served({ agents: 12, queues: 3 })
  const { page } = await look('about:blank')
  const held: (() => void)[] = []
  await page.route(
    /WallScope-/,
    (route) => new Promise<void>((done) => held.push(() => void route.continue().then(done, done))),
  )
  await page.goto(`${url}/wall?queue=${server.floor.queues[0]!.queueCode}`)
  await page.waitForSelector('[data-freshness=live]')
  await settles(6, () => count(page, '[data-tile][data-pending]'))
  assert.is(await count(page, '[data-tile] [data-value]'), 0)
  for (const go of held.splice(0)) go()
  await settles(6, () => count(page, '[data-tile]:not([data-pending])'))
})

test('the error is at its field, and removing the filter shows the page again', async () => {
  const { url } = await screens.served({ agents: 12, queues: 3 })
  const { page } = await look(`${url}/reports/queues?from=2026-02-10&to=2026-02-01`)
  await settles(['to'], () => inPage<string[]>(page, 'attributes', '[data-wrong]', 'data-wrong'))
  assert.is(await count(page, 'input[aria-invalid=true]'), 1)
  await page.locator('[data-faults] button').click()
  await settles(0, () => count(page, '[data-faults]'))
  assert.not.match(page.url(), /to=/)
  await page.goto(`${url}/monitor?queue=ZZ`)
  await page.locator('[data-faults] button').click()
  await settles(6, () => count(page, '[data-tile]'))
})

test('filtered content says so in its heading', async () => {
  const { server, url } = await screens.served({ agents: 12, queues: 3 })
  const { queueCode, name } = [...server.floor.queues.values()][0]!
  const scopes = async (path: string) => {
    const { page } = await look(`${url}${path}`)
    await settles(true, async () =>
      (await inPage<string[]>(page, 'texts', '[data-scope]')).some((text) => text.includes(name)),
    )
    if (process.env['PICTURES'])
      await page.screenshot({ path: `${process.env['PICTURES']}/scope${path.replace(/\W+/g, '-')}.png` })
    return (await inPage<string[]>(page, 'texts', '[data-scope]')).filter((text) => text.includes(name)).length
  }
  assert.is(await scopes(`/monitor?queue=${queueCode}`), 3)
  assert.is(await scopes(`/calls?queue=${queueCode}`), 1)
  assert.is(await scopes(`/reports/queues?queue=${queueCode}`), 1)
})

test.run()
