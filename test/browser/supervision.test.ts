/** A supervisor's actions on the monitor, in a real browser: joining a call, ending it, managing waiting callers; destructive ones ask first. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inPage, settles, type Screen, type ScreenOptions } from '../support/browser.ts'
import type { LiveServer } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('supervision from the monitor')

const { served, look } = screensFor(test)

/** Agent 203 is talking in call-x; the supervisor has set their phone unless the test asks for it. */
async function panel({
  phone = '8900' as string | null,
  ...options
}: ScreenOptions & { phone?: string | null } = {}): Promise<Screen & { server: LiveServer; url: string }> {
  const { server, url } = await served({ agents: 8, queues: 3, callsPerHour: 60 })
  server.floor.setAgent('agent-3', {
    state: 'in_call',
    work: 'ready',
    callState: 'inbound',
    callId: 'call-x',
    registered: true,
    longSignIn: 'none',
  })
  const screen = await look(`${url}/monitor?agent=203`, options)
  await screen.page.waitForSelector('[data-panel="203"]')
  if (phone !== null) {
    await screen.page.evaluate(`localStorage.setItem('ledgerline.supervisor-phone', 'extension ${phone}')`)
    await screen.page.reload()
    await screen.page.waitForSelector('[data-panel="203"]')
  }
  return { ...screen, server, url }
}
const asked = (server: LiveServer) => server.commands.map(({ commandId: _, ...rest }) => rest)
const supervisor = { supervisorCode: 'operator' }
const call = { agentCode: '203', callId: 'call-x', ...supervisor }

/** The supervisor takes part, as the server says. */
function takesPart(server: LiveServer, mode: 'listen' | 'whisper' | 'three_way', answered = true): void {
  server.floor.setParty('leg-s', {
    callId: 'call-x',
    part: 'supervision',
    mode,
    agentId: 'agent-3',
    agentCode: '203',
    partyCode: 'operator',
    partyAgentId: null,
    extension: '8900',
    outside: false,
    startedAt: server.floor.now - 5_000,
    answeredAt: answered ? server.floor.now : null,
  })
  server.push()
}

test('C5.2-listen C5.0-settings-dialog: the phone is asked for first; nothing is sent without it, and it is remembered', async () => {
  const { page, server, url } = await panel({ phone: null, locale: 'en' })
  await page.click('[data-command=listen]')
  await page.getByText('Enter the extension or number you want to listen on').waitFor()
  assert.is(server.commands.length, 0)
  await page.getByLabel('Your phone').fill('my phone')
  await page.keyboard.press('Enter')
  await page.getByText('an extension has up to six digits').waitFor()
  assert.is(server.commands.length, 0)
  await page.getByLabel('Your phone').fill('8900')
  await page.getByRole('button', { name: 'Call it and listen' }).click()
  await settles([{ path: 'supervisor/listen', ...call, extension: '8900' }], () => asked(server))
  await page.goto(`${url}/monitor?agent=203`)
  await page.waitForSelector('[data-panel="203"]')
  await page.click('[data-command=whisper]:not([aria-disabled=true])')
  await settles({ path: 'supervisor/whisper', ...call, extension: '8900' }, () => asked(server).at(-1))
})

test('C5.2-listen C5.3-whisper: a supervision stays as a bar on every page, after a reload too; its mode can be changed and it can be left there', async () => {
  const { page, server, url } = await panel()
  const place = () =>
    page.evaluate(
      `(() => { const { x, y } = document.querySelector('header .right').getBoundingClientRect(); return [x, y, document.querySelector('header').offsetHeight].join(' ') })()`,
    )
  const before = await place()
  takesPart(server, 'listen', false)
  await page.getByText('正在呼叫您的话机').waitFor()
  takesPart(server, 'listen')
  await page.waitForSelector('[data-supervision=listen][data-supervised="203"]')
  await page.getByText('您的话机 8900').waitFor()
  assert.is(await place(), before, 'its slot was reserved')
  for (const path of ['/calls', '/desk', '/reports', '/history']) {
    await page.goto(`${url}${path}`)
    await page.waitForSelector('[data-supervision=listen]')
  }
  await page.reload()
  await page.waitForSelector('[data-supervision=listen]')
  await page.click('[data-supervision] [data-mode=whisper]')
  await settles({ path: 'supervisor/whisper', ...call }, () => asked(server).at(-1))
  takesPart(server, 'whisper')
  await page.waitForSelector('[data-supervision=whisper]')
  await page.click('[data-supervision] [data-mode=take_over]')
  await page.keyboard.press('Enter')
  await settles({ path: 'supervisor/take-over', ...call }, () => asked(server).at(-1))
  await page.click('[data-supervision] [data-mode=leave]:enabled')
  await settles({ path: 'supervisor/leave', callId: 'call-x', ...supervisor }, () => asked(server).at(-1))
  server.floor.setParty('leg-s', null)
  server.push()
  await page.waitForSelector('[data-supervision]', { state: 'detached' })
  // Somebody else's supervision is theirs.
  server.floor.setParty('leg-t', {
    callId: 'call-x',
    part: 'supervision',
    mode: 'listen',
    agentId: 'agent-3',
    agentCode: '203',
    partyCode: '900',
    partyAgentId: null,
    extension: '8901',
    outside: false,
    startedAt: server.floor.now,
    answeredAt: null,
  })
  takesPart(server, 'three_way')
  await page.waitForSelector('[data-supervision=three_way]')
  assert.is((await inPage<string[]>(page, 'attributes', '[data-supervision]', 'data-supervision')).length, 1)
})

