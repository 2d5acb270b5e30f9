/** The wallboard in a real browser: it shows what the server sent, even after a lost connection, and it fits. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { inPage, settles, type Screen, type ScreenOptions } from '../support/browser.ts'
import type { FakeFloor } from '../support/fake-floor.ts'
import type { LiveServer, LiveServerOptions } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('wallboard')

const { served, look } = screensFor(test)

/** A server whose clock is stopped unless moved, and a wall connected to it. */
async function wall(
  options: LiveServerOptions = {},
  path = '/wall',
  screenOptions: ScreenOptions = {},
): Promise<Screen & { server: LiveServer; url: string }> {
  const { server, url } = await served(options)
  const screen = await look(url + path, screenOptions)
  await screen.page.waitForSelector('[data-wall][data-ready=true]')
  return { ...screen, server, url }
}

/** The expected figures, computed without the screens' own code. */
function truth(floor: FakeFloor): Record<string, string> {
  const calls = [...floor.calls.values()].filter((call) => call.status === 'waiting' || call.status === 'offered')
  const agents = [...floor.agents.values()]
  const of = (...states: string[]) => agents.filter((agent) => states.includes(agent.state)).length
  const sum = (column: 'offered' | 'answered' | 'abandoned' | 'shortAbandoned' | 'answeredInTarget') =>
    [...floor.days.values()].reduce((all, row) => all + row[column], 0)
  const longest =
    calls.length === 0 ? 0 : Math.floor((floor.now - Math.min(...calls.map((call) => call.joinedAt!))) / 1000)
  return {
    waiting: String(calls.length),
    longest: `${Math.floor(longest / 60)}:${String(longest % 60).padStart(2, '0')}`,
    serviceLevel: (
      (100 * sum('answeredInTarget')) /
      (sum('answered') + sum('abandoned') - sum('shortAbandoned'))
    ).toFixed(1),
    abandoned: ((100 * (sum('abandoned') - sum('shortAbandoned'))) / (sum('offered') - sum('shortAbandoned'))).toFixed(
      1,
    ),
    ready: String(of('ready')),
    inCall: String(of('in_call', 'on_hold')),
    offeredToday: sum('offered').toLocaleString('en'),
  }
}

async function shown(page: Page): Promise<Record<string, string>> {
  const names = await inPage<string[]>(page, 'attributes', '[data-tile]', 'data-tile')
  const values = await inPage<string[]>(page, 'texts', '[data-tile] [data-value]')
  const [offeredToday] = await inPage<string[]>(page, 'texts', '[data-today=offered]')
  return { ...Object.fromEntries(names.map((name, i) => [name, values[i]!])), offeredToday: offeredToday! }
}

const states = async (page: Page) => {
  const codes = await inPage<string[]>(page, 'attributes', '[data-agent]', 'data-agent')
  const state = await inPage<string[]>(page, 'attributes', '[data-agent]', 'data-state')
  return Object.fromEntries(codes.map((code, i) => [code, state[i]!]))
}
const trueStates = (floor: FakeFloor) =>
  Object.fromEntries(
    [...floor.agents.values()]
      .filter((agent) => agent.state !== 'signed_out')
      .map((agent) => [agent.agentCode, agent.state]),
  )

test('figures, queues, callers and agents are those that the server sent, while it sends more', async () => {
  const { page, server, complaints } = await wall({ agents: 17, queues: 3, callsPerHour: 260 })
  for (let round = 0; round < 6; round++) {
    await settles(truth(server.floor), () => shown(page))
    await settles(trueStates(server.floor), () => states(page))
    server.advance(20_000)
  }
  await settles(truth(server.floor), () => shown(page))
  const waiting = [...server.floor.calls.values()]
    .filter((call) => call.status === 'waiting' || call.status === 'offered')
    .sort((a, b) => a.joinedAt! - b.joinedAt!)
  await settles(
    waiting.slice(0, 6).map((call) => call.callId),
    () => inPage(page, 'attributes', 'li[data-call]', 'data-call'),
  )
  assert.equal(complaints, [])
})

test('five hundred agents stand where the server says, each with their state', async () => {
  const { page, server } = await wall({ agents: 500, queues: 50 })
  server.advance(5_000)
  await settles(trueStates(server.floor), () => states(page))
  await settles(truth(server.floor), () => shown(page))
})

