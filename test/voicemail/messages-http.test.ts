/** The list of messages, what people do with them, and the report of satisfaction: real tables, real files, a simulated network. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { keyOf, type RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { RecordingRetention } from '@ledgerline/adapters/recordings/retention.ts'
import { operatorPermissions } from '@ledgerline/core/access/session.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { eventsOf } from '../acd/in-house.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { ask } from '../http/web.ts'
import { callerTo, queueNamed, tenant } from '../support/house.ts'
import { keepsTones } from '../recording/kept.ts'

const test = suite<{ directory: string; files: RecordingFiles; spine: Spine | null }>('messages over HTTP')

test.before.each(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'messages-'))
  context.files = localFiles(context.directory)
})
test.after.each(async (context) => {
  await context.spine?.close()
  context.spine = null
  await rm(context.directory, { recursive: true })
})

async function house(files: RecordingFiles, permissions: readonly string[] = operatorPermissions): Promise<Spine> {
  const box = { code: 'box', order: 1, type: 'inbound', to: '95501', target: { kind: 'voicemail', code: '8201' } }
  return startSpine('messages', {
    agents: 2,
    queues: [queueNamed('PS', { survey: { when: 'every_call' }, wrapUpMs: 0 })],
    routes: [box as RouteSettings],
    network: { extensions: [{ number: '8201', voicemail: { afterMs: 15_000, longestMs: 30_000 }, record: false }] },
    recordings: files,
    permissions: new Set(permissions) as never,
    keepRecording: keepsTones(files, 1000, (ranMs) => ranMs),
  })
}

/** Somebody leaves a message of 30 s; its id. */
async function left(spine: Spine): Promise<string> {
  const before = (await eventsOf(spine.floor, 'RecordingCompleted')).length
  spine.floor.telephony.arrive(callerTo('95501', { patienceMs: 600_000 }))
  await spine.pass(80_000)
  for (let n = 0; n < 500 && (await eventsOf(spine.floor, 'RecordingCompleted')).length === before; n++)
    await spine.pass(1)
  await spine.settled()
  return (await eventsOf(spine.floor, 'VoiceMessageLeft')).at(-1)!.data.messageId
}

const rows = async (spine: Spine, path: string): Promise<Record<string, unknown>[]> =>
  (await spine.during(ask(spine, 'GET', `/api/v1/${path}`))).json.rows

let made = 0
async function send(spine: Spine, path: string, body: object, commandId = `message-${++made}-of-test`) {
  const answer = await spine.during(
    ask(spine, 'POST', `/api/v1/commands/voicemail/${path}`, { body: { commandId, ...body } }),
  )
  await spine.settled()
  return answer
}

test('A11.1.5-voicemail: all messages left by callers, with masked numbers, and how many wait at each box', async (context) => {
  const spine = (context.spine = await house(context.files))
  const messageId = await left(spine)
  await left(spine)
  const [, row] = await rows(spine, 'voice_messages?sort=-leftAt')
  assert.equal(
    [
      row!['messageId'],
      row!['box'],
      row!['agentCode'],
      row!['fromNumber'],
      row!['durationMs'],
      row!['endedBy'],
      row!['state'],
    ],
    [messageId, '8201', '201', '138****2225', 30_000, 'limit', 'new'],
  )
  assert.equal(
    (await rows(spine, 'mailboxes')).map(({ box, waiting, unhandled }) => [box, waiting, unhandled]),
    [['8201', 2, 2]],
  )
  assert.is((await rows(spine, 'voice_messages?state=handled')).length, 0)
  assert.is((await rows(spine, 'voice_messages?agentCode=201&state=new')).length, 2)
  const outcomes = (await rows(spine, 'calls')).map(({ outcome }) => outcome)
  assert.equal(outcomes, ['message', 'message'])
})

test('A11.1.5-voicemail: listened to, marked, called back and deleted, each once and by whom', async (context) => {
  const spine = (context.spine = await house(context.files))
  const messageId = await left(spine)
  const state = async () => (await rows(spine, 'voice_messages'))[0]!
  const sound = () => spine.during(ask(spine, 'GET', `/api/v1/recordings/${messageId}/audio?agentCode=201`))
  assert.is((await sound()).status, 200)
  await spine.settled()
  assert.equal([(await state())['state'], (await state())['heardBy']], ['heard', '201'])
  assert.is((await rows(spine, 'mailboxes'))[0]!['waiting'], 0)

  const back = { messageId, agentCode: '201' }
  const first = await send(spine, 'call-back', back, 'call-back-of-test')
  assert.is(first.status, 200)
  assert.equal((await send(spine, 'call-back', back, 'call-back-of-test')).json, first.json)
  await spine.pass(120_000)
  await spine.settled()
  const { state: handled, calledBackBy, callbackCallId, handledBy } = await state()
  assert.equal([handled, calledBackBy, handledBy], ['handled', '201', '201'])
  const placed = (await rows(spine, 'calls?direction=outbound'))[0]!
  assert.equal(
    [placed['callId'], placed['linkedCallId'], placed['outcome']],
    [callbackCallId, (await state())['callId'], 'answered'],
  )

  assert.is((await send(spine, 'mark', { messageId, mark: 'heard' })).status, 200)
  assert.equal([(await state())['state'], (await state())['handledAt']], ['heard', null])
  assert.is((await send(spine, 'delete', { messageId })).status, 200)
  assert.equal([(await state())['state'], (await state())['deletedBy']], ['deleted', 'operator'])
  assert.is(await context.files.size(keyOf(tenant, messageId)), null)
  assert.is((await sound()).json.code, 'recording.no_audio')
  assert.is((await send(spine, 'mark', { messageId, mark: 'heard' })).json.code, 'voicemail.deleted')
  assert.is((await rows(spine, 'mailboxes'))[0]!['unhandled'], 0)
})

