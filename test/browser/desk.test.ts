/** The agent's desk in a real browser: viewing and working, state and call, every button with its shortcut and place, refusals as text. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inPage, settles, type Screen, type ScreenOptions } from '../support/browser.ts'
import type { LiveServer } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'
import { deskButtons } from '../../ui/desk/desk-acts.ts'
import type { AgentRow } from '../../ui/live/protocol.ts'

const test = suite('desk')

const { served, look } = screensFor(test)

/** Agent 203's desk; somebody works there unless it is view-only. */
async function desk(
  state: Partial<AgentRow>,
  screenOptions: ScreenOptions & { looking?: boolean } = {},
): Promise<Screen & { server: LiveServer; url: string; become: (change: Partial<AgentRow>) => void }> {
  const { server, url } = await served({ agents: 8, queues: 3, callsPerHour: 0 })
  const become = (change: Partial<AgentRow>) => {
    server.floor.setAgent('agent-3', change)
    server.push()
  }
  become({
    registered: true,
    shiftId: 'agent-3-1',
    callState: 'idle',
    callId: null,
    wishedWork: null,
    reason: null,
    longSignIn: 'none',
    notResponding: false,
    reserved: false,
    deskId: null,
    ...state,
  })
  server.floor.setAgent('agent-4', { state: 'ready', work: 'ready' })
  const { looking = false, ...rest } = screenOptions
  const screen = await look(`${url}/desk?agent=203`, rest)
  await screen.page.waitForSelector('.desk[data-desk="203"]')
  if (!looking) await work(screen, server)
  return { ...screen, server, become, url }
}

/** Starts working there; the command for that is not part of the test. */
async function work({ page }: Screen, server: LiveServer): Promise<void> {
  await page.click('[data-work]')
  await page.waitForSelector('.desk[data-works=true]')
  server.commands.length = 0
}

const ready = { state: 'ready', work: 'ready' } as const
const talking = { state: 'in_call', work: 'ready', callState: 'inbound', callId: 'call-x' } as const
/** The commands of the desk; each names the browser it comes from. */
const asked = (server: LiveServer) =>
  server.commands.map(({ commandId: _, deskId, ...rest }) => {
    assert.match(String(deskId), /^[\da-f-]{36}$/, rest.path)
    return rest
  })

test('C4.0-three-dots C1.1-header-info: number, name, extension, state, the time in it, and the three dots in the manual’s words', async () => {
  const { page, server, become } = await desk(ready)
  const agent = server.floor.agents.get('agent-3')!
  const [who] = await inPage<string[]>(page, 'texts', '.who')
  for (const known of [agent.name!, '203', agent.extension!]) assert.ok(who!.includes(known), known)
  const dots = () => inPage<string[]>(page, 'texts', '[data-dot]')
  await settles(['工作状态:在线', '呼叫状态:空闲', '注册状态:已注册'], dots)
  become({ work: 'not_ready', state: 'not_ready', reason: 'training', registered: false })
  await settles(['工作状态:忙', '呼叫状态:空闲', '注册状态:未注册'], dots)
  await settles(['not_ready'], () => inPage(page, 'attributes', '.bar .state', 'data-state'))
  become(talking)
  await settles(['工作状态:在线', '呼叫状态:呼入已接通', '注册状态:未注册'], dots)
})