test('after a dropped connection it resumes and catches up', async () => {
  const { page, server } = await wall({ agents: 17, queues: 3, callsPerHour: 260 })
  server.advance(10_000)
  await settles(truth(server.floor), () => shown(page))
  server.dropConnections()
  server.advance(60_000)
  await settles(truth(server.floor), () => shown(page))
  assert.is(server.connections, 2)
  assert.ok(server.resumedFrom[1], 'the second connection said how far it was')
})

test('after a restart of the server it takes a new snapshot; figures stay in sight until then', async () => {
  const { page, server } = await wall({ agents: 17, queues: 3 })
  const before = await shown(page)
  server.closed = true
  server.restart()
  await settles(before, () => shown(page))
  server.floor.advance(90_000)
  server.closed = false
  await settles(truth(server.floor), () => shown(page))
  await settles(trueStates(server.floor), () => states(page))
})

test('a new version is loaded by the wall itself', async () => {
  const { page, server } = await wall({ agents: 5, queues: 1 })
  const loaded = page.waitForEvent('load')
  server.restart('build-2')
  await loaded
  await page.waitForSelector('[data-wall][data-ready=true]')
})

test('a wall stopped by a failure reloads itself', async () => {
  const { url } = await served({ agents: 5, queues: 1 })
  const { page } = await look('about:blank')
  await page.clock.install()
  await page.goto(`${url}/wall`)
  await page.waitForSelector('[data-wall][data-ready=true]')
  const loaded = page.waitForEvent('load')
  // As the browser reports an uncaught error.
  await page.evaluate("window.dispatchEvent(new ErrorEvent('error', { message: 'a defect' }))")
  await page.clock.fastForward(11_000)
  await loaded
  await page.waitForSelector('[data-wall][data-ready=true]')
})

test('silence looks late after 5 s and stale after 15 s; no figure turns to zero; the next message makes it live', async () => {
  const { server, url } = await served({ agents: 17, queues: 3, speed: 1 })
  const screen = await look('about:blank')
  const { page } = screen
  await page.clock.install()
  await page.goto(`${url}/wall`)
  await page.waitForSelector('[data-wall][data-ready=true]')
  const mark = () => inPage<string[]>(page, 'attributes', '[data-freshness]', 'data-freshness')
  await settles(['live'], mark)
  const { waiting, ready, inCall, serviceLevel } = await shown(page)
  const figures = async () => {
    const now = await shown(page)
    return [now['waiting'], now['ready'], now['inCall'], now['serviceLevel']]
  }
  server.silent = true
  await page.clock.fastForward(6_000)
  await settles(['late'], mark)
  assert.equal(await figures(), [waiting, ready, inCall, serviceLevel])
  await page.clock.fastForward(10_000)
  await settles(['stale'], mark)
  assert.equal(await figures(), [waiting, ready, inCall, serviceLevel])
  assert.match((await inPage<string[]>(page, 'texts', '[data-freshness]'))[0]!, /数据中断 .* 最后更新 \d\d:\d\d:\d\d/)
  server.silent = false
  server.advance(0)
  await settles(['live'], mark)
})

test('a server behind its log looks late although it sends messages', async () => {
  const { page, server } = await wall({ agents: 5, queues: 1 })
  server.lagMs = 7_000
  server.advance(0)
  await settles(['late'], () => inPage(page, 'attributes', '[data-freshness]', 'data-freshness'))
})

test('a server that polls for changes looks late and says why', async () => {
  const { page, server } = await wall({ agents: 5, queues: 1 })
  server.delayed = true
  server.advance(0)
  await settles(['late'], () => inPage(page, 'attributes', '[data-freshness]', 'data-freshness'))
  assert.match((await inPage<string[]>(page, 'texts', '[data-freshness]'))[0]!, '推送中断，每秒刷新')
  server.delayed = false
  server.advance(0)
  await settles(['live'], () => inPage(page, 'attributes', '[data-freshness]', 'data-freshness'))
})