test('A11.1.5-voicemail: a deleted message is silent at once, and its file goes when the store is back, with an event', async (context) => {
  const store = context.files
  let away = true
  const files: RecordingFiles = {
    put: (...asked) => store.put(...asked),
    read: (...asked) => store.read(...asked),
    size: (key) => store.size(key),
    delete: (key) => (away ? Promise.reject(new Error('the store is away')) : store.delete(key)),
  }
  const spine = (context.spine = await house(files))
  const { floor } = spine
  const messageId = await left(spine)
  const recording = async () => (await rows(spine, `recordings?recordingId=${messageId}`))[0]!
  const told: unknown[] = []
  const retention = new RecordingRetention({
    tenant,
    readSide: spine.readSide,
    files,
    rules: () => floor.process.switchboard.configuration.state,
    clock: floor.clock,
    async deleted(callId, recordingId, keptDays) {
      const command = { do: 'recording_deleted' as const, recordingId, keptDays }
      const by = { tenant, commandId: `${recordingId}:deleted`, actor: 'system:recordings' }
      await floor.desk.call(callId, command, by)
    },
    onTrouble: (error) => told.push(error),
  })
  assert.is((await send(spine, 'delete', { messageId })).status, 200)
  assert.equal([(await recording())['status'], (await recording())['deletedAt']], ['deleting', null])
  const sound = await spine.during(ask(spine, 'GET', `/api/v1/recordings/${messageId}/audio`))
  assert.is(sound.json.code, 'recording.no_audio')
  await spine.during(retention.look())
  assert.is(told.length, 1)
  assert.ok(await store.size(keyOf(tenant, messageId)))
  away = false
  await spine.during(retention.look())
  await spine.during(retention.look())
  await spine.settled()
  assert.is(await store.size(keyOf(tenant, messageId)), null)
  assert.equal(
    (await eventsOf(floor, 'RecordingDeleted')).map(({ data: { reason, keptDays }, actor }) => [
      reason,
      keptDays,
      actor,
    ]),
    [['message', null, 'system:recordings']],
  )
  const after = await recording()
  assert.equal([after['status'], after['file'], after['deletedAt'] !== null], ['deleted', null, true])
})

test('messages need their permissions, and nobody reaches those of others', async (context) => {
  const spine = (context.spine = await house(context.files, ['calls.see', 'boards.see']))
  const messageId = await left(spine)
  assert.is((await rows(spine, 'voice_messages')).length, 1)
  assert.is((await send(spine, 'mark', { messageId, mark: 'heard' })).status, 403)
  context.spine = null
  await spine.close()
  const other = (context.spine = await house(context.files))
  assert.is((await send(other, 'mark', { messageId: 'somebody-elses', mark: 'heard' })).status, 404)
  assert.is(
    (await send(other, 'call-back', { messageId: await left(other), agentCode: '999' })).json.code,
    'agent.unknown',
  )
})

test('A11.3.6-satisfaction A11.3.6-rating-scale: the report by agent and extension, and the rating in the call’s row', async (context) => {
  const spine = (context.spine = await house(context.files))
  for (const digits of ['1', '1', '2', '3', '']) {
    const keys = [...digits].map((digit) => ({ when: 'asked' as const, digit, afterMs: 2_000 }))
    spine.floor.call('PS', { talkMs: 20_000, talkEndedBy: 'agent', patienceMs: 600_000, keys })
    await spine.pass(120_000)
  }
  await spine.settled()
  const ratings = (await rows(spine, 'calls?sort=receivedAt')).map(({ rating }) => rating)
  assert.equal(ratings, ['satisfied', 'satisfied', 'fair', 'dissatisfied', null])
  const surveys = await rows(spine, 'surveys?sort=startedAt')
  assert.equal(
    surveys.map(({ rating, result, queueCode, startedBy }) => [rating, result, queueCode, startedBy]),
    [
      ['satisfied', 'rated', 'PS', 'rule'],
      ['satisfied', 'rated', 'PS', 'rule'],
      ['fair', 'rated', 'PS', 'rule'],
      ['dissatisfied', 'rated', 'PS', 'rule'],
      [null, 'no_key', 'PS', 'rule'],
    ],
  )
  const { totals, rows: agents } = (await spine.during(ask(spine, 'GET', '/api/v1/reports/satisfaction'))).json
  assert.equal(
    { ...totals },
    {
      agent: null,
      extension: null,
      satisfied: 2,
      fair: 1,
      dissatisfied: 1,
      notRated: 1,
      asked: 5,
      satisfaction: 0.4,
      fairShare: 0.2,
      dissatisfaction: 0.2,
    },
  )
  assert.equal(
    agents.map(({ agent, extension }: { agent: string; extension: string }) => [agent, extension]).toSorted(),
    [
      ['201', '8201'],
      ['202', '8202'],
    ],
  )
})

test('C21.0-purpose: a function that was dialled is no failed call, and one keyed in during a call changes no outcome', async (context) => {
  const spine = (context.spine = await house(context.files))
  spine.floor.telephony.dial(tenant, '8201', '*100')
  await spine.pass(30_000)
  await spine.settled()
  const [row] = await rows(spine, 'calls')
  assert.equal([row!['direction'], row!['outcome']], ['internal', 'feature'])
})

test.run()
