/**
 * The desk's phone in a real browser, against a small SIP server over a real WebSocket and another page at the other end:
 * registering, ringing, talking, what is lost and comes back, and what is told when it cannot be. Time limit: 120 s.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { browserHears, FarSide, speakingBrowser, unprocessed } from '../support/browser-phone.ts'
import { builtScreens, inPage, openScreen, settles } from '../support/browser.ts'
import { until } from '../support/gate.ts'
import { LiveServer } from '../support/live-server.ts'
import { SipWebSocket } from '../support/sip-web-socket.ts'

/** Hz. */
const [CALLER, AGENT] = [400, 700]

interface Context {
  server: LiveServer
  /** The STUN server that the desk is told of, and how often it was asked. */
  stun: { asked: number }
  url: string
  sip: SipWebSocket
  far: FarSide
  closing: (() => Promise<unknown>)[]
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

const test = suite<Context>('the browser’s phone')
let browser: Browser

test.before(async () => {
  await builtScreens()
  browser = await speakingBrowser(AGENT)
})
test.after(() => browser?.close())
test.before.each(async (context) => {
  const sip = await SipWebSocket.open()
  const stun = createSocket('udp4').bind(0, '127.0.0.1')
  await once(stun, 'listening')
  context.stun = { asked: 0 }
  // Binding Request, RFC 8489; nothing is answered, since candidates of this machine are enough.
  stun.on('message', (message) => message.readUInt16BE(0) === 1 && context.stun.asked++)
  const server = new LiveServer({ speed: 0, agents: 8, queues: 3, callsPerHour: 0 })
  server.phone = {
    extension: '8003',
    address: 'sip:8003@127.0.0.1',
    url: sip.url,
    user: '8003~x~y',
    password: 'right',
    iceServers: [{ urls: `stun:127.0.0.1:${stun.address().port}` }],
    renewInMs: 360_000,
  }
  server.floor.setAgent('agent-3', {
    state: 'ready',
    work: 'ready',
    callState: 'idle',
    callId: null,
    registered: true,
    shiftId: 'agent-3-1',
    deskId: null,
    longSignIn: 'none',
    notResponding: false,
    reserved: false,
  })
  Object.assign(context, { sip, server, url: await server.listen(), closing: [async () => stun.close()] })
  const { page, close } = await openScreen(browser, 'about:blank')
  context.closing.push(close)
  context.far = await FarSide.open(page, CALLER)
})
test.after.each(async ({ closing, server, sip }) => {
  for (const close of closing.reverse()) await close()
  await server.stop()
  await sip.close()
})

/** The desk of agent 203, who works there. */
async function desk({ url, closing }: Context, lang = 'en'): Promise<Page> {
  const screen = await openScreen(browser, 'about:blank', { viewport: { width: 1440, height: 1000 } })
  closing.push(screen.close)
  await unprocessed(screen.page)
  await screen.page.goto(`${url}/desk?agent=203&lang=${lang}`)
  await work(screen.page)
  return screen.page
}

async function work(page: Page): Promise<void> {
  await page.waitForSelector('.desk[data-desk="203"]')
  if ((await page.locator('.desk[data-works=true]').count()) === 0) await page.click('[data-work]')
  await page.waitForSelector('.desk[data-works=true]')
}

async function turnedOn(context: Context): Promise<Page> {
  const page = await desk(context)
  await page.click('[data-phone-act=on]')
  await page.waitForSelector('[data-phone=registered]')
  return page
}

/** A call that the agent has answered. */
async function talking(context: Context, page: Page): Promise<void> {
  const { sip, far } = context
  sip.call('13800001111', await far.offer())
  await page.waitForSelector('[data-phone-call=ringing]')
  await page.click('[data-phone-act=answer]')
  await until('the answer', () => sip.answers.includes(200))
  await far.accept(sip.sdp)
  await bothHear(context, page)
}

const bothHear = ({ far }: Context, page: Page): Promise<void> =>
  until('both to hear each other', async () => {
    const heard = await browserHears(page, CALLER)
    return heard.length > 0 && (await far.hears(AGENT))
  })
const state = (page: Page): Promise<string[]> => inPage<string[]>(page, 'attributes', '[data-phone]', 'data-phone')
const said = async (page: Page): Promise<string> => page.locator('[data-phone]').innerText()

test('A3.2.1-webrtc: off, then registered; again after a reload, and no longer when it is turned off', async (context) => {
  const { sip } = context
  const page = await turnedOn(context)
  assert.is(sip.registered, 1)
  await page.reload()
  await page.waitForSelector('[data-phone=registered]')
  assert.ok(sip.registered >= 2)
  const before = sip.registered
  await page.click('[data-phone-act=off]')
  await page.waitForSelector('[data-phone=off]')
  await until('it to unregister', () => sip.registered > before)
  await page.reload()
  await work(page)
  await settles(['off'], () => state(page))
})

test('a call rings and is answered by a key: both hear each other, muted, with keys, and hung up', async (context) => {
  const { sip, far } = context
  const page = await turnedOn(context)
  sip.call('13800001111', await far.offer())
  await page.waitForSelector('[data-phone-call=ringing]')
  assert.match(await said(page), /13800001111/)
  await page.keyboard.press('Alt+p')
  await until('the answer', () => sip.answers.includes(200))
  assert.equal(sip.answers, [100, 180, 200])
  await far.accept(sip.sdp)
  await bothHear(context, page)
  const level = async (whose: number): Promise<number> =>
    Number(await page.locator('[data-phone] [role=meter]').nth(whose).getAttribute('aria-valuenow'))
  await until('the levels', async () => (await level(0)) > 20 && (await level(1)) > 20)

  await page.keyboard.press('Alt+u')
  await until('silence on their side', async () => !(await far.hears(AGENT)))
  await page.keyboard.press('Alt+u')
  await bothHear(context, page)

  for (const key of '12#') await page.click(`[data-key="${key}"]`)
  await settles('12#', () => page.locator('[data-phone-keys]').innerText())

  await page.click('[data-phone-act=hang_up]')
  await until('the phone to hang up', () => sip.asked.includes('BYE'))
  await page.waitForSelector('[data-phone-ended=hung_up]')
})

test('A3.2.1-auto-answer: what the server asks to be answered at once is; a second caller finds it busy; one who gives up is told', async (context) => {
  const { sip, far } = context
  const page = await turnedOn(context)
  sip.call('13800001111', await far.offer(), ['Call-Info: <sip:ledgerline>;answer-after=0'])
  await until('the answer', () => sip.answers.includes(200))
  await far.accept(sip.sdp)
  await page.waitForSelector('[data-phone-call=talking]')
  await bothHear(context, page)
  sip.bye()
  await page.waitForSelector('[data-phone-ended=hung_up]')

  sip.call('13900002222', await far.offer())
  await page.waitForSelector('[data-phone-call=ringing]')
  sip.cancel()
  await page.waitForSelector('[data-phone-ended=cancelled]')

  await talking(context, page)
  sip.call('13900002222', await far.offer())
  await until('the second caller to be turned away', () => sip.answers.includes(486))
  await page.waitForSelector('[data-phone-call=talking]')
})

test('the phone dials: taken, and refused', async (context) => {
  const { sip, far } = context
  const page = await turnedOn(context)
  for (const key of '8004') await page.click(`[data-key="${key}"]`)
  await page.click('[data-phone-act=dial]')
  assert.is(await sip.called(), '8004')
  await page.waitForSelector('[data-phone-call=calling]')
  sip.answer(await far.answer(sip.sdp))
  await bothHear(context, page)
  await until('the STUN server to be asked', () => context.stun.asked > 0)
  await page.click('[data-phone-act=hang_up]')
  await page.waitForSelector('[data-phone-ended=hung_up]')

  await page.fill('#phone-number', '*100')
  await page.keyboard.press('Enter')
  assert.is(decodeURIComponent(await sip.called()), '*100')
  await page.waitForSelector('[data-phone-call=calling]')
  sip.refuse('486 Busy Here')
  await page.waitForSelector('[data-phone-ended=busy]')
})

test('a connection that falls silent is noticed and told; it comes back by itself, and the call was never lost', async (context) => {
  const { sip } = context
  const page = await turnedOn(context)
  await talking(context, page)
  sip.cut()
  await page.waitForSelector('[data-phone=lost]')
  assert.match(await said(page), /Gone for \d+ s; reconnecting/)
  const before = sip.registered
  sip.mend()
  await page.waitForSelector('[data-phone=registered]')
  assert.ok(sip.registered > before)
  await page.waitForSelector('[data-phone-call=talking]')
  await bothHear(context, page)
  sip.bye()
  await page.waitForSelector('[data-phone-ended=hung_up]')
})

test('a page that is loaded anew in mid-call: the other side is told at once, and so is the agent, in both languages', async (context) => {
  const { sip } = context
  const page = await turnedOn(context)
  // The browser asks, and they leave.
  page.on('dialog', (dialog) => void dialog.accept())
  for (const [lang, words] of [
    ['en', /page was reloaded.*The customer hears music, and your phone rings/],
    ['zh', /页面在通话中被重新加载。客户正在听音乐/],
  ] as const) {
    await talking(context, page)
    const byes = sip.asked.filter((method) => method === 'BYE').length
    await page.goto(`${context.url}/desk?agent=203&lang=${lang}`)
    await until('the other side to be told', () => sip.asked.filter((method) => method === 'BYE').length > byes)
    await work(page)
    await page.waitForSelector('[data-phone=registered]')
    await page.waitForSelector('[data-phone-ended=left]')
    assert.match(await said(page), words)
  }
})

test('a server that takes no registrations for a while is asked again, and a password that is refused is replaced', async (context) => {
  const { sip, server } = context
  sip.failing = 503
  const page = await desk(context)
  await page.click('[data-phone-act=on]')
  await until('a first attempt', () => sip.asked.includes('REGISTER'))
  await settles(['lost'], () => state(page))
  sip.failing = null
  await page.waitForSelector('[data-phone=registered]')

  await page.click('[data-phone-act=off]')
  await page.waitForSelector('[data-phone=off]')
  const { phone } = server
  if ('body' in phone) throw new Error('no phone')
  server.phone = { ...phone, password: 'expired' }
  await page.click('[data-phone-act=on]')
  await page.waitForSelector('[data-phone=refused]')
  server.phone = phone
  await page.click('[data-phone-act=on]')
  await page.waitForSelector('[data-phone=registered]')
})

test('one tab at a time: another one takes the desk over, and the phone with it', async (context) => {
  const first = await turnedOn(context)
  const second = await first.context().newPage()
  await unprocessed(second)
  await second.goto(`${context.url}/desk?agent=203&lang=en`)
  await work(second)
  await second.waitForSelector('[data-phone=registered]')
  await first.waitForSelector('[data-phone=elsewhere]')
  assert.match(await said(first), /One tab or browser at a time/)
})

test('what is told when it cannot be: no phones here, and a microphone that the browser refuses, in both languages', async (context) => {
  const { server } = context
  const { phone } = server
  server.phone = new LiveServer().phone
  const none = await desk(context, 'zh')
  await none.click('[data-phone-act=on]')
  await none.waitForSelector('[data-phone=refused]')
  assert.match(await said(none), /本系统未开通浏览器电话/)
  server.phone = phone
  for (const [lang, words] of [
    ['zh', /浏览器不允许本页面使用麦克风.*地址栏/s],
    ['en', /does not let this page use the microphone.*icon left of the address/s],
  ] as const) {
    const page = await desk(context, lang)
    // What a browser says to a page after somebody has chosen “Block”.
    await page.evaluate(
      `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))`,
    )
    await page.click('[data-phone-act=on]')
    await page.waitForSelector('[data-phone=no_microphone]')
    assert.match(await said(page), words)
  }
})

test('axe finds nothing wrong: off, registered, ringing, talking and muted, lost; both themes and languages', async (context) => {
  const { sip, far } = context
  const wrong: string[] = []
  for (const look of ['lang=en&theme=light', 'lang=zh&theme=dark']) {
    const page = await desk(context)
    await page.goto(`${context.url}/desk?agent=203&${look}`)
    await work(page)
    const check = async (state: string): Promise<void> => {
      await page.evaluate(`window.axe ?? (() => { ${axe} })()`)
      const options = JSON.stringify({ runOnly: { type: 'tag', values: TAGS }, resultTypes: ['violations'] })
      const found = await page.evaluate<string[]>(
        `axe.run(document.querySelector('[data-phone]'), ${options}).then(({ violations }) =>
          violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ' ' + failureSummary)))`,
      )
      for (const fault of found) wrong.push(`${look} ${state}: ${fault}`)
    }
    await check('off')
    await page.click('[data-phone-act=on]')
    await page.waitForSelector('[data-phone=registered]')
    await page.click('[data-phone] summary')
    await check('registered')
    sip.call('13800001111', await far.offer())
    await page.waitForSelector('[data-phone-call=ringing]')
    await check('ringing')
    await page.click('[data-phone-act=answer]')
    await until('the answer', () => sip.answers.includes(200))
    await far.accept(sip.sdp)
    await page.click('[data-phone-act=mute]')
    await check('muted')
    sip.cut()
    await page.waitForSelector('[data-phone=lost]')
    await check('lost')
    sip.mend()
    await page.waitForSelector('[data-phone=registered]')
    await page.click('[data-phone-act=hang_up]')
    await page.waitForSelector('[data-phone-ended=hung_up]')
    await page.click('[data-phone-act=off]')
  }
  assert.equal(wrong, [])
})

test.run()
