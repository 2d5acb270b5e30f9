/** What is played to a leg, the keys that are pressed there, and what is recorded. */
import * as assert from 'uvu/assert'
import type { RecordedFile } from '@ledgerline/core/telephony/port.ts'
import type { Case, Scene } from './scene.ts'

export function listeningContract(test: Case): void {
  const prompts = (scene: Scene) => scene.of('played').map(({ media, complete }) => [media, complete])
  const gathered = (scene: Scene) => scene.of('collected').map(({ digits, complete }) => [digits, complete])
  const keys = (scene: Scene) =>
    scene
      .of('digit')
      .map(({ digit }) => digit)
      .join('')

  test('A3.2.4.3.8-play a prompt is heard to its end; a repeating one goes on, and after another prompt again', async ({
    scene,
  }) => {
    const { customer, legId } = await scene.answered()
    const play = (media: string, repeat = false) => scene.send({ do: 'play', legId, media, repeat })
    await play('welcome')
    await scene.hear([customer, 'welcome'])
    await scene.report('played', legId)
    await scene.hear([customer])
    await play('waiting', true)
    await scene.hear([customer, 'waiting'])
    await play('welcome')
    await scene.hear([customer, 'welcome'])
    await scene.report('played', legId, 2)
    await scene.hear([customer, 'waiting'])
    await play('welcome')
    await play('welcome')
    await scene.report('played', legId, 4)
    await play('welcome')
    await play('waiting', true)
    await scene.report('played', legId, 5)
    await scene.hear([customer, 'waiting'])
    assert.equal(prompts(scene), [
      ['welcome', true],
      ['welcome', true],
      ['welcome', false],
      ['welcome', true],
      ['welcome', false],
    ])
  })

  test('keys are reported as they are pressed, or gathered when asked for, never both', async ({ scene }) => {
    const { customer, legId } = await scene.answered()
    await customer.press('1#')
    await scene.until('the keys', () => keys(scene) === '1#')
    await scene.send({ do: 'collect', legId, maxDigits: 4, waitMs: 20_000 })
    await customer.press('62')
    await customer.press('2255')
    await scene.until('the keys that were not asked for', () => keys(scene) === '1#55')
    assert.equal(gathered(scene), [['6222', true]])
  })

  test('keys are reported wherever a leg is: in a talk, on hold, under music, in a conference', async ({ scene }) => {
    const { customer, agent, legId } = await scene.talk()
    const pressed = async (key: string, all: string): Promise<void> => {
      await customer.press(key)
      await scene.until(`the key ${key}`, () => keys(scene) === all)
    }
    await pressed('1', '1')
    await scene.send({ do: 'hold', legId, music: null })
    await scene.hear([customer, 'hold_music'])
    await pressed('2', '12')
    await scene.send({ do: 'conference', conferenceId: 'room', legIds: [legId, 'A'] })
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    await pressed('0', '120')
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    await scene.hangUp('A')
    await scene.end('A')
    await scene.send({ do: 'play', legId, media: 'waiting', repeat: true })
    await scene.hear([customer, 'waiting'])
    await pressed('*', '120*')
    await scene.hear([customer, 'waiting'])
  })

  test('too few keys are reported after a pause without one; a new request ends the one before', async ({ scene }) => {
    const { customer, legId } = await scene.answered()
    await scene.send({ do: 'collect', legId, maxDigits: 4, waitMs: 1_500 })
    await customer.press('7')
    await scene.report('collected', legId)
    await scene.send({ do: 'collect', legId, maxDigits: 2, waitMs: 20_000 })
    await customer.press('8')
    await scene.pass(500)
    await scene.send({ do: 'collect', legId, maxDigits: 1, waitMs: 20_000 })
    await customer.press('9')
    await scene.report('collected', legId, 3)
    assert.equal(gathered(scene), [
      ['7', false],
      ['8', false],
      ['9', true],
    ])
  })

  test('the first key ends a prompt, and what repeated under it goes on', async ({ scene }) => {
    const { customer, legId } = await scene.answered()
    await scene.send({ do: 'play', legId, media: 'waiting', repeat: true })
    await scene.send({ do: 'play', legId, media: 'welcome', repeat: false })
    await scene.send({ do: 'collect', legId, maxDigits: 2, waitMs: 20_000 })
    await customer.press('1')
    await scene.report('played', legId)
    await scene.hear([customer, 'waiting'])
    await customer.press('2')
    await scene.report('collected', legId)
    assert.equal(prompts(scene), [['welcome', false]])
    assert.equal(gathered(scene), [['12', true]])
  })

  test('talk ends both prompt and question, and so does hold', async ({ scene }) => {
    const agent = await scene.phone('8201')
    const { customer, legId, callId } = await scene.answered()
    await scene.reach('A', agent, { callId })
    const ask = async (): Promise<void> => {
      await scene.send({ do: 'play', legId, media: 'welcome', repeat: false })
      await scene.send({ do: 'collect', legId, maxDigits: 2, waitMs: 60_000 })
    }
    await ask()
    await scene.send({ do: 'bridge', legId: 'A', to: legId })
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    await scene.hangUp('A')
    await scene.end('A')
    await ask()
    await scene.send({ do: 'hold', legId, music: null })
    await scene.hear([customer, 'hold_music'])
    assert.equal(prompts(scene), [
      ['welcome', false],
      ['welcome', false],
    ])
    assert.equal(gathered(scene), [
      ['', false],
      ['', false],
    ])
  })

  test('a leg that has ended reports nothing more, whatever was being played or asked', async ({ scene }) => {
    const { legId } = await scene.answered()
    await scene.send({ do: 'play', legId, media: 'welcome', repeat: false })
    await scene.send({ do: 'collect', legId, maxDigits: 2, waitMs: 1_000 })
    await scene.hangUp(legId)
    await scene.end(legId)
    await scene.pass(scene.subject.welcomeMs + 500)
    assert.equal([prompts(scene), gathered(scene)], [[], []])
  })

  test('keys that we send are for the party of the leg', async ({ scene }) => {
    const { customer, legId } = await scene.talk()
    await scene.send({ do: 'tone', legId, digits: '80#' })
    if (scene.subject.keysHeardBy(customer) !== null)
      await scene.until('the keys', () => scene.subject.keysHeardBy(customer) === '80#')
    assert.is(keys(scene), '')
  })

  const recorded = (scene: Scene, recordingId: string) =>
    scene.of('recorded').filter((report) => report.recordingId === recordingId)
  async function delivered(scene: Scene, legId: string, recordingId: string, n = 1): Promise<RecordedFile> {
    await scene.send({ do: 'deliver_recording', callId: 'call-1', legId, recordingId })
    await scene.until('the recording', () => recorded(scene, recordingId).length >= n)
    const { file } = recorded(scene, recordingId)[n - 1]!
    assert.ok(typeof file !== 'string', `no recording: ${file as string}`)
    return file as RecordedFile
  }

  test('a recording that was stopped is delivered, with what it is; asked again, again', async ({ scene }) => {
    const { legId } = await scene.talk()
    const record = (on: boolean) => scene.send({ do: 'record', legId, recordingId: 'r1', on })
    await record(true)
    await scene.pass(1_200)
    await scene.send({ do: 'mask', legId, recordingId: 'r1', on: true })
    await scene.pass(500)
    await scene.send({ do: 'mask', legId, recordingId: 'r1', on: false })
    await scene.pass(300)
    await record(false)
    const file = await delivered(scene, legId, 'r1')
    assert.ok(file.durationMs >= 1_800 && file.durationMs < 20_000, `${file.durationMs} ms`)
    assert.equal(await delivered(scene, legId, 'r1', 2), file)
  })

  test('a recording ends with its leg, and is delivered when the leg is gone', async ({ scene }) => {
    const { customer, legId } = await scene.talk()
    await scene.send({ do: 'record', legId, recordingId: 'r2', on: true })
    await scene.pass(1_000)
    await customer.hangUp()
    await scene.end(legId)
    const { durationMs } = await delivered(scene, legId, 'r2')
    assert.ok(durationMs >= 800, `${durationMs} ms`)
  })

  test('of a recording that never was there is no file', async ({ scene }) => {
    await scene.send({ do: 'deliver_recording', callId: 'call-1', legId: 'gone', recordingId: 'never' })
    await scene.until('the answer', () => recorded(scene, 'never').length > 0)
    assert.is(recorded(scene, 'never')[0]!.file, 'no_file')
  })

  test('what is stopped or masked without having begun changes nothing', async ({ scene }) => {
    const { legId } = await scene.answered()
    await scene.send({ do: 'record', legId, recordingId: 'r3', on: false })
    await scene.send({ do: 'mask', legId, recordingId: 'r3', on: true })
    await scene.send({ do: 'mask', legId, recordingId: 'r3', on: false })
    assert.is((await scene.leg(legId))?.state, 'answered')
  })
}
