/**
 * A browser as an agent's telephone on real servers: Chromium with a microphone that says a tone, over a secure WebSocket to
 * drachtio, with ICE and DTLS-SRTP to FreeSWITCH. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH. Time limit: 300 s.
 */
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { browserHears, speakingBrowser } from '../../support/browser-phone.ts'
import { builtScreens } from '../../support/browser.ts'
import { CutNetwork } from '../../support/cut-network.ts'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { deskOf, SecureSockets } from './browser-desk.ts'
import { Centre, OUTSIDE } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import type { OwnDrachtio } from './server.ts'

/** Hz. */
const [CUSTOMER, AGENT, COLLEAGUE] = [400, 700, 900]

interface Context {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  network: CutNetwork
  centre: Centre
  outside: TonePhone
  browser: Browser
}

const test = suite<Context>('a browser as a telephone')
let sockets: SecureSockets

test.before(async () => {
  await builtScreens()
  sockets = await SecureSockets.make()
})
test.after(() => sockets.remove())

test.before.each(async (context) => {
  const { drachtio, url } = await sockets.drachtio()
  context.drachtio = drachtio
  context.freeswitch = await OwnFreeSwitch.start()
  context.network = await CutNetwork.open(url)
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE, answerAfterMs: 100 }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port, {
    LEDGERLINE_PHONE_URL: context.network.url,
  })
  context.centre.keep(context.outside)
  context.browser = await speakingBrowser(AGENT)
})
test.after.each(async ({ browser, centre, outside, network, drachtio, freeswitch }) => {
  // A test that failed has left them in a call, in which nobody would ever hang up.
  if (outside.inCall) await outside.bye()
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await until('nobody to be left in a call', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(({ callId }) => callId === null),
  )
  await browser.close()
  await centre.closeAndVerify()
  await network.close()
  await drachtio.remove()
  await freeswitch.remove()
})

const desk = ({ browser, centre }: Context, code: string): Promise<Page> => deskOf(browser, centre, code)

const level = async (page: Page, whose: number): Promise<number> =>
  Number(await page.locator('[data-phone] [role=meter]').nth(whose).getAttribute('aria-valuenow'))
const [THEIRS, OURS] = [0, 1]

async function bothHear(page: Page, phone: TonePhone): Promise<void> {
  await until('both to hear each other', async () => {
    const [heard, seen] = [phone.hears(AGENT), await browserHears(page, CUSTOMER)]
    return heard.length > 0 && seen.length > 0
  })
}

test('A3.2.1-webrtc C3.6-terminal-web-phone C3.3-hold a queue call in the browser: heard both ways, muted, held, with keys', async (context) => {
  const { centre, outside } = context
  const page = await desk(context, '201')
  const called = centre.call(outside, '95500')
  await page.waitForSelector('[data-phone-call=ringing]')
  await page.keyboard.press('Alt+p')
  assert.is(await called, 200)
  await bothHear(page, outside)
  await until('the levels', async () => (await level(page, THEIRS)) > 20 && (await level(page, OURS)) > 20)

  await page.click('[data-phone-act=mute]')
  await until('only the customer to be heard', async () => {
    const [heard, seen] = [outside.hears(AGENT), await browserHears(page, CUSTOMER)]
    return heard.length === 0 && seen.length > 0
  })
  assert.is(await level(page, OURS), 0)
  await page.click('[data-phone-act=mute]')
  await bothHear(page, outside)

  for (const key of '15*#') await page.click(`[data-key="${key}"]`)
  await until('the keys', () => outside.keys === '15*#')

  await page.click('[data-act=hold]')
  await page.waitForSelector('[data-phone-call=held]')
  await until('the hold', async () => {
    const [heard, seen] = [outside.hears(AGENT), await browserHears(page, CUSTOMER)]
    return heard.length === 0 && seen.length === 0
  })
  await page.click('[data-act=resume]')
  await bothHear(page, outside)
  await page.waitForSelector('[data-phone-call=talking]')

  await outside.bye()
  await page.waitForSelector('[data-phone-ended=hung_up]')
})

