/**
 * Recordings of a whole call centre on real servers: who is heard on which side, what is left out, what is kept of it, and
 * how it is played. Telephones send and detect tones. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH. Time limit: 300 s.
 */
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { Centre, OUTSIDE, type Row } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'
import { readWave, secondsOf } from './wave.ts'

/** Hz. */
const [CUSTOMER, AGENT, SECOND] = [400, 700, 900]

interface Context {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  centre: Centre
  outside: TonePhone
  /** Its directories: where FreeSWITCH writes, and the store. */
  directory: string
}

const test = suite<Context>('recordings on real servers')

test.before.each(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.directory = await mkdtemp(join(tmpdir(), 'ledgerline-recordings-'))
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE, answerAfterMs: 50 }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port, {
    LEDGERLINE_RECORDINGS: join(context.directory, 'spool'),
    LEDGERLINE_RECORDING_STORE: join(context.directory, 'store'),
  })
  context.centre.keep(context.outside)
})
test.after.each(async ({ drachtio, freeswitch, centre, directory }) => {
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await centre.closeAndVerify()
  await drachtio.remove()
  await freeswitch.remove()
  await rm(directory, { recursive: true, force: true })
})

const recordings = async ({ centre }: Context, query = ''): Promise<Row[]> =>
  (await centre.get(`/api/v1/recordings${query}`)).rows

/** A caller in the queue talks with 201, who is recorded by their extension's setting. */
async function recordedTalk(context: Context): Promise<{ agent: TonePhone; here: Row }> {
  const { centre, outside } = context
  const agent = await centre.phone('8201', AGENT, { answerAfterMs: 50 })
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => outside.hears(AGENT).length > 0 && agent.hears(CUSTOMER).length > 0)
  await until('the recording', async () => (await recordings(context))[0]?.['status'] === 'recording')
  const { callId } = await centre.agent('201')
  return { agent, here: { callId, agentCode: '201' } }
}

/** The recording that is kept, by its place in time. */
async function kept(context: Context, n = 0): Promise<Row> {
  let row: Row | undefined
  await until('the recording to be kept', async () => {
    row = (await recordings(context, '?sort=startedAt'))[n]
    return row?.['status'] === 'kept'
  })
  return row!
}

