/** A failure stays within its page, in a real browser, and a list with repeated ids breaks nothing. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { inPage, settles } from '../support/browser.ts'
import type { LiveServer } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('pages that break')

const { served, look } = screensFor(test)

/** The server's answer to a path, changed on its way to the page. */
async function changed(page: Page, path: string, change: (answer: Record<string, unknown>) => unknown): Promise<void> {
  await page.route(`**${path}`, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, json: change((await response.json()) as Record<string, unknown>) })
  })
}
const answeredCall = (server: LiveServer) => server.floor.finished.find((call) => call.answeredAt !== null)!.callId
const broken = (page: Page) => inPage<string[]>(page, 'texts', '[data-broken] .title')

for (const [lang, title, again] of [
  ['zh-CN', '此页面出错了', '重试'],
  ['en', 'This page failed', 'Try again'],
] as const) {
  test(`a broken page says so, menu and other pages keep working, and it can be tried again (${lang})`, async () => {
    const { server, url } = await served({ agents: 12, queues: 3 })
    const { page } = await look(`${url}/calls?lang=${lang}`)
    await settles(
      true,
      async () => (await inPage<string[]>(page, 'attributes', 'tr[data-call]', 'data-call')).length > 0,
    )
    const menu = () => inPage<string[]>(page, 'attributes', 'nav a[href]', 'href')
    const whole = await menu()
    assert.ok(whole.includes('/monitor') && whole.includes('/calls'))
    const path = `/api/v1/calls/${answeredCall(server)}/timeline`
    // No list where the page expects one: it throws while being drawn.
    await changed(page, path, (answer) => ({ ...answer, legs: 7 }))
    await page.evaluate(
      `history.pushState(null, '', '/calls/${answeredCall(server)}'); dispatchEvent(new PopStateEvent('popstate'))`,
    )
    await settles([title], () => broken(page))
    assert.match((await inPage<string[]>(page, 'texts', '[data-broken] .what'))[0]!, 'Error')
    // The shell is alive.
    assert.equal(await menu(), whole)
    await page.getByRole('button', { name: again }).click()
    await settles([title], () => broken(page))
    await page.click('nav a[href="/monitor"]')
    await settles([], () => broken(page))
    await settles(
      true,
      async () => (await inPage<string[]>(page, 'attributes', '[data-agent]', 'data-agent')).length > 0,
    )
    await page.goBack()
    await settles([title], () => broken(page))
    // The cause is fixed: trying again is enough.
    await page.unroute(`**${path}`)
    await page.reload()
    await settles(
      true,
      async () => (await inPage<string[]>(page, 'texts', 'main h1')).length > 0 && (await broken(page)).length === 0,
    )
  })
}

test('two events with one id are both shown, and the page works', async () => {
  const { server, url } = await served({ agents: 12, queues: 3 })
  const { page, complaints } = await look(`${url}/calls`)
  const callId = answeredCall(server)
  let expected = 0
  await changed(page, `/api/v1/calls/${callId}/timeline`, (answer) => {
    const events = answer['events'] as { id: string }[]
    const twice = events.flatMap((event, index) => [event, { ...event, id: events[Math.max(0, index - 1)]!.id }])
    expected = twice.length
    return { ...answer, events: twice, legs: [...(answer['legs'] as object[]), ...(answer['legs'] as object[])] }
  })
  await page.goto(`${url}/calls/${callId}`)
  await settles(
    true,
    async () => expected > 0 && (await inPage<string[]>(page, 'texts', '[data-event]')).length === expected,
  )
  assert.equal(await broken(page), [])
  assert.equal(complaints, [])
})

test('a wrongly encoded address is unknown, and the page says so', async () => {
  const { url } = await served({ agents: 12, queues: 3 })
  for (const [address, said] of [
    ['/calls/50%', 'Call not found'],
    ['/calls/%zz', 'Call not found'],
    ['/nowhere/%E0%A4%A', 'There is no such page'],
  ] as const) {
    const { page } = await look(`${url}${address}?lang=en`)
    await settles(true, async () => ((await page.locator('main').textContent()) ?? '').includes(said))
    assert.equal(await broken(page), [])
  }
})

test.run()
