/** Callers who leave messages, through the whole switchboard on the virtual clock. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { eventsOf, inHouse } from '../acd/in-house.ts'
import { callerTo, queueNamed, tenant, type HouseOptions, type VirtualHouse } from '../support/house.ts'

const test = suite('voicemail')

const BOX = { afterMs: 15_000, longestMs: 60_000 }
const network = {
  extensions: [
    { number: '8201', voicemail: BOX, record: false },
    { number: '8202', record: false },
    { number: '8300', voicemail: BOX, record: false },
  ],
}
const toBox = (code: string): RouteSettings =>
  ({ code: 'box', order: 1, type: 'inbound', to: '95501', target: { kind: 'voicemail', code } }) as RouteSettings
const local = { code: 'local', order: 100, type: 'basic', to: '^\\d{3,4}$' } as RouteSettings

const house = (options: HouseOptions, body: (house: VirtualHouse) => Promise<void>) =>
  inHouse({ network, routes: [toBox('8201'), local], ...options }, body)

/** A caller who waits as long as they are told, and hangs up then. */
function calls(at: VirtualHouse, to: string, patienceMs = 600_000): { legId: string; callId: string } {
  return at.telephony.arrive(callerTo(to, { patienceMs }))!
}

const told = async (at: VirtualHouse, callId: string): Promise<string[]> =>
  (await at.ledger())
    .filter(({ stream }) => stream === `call-${tenant}.${callId}`)
    .flatMap((event): string[] => {
      switch (event.type) {
        case 'VoicemailReached':
          return [`at ${event.data.box}`]
        case 'PromptPlayed':
          return [event.data.media]
        case 'RecordingStarted':
          return [`records by ${event.data.rule}`]
        case 'RecordingCompleted':
          return [`kept ${Math.round(event.data.durationMs / 1000)} s`]
        case 'VoiceMessageLeft':
          return [`left ${Math.round(event.data.durationMs / 1000)} s by ${event.data.by}`]
        case 'VoicemailLeft':
          return [`none ${event.data.reason}`]
        case 'VoiceMessageMarked':
          return [`${event.data.before} → ${event.data.mark} by ${event.data.by}`]
        case 'VoiceMessageDeleted':
          return [`deleted by ${event.data.by}`]
        case 'CallEnded':
          return [`ended ${event.data.reason}`]
        default:
          return []
      }
    })

test('A11.1.5-voicemail: greeting, tone, message until #, kept; the caller hears that it was saved', () =>
  house({}, async (at) => {
    const { legId, callId } = calls(at, '95501')
    await at.pass(10_100)
    assert.equal(await told(at, callId), ['at 8201', 'voicemail_greeting', 'voicemail_beep', 'records by voicemail'])
    await at.pass(20_000)
    at.telephony.press(legId, '5')
    at.telephony.press(legId, '#')
    await at.pass(20_000)
    assert.equal((await told(at, callId)).slice(4), [
      'left 20 s by key',
      'kept 20 s',
      'voicemail_saved',
      'ended completed',
    ])
    const [left] = await eventsOf(at, 'VoiceMessageLeft')
    assert.equal([left!.data.box, left!.data.agentCode, left!.data.number], ['8201', '201', '13800002225'])
    assert.equal((await at.story(callId)).includes('LegDigit'), false)
  }))

test('A11.1.5-voicemail: a hang-up ends the message; what is too short, or before the tone, is none', () =>
  house({}, async (at) => {
    const long = calls(at, '95501')
    const short = calls(at, '95501')
    const early = calls(at, '95501')
    await at.pass(3_000)
    at.telephony.act(early.legId, 'hang_up')
    await at.pass(7_500)
    at.telephony.act(short.legId, 'hang_up')
    await at.pass(29_600)
    at.telephony.act(long.legId, 'hang_up')
    await at.pass(30_000)
    assert.equal((await told(at, early.callId)).slice(-2), ['none hung_up', 'ended hung_up'])
    assert.ok((await told(at, short.callId)).includes('none too_short'))
    assert.ok((await told(at, long.callId)).includes('left 30 s by hung_up'))
    assert.is((await eventsOf(at, 'VoiceMessageLeft')).length, 1)
  }))

test('A11.1.5-voicemail: the longest message ends by itself', () =>
  house({}, async (at) => {
    const { callId } = calls(at, '95501')
    await at.pass(200_000)
    assert.ok((await told(at, callId)).includes('left 60 s by limit'))
  }))

test('A11.1.5-voicemail: prompts whose end nobody reports are over in time, and so is everything after them', () =>
  house({}, async (at) => {
    const { callId } = calls(at, '95501')
    at.telephony.inject({ kind: 'command-lost', when: { chance: 1 }, of: { what: 'play' } })
    await at.pass(400_000)
    const lines = await told(at, callId)
    assert.ok(lines.includes('left 60 s by limit') && lines.at(-1) === 'ended completed', lines.join())
  }))

