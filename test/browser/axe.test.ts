/**
 * Every page in every state, checked by axe (Deque): names and roles, order of headings, landmarks, contrast as really painted. Themes
 * and languages take turns from state to state: every screen, in one state or another, is seen in both. What no other state
 * shows is looked at a second time, in the other theme and language, for what depends on them.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { startSpine } from '../http/spine.ts'
import { post } from '../http/web.ts'
import { builtScreens } from '../support/browser.ts'
import type { LiveServer, LiveServerOptions } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'
import { contactOf, tellingOf } from '../support/told-of-network.ts'

const test = suite('axe')

const { served, look, closing } = screensFor(test)

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What another theme or language can change: colours, sizes, and whether there are words. Roles and structure stay as they are. */
const OF_LOOKS = [
  'color-contrast',
  'link-in-text-block',
  'target-size',
  ...[
    'aria-command-name',
    'aria-dialog-name',
    'aria-input-field-name',
    'aria-progressbar-name',
    'aria-toggle-field-name',
  ],
  ...[
    'button-name',
    'document-title',
    'empty-heading',
    'empty-table-header',
    'image-alt',
    'input-button-name',
    'label',
  ],
  ...['label-content-name-mismatch', 'link-name', 'role-img-alt', 'select-name', 'svg-img-alt'],
  ...['html-has-lang', 'html-lang-valid', 'valid-lang'],
]

/** The minified form takes half as long. */
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** What axe finds wrong: rule, element, and why. */
async function faults(page: Page, rules: readonly string[] | null): Promise<string[]> {
  const options = {
    runOnly: rules ? { type: 'rule', values: rules } : { type: 'tag', values: TAGS },
    resultTypes: ['violations'],
    // Style sheets are loaded for one experimental rule only, which is not run.
    preload: { assets: ['media'] },
  }
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(`(() => { ${axe} })()`)
  return page.evaluate(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary.replaceAll(/\\s+/g, ' '))))`)
}

/** Each two are opposites. */
const looks = [
  { lang: 'zh', theme: 'dark' },
  { lang: 'en', theme: 'light' },
  { lang: 'zh', theme: 'light' },
  { lang: 'en', theme: 'dark' },
] as const
let turn = 0
/** The languages and themes in which each screen was seen. */
const seen = new Map<string, Set<string>>()

interface State {
  path: string
  /** Drawn once this is there. */
  shows: string
  /** What the server or the page is made to do first. */
  given?: (server: LiveServer, page: Page) => void | Promise<void>
  then?: (page: Page) => Promise<void>
  /** Drawn after that. */
  until?: string
  /** In how many looks: two if no other state shows the same. */
  times?: 1 | 2
}

const language = { zh: 'zh-CN', en: 'en' } as const
type Look = (typeof looks)[number]

const asked = (path: string, { lang, theme }: Look) =>
  `${path}${path.includes('?') ? '&' : '?'}lang=${lang}&theme=${theme}`

/** Goes to another address as the browser's buttons do: a page that is loaded takes several times as long to draw and to check. */
async function go(page: Page, path: string): Promise<void> {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(path)}), dispatchEvent(new PopStateEvent('popstate'))`,
  )
}
const noPage = (page: Page) => page.locator('main h1', { hasText: /^(没有这个页面|There is no such page)$/ })

/** Changes the language as the frame's button does. */
async function speak(page: Page, { lang }: Look): Promise<void> {
  await page.evaluate(`document.querySelector('header button[lang="${language[lang]}"]')?.click()`)
  await page.waitForSelector(`html[lang="${language[lang]}"]`)
}

/** Changes the theme as the pages do. */
async function dress(page: Page, { theme }: Look): Promise<void> {
  await page.evaluate(`document.documentElement.style.colorScheme = '${theme}'`)
}

