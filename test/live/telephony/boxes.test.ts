/**
 * Voicemail and the survey on real servers: what a caller says after the tone is in the file that an agent hears, and keys
 * of a real telephone (RFC 4733) end in the tables. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH. Time limit: 300 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HEADER_BYTES, readWav } from '@ledgerline/adapters/recordings/wav.ts'
import { until } from '../../support/gate.ts'
import { amplitude, TonePhone } from '../../support/tone-phone.ts'
import { Centre, OUTSIDE } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

/** Hz: the voices, and the tone of the house after which callers speak. */
const [CUSTOMER, FIRST, BEEP] = [400, 700, 1_000]

const test = suite<{ drachtio: OwnDrachtio; freeswitch: OwnFreeSwitch; centre: Centre; outside: TonePhone }>(
  'boxes and surveys on real servers',
)

test.before.each(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port)
  context.centre.keep(context.outside)
  const { version: _, ...present } = (await context.centre.get('/api/v1/switchboard')) as Record<string, any>
  const { queues, agents, supervisors, routes, network, zone } = present
  await context.centre.post('/api/v1/switchboard/activate', {
    commandId: 'with-boxes-and-surveys',
    zone,
    agents: agents.map(({ agentId: __, ...agent }: Record<string, unknown>) => agent),
    supervisors,
    routes,
    queues: queues.map((each: object) => ({ ...each, survey: { when: 'every_call', waitMs: 20_000 } })),
    network: {
      ...network,
      extensions: network.extensions.map(({ secretSet: ___, ...one }: Record<string, unknown>) =>
        one['number'] === '8201' ? { ...one, voicemail: { afterMs: 2_000, longestMs: 30_000 } } : one,
      ),
    },
  })
})
test.after.each(async ({ drachtio, freeswitch, centre }) => {
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await centre.closeAndVerify()
  await drachtio.remove()
  await freeswitch.remove()
})

/** Signs an agent in, and makes them ready once their shift is known everywhere. */
async function ready(centre: Centre, agentCode: string): Promise<void> {
  await centre.command('agents/sign-in', { agentCode, via: 'phone' })
  await until('the shift', async () => (await centre.agent(agentCode))['state'] === 'away')
  await centre.command('agents/ready', { agentCode })
  await until('the agent to be ready', async () => (await centre.agent(agentCode))['state'] === 'ready')
}

/** How loud a tone is in one channel of a file of 16-bit samples. */
function loudness(file: Buffer, channel: number, hz: number): number {
  const wav = readWav(file.subarray(0, HEADER_BYTES), file.length)
  assert.ok(wav, 'a WAV file')
  const { channels, from, bytes } = wav!
  const count = Math.floor(bytes / (2 * channels))
  const samples = new Float32Array(count)
  for (let n = 0; n < count; n++) samples[n] = file.readInt16LE(from + (n * channels + channel) * 2)
  // The middle: a key ends it, and the tone may echo at its beginning.
  const middle = samples.subarray(Math.floor(count / 4), Math.floor((count * 3) / 4))
  return amplitude(middle, hz)
}

test('A11.1.5-voicemail: a phone rings in vain, the caller speaks after the tone, and the agent hears what they said', async ({
  centre,
  outside,
}) => {
  await centre.phone('8201', FIRST, { takes: 'ring' })
  await ready(centre, '201')
  assert.is(await centre.call(outside, '8201'), 200)
  await until('the tone', () => outside.hears(BEEP).length > 0)
  await until('the recording', async () => (await centre.get('/api/v1/recordings')).rows[0]?.['rule'] === 'voicemail')
  const before = outside.samples
  // Four seconds of speech, as the telephone counts them.
  await until('something to be said', () => outside.samples > before + 32_000)
  await outside.press('#')
  await until('the caller to be let go', () => !outside.inCall)
  await until('the file', async () => (await centre.get('/api/v1/recordings')).rows[0]?.['status'] === 'kept')
  const [message] = (await centre.get('/api/v1/voice_messages')).rows
  assert.equal(
    [message!['box'], message!['agentCode'], message!['endedBy'], message!['state']],
    ['8201', '201', 'key', 'new'],
  )
  assert.ok((message!['durationMs'] as number) > 3_000, String(message!['durationMs']))
  const sound = await fetch(`${centre.url}/api/v1/recordings/${message!['messageId']}/audio?agentCode=201`, {
    headers: centre.headers,
  })
  assert.is(sound.status, 200)
  const file = Buffer.from(await sound.arrayBuffer())
  assert.ok(loudness(file, 0, CUSTOMER) > 1_000, `the caller: ${loudness(file, 0, CUSTOMER)}`)
  assert.ok(loudness(file, 0, FIRST) < 100)
  await until('the message to be heard', async () => {
    const [row] = (await centre.get('/api/v1/voice_messages')).rows
    return row!['state'] === 'heard' && row!['heardBy'] === '201'
  })
  const [call] = (await centre.get('/api/v1/calls')).rows
  assert.equal([call!['outcome'], call!['status']], ['message', 'ended'])
})

test('A2.2-btn-satisfaction C16.0-survey: after the agent has hung up, a wrong key is asked again, and the rating is in the tables', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { answerAfterMs: 100 })
  await ready(centre, '201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => outside.hears(FIRST).length > 0 && first.hears(CUSTOMER).length > 0)
  await first.bye()
  await until('the question', async () => (await centre.get('/api/v1/surveys')).rows.length === 1)
  await until('the agent’s voice to be gone', () => outside.hears(FIRST).length === 0)
  assert.ok(outside.inCall)
  await outside.press('9')
  const callId = (await centre.get('/api/v1/surveys')).rows[0]!['callId'] as string
  await until('the question again', async () => {
    const { events } = (await centre.get(`/api/v1/calls/${callId}/timeline`)) as unknown as {
      events: { type: string }[]
    }
    return events.some(({ type }) => type === 'SurveyRepeated')
  })
  await outside.press('2')
  await until('the rating', async () => (await centre.get('/api/v1/surveys')).rows[0]!['rating'] === 'fair')
  await until('the customer to be let go', () => !outside.inCall)
  await until('the call in the tables', async () => (await centre.get('/api/v1/calls')).rows[0]?.['status'] === 'ended')
  const [call] = (await centre.get('/api/v1/calls')).rows
  assert.equal([call!['outcome'], call!['rating'], call!['endedBy']], ['answered', 'fair', 'system'])
})

test('C4.4-a1-checkin C4.4-a2-beep C21.0-code-long-sign-in: a phone that dials *99 stays connected, and calls are put through on it', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { takes: 'busy' })
  await ready(centre, '201')
  assert.is(await centre.call(first, '*99'), 200)
  await until('the long sign-in', async () => (await centre.agent('201'))['longSignIn'] === 'active')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => outside.hears(FIRST).length > 0 && first.hears(CUSTOMER).length > 0)
  // Nothing rang at the phone: it would have been busy.
  assert.not(first.asked.includes('INVITE'))
  await outside.bye()
  await until('the agent to be idle', async () => (await centre.agent('201'))['callId'] === null)
  assert.ok(first.inCall)
  await first.bye()
  await until('the long sign-in to end', async () => (await centre.agent('201'))['longSignIn'] === 'none')
  const outcomes = (await centre.get('/api/v1/calls?sort=receivedAt')).rows.map(({ outcome }) => outcome)
  assert.equal(outcomes, ['feature', 'answered'])
})

test.run()
