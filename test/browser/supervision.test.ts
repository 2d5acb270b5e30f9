/** What a supervisor does from the monitor, in a real browser: taking part in a call, ending it, arranging the line; what is destructive asks first. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inPage, settles, type Screen } from '../support/browser.ts'
import type { LiveServer } from '../support/live-server.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('supervision from the monitor')

const { served, look } = screensFor(test)

/** Agent 203 talks in call-x. */
async function panel(): Promise<Screen & { server: LiveServer }> {
  const { server, url } = await served({ agents: 8, queues: 3, callsPerHour: 60 })
  server.floor.setAgent('agent-3', { state: 'in_call', work: 'ready', callState: 'inbound', callId: 'call-x', registered: true, longSignIn: 'none' })
  const screen = await look(`${url}/monitor?agent=203`)
  await screen.page.waitForSelector('[data-panel="203"]')
  return { ...screen, server }
}
const asked = (server: LiveServer) => server.commands.map(({ commandId: _, ...rest }) => rest)
const supervisor = { supervisorCode: 'operator' }
const call = { agentCode: '203', callId: 'call-x', ...supervisor }

test('C5.2-listen C5.3-whisper C5.0-settings-dialog: he listens, whispers and joins on the phone that he set, which is remembered; and leaves', async () => {
  const { page, server } = await panel()
  await page.click('summary')
  await page.getByLabel('监控号码').fill('8900')
  await page.keyboard.press('Tab')
  for (const [act, path] of [['listen', 'supervisor/listen'], ['whisper', 'supervisor/whisper'], ['three_way', 'supervisor/three-way']] as const) {
    await page.click(`[data-command=${act}]:not([aria-disabled=true])`)
    await settles({ path, ...call, extension: '8900' }, () => asked(server).at(-1))
    await page.waitForSelector('.answer .done')
  }
  await page.click('[data-command=leave]:not([aria-disabled=true])')
  await settles({ path: 'supervisor/leave', callId: 'call-x', ...supervisor }, () => asked(server).at(-1))
  await page.reload()
  await page.waitForSelector('[data-panel="203"]')
  await page.getByText('8900').waitFor()
})

test('C5.0-number-mobile: another kind of number is called as a number', async () => {
  const { page, server } = await panel()
  await page.click('summary')
  await page.getByLabel('号码类型').selectOption('number')
  await page.getByLabel('监控号码').fill('138 0000 1111')
  await page.keyboard.press('Alt+l')
  await settles([{ path: 'supervisor/listen', ...call, number: '13800001111' }], () => asked(server))
})

test('C5.4-barge C5.5-break: taking over and disconnecting ask first, and may be called off by Escape', async () => {
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
  await settles({ path: 'supervisor/take-over', ...call }, () => asked(server).at(-1))
})

test('C5.0-set-long-sign-in C5.0-set-exit-long-sign-in: long sign-in is set and left', async () => {
  const { page, server } = await panel()
  await page.getByRole('button', { name: '设为长签' }).click()
  await page.getByRole('button', { name: '退出长签' }).click()
  await settles(['supervisor/long-sign-in', 'supervisor/long-sign-in/end'], () => server.commands.map(({ path }) => path))
})

test('a refusal is told in words, and where a phone is missing the place to give it opens', async () => {
  const { page, server } = await panel()
  server.refuseNext = { status: 422, body: { title: '未设置监控号码', status: 422, code: 'call.no_supervisor_phone', translations: { en: { title: 'No phone', detail: '' }, zh: { title: '未设置班长的监控号码', detail: '' } } } }
  await page.click('[data-command=listen]')
  await settles(['未设置班长的监控号码'], () => inPage(page, 'texts', '.refused'))
  await page.getByLabel('监控号码').waitFor({ state: 'visible' })
})

test('a waiting caller is moved to another queue and given another priority', async () => {
  const { page, server } = await panel()
  server.floor.arrive('q1')
  server.push()
  const callId = [...server.floor.calls.values()].find(({ status, queueCode }) => status === 'waiting' && queueCode === 'q1')!.callId
  await page.click('[data-panel] .close')
  await page.click(`li[data-call="${callId}"] .arrange`)
  await page.getByLabel('转到队列').selectOption('q2')
  await page.getByRole('button', { name: '转到队列' }).click()
  await settles([{ path: 'supervisor/move', callId, queueCode: 'q2', ...supervisor }], () => asked(server))
  await page.waitForSelector('[data-caller] .done')
  await page.getByLabel('优先级', { exact: true }).fill('60')
  await page.keyboard.press('Enter')
  await settles({ path: 'supervisor/priority', callId, priority: 60, ...supervisor }, () => asked(server).at(-1))
  assert.equal(await inPage(page, 'accessFaults'), [])
})

test.run()