test('filters, limits, language, theme and title are in its address', async () => {
  const { page, server } = await wall(
    { agents: 17, queues: 3 },
    '/wall?queue=q1&lang=en&theme=light&title=Service%20centre',
  )
  assert.equal(await inPage(page, 'texts', 'h1'), ['Service centre'])
  assert.equal(await inPage(page, 'attributes', 'tr[data-queue]', 'data-queue'), ['q1'])
  assert.is(await page.evaluate('document.documentElement.lang'), 'en')
  assert.is(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'light')
  const mine = [...server.floor.agents.values()]
    .filter((agent) => agent.queueCodes.includes('q1') && agent.state !== 'signed_out')
    .map((agent) => agent.agentCode)
  assert.equal(Object.keys(await states(page)).sort(), mine.sort())
})

test('the wall is dark unless told otherwise, whatever the system’s theme', async () => {
  const { page } = await wall({ agents: 5, queues: 1 }, '/wall', { colorScheme: 'light' })
  assert.is(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'dark')
})

test('its settings appear with a pointer and are written to the address', async () => {
  const { page } = await wall({ agents: 5, queues: 2 })
  await page.mouse.move(300, 300)
  await page.getByRole('button', { name: 'Switch to English' }).click()
  await page.getByText('Longest wait').waitFor()
  assert.match(page.url(), /lang=en/)
  await page.getByRole('button', { name: 'Light' }).click()
  assert.match(page.url(), /theme=light/)
  assert.is(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'light')
})

const sizes = [
  [1280, 720],
  [1920, 1080],
  [3840, 2160],
  [1024, 768],
  [2560, 1080],
] as const
const uncut =
  '[data-tile] h2, [data-tile] .figure, [data-tile] .flag, [data-tile] .aside, [data-wall] thead th, [data-group] h3 span, [data-wall] .legend, [data-wall] header .clock'

for (const [agents, queues] of [
  [0, 0],
  [17, 4],
  [62, 7],
  [500, 50],
] as const) {
  test(`${agents} agents in ${queues} queues fit every size without scrolling or cut-off words, in both languages`, async () => {
    const { page } = await wall({ agents, queues })
    for (const language of ['zh-CN', 'en']) {
      if (language === 'en') {
        await page.mouse.move(300, 300)
        await page.getByRole('button', { name: 'Switch to English' }).click()
      }
      for (const [width, height] of sizes) {
        await page.setViewportSize({ width, height })
        await settles([], () => inPage<string[]>(page, 'overflows', uncut), 2_000)
      }
    }
  })
}

test('type that must be read from five metres is at least 18 of 1080 lines high, in any size', async () => {
  const { page } = await wall({ agents: 17, queues: 4 })
  for (const height of [720, 1080, 2160]) {
    await page.setViewportSize({ width: (height * 16) / 9, height })
    const smallest = (await inPage<number>(page, 'smallestType', '[data-wall]')) * (1080 / height)
    assert.ok(smallest >= 18, `${smallest} at ${height}`)
  }
})

test('everything has a name, and nothing moves with reduced motion', async () => {
  const { page } = await wall({ agents: 17, queues: 4 }, '/wall', { reducedMotion: 'reduce' })
  assert.equal(await inPage(page, 'accessFaults'), [])
  assert.is(await page.evaluate('document.getAnimations().length'), 0)
})

for (const [lang, kept, behind] of [
  ['en', '10× speed', 'Running at 2.2× instead of 10×: too slow'],
  ['zh-CN', '10 倍速', '当前 2.2 倍速，低于设定的 10 倍'],
] as const) {
  test(`a demo that cannot keep its pace says how fast it runs, on the wall and in the frame, until it can (${lang})`, async () => {
    const { server, url } = await served({ agents: 6, queues: 2, speed: 10 })
    for (const path of ['/wall', '/monitor']) {
      const { page } = await look(`${url}${path}?lang=${lang}`)
      const pace = () => inPage<string[]>(page, 'texts', '[data-freshness] [data-pace]')
      await settles([kept], pace)
      Object.assign(server, { speed: 2.2, asked: 10 })
      server.advance(100)
      await settles([behind], pace)
      // Amber, with a sign: not the quiet dot.
      assert.is(await page.locator('[data-freshness].slow svg').count(), 1)
      assert.is(
        await page.evaluate(
          `getComputedStyle(document.querySelector('[data-freshness]')).color === Object.assign(document.body.appendChild(document.createElement('i')), { style: 'color: var(--warning-ink)' }).computedStyleMap().get('color').toString()`,
        ),
        true,
      )
      Object.assign(server, { speed: 10, asked: null })
      server.advance(100)
      await settles([kept], pace)
    }
  })
}

test.run()
