/**
 * Voice messages in a real browser over a real server: what waits is said at the desk, a message is heard, called back and
 * deleted; and the agent's button for the survey. `PICTURES=DIR` keeps screenshots.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { eventsOf } from '../acd/in-house.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { builtScreens } from '../support/browser.ts'
import { callerTo } from '../support/house.ts'
import { meanwhile, picture } from '../support/on-screen.ts'
import { screensFor } from '../support/screens.ts'
import { until } from '../support/gate.ts'
import { keepsTones } from '../recording/kept.ts'

const test = suite('messages')
const { look, closing } = screensFor(test)

async function house(): Promise<Spine> {
  const directory = await mkdtemp(join(tmpdir(), 'messages-'))
  const files = localFiles(directory)
  const box = { code: 'box', order: 1, type: 'inbound', to: '95501', target: { kind: 'voicemail', code: '8201' } }
  const spine = await startSpine(
    'messages_screen',
    {
      agents: 3,
      routes: [box as RouteSettings],
      network: { extensions: [{ number: '8201', voicemail: { afterMs: 15_000, longestMs: 30_000 }, record: false }] },
      recordings: files,
      keepRecording: keepsTones(files, 1500, (ranMs) => ranMs),
    },
    await builtScreens(),
  )
  closing(async () => {
    await spine.close()
    await rm(directory, { recursive: true })
  })
  return spine
}

async function left(spine: Spine, from: string): Promise<void> {
  const before = (await eventsOf(spine.floor, 'RecordingCompleted')).length
  spine.floor.telephony.arrive(callerTo('95501', { from, patienceMs: 600_000 }))
  await spine.pass(80_000)
  for (let n = 0; n < 500 && (await eventsOf(spine.floor, 'RecordingCompleted')).length === before; n++)
    await spine.pass(1)
  await spine.settled()
}

test('A11.1.5-voicemail: the desk says what waits; the message is heard, called back, marked and deleted', async () => {
  const spine = await house()
  for (const from of ['13800002225', '13900001234', '02162620668']) await left(spine, from)
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await page.goto(`${spine.url}/desk?agent=201&lang=en&theme=light`)
  await page.waitForSelector('[data-note=messages]')
  assert.match(await page.locator('[data-note=messages]').innerText(), /3 voice messages wait/)
  await picture(page, 'desk-messages-en-light')
  await page.click('[data-work]')
  await meanwhile(spine, page, '.desk[data-works=true]')

  await page.click('[data-note=messages] a')
  await page.waitForSelector('tr[data-row]')
  assert.is(await page.locator('tr[data-row]').count(), 3)
  assert.match(await page.locator('tr[data-row]').last().innerText(), /138\*\*\*\*2225/)
  await page.goto(`${spine.url}/messages?lang=en&theme=light`)
  await page.waitForSelector('tr[data-row]')
  await page.locator('tr[data-row] button').last().click()
  await page.waitForSelector('audio')
  const played = page.evaluate(`(async () => {
    const sound = document.querySelector('audio')
    await sound.play()
    return sound.duration
  })()`)
  let seconds = 0
  await spine.during(played.then((length) => void (seconds = length as number)))
  assert.ok(Math.abs(seconds - 1.5) < 0.1, String(seconds))
  await meanwhile(spine, page, 'tr[data-row] [data-state-of=heard]')
  await picture(page, 'messages-en-light')

  await page.click('.acts button:has-text("Call back")')
  await meanwhile(spine, page, 'tr[data-row] [data-state-of=handled]')
  await spine.pass(120_000)
  const placed = (await eventsOf(spine.floor, 'CallPlaced'))[0]!
  assert.equal([placed.data.to, placed.actor], ['13800002225', 'agent:201'])

  await page.click('.acts button:has-text("Delete")')
  await picture(page, 'messages-confirm-en-light')
  await page.click('[role=alertdialog] button')
  await meanwhile(spine, page, '.panel[data-message=""]')
  await until('the message is gone from the list', async () => (await page.locator('tr[data-row]').count()) === 2)
  assert.is((await eventsOf(spine.floor, 'VoiceMessageDeleted'))[0]!.actor, 'agent:201')
  await page.goto(`${spine.url}/messages?state=deleted&lang=zh&theme=dark`)
  await page.waitForSelector('tr[data-row]')
  await page.locator('tr[data-row] button').first().click()
  await picture(page, 'messages-deleted-zh-dark')
  await page.goto(`${spine.url}/messages?lang=zh&theme=dark`)
  await page.waitForSelector('tr[data-row]')
  await picture(page, 'messages-zh-dark')
  await page.goto(`${spine.url}/desk?agent=201&lang=zh&theme=dark`)
  await page.waitForSelector('[data-note=messages]')
  assert.match(await page.locator('[data-note=messages]').innerText(), /2 条语音留言未听/)
})

test('A2.2-btn-satisfaction: the button sends the customer to the survey, and the rating is in their call', async () => {
  const spine = await house()
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await page.goto(`${spine.url}/desk?agent=201&lang=zh&theme=light`)
  await page.waitForSelector('[data-work]')
  await page.click('[data-work]')
  await meanwhile(spine, page, '.desk[data-works=true]')
  for (const agent of ['202', '203'])
    await spine.during(spine.floor.desk.setWork(agent, 'away', null, spine.floor.by(`agent:${agent}`)))
  const keys = [{ when: 'asked' as const, digit: '1', afterMs: 2_000 }]
  const callId = spine.floor.call('PS', { talkMs: 600_000, patienceMs: 600_000, keys })
  await meanwhile(spine, page, '[data-call-state=inbound]')
  await page.waitForSelector('[data-act=survey]:not([aria-disabled=true])')
  await picture(page, 'desk-survey-zh-light')
  await page.click('[data-act=survey]')
  await meanwhile(spine, page, '[data-call-state=wrap_up]')
  await spine.pass(60_000)
  await spine.settled()
  assert.is((await eventsOf(spine.floor, 'SurveyRated'))[0]!.data.rating, 'satisfied')
  await page.goto(`${spine.url}/calls/${callId}?lang=zh&theme=light`)
  await page.waitForSelector('[data-event]')
  assert.match(await page.locator('main').innerText(), /满意/)
  await picture(page, 'call-rated-zh-light')
  await page.goto(`${spine.url}/reports/satisfaction?lang=en&theme=dark&from=2026-01-01&to=2026-12-31`)
  await page.waitForSelector('tr[data-totals], [data-state=empty]')
  await picture(page, 'report-satisfaction-en-dark')
})

test.run()