test('A11.1.5-voicemail: a phone that does not answer in its time leads to its box; one that answers does not', () =>
  house({ agents: 2, habits: picksUp({ after: () => 30_000 }) }, async (at) => {
    const { callId } = calls(at, '8201')
    await at.pass(14_000)
    assert.equal(await told(at, callId), [])
    await at.pass(15_000)
    assert.equal((await told(at, callId)).slice(0, 3), ['at 8201', 'voicemail_greeting', 'voicemail_beep'])
    const ended = (await eventsOf(at, 'OfferEnded')).map(({ data }) => data.result)
    assert.equal(ended, ['withdrawn'])
    await at.pass(200_000)
    const other = calls(at, '8202', 25_000)
    await at.pass(60_000)
    assert.not((await at.story(other.callId)).includes('VoicemailReached'))
  }))

test('A11.1.5-voicemail: a phone at which nobody sits, and an agent who is away, have boxes too', () =>
  house({ agents: 2 }, async (at) => {
    at.telephony.plug(tenant, '8300', picksUp({ ignores: 1 }))
    await at.pass(10)
    const nobody = calls(at, '8300')
    await at.until(at.desk.setWork('201', 'away', null, at.by('agent:201')))
    const away = calls(at, '8201')
    await at.pass(60_000)
    assert.ok((await told(at, nobody.callId)).includes('at 8300'))
    assert.ok((await told(at, away.callId)).includes('at 8201'))
    await at.pass(200_000)
  }))

test('A11.1.5-voicemail: an exit of a queue leads to the box of its extension, whose messages are the queue’s', () =>
  house(
    {
      agents: 1,
      queues: [
        queueNamed('PS', {
          maxWaitMs: 30_000,
          exits: {
            timed_out: { kind: 'voicemail', code: '301' },
            no_agent: { kind: 'hang_up', code: '' },
            left_by_key: { kind: 'hang_up', code: '' },
            overflowed: { kind: 'hang_up', code: '' },
            closed: { kind: 'hang_up', code: '' },
          },
        }),
      ],
      network: { extensions: [...network.extensions, { number: '301', type: 'queue', target: 'PS', voicemail: BOX }] },
    },
    async (at) => {
      await at.until(at.desk.setWork('201', 'away', null, at.by('agent:201')))
      const { callId } = calls(at, 'PS')
      await at.pass(200_000)
      const [left] = await eventsOf(at, 'VoiceMessageLeft')
      assert.equal([left!.data.box, left!.data.queueCode, left!.data.agentCode], ['301', 'PS', null])
      assert.equal((await told(at, callId)).at(-1), 'ended completed')
    },
  ))

test('A11.1.5-voicemail: listened to, marked, called back, deleted: each in the ledger with who did it', () =>
  house({ agents: 2, callee: { talkMs: 20_000 } }, async (at) => {
    const { callId } = calls(at, '95501')
    await at.pass(200_000)
    const messageId = (await eventsOf(at, 'VoiceMessageLeft'))[0]!.data.messageId
    const ask = (command: Parameters<typeof at.desk.call>[1], who: string) =>
      at.until(at.desk.call(callId, command, at.by(who)))
    await ask({ do: 'play_recording', recordingId: messageId, by: '201', download: false }, 'agent:201')
    await ask({ do: 'play_recording', recordingId: messageId, by: '202', download: false }, 'agent:202')
    await ask({ do: 'mark_message', messageId, mark: 'new', by: '202' }, 'agent:202')
    await ask({ do: 'mark_message', messageId, mark: 'new', by: '202' }, 'agent:202')
    const which = { callId, messageId, callbackCallId: 'back' }
    await at.until(at.desk.callBackMessage('201', which, at.clock.now(), at.by('agent:201')))
    await at.pass(120_000)
    await ask({ do: 'delete_message', messageId, by: 'chief' }, 'operator:chief')
    assert.equal((await told(at, callId)).slice(-5), [
      'ended completed',
      'new → heard by 201',
      'heard → new by 202',
      'new → handled by 201',
      'deleted by chief',
    ])
    const placed = (await eventsOf(at, 'CallPlaced'))[0]!
    assert.equal([placed.data.to, placed.data.linkedCallId, placed.actor], ['13800002225', callId, 'agent:201'])
    assert.ok((await at.story('back')).includes('CallAnswered'))
    for (const command of [
      { do: 'mark_message', messageId, mark: 'heard', by: '201' },
      { do: 'play_recording', recordingId: messageId, by: '201', download: false },
    ] as const) {
      const refused = await ask(command, 'agent:201').catch((error: unknown) => error)
      assert.ok(isProblem(refused, 'voicemail.deleted'), String(refused))
    }
    const unknown = await ask({ do: 'delete_message', messageId: 'x', by: '201' }, 'a').catch((error: unknown) => error)
    assert.ok(isProblem(unknown, 'voicemail.unknown'), String(unknown))
  }))

test('A11.1.5-voicemail: an owner dies at every step; the message is left all the same', async () => {
  for (const killAfter of [100, 3_000, 7_000, 10_100, 20_000, 41_000])
    for (const withSnapshot of [false, true])
      await house({}, async (at) => {
        const { callId } = calls(at, '95501')
        await at.pass(killAfter)
        at.kill()
        await at.pass(500)
        await at.takeOver({ withSnapshot })
        await at.pass(300_000)
        const lines = await told(at, callId)
        assert.ok(
          lines.some((line) => line.startsWith('left')) && lines.some((line) => line.startsWith('kept')),
          `${killAfter} ${withSnapshot}: ${lines.join()}`,
        )
      })
})

test.run()
