/**
 * Recordings in a real browser over a real server: an agent records and masks at the desk, the list is filtered, a recording is
 * played and jumped about in. `PICTURES=DIR` keeps screenshots.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keepTone, withTones } from '@ledgerline/adapters/recordings/tones.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { eventsOf } from '../acd/in-house.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { builtScreens } from '../support/browser.ts'
import { until } from '../support/gate.ts'
import { queueNamed } from '../support/house.ts'
import { meanwhile, picture } from '../support/on-screen.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('recordings')
const { look, closing } = screensFor(test)

async function house(record: boolean): Promise<Spine> {
  const spine = await startSpine(
    'recordings_screen',
    {
      agents: 2,
      queues: [queueNamed('PS', { record })],
      recordings: withTones(localFiles('/nowhere')),
      keepRecording: keepTone,
    },
    await builtScreens(),
  )
  closing(() => spine.close())
  return spine
}

test('C14.0-page C14.4-play: the list shows recordings, and one is played, paused and jumped about in', async () => {
  const spine = await house(true)
  for (const talkMs of [20_000, 35_000]) {
    spine.floor.call('PS', { talkMs })
    await spine.pass(60_000)
  }
  for (let n = 0; n < 500 && (await eventsOf(spine.floor, 'RecordingCompleted')).length < 2; n++) await spine.pass(1)
  await spine.settled()
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await page.goto(`${spine.url}/recordings?lang=en&theme=light`)
  await page.waitForSelector('tr[data-row]')
  assert.is(await page.locator('tr[data-row]').count(), 2)
  const text = await page.locator('tr[data-row]').first().innerText()
  for (const part of ['138****2225', 'Inbound', '- Agent 20', 'Ready to play']) assert.match(text, part)
  await page.locator('tr[data-row] button').first().click()
  await page.waitForSelector('[data-chosen]:not([data-chosen=""]) audio')
  const state = () =>
    page.evaluate(`(() => { const { duration, currentTime, paused, playbackRate, error } = document.querySelector('audio')
      return { duration, currentTime, paused, playbackRate, error: error && error.message } })()`) as Promise<{
      duration: number
      currentTime: number
      paused: boolean
      playbackRate: number
      error: string | null
    }>
  await page.evaluate(`document.querySelector('audio').muted = true, void document.querySelector('audio').play()`)
  const reaches = (second: number) =>
    until(`second ${second}`, async () => {
      await spine.pass(20)
      return (await state()).currentTime > second
    })
  await reaches(0.2)
  assert.ok(Math.abs((await state()).duration - 35) < 1, JSON.stringify(await state()))
  await page.evaluate(`document.querySelector('audio').currentTime = 30`)
  await reaches(30.1)
  await page.locator('[data-player] select').selectOption({ label: '1.5×' })
  await page.evaluate(`document.querySelector('audio').pause()`)
  const after = await state()
  assert.equal([after.paused, after.playbackRate, after.error], [true, 1.5, null])
  assert.is((await eventsOf(spine.floor, 'RecordingPlayed')).length, 1, 'however much they jumped about')
  await picture(page, 'recordings-en-light')
  await page.goto(`${spine.url}/recordings?shortest=30&lang=zh&theme=dark`)
  await page.waitForSelector('tr[data-row]')
  assert.is(await page.locator('tr[data-row]').count(), 1)
  await picture(page, 'recordings-zh-dark')
  const [started] = await eventsOf(spine.floor, 'RecordingStarted')
  await page.goto(`${spine.url}/calls/${started!.data.callId}?lang=zh&theme=light`)
  await page.waitForSelector('[data-recordings="1"] audio')
  await picture(page, 'recordings-call-zh-light')
})

test('the agent records by button, masks and unmasks, and the desk says which it is', async () => {
  const spine = await house(false)
  spine.floor.call('PS', { talkMs: 3_600_000 })
  await spine.pass(15_000)
  await spine.settled()
  const talker = spine.floor.agents.find(
    ({ agentId }) => spine.floor.process.switchboard.shift(agentId)?.engagement.kind === 'talking',
  )!
  const { page } = await look('about:blank', { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await page.goto(`${spine.url}/desk?agent=${talker.agentCode}&lang=zh&theme=dark`)
  await page.waitForSelector('[data-recording=off]')
  await page.click('[data-work]')
  await meanwhile(spine, page, '.desk[data-works=true]')
  const press = async (name: string, then: string) => {
    await page.locator('section[data-recording]').getByRole('button', { name, exact: true }).click()
    await meanwhile(spine, page, `[data-recording=${then}]`)
  }
  await press('录音', 'on')
  await press('屏蔽录音', 'masked')
  await picture(page, 'recordings-desk-zh-dark')
  await press('恢复录音', 'on')
  await press('停止录音', 'off')
  const types = (await spine.floor.ledger()).map(({ type }) => type).filter((type) => type.startsWith('Recording'))
  assert.equal(types.slice(0, 4), ['RecordingStarted', 'RecordingMasked', 'RecordingUnmasked', 'RecordingStopped'])
})

test.run()
