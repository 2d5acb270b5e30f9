/** Calls are recorded: which, from when, masked, and what becomes of the file. Real process, simulated network, virtual time. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { inHouse, eventsOf } from '../acd/in-house.ts'
import { queueNamed, type HouseOptions } from '../support/house.ts'

const recording = suite('recording')

const recorded: HouseOptions = { agents: 1, queues: [queueNamed('PS', { record: true })] }
const plain: HouseOptions = { agents: 1 }
const ofRecording = (types: string[]) => types.filter((type) => type.startsWith('Recording'))

recording('a call of a queue that records is recorded from the answer to the end, and its file is confirmed', () =>
  inHouse(recorded, async (house) => {
    const callId = house.call('PS', { talkMs: 60_000 })
    await house.pass(120_000)
    const story = await house.story(callId)
    assert.equal(ofRecording(story), ['RecordingStarted', 'RecordingStopped', 'RecordingCompleted'])
    assert.ok(story.indexOf('CallAnswered') < story.indexOf('RecordingStarted'))
    const [started] = await eventsOf(house, 'RecordingStarted')
    const { rule, agentCode, direction, number, ours } = started!.data
    assert.equal(
      { rule, agentCode, direction, number, ours },
      {
        rule: 'queue',
        agentCode: '201',
        direction: 'inbound',
        number: '13800002225',
        ours: 'PS',
      },
    )
    const [completed] = await eventsOf(house, 'RecordingCompleted')
    assert.equal(completed!.data.simulated, true)
    assert.equal(completed!.data.file, null)
    assert.ok(Math.abs(completed!.data.durationMs - 60_000) < 1_000, String(completed!.data.durationMs))
  }),
)

recording(
  'A3.2.1-record a call that a recorded extension answers is recorded, and one of another extension is not',
  async () => {
    for (const record of [true, false]) {
      const network = { extensions: [{ number: '8201', record }] }
      await inHouse({ agents: 1, network }, async (house) => {
        const callId = house.call('PS', { talkMs: 10_000 })
        await house.pass(60_000)
        assert.equal(ofRecording(await house.story(callId)).length > 0, record)
        for (const { data } of await eventsOf(house, 'RecordingStarted')) assert.equal(data.rule, 'extension')
      })
    }
  },
)

recording('A3.2.3.2-record an outside call by a route that records is recorded, whatever the phone says', () =>
  inHouse(
    {
      agents: 1,
      network: {
        extensions: [{ number: '8201', record: false }],
        gateways: [{ code: 'gw', mode: 'nni', address: '192.0.2.1' }],
      },
      routes: [{ code: 'out', type: 'outbound', to: '^0\\d+$', gateways: ['gw'], record: true } as never],
      callee: { talkMs: 20_000 },
    },
    async (house) => {
      await house.until(house.desk.place('201', '013912345678', 'placed', house.clock.now(), house.by('agent:201')))
      await house.pass(120_000)
      const [started] = await eventsOf(house, 'RecordingStarted')
      assert.equal(started?.data.rule, 'route')
      assert.equal(started?.data.direction, 'outbound')
      assert.equal(ofRecording(await house.story('placed')).at(-1), 'RecordingCompleted')
    },
  ),
)

recording('a call that no rule asks for is not recorded; the agent’s button starts, masks and stops it', () =>
  inHouse(plain, async (house) => {
    const callId = house.call('PS', { talkMs: 100_000 })
    await house.pass(10_000)
    const press = (command: { do: 'record' | 'mask_recording'; on: boolean }) =>
      house.until(house.desk.call(callId, { ...command, agentId: '201' }, house.by('agent:201')))
    assert.equal(ofRecording(await house.story(callId)), [])
    const refused = await press({ do: 'mask_recording', on: true }).catch((error: unknown) => error)
    assert.ok(isProblem(refused, 'recording.not_running'), String(refused))
    await press({ do: 'record', on: true })
    await house.pass(10_000)
    await press({ do: 'mask_recording', on: true })
    await press({ do: 'mask_recording', on: true })
    await house.pass(5_000)
    await press({ do: 'mask_recording', on: false })
    await house.pass(5_000)
    await press({ do: 'record', on: false })
    await house.pass(1_000)
    await press({ do: 'record', on: true })
    await house.pass(180_000)
    assert.equal(ofRecording(await house.story(callId)), [
      'RecordingStarted',
      'RecordingMasked',
      'RecordingUnmasked',
      'RecordingStopped',
      'RecordingCompleted',
      'RecordingStarted',
      'RecordingStopped',
      'RecordingCompleted',
    ])
    const [first, second] = await eventsOf(house, 'RecordingCompleted')
    assert.is.not(first!.data.recordingId, second!.data.recordingId)
    assert.ok(Math.abs(first!.data.durationMs - 20_000) < 1_000)
  }),
)

recording('what an agent stopped by button does not start again by rule', () =>
  inHouse(recorded, async (house) => {
    const callId = house.call('PS', { talkMs: 100_000 })
    await house.pass(10_000)
    await house.until(house.desk.call(callId, { do: 'record', agentId: '201', on: false }, house.by('agent:201')))
    await house.pass(180_000)
    assert.equal(ofRecording(await house.story(callId)), ['RecordingStarted', 'RecordingStopped', 'RecordingCompleted'])
  }),
)

recording('the recording goes on through hold', () =>
  inHouse(recorded, async (house) => {
    const callId = house.call('PS', { talkMs: 40_000 })
    await house.pass(10_000)
    await house.until(house.desk.call(callId, { do: 'hold', agentId: '201' }, house.by('agent:201')))
    await house.pass(10_000)
    await house.until(house.desk.call(callId, { do: 'resume', agentId: '201' }, house.by('agent:201')))
    await house.pass(120_000)
    assert.equal(ofRecording(await house.story(callId)), ['RecordingStarted', 'RecordingStopped', 'RecordingCompleted'])
    const [completed] = await eventsOf(house, 'RecordingCompleted')
    assert.ok(Math.abs(completed!.data.durationMs - 50_000) < 1_500, String(completed!.data.durationMs))
  }),
)

recording('the owner dies between the stop and the confirmation: its successor asks for the file', () =>
  inHouse(recorded, async (house) => {
    const callId = house.call('PS', { talkMs: 20_000 })
    await house.pass(10_000)
    const command = house.telephony.command.bind(house.telephony)
    let asked = 0
    house.telephony.command = async (id, of, what) => {
      if (what.do === 'deliver_recording' && asked++ === 0) return
      return command(id, of, what)
    }
    await house.pass(30_000)
    assert.equal(asked, 1)
    assert.equal(ofRecording(await house.story(callId)), ['RecordingStarted', 'RecordingStopped'])
    await house.takeOver()
    await house.pass(5_000)
    assert.equal(ofRecording(await house.story(callId)), ['RecordingStarted', 'RecordingStopped', 'RecordingCompleted'])
  }),
)

recording('a store that is full for a minute loses nothing: the file is asked for again', () =>
  inHouse(recorded, async (house) => {
    const callId = house.call('PS', { talkMs: 10_000 })
    const command = house.telephony.command.bind(house.telephony)
    let full = true
    house.telephony.command = async (id, of, what) =>
      what.do === 'deliver_recording' && full ? undefined : command(id, of, what)
    await house.pass(60_000)
    full = false
    await house.pass(120_000)
    assert.equal(ofRecording(await house.story(callId)).at(-1), 'RecordingCompleted')
  }),
)

recording(
  'a file that is late for minutes is said to be late, the call is not held for it, and it is kept when it comes',
  () =>
    inHouse(recorded, async (house) => {
      const callId = house.call('PS', { talkMs: 10_000 })
      const command = house.telephony.command.bind(house.telephony)
      house.telephony.command = async (id, of, what) =>
        what.do === 'deliver_recording' ? undefined : command(id, of, what)
      await house.pass(300_000)
      assert.ok(house.process.switchboard.call(callId))
      await house.pass(100_000)
      assert.equal(ofRecording(await house.story(callId)), ['RecordingStarted', 'RecordingStopped', 'RecordingDelayed'])
      assert.not(house.process.switchboard.call(callId), 'not held for it')
      const [delayed] = await eventsOf(house, 'RecordingDelayed')
      const { recordingId } = delayed!.data
      const [started] = await eventsOf(house, 'RecordingStarted')
      const { legId } = started!.data
      await command('late', 'test', { do: 'deliver_recording', callId, legId, recordingId })
      await house.pass(1_000)
      assert.equal(ofRecording(await house.story(callId)).slice(-2), ['RecordingDelayed', 'RecordingCompleted'])
    }),
)

recording('an owner that comes when the file is late already asks for it all the same', () =>
  inHouse(recorded, async (house) => {
    const callId = house.call('PS', { talkMs: 10_000 })
    const command = house.telephony.command.bind(house.telephony)
    let away = true
    house.telephony.command = async (id, of, what) =>
      what.do === 'deliver_recording' && away ? undefined : command(id, of, what)
    await house.pass(60_000)
    house.kill()
    await house.pass(400_000)
    away = false
    await house.takeOver()
    await house.pass(5_000)
    assert.is(ofRecording(await house.story(callId)).at(-1), 'RecordingCompleted')
  }),
)

recording('a mask that nobody takes off is taken off after five minutes', () =>
  inHouse(recorded, async (house) => {
    const callId = house.call('PS', { talkMs: 330_000 })
    await house.pass(10_000)
    const mask = { do: 'mask_recording' as const, agentId: '201', on: true }
    await house.until(house.desk.call(callId, mask, house.by('agent:201')))
    await house.pass(299_000)
    assert.is(ofRecording(await house.story(callId)).at(-1), 'RecordingMasked')
    await house.pass(2_000)
    const [unmasked] = await eventsOf(house, 'RecordingUnmasked')
    assert.is(unmasked?.data.agentId, null)
    await house.pass(60_000)
  }),
)

recording('a call that goes on with another agent is one recording, in which both are named', () =>
  inHouse({ ...recorded, agents: 2 }, async (house) => {
    const callId = house.call('PS', { talkMs: 100_000 })
    await house.pass(10_000)
    const [started] = await eventsOf(house, 'RecordingStarted')
    const first = started!.data.agentId!
    const other = first === '201' ? '202' : '201'
    await house.until(house.desk.transferToAgent(first, other, house.by(`agent:${first}`)))
    await house.pass(180_000)
    assert.equal(ofRecording(await house.story(callId)), [
      'RecordingStarted',
      'RecordingJoined',
      'RecordingStopped',
      'RecordingCompleted',
    ])
    const [joined] = await eventsOf(house, 'RecordingJoined')
    assert.is(joined!.data.agentCode, other)
  }),
)

recording('with the option "from ringing" it begins when the first phone rings, and who answers is named', () =>
  inHouse(
    { agents: 1, queues: [queueNamed('PS', { record: true })], network: { recording: { from: 'ringing' } } },
    async (house) => {
      const callId = house.call('PS', { talkMs: 30_000 })
      await house.pass(90_000)
      const story = await house.story(callId)
      assert.ok(story.indexOf('RecordingStarted') < story.indexOf('CallAnswered'), story.join())
      assert.ok(story.indexOf('LegRinging') < story.indexOf('RecordingStarted'), story.join())
      const [started] = await eventsOf(house, 'RecordingStarted')
      const { agentCode, queueCode, rule } = started!.data
      assert.equal({ agentCode, queueCode, rule }, { agentCode: null, queueCode: 'PS', rule: 'queue' })
      assert.is((await eventsOf(house, 'RecordingJoined'))[0]?.data.agentCode, '201')
      const [completed] = await eventsOf(house, 'RecordingCompleted')
      assert.ok(completed!.data.durationMs > 32_000, String(completed!.data.durationMs))
    },
  ),
)

recording('a file that is much shorter than the recording ran says by how much', () =>
  inHouse(
    {
      ...recorded,
      keepRecording: async (_tenant, _id, durationMs) => ({
        bytes: 44,
        durationMs: durationMs - 20_000,
        sha256: 'f'.repeat(64),
        file: 't/a-r1.wav',
        simulated: true,
      }),
    },
    async (house) => {
      house.call('PS', { talkMs: 60_000 })
      await house.pass(120_000)
      for (let n = 0; n < 500 && (await eventsOf(house, 'RecordingCompleted')).length === 0; n++) await house.pass(1)
      const [completed] = await eventsOf(house, 'RecordingCompleted')
      assert.ok(Math.abs(completed!.data.shortByMs - 20_000) < 1_000, String(completed!.data.shortByMs))
    },
  ),
)

recording.run()