/** Checks each state and puts all findings into one assertion, so that a run reports everything. */
async function allClean(
  page: Page,
  url: string,
  states: readonly State[],
  server: LiveServer | null = null,
): Promise<void> {
  const wrong: string[] = []
  for (const { path, shows, given, then, until = shows, times = 1 } of states) {
    const first = turn++ % looks.length
    const [name] = /^\/\w+/.exec(path)!
    for (let time = 0; time < times; time++) {
      const look = looks[time === 0 ? first : first ^ 1]!
      const { lang, theme } = look
      seen.set(name, (seen.get(name) ?? new Set()).add(lang).add(theme))
      if (time === 0) {
        // A page that never got anything shows another state than one that lost its server.
        const anew = !page.url().startsWith(url) || given === closed || server?.closed
        if (!anew) {
          await go(page, '/nowhere')
          await noPage(page).waitFor()
          await speak(page, look)
        }
        if (server) await given?.(server, page)
        if (anew) await page.goto(`${url}${asked(path, look)}`)
        else {
          await go(page, asked(path, look))
          if (name !== '/nowhere') await noPage(page).waitFor({ state: 'detached' })
        }
        await page.waitForSelector(shows)
        await dress(page, look)
        await then?.(page)
      } else {
        await speak(page, look)
        await dress(page, look)
      }
      await page.waitForSelector(until)
      if (process.env['PICTURES'])
        await page.screenshot({
          path: `${process.env['PICTURES']}/axe-${String(turn).padStart(3, '0')}-${time}${path.replace(/\W+/g, '-').slice(0, 60)}-${lang}-${theme}.png`,
        })
      for (const fault of await faults(page, time === 0 ? null : OF_LOOKS))
        wrong.push(`${path} (${shows}, ${lang}, ${theme}) ${fault}`)
    }
  }
  assert.equal(wrong, [])
}

async function floor(options: LiveServerOptions = {}): Promise<{ server: LiveServer; url: string; page: Page }> {
  const { server, url } = await served({ agents: 12, queues: 3, ...options })
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  return { server, url, page }
}

const answeredCall = (server: LiveServer) => server.floor.finished.find((call) => call.answeredAt !== null)!.callId
const talking = {
  state: 'in_call',
  work: 'ready',
  callState: 'inbound',
  callId: 'call-x',
  registered: true,
  longSignIn: 'none',
} as const

const fresh = (server: LiveServer) => void Object.assign(server, { lagMs: 0, closed: false })
const closed = (server: LiveServer) => void (server.closed = true)
const late = (server: LiveServer) => void Object.assign(server, { lagMs: 6_000, closed: false })
const stale = (server: LiveServer) => void Object.assign(server, { lagMs: 600_000, closed: false })

test('the wall: in order, connecting, late, without data, behind its pace, with nobody there', async () => {
  const { server, url, page } = await floor({ agents: 17 })
  const ready = '[data-wall][data-ready=true]'
  await allClean(
    page,
    url,
    [
      { path: '/wall', shows: ready, given: fresh },
      { path: '/wall', shows: '[data-freshness=waiting]', given: closed },
      { path: '/wall', shows: `${ready} [data-freshness=late]`, given: late },
      { path: '/wall', shows: `${ready} [data-freshness=stale]`, given: stale },
      { path: '/wall', shows: `${ready} .slow`, given: (it) => (fresh(it), void (it.asked = 10)) },
      { path: '/wall?queue=ZZ', shows: '[data-faults]', given: fresh },
    ],
    server,
  )
  const nobody = await floor({ agents: 0, queues: 0 })
  await allClean(nobody.page, nobody.url, [{ path: '/wall', shows: ready }], nobody.server)
})

test('the monitor and an agent’s panel: in order, connecting, late, without data, with nobody there', async () => {
  const { server, url, page } = await floor({ agents: 17 })
  server.floor.setAgent('agent-3', talking)
  await allClean(
    page,
    url,
    [
      { path: '/monitor', shows: 'a[data-agent]', given: fresh },
      { path: '/monitor?agent=203', shows: '[data-panel="203"]', given: fresh },
      {
        path: '/monitor?view=list',
        shows: 'tr[data-agent]',
        given: (it) =>
          void it.floor.setAgent('agent-4', { reason: 'set_aside', state: 'signed_out', work: 'signed_out' }),
      },
      { path: '/monitor?agent=203', shows: '[data-freshness=waiting]', given: closed },
      { path: '/monitor?agent=203', shows: '[data-panel="203"]', given: late },
      { path: '/monitor', shows: '[data-freshness=stale]', given: stale },
      { path: '/monitor?text=nobody-of-that-name', shows: '[data-freshness=live]', given: fresh },
    ],
    server,
  )
  const nobody = await floor({ agents: 0, queues: 0 })
  await allClean(nobody.page, nobody.url, [{ path: '/monitor', shows: '[data-freshness=live]' }], nobody.server)
})