function sound({ centre }: Context, row: Row, query = '', headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${centre.url}/api/v1/recordings/${String(row['recordingId'])}/audio${query}`, {
    headers: { ...centre.headers, ...headers },
    signal: AbortSignal.timeout(20_000),
  })
}

/** What each side of a file says. */
async function sides(file: Buffer, { directory }: Context) {
  const path = join(directory, 'heard.wav')
  await writeFile(path, file)
  const { channels, rate } = readWave(path)
  assert.is(channels.length, 2, 'stereo')
  return channels.map((side) => (tone: number) => secondsOf(side, rate, tone))
}

test('A11.1.4-recordings C14.0-page C14.4-play C14.5-download a queue call recorded by the extension: the customer left, the agent right, nothing of what was masked', async (context) => {
  const { centre, outside } = context
  const { here } = await recordedTalk(context)
  await spoken(outside, 2)
  await centre.command('calls/mask-recording', { ...here, on: true })
  await until('the mask', async () => (await recordings(context))[0]!['masked'] === true)
  await spoken(outside, 2)
  await centre.command('calls/mask-recording', { ...here, on: false })
  await until('the mask to be off', async () => (await recordings(context))[0]!['masked'] === false)
  await spoken(outside, 2)
  await outside.bye()
  const row = await kept(context)
  const { rule, agentCode, queueCode, direction, masks, simulated, failure } = row
  assert.equal(
    { rule, agentCode, queueCode, direction, masks, simulated, failure },
    {
      rule: 'extension',
      agentCode: '201',
      queueCode: 'service',
      direction: 'inbound',
      masks: 1,
      simulated: false,
      failure: null,
    },
  )

  const whole = await sound(context, row)
  assert.is(whole.status, 200)
  const file = Buffer.from(await whole.arrayBuffer())
  assert.is(file.length, row['bytes'], 'the size that the ledger says')
  assert.is(createHash('sha256').update(file).digest('hex'), row['sha256'])
  // 8 kHz, two channels of 16 bits.
  const lasts = (file.length - 44) / 32
  assert.ok(Math.abs(lasts - (row['durationMs'] as number)) < 100, `${lasts} ms, said: ${String(row['durationMs'])}`)
  assert.ok(lasts > 5_500, `${lasts} ms`)
  const [left, right] = await sides(file, context)
  for (const [side, own, other] of [
    [left!, CUSTOMER, AGENT],
    [right!, AGENT, CUSTOMER],
  ] as const) {
    assert.ok(side(own) > 3, `${own} Hz: ${side(own)} s`)
    assert.is(side(other), 0, `${other} Hz is on its own side alone`)
    assert.ok(side(0) > 1.5, `left out: ${side(0)} s`)
  }

  // Somebody jumps about in it.
  const part = await sound(context, row, '', { range: 'bytes=16044-32043' })
  assert.equal([part.status, part.headers.get('content-range')], [206, `bytes 16044-32043/${file.length}`])
  assert.equal(Buffer.from(await part.arrayBuffer()), file.subarray(16_044, 32_044))
  const beyond = await sound(context, row, '', { range: `bytes=${file.length}-` })
  assert.is(beyond.status, 416)
  await beyond.arrayBuffer()

  assert.equal(await filesIn(join(context.directory, 'store')), [String(row['file'])])
  await until('that it was heard', async () => (await recordings(context))[0]!['plays'] === 1)
})

test('C14.5-formats C14.3-recording-download it is downloaded as MP3 where ffmpeg is, else that is said', async (context) => {
  await recordedTalk(context)
  await spoken(context.outside, 2)
  await context.outside.bye()
  const answer = await sound(context, await kept(context), '?format=mp3&download=true')
  const file = Buffer.from(await answer.arrayBuffer())
  if (spawnSync('ffmpeg', ['-version']).error) return assert.is(answer.status, 501, file.toString())
  assert.equal([answer.status, answer.headers.get('content-type')], [200, 'audio/mpeg'])
  const wav = spawnSync('ffmpeg', ['-v', 'error', '-i', '-', '-f', 'wav', '-ar', '8000', '-c:a', 'pcm_s16le', '-'], {
    input: file,
    maxBuffer: 1 << 26,
  })
  // What goes through a pipe does not know its length in advance.
  const [left, right] = await sides(wav.stdout, context)
  assert.ok(left!(CUSTOMER) > 1 && right!(AGENT) > 1, `${left!(CUSTOMER)} s, ${right!(AGENT)} s`)
})

test('A11.1.4-recordings stopped and begun again by button: two recordings of one call, nothing of what was between', async (context) => {
  const { centre, outside } = context
  const { agent, here } = await recordedTalk(context)
  await spoken(outside, 1)
  await centre.command('calls/record', { ...here, on: false })
  const first = await kept(context)
  await spoken(outside, 2)
  await centre.command('calls/record', { ...here, on: true })
  await until('the second', async () => (await recordings(context)).length === 2)
  await spoken(outside, 1)
  await agent.bye()
  const second = await kept(context, 1)
  assert.equal([first['rule'], second['rule'], second['callId']], ['extension', 'agent', first['callId']])
  for (const row of [first, second]) {
    const [left, right] = await sides(Buffer.from(await (await sound(context, row)).arrayBuffer()), context)
    assert.ok(left!(CUSTOMER) > 0.5 && right!(AGENT) > 0.5)
  }
  const at = (value: unknown): number => new Date(value as number | string).getTime()
  assert.ok(at(second['startedAt']) - at(first['stoppedAt']) > 1_500, 'what was said between is in neither')
})

test('C14.0-page through hold and a transfer it is one recording, in which both agents are on the right', async (context) => {
  const { centre, outside } = context
  const second = await centre.phone('8202', SECOND, { answerAfterMs: 50 })
  const { here } = await recordedTalk(context)
  await centre.ready('202')
  await spoken(outside, 1)
  await centre.command('calls/consult', { ...here, toAgentCode: '202' })
  await until('the consultation', () => second.hears(AGENT).length > 0)
  await centre.command('calls/hand-over', here)
  await until(
    'the customer with the second',
    () => outside.hears(SECOND).length > 0 && second.hears(CUSTOMER).length > 0,
  )
  await spoken(outside, 2)
  await outside.bye()
  const row = await kept(context)
  assert.equal(row['agentCodes'], ['201', '202'])
  assert.is((await recordings(context)).length, 1)
  const [left, right] = await sides(Buffer.from(await (await sound(context, row)).arrayBuffer()), context)
  assert.ok(left!(CUSTOMER) > 2, `${left!(CUSTOMER)} s`)
  assert.ok(right!(AGENT) > 0.5 && right!(SECOND) > 1, `${right!(AGENT)} s, ${right!(SECOND)} s`)
})

/** So many seconds more have been spoken, as a telephone counts them. */
async function spoken(phone: TonePhone, seconds: number): Promise<void> {
  const from = phone.samples
  await until('something to be said', () => phone.samples - from >= seconds * 8_000)
}

async function filesIn(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true }).catch(() => [])
  return found.filter((name) => name.endsWith('.wav'))
}

test.run()
