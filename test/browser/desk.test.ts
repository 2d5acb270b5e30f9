/** The agent's desk in a real browser: his state and call, every button with its key, refusals in words, and the word to the server that he is there. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inPage, settles, type Screen, type ScreenOptions } from '../support/browser.ts'
import { LiveServer } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'
import { deskButtons } from '../../ui/desk/desk-acts.ts'
import type { AgentRow } from '../../ui/live/protocol.ts'

const test = suite('desk')

const { served, look } = screensFor(test)

async function desk(state: Partial<AgentRow>, screenOptions: ScreenOptions = {}): Promise<Screen & { server: LiveServer; become: (change: Partial<AgentRow>) => void }> {
  const { server, url } = await served({ agents: 8, queues: 3, callsPerHour: 0 })
  const become = (change: Partial<AgentRow>) => {
    server.floor.setAgent('agent-3', change)
    server.push()
  }
  become({ registered: true, shiftId: 'agent-3-1', callState: 'idle', callId: null, wishedWork: null, reason: null, longSignIn: 'none', notResponding: false, reserved: false, ...state })
  server.floor.setAgent('agent-4', { state: 'ready', work: 'ready' })
  const screen = await look(`${url}/desk?agent=203`, screenOptions)
  await screen.page.waitForSelector('.desk[data-desk="203"]')
  return { ...screen, server, become }
}

const ready = { state: 'ready', work: 'ready' } as const
const talking = { state: 'in_call', work: 'ready', callState: 'inbound', callId: 'call-x' } as const
const asked = (server: LiveServer) => server.commands.map(({ commandId: _, ...rest }) => rest)

test('C4.0-three-dots C1.1-header-info: number, name, extension, state, the time in it, and the three dots in the manual’s words', async () => {
  const { page, server, become } = await desk(ready)
  const agent = server.floor.agents.get('agent-3')!
  const [who] = await inPage<string[]>(page, 'texts', '.who')
  for (const known of [agent.name!, '203', agent.extension!]) assert.ok(who!.includes(known), known)
  const dots = () => inPage<string[]>(page, 'texts', '[data-dot]')
  await settles(['工作状态:在线', '呼叫状态:空闲', '注册状态:已注册'], dots)
  become({ work: 'not_ready', state: 'not_ready', reason: '培训', registered: false })
  await settles(['工作状态:忙', '呼叫状态:空闲', '注册状态:未注册'], dots)
  await settles(['not_ready'], () => inPage(page, 'attributes', '.state', 'data-state'))
  become(talking)
  await settles(['工作状态:在线', '呼叫状态:呼入已接通', '注册状态:未注册'], dots)
})

test('C4.1-set-busy C4.2-set-idle C4.3-rest C1.2-logout: states by button, with a reason; signing out asks first', async () => {
  const { page, server } = await desk(ready)
  await page.getByLabel('原因').fill('午餐')
  await page.click('[data-act=away]')
  await settles([{ path: 'agents/away', agentCode: '203', reason: '午餐' }], () => asked(server))
  await page.waitForSelector('.state[data-state=away]')
  for (const [act, path] of [['not_ready', 'agents/not-ready'], ['on_demand', 'agents/on-demand'], ['ready', 'agents/ready']] as const) {
    await page.waitForSelector('.answer .done')
    await page.click(`[data-act=${act}]`)
    await settles(path, () => server.commands.at(-1)!.path)
    await page.waitForSelector(`.state[data-state=${act}]`)
  }
  const before = server.commands.length
  await page.click('[data-act=sign_out]')
  await page.getByRole('button', { name: '取消' }).click()
  assert.is(server.commands.length, before)
  await page.click('[data-act=sign_out]')
  await page.getByRole('button', { name: '确认签出' }).click()
  await settles('agents/sign-out', () => server.commands.at(-1)!.path)
})

test('A2.2-toolbar-login C1.1-header-info: he signs in at another phone than the configured one', async () => {
  const { page, server } = await desk({ state: 'signed_out', work: 'signed_out', shiftId: null })
  await page.getByLabel('分机').fill('8999')
  await page.keyboard.press('Alt+s')
  await settles([{ path: 'agents/sign-in', agentCode: '203', extension: '8999' }], () => asked(server))
})

test('C1.1-submit: who is out signs in, and nothing else can be pressed', async () => {
  const { page, server } = await desk({ state: 'signed_out', work: 'signed_out', shiftId: null })
  assert.equal(await inPage(page, 'attributes', '[data-act]', 'data-act'), ['sign_in'])
  await page.click('[data-act=sign_in]')
  await settles([{ path: 'agents/sign-in', agentCode: '203' }], () => asked(server))
})

test('C3.3-hold C3.4-resume C3.5-blind-transfer C3.5-consult-transfer A2.2-btn-three-way C3.2-hangup: a call by its buttons', async () => {
  const { page, server, become } = await desk(talking)
  const press = async (act: keyof typeof deskButtons, body: object = {}) => {
    await page.click(`[data-act=${act}]:not([aria-disabled=true])`)
    await settles({ path: deskButtons[act].path, agentCode: '203', callId: 'call-x', ...body }, () => asked(server).at(-1))
    await page.waitForSelector('.answer .done')
  }
  await press('hold')
  become({ ...talking, state: 'on_hold', callState: 'on_hold' })
  await page.waitForSelector('[data-act=resume]')
  await press('resume')
  become(talking)
  await page.waitForSelector('[data-act=hold]')
  const target = page.getByLabel('转接目标')
  await target.selectOption('agent 204')
  await press('consult', { toAgentCode: '204' })
  become({ ...talking, state: 'on_hold', callState: 'on_hold' })
  await press('join')
  await press('consult_end')
  await press('hand_over')
  become(talking)
  await target.selectOption('queue q2')
  await settles(['true'], () => inPage(page, 'attributes', '[data-act=consult]', 'aria-disabled'))
  await press('transfer', { to: { kind: 'queue', code: 'q2' } })
  await press('hang_up')
})

test('C3.1-number-box C3.1-enter-to-dial: a number and Enter dial; what is no number cannot be dialled', async () => {
  const { page, server } = await desk({ state: 'not_ready', work: 'not_ready' })
  await page.keyboard.press('Alt+n')
  await page.keyboard.type('nobody')
  assert.equal(await inPage(page, 'attributes', '[data-act=dial]', 'aria-disabled'), ['true'])
  await page.fill('#desk-number', '138 0000 2225')
  await page.press('#desk-number', 'Enter')
  await settles([{ path: 'agents/place-call', agentCode: '203', number: '138 0000 2225' }], () => asked(server))
})

test('A2.2-btn-wrapup C4.0-call-wrapup: writing up is extended, done, or ended by the form', async () => {
  const { page, server } = await desk({ state: 'wrap_up', work: 'ready', callState: 'wrap_up', callId: 'call-x' })
  await page.click('[data-act=wrap_up_extend]')
  await settles([{ path: 'agents/wrap-up/extend', agentCode: '203', byMs: 60_000 }], () => asked(server))
  await page.waitForSelector('.answer .done')
  await page.click('[data-act=form_sent]')
  await settles('agents/wrap-up/form-sent', () => server.commands.at(-1)!.path)
  await page.waitForSelector('.answer .done')
  await page.keyboard.press('Alt+w')
  await settles('agents/wrap-up/end', () => server.commands.at(-1)!.path)
})

test('C4.4-enter-by-button C4.5-exit-long-sign-in: long sign-in is begun, told of, and ended', async () => {
  const { page, server } = await desk(ready)
  await page.click('[data-act=long_sign_in]')
  await page.waitForSelector('[data-act=long_sign_in_end]')
  await page.getByText('长签中：来电以提示音直接接通').waitFor()
  await page.click('[data-act=long_sign_in_end]:not([aria-disabled=true])')
  await settles(['agents/long-sign-in', 'agents/long-sign-in/end'], () => server.commands.map(({ path }) => path))
})

test('every button has a key of its own that does the same', async () => {
  const { page, server } = await desk(ready)
  for (const [key, path] of [['b', 'agents/not-ready'], ['a', 'agents/away'], ['o', 'agents/on-demand'], ['r', 'agents/ready']] as const) {
    await page.keyboard.press(`Alt+${key}`)
    await settles(path, () => server.commands.at(-1)?.path)
    await page.waitForSelector('.answer .done')
  }
  const hints = await inPage<string[]>(page, 'attributes', '[data-act]', 'aria-keyshortcuts')
  assert.is(new Set(hints).size, hints.length, 'no two shown buttons share a key')
})

test('C4.2-idle-refused-when-busy-by-business: what is set in a call is a wish for after it, shown, and can be taken back', async () => {
  const { page, server, become } = await desk(talking)
  await page.click('[data-act=away]')
  await settles('agents/away', () => server.commands.at(-1)?.path)
  become({ ...talking, wishedWork: 'away' })
  await page.getByText('通话后：休息').waitFor()
  await page.waitForSelector('.answer .done')
  await page.getByRole('button', { name: '取消' }).click()
  await settles({ path: 'agents/wish', agentCode: '203', work: null }, () => asked(server).at(-1))
})

test('a refusal is told in the reader’s language; a desk tells the server that it is there only while its agent is signed in', async () => {
  const { page, server, become } = await desk({ state: 'signed_out', work: 'signed_out', shiftId: null }, { locale: 'en' })
  assert.is(server.deskBeats, 0)
  server.refuseNext = { status: 409, body: { title: 'Not now', detail: 'x', status: 409, code: 'agent.already_signed_in', translations: { en: { title: 'Signed in already', detail: 'Go on there.' }, zh: { title: '已签入', detail: '' } } } }
  await page.click('[data-act=sign_in]')
  await settles(['Signed in alreadyGo on there.'], () => inPage(page, 'texts', '.refused'))
  become({ ...ready, shiftId: 'agent-3-2' })
  await settles(true, () => server.deskBeats > 0)
})

test('without an agent, or with one that is not there, one is chosen', async () => {
  const { url } = await served({ speed: 0, agents: 8, queues: 3 })
  const { page, complaints } = await look(`${url}/desk?agent=999`)
  await page.getByText('没有工号 999').waitFor()
  await page.getByLabel('选择坐席').selectOption('203')
  await page.waitForSelector('.desk[data-desk="203"]')
  assert.match(page.url(), /agent=203/)
  assert.equal(complaints, [])
})

test('controls have names, fields labels, in each state and both languages; nothing runs over at 1280', async () => {
  for (const locale of ['zh-CN', 'en']) {
    const { page, become, complaints } = await desk(ready, { locale, viewport: { width: 1280, height: 720 } })
    for (const state of [ready, talking, { ...talking, state: 'wrap_up', callState: 'wrap_up' }, { state: 'signed_out', work: 'signed_out', callState: 'idle', callId: null }] as Partial<AgentRow>[]) {
      become(state)
      await page.waitForSelector(`.state[data-state=${state.state}]`)
      assert.equal(await inPage(page, 'accessFaults'), [], state.state)
    }
    assert.is(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    assert.equal(complaints, [])
  }
})

test.run()