test('the desk: without an agent yet, viewed, worked at, with a call, without data', async () => {
  const { server, url, page } = await floor({ callsPerHour: 0 })
  server.floor.setAgent('agent-3', { ...talking, shiftId: 'agent-3-1', deskId: null })
  server.floor.setAgent('agent-4', {
    state: 'ready',
    work: 'ready',
    callState: 'idle',
    registered: true,
    shiftId: 'agent-4-1',
    deskId: null,
  })
  const desk = '.desk[data-desk="203"]'
  const works = async (it: Page) => {
    await it.waitForSelector('[data-work]:enabled, .desk[data-works=true]')
    if ((await it.locator('.desk[data-works=true]').count()) === 0) await it.click('[data-work]')
    await it.waitForSelector('.desk[data-works=true]')
  }
  await allClean(
    page,
    url,
    [
      { path: '/desk', shows: 'main h1', given: fresh },
      { path: '/desk?agent=203', shows: desk, given: fresh },
      { path: '/desk?agent=203', shows: '[data-freshness=waiting]', given: closed },
      { path: '/desk?agent=203', shows: desk, given: fresh, then: works, times: 2 },
      {
        path: '/desk?agent=203',
        shows: desk,
        given: fresh,
        then: (it) => works(it).then(() => it.click('[data-open=colleagues]')),
        until: '[data-targets] [data-target]',
        times: 2,
      },
      { path: '/desk?agent=204', shows: '.desk[data-desk="204"]', then: works },
      { path: '/desk?agent=204', shows: '[data-freshness=stale]', given: stale },
    ],
    server,
  )
})

test('calls and one call: in order, loading, nothing found, not answered, no such call, invalid days', async () => {
  // Some rows, not fifty: each has its contrast measured.
  const { server, url, page } = await floor({ callsPerHour: 10 })
  const call = `/calls/${answeredCall(server)}`
  const rows = '[data-state=rows] tr[data-call]'
  await allClean(
    page,
    url,
    [
      { path: '/calls', shows: rows },
      { path: '/calls?range=custom&from=2026-03-03T00:00&to=2026-03-03T23:00', shows: rows },
      { path: '/calls?agent=999999', shows: '[data-state=empty]' },
      { path: '/calls', shows: '[data-state=broken]', given: (it) => void (it.failQueries = 503) },
      {
        path: call,
        shows: 'main h1',
        given: (it) => void (it.failQueries = null),
        until: '[data-event]',
        times: 2,
      },
      { path: '/calls/no-such-call', shows: 'main .title' },
    ],
    server,
  )
  const held: (() => void)[] = []
  await page.route(
    '**/api/v1/calls**',
    (route) => new Promise<void>((done) => held.push(() => void route.abort().then(done, done))),
  )
  await allClean(page, url, [
    { path: '/calls', shows: '[data-state=loading]' },
    { path: call, shows: 'main' },
  ])
  for (const release of held) release()
})

test('reports: the list, one report in order, loading, empty, not answered, and no such report', async () => {
  // A few agents, each a row.
  const { server, url, page } = await floor({ agents: 4 })
  const one = '/reports/queue-intervals?period=week&interval=day'
  let release = () => {}
  await allClean(
    page,
    url,
    [
      { path: '/reports', shows: '[data-report]', times: 2 },
      { path: one, shows: 'tr[data-totals]', times: 2 },
      {
        path: '/reports/agent-statistics?from=2026-02-27&to=2026-02-28',
        shows: 'tr[data-totals]',
        then: (it) => it.locator('.field button').first().click(),
        until: '.calendar',
        times: 2,
      },
      {
        path: '/reports/agent-statistics',
        shows: '[data-state=empty]',
        given: (it) => void (it.reports = { rows: 0, lagMs: 0 }),
      },
      {
        path: one,
        shows: '[data-state=loading]',
        given: (it) => void (it.holdReports = new Promise((done) => (release = done))),
      },
      {
        path: one,
        shows: '[data-state=broken]',
        given: (it) => (release(), void Object.assign(it, { holdReports: null, failQueries: 503 })),
      },
      { path: '/reports/no-such-report', shows: 'main' },
    ],
    server,
  )
})

test('no such page, and a page that breaks', async () => {
  const { server, url, page } = await floor()
  const path = `/calls/${answeredCall(server)}`
  await page.route(`**/api/v1${path}/timeline`, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...((await response.json()) as object), legs: 7 } })
  })
  await allClean(page, url, [
    { path: '/nowhere', shows: 'main h1', times: 2 },
    { path, shows: '[data-broken] .title', times: 2 },
  ])
})