test('C4.1-set-busy C4.2-set-idle C4.3-rest C1.2-logout: states by button, with a reason; signing out asks first', async () => {
  const { page, server } = await desk(ready)
  await page.getByLabel('原因').selectOption({ label: '用餐' })
  await page.click('[data-act=away]')
  await settles([{ path: 'agents/away', agentCode: '203', reason: 'lunch' }], () => asked(server))
  await page.waitForSelector('.state[data-state=away]')
  for (const [act, path] of [
    ['not_ready', 'agents/not-ready'],
    ['on_demand', 'agents/on-demand'],
    ['ready', 'agents/ready'],
  ] as const) {
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

test('A2.2-toolbar-login C1.1-header-info: an agent signs in on a phone other than the configured one', async () => {
  const { page, server } = await desk({ state: 'signed_out', work: 'signed_out', shiftId: null })
  await page.getByLabel('分机').fill('8999')
  await page.keyboard.press('Alt+s')
  await settles([{ path: 'agents/sign-in', agentCode: '203', extension: '8999' }], () => asked(server))
  await page.waitForSelector('.desk[data-works=true] .state[data-state=away]')
  await settles(true, () => server.deskBeats > 0)
})

test('A2.2-btn-logout C1.1-submit: a signed-out agent can sign in and press nothing else', async () => {
  const { page, server } = await desk({ state: 'signed_out', work: 'signed_out', shiftId: null })
  assert.equal(await inPage(page, 'attributes', '[data-act]:not([aria-disabled=true])', 'data-act'), ['sign_in'])
  await page.click('[data-act=sign_in]')
  await settles([{ path: 'agents/sign-in', agentCode: '203' }], () => asked(server))
})

test('C3.3-hold C3.4-resume C3.5-blind-transfer C3.5-consult-transfer A2.2-btn-three-way C3.2-hangup: a call by its buttons', async () => {
  const { page, server, become } = await desk(talking)
  const pale = (...acts: string[]) =>
    Promise.all(
      acts.map(
        async (act) => (await inPage<string[]>(page, 'attributes', `[data-act=${act}]`, 'aria-disabled'))[0] === 'true',
      ),
    )
  const press = async (act: keyof typeof deskButtons, body: object = {}) => {
    await page.click(`[data-act=${act}]:not([aria-disabled=true])`)
    await settles({ path: deskButtons[act].path, agentCode: '203', callId: 'call-x', ...body }, () =>
      asked(server).at(-1),
    )
    await page.waitForSelector('.answer .done')
  }
  await press('hold')
  become({ ...talking, state: 'on_hold', callState: 'on_hold' })
  await page.waitForSelector('[data-act=resume]')
  assert.equal(await pale('join', 'consult_end', 'hand_over'), [true, true, true], 'on hold is no consultation')
  await press('resume')
  become(talking)
  await page.waitForSelector('[data-act=hold]')
  const reach = async (act: 'consult' | 'transfer', target: string, body: object) => {
    await page.click(`[data-act=${act}]:not([aria-disabled=true])`)
    await page.click(`[data-target="${target}"] [data-reach=${act}]`)
    await settles({ path: deskButtons[act].path, agentCode: '203', callId: 'call-x', ...body }, () =>
      asked(server).at(-1),
    )
    await page.waitForSelector('[data-targets]', { state: 'detached' })
  }
  await reach('consult', 'agent 204', { toAgentCode: '204' })
  become({ ...talking, state: 'on_hold', callState: 'on_hold' })
  const party = {
    callId: 'call-x',
    part: 'consultation',
    mode: 'consultation',
    agentId: 'agent-3',
    agentCode: '203',
    partyCode: '204',
    partyAgentId: 'agent-4',
    extension: '8004',
    outside: false,
    startedAt: server.floor.now,
    answeredAt: null,
  } as const
  server.floor.setParty('leg-2', party)
  server.push()
  await page.waitForSelector('[data-colleague="204"][data-mode=ringing]')
  assert.equal(
    await pale('join', 'consult_end', 'hand_over', 'consult', 'resume'),
    [true, false, true, true, true],
    'while the colleague is rung it can only be ended',
  )
  server.floor.setParty('leg-2', { ...party, answeredAt: server.floor.now })
  server.push()
  await page.waitForSelector('[data-colleague="204"][data-mode=consultation]')
  await press('join')
  await press('consult_end')
  await press('hand_over')
  server.floor.setParty('leg-2', null)
  become(talking)
  await page.waitForSelector('[data-mode=none]')
  await page.click('[data-act=consult]')
  assert.is(await page.locator('[data-target="queue q2"] [data-reach=consult]').count(), 0, 'nobody asks a queue')
  await page.keyboard.press('Escape')
  await reach('transfer', 'queue q2', { to: { kind: 'queue', code: 'q2' } })
  await press('hang_up')
})

test('C3.1-number-box C3.1-enter-to-dial: a number and Enter dial; anything else cannot be dialled', async () => {
  const { page, server } = await desk({ state: 'not_ready', work: 'not_ready' })
  await page.keyboard.press('Alt+n')
  await page.keyboard.type('nobody')
  assert.equal(await inPage(page, 'attributes', '[data-act=dial]', 'aria-disabled'), ['true'])
  await page.fill('#desk-number', '138 0000 2225')
  await page.press('#desk-number', 'Enter')
  await settles([{ path: 'agents/place-call', agentCode: '203', number: '138 0000 2225' }], () => asked(server))
})

test('C3.1-colleague-popup C3.1-colleague-call: the list of colleagues is live, own group first; a row calls by its extension', async () => {
  const { page, server } = await desk({ state: 'ready', work: 'ready', groupCode: 'A' })
  server.floor.setAgent('agent-4', { state: 'ready', groupCode: 'A', extension: '8204' })
  server.floor.setAgent('agent-5', { state: 'away', groupCode: 'B' })
  server.floor.setAgent('agent-6', { state: 'signed_out', groupCode: 'A' })
  server.push()
  await page.click('[data-open=colleagues]')
  const targets = () => inPage<string[]>(page, 'attributes', '[data-target]', 'data-target')
  const row = (code: string) => page.locator(`[data-target="agent ${code}"]`)
  await row('204').waitFor()
  const order = (await targets()).filter((target) => /20[4-6]$/.test(target))
  assert.equal(
    order,
    ['agent 204', 'agent 206', 'agent 205'],
    'the own group first, who is signed in before who is not',
  )
  const text = await row('204').innerText()
  for (const part of ['204', server.floor.agents.get('agent-4')!.name!, 'A', '8204', '就绪'])
    assert.ok(text.includes(part), part)
  server.floor.setAgent('agent-4', { state: 'in_call' })
  server.push()
  await row('204').getByText('通话中').waitFor()
  const pale = async (code: string, act: string) =>
    (await row(code).locator(`[data-reach=${act}]`).getAttribute('aria-disabled')) === 'true'
  assert.equal(
    [await pale('204', 'dial'), await pale('205', 'dial'), await pale('206', 'dial'), await pale('204', 'transfer')],
    [false, true, true, true],
    'another group is called by number, nobody who is not there, and nothing is transferred without a call',
  )
  await page.getByRole('searchbox').fill('8204')
  await settles(['number', 'agent 204'], targets)
  await row('204').locator('[data-reach=dial]').click()
  await settles([{ path: 'agents/place-call', agentCode: '203', number: '8204' }], () => asked(server))
  await page.waitForSelector('[data-targets]', { state: 'detached' })
})

test('C3.5-transfer-popup C3.5-popup-call: every target offers what it allows; by keyboard, typing and Enter do', async () => {
  const { page, server } = await desk({ ...talking, groupCode: 'A' })
  server.floor.setAgent('agent-4', { groupCode: 'A' })
  server.push()
  await page.keyboard.press('Alt+t')
  await page.waitForSelector('[data-targets=transfer]')
  const reaches = (target: string) =>
    inPage<string[]>(page, 'attributes', `[data-target="${target}"] [data-reach]`, 'data-reach')
  assert.equal(await reaches('agent 204'), ['consult', 'transfer', 'dial'])
  assert.equal(await reaches('queue q1'), ['transfer'])
  await page.keyboard.press('Enter')
  assert.equal(asked(server), [], 'nothing was typed')
  await page.keyboard.type('138 0000 2225')
  await page.keyboard.press('Enter')
  await settles(
    [{ path: 'calls/transfer', agentCode: '203', callId: 'call-x', to: { kind: 'number', number: '138 0000 2225' } }],
    () => asked(server),
  )
  await page.waitForSelector('[data-targets]', { state: 'detached' })
  await page.keyboard.press('Alt+c')
  await page.keyboard.type('204')
  await page.keyboard.press('Enter')
  await settles('calls/consult', () => server.commands.at(-1)!.path)
  await page.waitForSelector('[data-targets]', { state: 'detached' })
  await page.keyboard.press('Alt+c')
  await page.keyboard.type('nobody at all')
  await page.getByText('没有匹配的同事或技能组').waitFor()
  await page.keyboard.press('Escape')
  await page.waitForSelector('[data-targets]', { state: 'detached' })
})

const wrapUp = {
  state: 'wrap_up',
  work: 'ready',
  callState: 'wrap_up',
  callId: 'call-x',
  queueCode: 'q1',
  talkMs: 252_000,
  holdMs: 42_000,
  wrapUpForm: false,
} as const
const left = (page: Screen['page']) => inPage<string[]>(page, 'texts', '[data-left]')

test('A2.2-btn-wrapup C4.0-call-wrapup: wrap-up is extended visibly and ended; with a form due, sending it ends wrap-up, and the limit is shown', async () => {
  const { page, server, become } = await desk(ready)
  const now = server.floor.now
  become({ ...wrapUp, wrapUpUntil: now + 18_000 })
  await settles(['0:18'], () => left(page))
  await page.click('[data-act=wrap_up_extend]')
  await settles([{ path: 'agents/wrap-up/extend', agentCode: '203', byMs: 60_000 }], () => asked(server))
  become({ wrapUpUntil: now + 78_000 })
  await settles(['1:18'], () => left(page))
  await page.waitForSelector('.answer .done')
  await page.keyboard.press('Alt+w')
  await settles('agents/wrap-up/end', () => server.commands.at(-1)!.path)
  become({ ...wrapUp, wrapUpUntil: now + 272_000, wrapUpForm: true })
  await page.getByText('等待提交表单，最多').waitFor()
  await settles(['4:32'], () => left(page))
  await page.waitForSelector('.answer .done')
  await page.click('[data-act=form_sent]')
  await settles('agents/wrap-up/form-sent', () => server.commands.at(-1)!.path)
})

test('caller, queue and talk time of the right call stay through wrap-up, also after a reload and once the call has left the board', async () => {
  const { page, server, become } = await desk(ready)
  server.floor.arrive('q1')
  const live = [...server.floor.calls.values()].find(({ status }) => status === 'waiting')!
  const number = live.fromNumber!
  server.floor.setCall(live.callId, {
    status: 'talking',
    agentId: 'agent-3',
    agentCode: '203',
    answeredAt: server.floor.now,
  })
  become({ ...talking, callId: live.callId, queueCode: 'q1', callSince: server.floor.now })
  const slot = () => inPage<string[]>(page, 'texts', '.slot[data-call] b')
  await settles([number], slot)
  const queue = server.floor.queues.find(({ queueCode }) => queueCode === 'q1')!.name
  server.floor.endCall(live.callId)
  become({ ...wrapUp, callId: live.callId, wrapUpUntil: server.floor.now + 30_000 })
  await page.waitForSelector('.slot[data-call-state=wrap_up]')
  const kept = async (): Promise<void> => {
    await settles([number], slot)
    const [text] = await inPage<string[]>(page, 'texts', '.slot[data-call]')
    for (const known of [queue, '4:12', '0:42', '0:30']) assert.ok(text!.includes(known), `${known}: ${text}`)
  }
  await kept()
  await page.reload()
  await page.waitForSelector('.slot[data-call-state=wrap_up]')
  await kept()
  // The next call is not taken for the last one.
  become({ ...talking, callId: 'call-of-nobody-known', queueCode: 'q2' })
  await settles(['正在读取通话…'], slot)
})

test('A2.2-toolbar-state: tiles and buttons keep their place and their size in every state: impossible actions are pale, not hidden', async () => {
  for (const locale of ['zh-CN', 'en']) {
    const { page, become } = await desk(ready, { locale, viewport: { width: 1280, height: 900 } })
    // Of buttons that share a place, the one shown.
    const places = () =>
      page.evaluate(
        `[...document.querySelectorAll('[data-act], [data-work], .slot, .column, .box, .bar, .bar .state')].map((element) => { const { x, y, width, height } = element.getBoundingClientRect(); return [element.tagName, ...[x, y, width, height].map(Math.round)].join(' ') })`,
      ) as Promise<string[]>
    await page.waitForSelector('.state[data-state=ready]')
    const expected = await places()
    const states: Partial<AgentRow>[] = [
      { ...talking, callSince: 0 },
      { ...talking, state: 'on_hold', callState: 'on_hold', longSignIn: 'active' },
      {
        state: 'ringing',
        work: 'ready',
        callState: 'ringing',
        callId: 'call-x',
        longSignIn: 'none',
        registered: false,
      },
      { ...wrapUp, wrapUpUntil: 9e12 },
      { ...wrapUp, wrapUpUntil: 9e12, wrapUpForm: true },
      { ...ready, callState: 'idle', callId: null, wishedWork: 'away' },
      { state: 'not_ready', work: 'not_ready', callState: 'idle', callId: null, wishedWork: null },
      { state: 'signed_out', work: 'signed_out', shiftId: null },
    ]
    await page.click('[data-act=sign_out]')
    await page.waitForSelector('.confirm')
    assert.equal(await places(), expected, 'a question moves nothing')
    await page.keyboard.press('Escape')
    for (const state of states) {
      become(state)
      await page.waitForSelector(`.state[data-state=${state.state}]`)
      assert.equal(await places(), expected, `${locale} ${state.state}`)
    }
  }
})

test('in a narrow window the call and its buttons come first, on screen and for the keyboard; nothing overflows', async () => {
  const { page, become } = await desk(talking, { locale: 'en', viewport: { width: 900, height: 1000 } })
  const tops = () =>
    page.evaluate(
      `['.bar', '.slot[data-call]', '[data-act=hang_up], [data-act=wrap_up_extend]', '[data-act=ready]', '.columns .box'].map((one) => document.querySelector(one).getBoundingClientRect().top)`,
    ) as Promise<number[]>
  for (const width of [900, 380]) {
    await page.setViewportSize({ width, height: 800 })
    for (const state of [talking, { ...wrapUp, wrapUpUntil: 9e12 }] as Partial<AgentRow>[]) {
      become(state)
      await page.waitForSelector(`.state[data-state=${state.state}]`)
      const seen = await tops()
      assert.equal(
        seen,
        [...seen].sort((a, b) => a - b),
        String(width),
      )
      assert.ok(seen[2]! < 500, `the buttons of the call are in sight: ${seen}`)
      // Nothing of the desk sticks out to the right.
      assert.equal(
        await page.evaluate(
          `[...document.querySelectorAll('.desk *')].filter((one) => one.getBoundingClientRect().right > innerWidth && one.checkVisibility()).map((one) => one.className || one.tagName)`,
        ),
        [],
        String(width),
      )
    }
  }
  const order = await inPage<string[]>(page, 'attributes', '[data-act]', 'data-act')
  assert.ok(order.indexOf('wrap_up_extend') < order.indexOf('ready'))
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.waitForSelector('.columns .slot[data-call]')
})

test('C4.4-enter-by-button C4.5-exit-long-sign-in: long sign-in is started, shown and ended', async () => {
  const { page, server } = await desk(ready)
  await page.click('[data-act=long_sign_in]')
  await page.waitForSelector('[data-act=long_sign_in_end]')
  await page.getByText('长签中：来电以提示音直接接通').waitFor()
  await page.click('[data-act=long_sign_in_end]:not([aria-disabled=true])')
  await settles(['agents/long-sign-in', 'agents/long-sign-in/end'], () => server.commands.map(({ path }) => path))
})

test('every button has a key of its own that does the same', async () => {
  const { page, server } = await desk(ready)
  for (const [key, path] of [
    ['b', 'agents/not-ready'],
    ['a', 'agents/away'],
    ['o', 'agents/on-demand'],
    ['r', 'agents/ready'],
  ] as const) {
    await page.keyboard.press(`Alt+${key}`)
    await settles(path, () => server.commands.at(-1)?.path)
    await page.waitForSelector('.answer .done')
  }
  const hints = await inPage<string[]>(page, 'attributes', '[data-act]', 'aria-keyshortcuts')
  assert.is(new Set(hints).size, hints.length, 'no two shown buttons share a key')
})

test('C4.2-idle-refused-when-busy-by-business: a state set during a call is a request for afterwards; it is shown and can be cancelled', async () => {
  const { page, server, become } = await desk(talking)
  await page.click('[data-act=away]')
  await settles('agents/away', () => server.commands.at(-1)?.path)
  become({ ...talking, wishedWork: 'away' })
  await page.getByText('已预约：本次通话后休息').waitFor()
  await page.waitForSelector('.answer .done')
  await page.getByRole('button', { name: '撤回' }).click()
  await settles({ path: 'agents/wish', agentCode: '203', work: null }, () => asked(server).at(-1))
})

test('a refusal is shown in the reader’s language', async () => {
  const { page, server } = await desk({ state: 'signed_out', work: 'signed_out', shiftId: null }, { locale: 'en' })
  assert.is(server.deskBeats, 0)
  server.refuseNext = {
    status: 409,
    body: {
      title: 'Not now',
      detail: 'x',
      status: 409,
      code: 'agent.already_signed_in',
      translations: { en: { title: 'Signed in already', detail: 'Go on there.' }, zh: { title: '已签入', detail: '' } },
    },
  }
  await page.click('[data-act=sign_in]')
  await settles(['Signed in alreadyGo on there.'], () => inPage(page, 'texts', '.refused'))
})

test('a view-only desk sends nothing and offers no actions, however many people open and close it', async () => {
  const { page, server, url, become, close } = await desk({ ...ready, deskId: 'of-somebody-else' }, { looking: true })
  const second = await look(`${url}/desk?agent=203`)
  for (const each of [page, second.page]) {
    await each.waitForSelector('.desk[data-works=false] .state[data-state=ready]')
    assert.equal(await inPage(each, 'attributes', '[data-act]:not([aria-disabled=true])', 'data-act'), [])
    for (const key of ['Alt+b', 'Alt+a', 'Alt+s', 'Alt+l']) await each.keyboard.press(key)
  }
  become({ ...talking, wishedWork: 'away' })
  await second.page.getByText('已预约：本次通话后休息').waitFor()
  assert.is(await second.page.getByRole('button', { name: '撤回' }).isDisabled(), true)
  await second.page.reload()
  await second.page.waitForSelector('.desk[data-works=false]')
  await close()
  await second.close()
  assert.equal([server.deskBeats, server.commands.length], [0, 0])
})

test('working takes a button; it survives a reload; another browser that does so takes over, and the first is told and becomes view-only', async () => {
  const { page, server, url } = await desk(ready, { looking: true })
  await page.click('[data-work]')
  await page.waitForSelector('.desk[data-works=true]')
  assert.equal(
    asked(server).map(({ path, agentCode }) => [path, agentCode]),
    [['agents/desk/claim', '203']],
  )
  const mine = server.commands[0]!['deskId'] as string
  await settles([mine], () => [...new Set(server.beatsOf)])
  await page.reload()
  await page.waitForSelector('.desk[data-works=true]')
  assert.is(server.commands.length, 1, 'without asking again')
  const second = await look(`${url}/desk?agent=203`)
  await second.page.waitForSelector('.desk[data-works=false]')
  await second.page.click('[data-work]')
  await second.page.waitForSelector('.desk[data-works=true]')
  await page.waitForSelector('.desk[data-works=false] [data-note=replaced]')
  assert.equal(await inPage(page, 'attributes', '[data-act]:not([aria-disabled=true])', 'data-act'), [])
  const theirs = server.commands[1]!['deskId'] as string
  assert.is.not(theirs, mine)
  await settles(theirs, () => server.beatsOf.at(-1)!)
  // And back again.
  await page.click('[data-work]')
  await second.page.waitForSelector('[data-note=replaced]')
  await page.waitForSelector('.desk[data-works=true]')
})

for (const locks of [true, false]) {
  test(`a duplicated tab gets its own identity: it is view-only and claims anew, and the first keeps its own through a reload (${locks ? 'by the lock' : 'where there are no locks'})`, async () => {
    const { page, server } = await desk(ready, { looking: true })
    const context = page.context()
    await context.addInitScript(`window.bornWith = sessionStorage.getItem('ledgerline.desk')`)
    if (!locks) await context.addInitScript(`Object.defineProperty(navigator, 'locks', { value: undefined })`)
    await page.reload()
    await work({ page } as Screen, server)
    const mine = server.floor.agents.get('agent-3')!.deskId!
    const [copy] = await Promise.all([context.waitForEvent('page'), page.evaluate('void window.open(location.href)')])
    await copy.waitForSelector('.desk[data-works=false] [data-work]:enabled')
    assert.is(await copy.evaluate('bornWith'), `${mine} 203`, 'born with a copy')
    await settles(null, () => copy.evaluate(`sessionStorage.getItem('ledgerline.desk')`))
    assert.equal(await inPage(copy, 'attributes', '[data-act]:not([aria-disabled=true])', 'data-act'), [])
    await page.reload()
    await page.waitForSelector('.desk[data-works=true]')
    assert.equal([server.commands.length, [...new Set(server.beatsOf)]], [0, [mine]], 'nobody else spoke for the desk')
    await copy.click('[data-work]')
    await copy.waitForSelector('.desk[data-works=true]')
    await page.waitForSelector('[data-note=replaced]')
    assert.is.not(server.floor.agents.get('agent-3')!.deskId, mine)
    await copy.close()
  })
}

test('without an agent, or with an unknown one, an agent can be chosen', async () => {
  const { url } = await served({ speed: 0, agents: 8, queues: 3 })
  const { page, complaints } = await look(`${url}/desk?agent=999`)
  await page.getByText('工号 999 不存在').waitFor()
  await page.getByLabel('选择坐席').selectOption('203')
  await page.waitForSelector('.desk[data-desk="203"]')
  assert.match(page.url(), /agent=203/)
  assert.equal(complaints, [])
})

test('controls have names, fields labels, in each state and both languages; nothing runs over at 1280', async () => {
  for (const locale of ['zh-CN', 'en']) {
    const { page, become, complaints } = await desk(ready, { locale, viewport: { width: 1280, height: 720 } })
    for (const state of [
      ready,
      talking,
      { ...talking, state: 'wrap_up', callState: 'wrap_up' },
      { state: 'signed_out', work: 'signed_out', callState: 'idle', callId: null },
    ] as Partial<AgentRow>[]) {
      become(state)
      await page.waitForSelector(`.state[data-state=${state.state}]`)
      assert.equal(await inPage(page, 'accessFaults'), [], state.state)
    }
    assert.is(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    assert.equal(complaints, [])
  }
})

test.run()