test('A3.2.1-webrtc a network that is gone for ten seconds: said so, and the same call goes on', async (context) => {
  const { centre, outside, network } = context
  const page = await desk(context, '201')
  const called = centre.call(outside, '95500')
  await page.click('[data-phone-act=answer]')
  assert.is(await called, 200)
  await bothHear(page, outside)
  const { callId } = await centre.agent('201')

  network.cut()
  await page.waitForSelector('[data-phone=lost]')
  await page.waitForSelector('[data-phone-call=talking][data-silent=true]')
  await new Promise((done) => setTimeout(done, 10_000))
  assert.is((await centre.agent('201'))['callId'], callId)
  network.mend()

  await bothHear(page, outside)
  await page.waitForSelector('[data-phone=registered]')
  await page.waitForSelector('[data-phone-call=talking][data-silent=false]')
  await until('the phone to be there again', async () => (await centre.agent('201'))['registered'] === true)
  assert.is((await centre.agent('201'))['callId'], callId)
  await page.click('[data-phone-act=hang_up]')
  await until('the customer to be let go', () => !outside.inCall)
})

test('A3.2.1-webrtc a network that is gone for longer than a minute: said so, and the next agent takes the customer', async (context) => {
  const { centre, outside, network } = context
  const page = await desk(context, '201')
  const called = centre.call(outside, '95500')
  await page.click('[data-phone-act=answer]')
  assert.is(await called, 200)
  await bothHear(page, outside)

  network.cut()
  await page.waitForSelector('[data-phone-call=talking][data-silent=true]')
  assert.match(await page.locator('[data-phone]').innerText(), /If it is back within \d+ s, the call goes on/)
  const colleague = await centre.phone('8202', COLLEAGUE, { answerAfterMs: 100 })
  await centre.takesCalls('202')
  await page.waitForSelector('[data-phone-ended=no_sound]', { timeout: 120_000 })
  assert.match(await page.locator('[data-phone]').innerText(), /Gone for \d+ s; reconnecting/)
  await until('the customer with the colleague', () => outside.hears(COLLEAGUE).length > 0)
  network.mend()
  await page.waitForSelector('[data-phone=registered]')
  await until('the agent to be free', async () => (await centre.agent('201'))['callId'] === null)
  assert.ok(outside.inCall)
  await outside.bye()
  await until('the colleague to be let go', () => !colleague.inCall)
})

test('A3.2.1-webrtc a page loaded anew in mid-call: the customer hears music, and the agent has them again', async (context) => {
  const { centre, outside } = context
  const page = await desk(context, '201')
  page.on('dialog', (dialog) => void dialog.accept())
  const called = centre.call(outside, '95500')
  await page.click('[data-phone-act=answer]')
  assert.is(await called, 200)
  await bothHear(page, outside)
  const { callId } = await centre.agent('201')
  await page.reload()
  // It rings as soon as it is there, in place of the word about the call that was left.
  await page.waitForSelector('[data-phone-call=ringing]')
  assert.ok(outside.inCall)
  await page.click('[data-phone-act=answer]')
  await bothHear(page, outside)
  assert.is((await centre.agent('201'))['callId'], callId)
  await page.click('[data-phone-act=hang_up]')
  await until('the customer to be let go', () => !outside.inCall)
})

test('A3.2.1-webrtc a page closed in mid-call: the customer goes back to the queue, and the next agent takes them', async (context) => {
  const { centre, outside } = context
  const page = await desk(context, '201')
  const called = centre.call(outside, '95500')
  await page.click('[data-phone-act=answer]')
  assert.is(await called, 200)
  await bothHear(page, outside)
  await page.close({ runBeforeUnload: false })
  const colleague = await centre.phone('8202', COLLEAGUE, { answerAfterMs: 100 })
  await centre.takesCalls('202')
  await until(
    'the customer with the colleague',
    () => outside.hears(COLLEAGUE).length > 0 && colleague.hears(CUSTOMER).length > 0,
  )
  await outside.bye()
  await until('the colleague to be let go', () => !colleague.inCall)
})

test('C3.1-agent-leg-first A3.2.1-auto-answer the desk dials, the phone dials, and a queue call is answered by itself', async (context) => {
  const { centre, outside } = context
  const page = await desk(context, '202')
  await page.fill('#desk-number', '13800001111')
  await page.click('[data-act=dial]')
  await page.click('[data-phone-act=answer]')
  await bothHear(page, outside)
  await page.click('[data-phone-act=hang_up]')
  await until('the customer to be let go', () => !outside.inCall)
  await until('202 to be idle', async () => (await centre.agent('202'))['callId'] === null)

  await page.fill('#phone-number', '13800001111')
  await page.click('[data-phone-act=dial]')
  await bothHear(page, outside)
  await outside.bye()
  await page.waitForSelector('[data-phone-ended=hung_up]')
  await until('202 to be idle', async () => (await centre.agent('202'))['callId'] === null)

  assert.is(await centre.call(outside, '95500'), 200)
  await bothHear(page, outside)
  await outside.bye()
})

test.run()