test('voice messages, over a real server: waiting, chosen, deleting, nothing found, loading, not answered, invalid', async () => {
  const spine = await startSpine(
    'axe_messages',
    {
      agents: 2,
      network: { extensions: [{ number: '8201', voicemail: { afterMs: 15_000, longestMs: 30_000 } }] },
      routes: [{ code: 'box', order: 1, type: 'inbound', to: '95501', target: { kind: 'voicemail', code: '8201' } }],
    },
    await builtScreens(),
  )
  closing(() => spine.close())
  spine.floor.call('95501', { patienceMs: 600_000 })
  await spine.pass(80_000)
  await spine.settled()
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  const choose = (it: Page) => it.locator('tr[data-row] button').click()
  await allClean(page, spine.url, [
    { path: '/messages', shows: 'tr[data-row]' },
    {
      path: '/messages',
      shows: 'tr[data-row]',
      then: choose,
      until: 'audio',
      times: 2,
    },
    {
      path: '/messages',
      shows: 'tr[data-row]',
      then: (it) => choose(it).then(() => it.locator('.acts button').last().click()),
      until: '[role=alertdialog]',
    },
    { path: '/messages?state=deleted', shows: '[data-state=empty]' },
    { path: '/recordings', shows: '[data-state=empty]', times: 2 },
    { path: '/missed', shows: '[data-state=empty]', times: 2 },
    { path: '/missed?view=mine', shows: '[data-state=empty]' },
    { path: '/calls?view=history&ringLeast=0', shows: 'tr[data-call]' },
    { path: '/recordings?state=lost', shows: '[data-state=wrong]' },
    { path: '/messages?state=lost', shows: '[data-state=wrong]' },
    { path: '/desk?agent=201', shows: '[data-note=messages]', times: 2 },
  ])
  const held: (() => void)[] = []
  await page.route(
    '**/api/v1/voice_messages**',
    (route) => new Promise<void>((done) => held.push(() => void route.abort().then(done, done))),
  )
  await allClean(page, spine.url, [{ path: '/messages', shows: '[data-state=loading]' }])
  for (const release of held) release()
})

test('registered extensions, gateways and the request log, over a real server: there, chosen, nothing found, invalid', async () => {
  const network = {
    gateways: [
      { code: 'gw1', mode: 'uni' as const, address: '192.168.4.130', user: '6001' },
      { code: 'gw2', mode: 'nni' as const, address: '192.168.4.131' },
    ],
  }
  const spine = await startSpine('axe_network', { agents: 2, network, requests: true }, await builtScreens())
  closing(() => spine.close())
  const tell = tellingOf(spine.floor)
  await tell.phone('8201', [contactOf('8201')])
  await tell.phone('8202', [contactOf('8202', { reach: 'unreachable', pingMs: null })])
  await tell.phone('8203', [contactOf('8203', { reach: 'unknown', pingMs: null })])
  await tell.gateway('gw2', { up: false, registration: 'none', reach: 'unreachable', pingMs: null, sip: null })
  await spine.settled()
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await allClean(page, spine.url, [
    { path: '/extensions', shows: '[data-phone="8203"]', times: 2 },
    { path: '/extensions?search=nobody', shows: '[data-state=empty]' },
    { path: '/extensions?status=lost', shows: '[data-state=wrong]' },
    { path: '/gateways', shows: '[data-gateway]', times: 2 },
    { path: '/gateways?gateway=gw2', shows: 'aside[aria-label]', times: 2 },
    { path: '/gateways?search=nothing', shows: '[data-state=empty]' },
    {
      path: '/requests',
      shows: '[data-overview=there]',
      then: (it) => it.locator('[data-overview] summary').click(),
      times: 2,
    },
    { path: '/requests?method=DELETE', shows: '[data-state=empty]' },
  ])
})