test('actions on a call keep their place when there is none: pale, and nothing is sent', async () => {
  const { page, server } = await panel({ phone: null })
  const acts = () => inPage<string[]>(page, 'attributes', '[data-command]', 'data-command')
  const there = await acts()
  server.floor.setAgent('agent-3', { state: 'ready', work: 'ready', callState: 'idle', callId: null })
  server.push()
  await page.waitForSelector('[data-command=listen][aria-disabled=true]')
  assert.equal(await acts(), there)
  await page.click('[data-command=listen]', { force: true })
  await page.keyboard.press('Alt+l')
  assert.equal([server.commands.length, (await inPage<string[]>(page, 'texts', '[data-ask-phone]')).length], [0, 0])
})

test('C5.0-number-mobile: another kind of number is called as a number', async () => {
  const { page, server } = await panel({ phone: null })
  await page.keyboard.press('Alt+l')
  await page.getByLabel('号码类型').selectOption('number')
  await page.getByLabel('监控号码').fill('138 0000 1111')
  await page.keyboard.press('Enter')
  await settles([{ path: 'supervisor/listen', ...call, number: '13800001111' }], () => asked(server))
})

test('C5.4-barge C5.5-break: taking over and disconnecting ask first and can be cancelled with Escape', async () => {
  const { page, server } = await panel()
  await page.click('[data-command=disconnect]')
  await page.getByRole('alertdialog').waitFor()
  await page.keyboard.press('Escape')
  await settles('disconnect', () => page.evaluate('document.activeElement?.dataset.command'))
  assert.is(server.commands.length, 0)
  await page.click('[data-command=disconnect]')
  await page.getByRole('button', { name: '确认强拆' }).click()
  await settles([{ path: 'supervisor/disconnect', ...call }], () => asked(server))
  await page.waitForSelector('.answer .done')
  await page.keyboard.press('Alt+o')
  await page.getByRole('button', { name: '确认强插' }).click()
  await settles({ path: 'supervisor/take-over', ...call, extension: '8900' }, () => asked(server).at(-1))
})

test('C5.0-set-long-sign-in C5.0-set-exit-long-sign-in: long sign-in is set and ended', async () => {
  const { page, server } = await panel()
  await page.getByRole('button', { name: '设为长签' }).click()
  await page.getByRole('button', { name: '退出长签' }).click()
  await settles(['supervisor/long-sign-in', 'supervisor/long-sign-in/end'], () =>
    server.commands.map(({ path }) => path),
  )
})

test('a refusal is shown as text, and a missing phone opens the form for it', async () => {
  const { page, server } = await panel()
  server.refuseNext = {
    status: 422,
    body: {
      title: '未设置监控号码',
      status: 422,
      code: 'call.no_supervisor_phone',
      translations: { en: { title: 'No phone', detail: '' }, zh: { title: '未设置班长的监控号码', detail: '' } },
    },
  }
  await page.click('[data-command=listen]')
  await settles(['未设置班长的监控号码'], () => inPage(page, 'texts', '.refused'))
  await page.getByLabel('监控号码').waitFor({ state: 'visible' })
  await page.getByText('请输入用来监听的分机或号码').waitFor()
})

test('a waiting caller is moved to another queue and given another priority', async () => {
  const { page, server } = await panel()
  server.floor.arrive('q1')
  server.push()
  const callId = [...server.floor.calls.values()].find(
    ({ status, queueCode }) => status === 'waiting' && queueCode === 'q1',
  )!.callId
  await page.click('[data-panel] .close')
  await page.click(`li[data-call="${callId}"] .arrange`)
  await page.getByLabel('转到技能组').selectOption('q2')
  await page.getByRole('button', { name: '转到技能组' }).click()
  await settles([{ path: 'supervisor/move', callId, queueCode: 'q2', ...supervisor }], () => asked(server))
  await page.waitForSelector('[data-caller] .done')
  await page.getByLabel('优先级', { exact: true }).fill('60')
  await page.keyboard.press('Enter')
  await settles({ path: 'supervisor/priority', callId, priority: 60, ...supervisor }, () => asked(server).at(-1))
  assert.equal(await inPage(page, 'accessFaults'), [])
})

test.run()