test('registers, over a real server: empty, a list, a form, what is wrong with it, history, selected, removing', async () => {
  const spine = await startSpine('axe_registers', {}, await builtScreens())
  closing(() => spine.close())
  const add = async (table: string, values: object): Promise<string> =>
    (await post(spine, `/api/v1/${table}`, { commandId: crypto.randomUUID(), values })).json.recordId
  const category = await add('categories', { name: 'Greetings' })
  const phrase = await add('phrases', { category, content: 'Good morning' })
  await spine.settled()
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  const select = (it: Page) => it.locator('tr[data-row] input').check()
  await allClean(page, spine.url, [
    { path: '/registers/labels', shows: '[data-state=empty]' },
    { path: '/registers/phrases', shows: 'tr[data-row]', then: select, times: 2 },
    { path: `/registers/phrases?record=${phrase}`, shows: 'aside .acts.review', times: 2 },
    {
      path: '/registers/questions?record=new',
      shows: '[data-field=expiresOn]',
      then: (it) => it.locator('aside footer .go').click(),
      until: '.sum',
      times: 2,
    },
    {
      path: `/registers/phrases?record=${phrase}`,
      shows: 'aside .acts.review',
      then: (it) => it.locator('aside footer .link').click(),
      until: 'aside ol li',
    },
    {
      path: '/registers/categories',
      shows: 'tr[data-row]',
      then: (it) => select(it).then(() => it.locator('footer .danger').click()),
      until: '[data-in-the-way]',
    },
  ])
})

test('the voice platform, over a real server: lists, forms, what waits, the check, an earlier version', async () => {
  const network = {
    extensions: [{ number: '8201', secret: 'a password' }],
    ivrs: [
      {
        code: '200',
        name: 'Main',
        root: 'root',
        menus: [
          { code: 'root', name: 'Root', nodes: [{ key: '1', name: 'PS', action: { do: 'queue' as const, to: 'PS' } }] },
        ],
      },
    ],
    calendars: [{ code: 'office', name: 'Office', hours: [{ days: [1], from: '09:00', to: '18:00' }] }],
  }
  const spine = await startSpine('axe_voice', { agents: 2, network }, await builtScreens())
  closing(() => spine.close())
  const put = (section: string, item: object) =>
    post(spine, `/api/v1/draft/items/${section}`, {
      commandId: crypto.randomUUID(),
      items: [{ key: null, version: null, item }],
    })
  await put('routes', { code: 'evil', to: '^(\\d+)+$', type: 'queue', queueCode: 'PS' })
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await allClean(page, spine.url, [
    { path: '/voice/activate', shows: '[data-finding]', times: 2 },
    {
      path: '/voice/activate',
      shows: '[data-version="1"]',
      then: async (it) => {
        await it.locator('[data-version="1"] .acts button').first().click()
        await it.locator('[data-diff="queues PS"]').waitFor()
      },
    },
    { path: '/voice/queues?item=PS', shows: '[data-setting=ringMs]', times: 2 },
    { path: '/voice/extensions?item=8201', shows: '[data-setting=secret]' },
    { path: '/voice/routes?item=evil', shows: '[data-setting=target]', times: 2 },
    { path: '/voice/calendars?item=office', shows: '[data-setting="hours.0.days"]' },
    { path: '/voice/media', shows: '[data-state=empty]' },
    { path: '/voice/shifts', shows: '[data-setting=deskGraceMs]' },
    { path: '/voice/start', shows: '.guide' },
    { path: '/voice/ivrs?item=200', shows: '[data-line="0.0"]', times: 2 },
  ])
})

test('the past and an agent’s day, over a real server: in order, before anything was recorded, of nobody', async () => {
  const spine = await startSpine('axe', { agents: 4 }, await builtScreens())
  closing(() => spine.close())
  await spine.pass(5_000)
  const early = new Date(spine.floor.clock.now()).toISOString().slice(0, 19) + 'Z'
  spine.floor.call('PS', { talkMs: 90_000 })
  await spine.pass(200_000)
  await spine.settled()
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await allClean(page, spine.url, [
    { path: `/history?at=${early}`, shows: '[data-past]:not([data-past=""]) [data-agent]' },
    { path: `/history?at=${early}&by=recorded`, shows: '[data-past]:not([data-past=""]) [data-agent]' },
    { path: '/history?at=1999-01-01T00:00:00Z', shows: '.history .title' },
    { path: '/agents/201', shows: '[data-day]', times: 2 },
    { path: '/agents/999', shows: 'main .title' },
  ])
})

test('every screen was seen in both themes and both languages', () => {
  assert.equal(
    [...seen]
      .filter(([, looked]) => looked.size < 4)
      .map(([name, looked]) => `${name}: only ${[...looked].join(', ')}`),
    [],
  )
})

test.run()
