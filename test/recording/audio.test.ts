/** The list of recordings and their sound over HTTP: real tables, real files, a simulated network. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { toMp3 } from '@ledgerline/adapters/recordings/mp3.ts'
import { rangeOf } from '@ledgerline/adapters/http/recordings/range.ts'
import { operatorPermissions } from '@ledgerline/core/access/session.ts'
import { eventsOf } from '../acd/in-house.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { ask } from '../http/web.ts'
import { queueNamed } from '../support/house.ts'
import { wav } from './wav.ts'
import { keepsTones } from './kept.ts'

const audio = suite<{ directory: string; files: RecordingFiles; spine: Spine | null }>('recordings over HTTP')

audio.before.each(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'recordings-'))
  context.files = localFiles(context.directory)
})
audio.after.each(async (context) => {
  await context.spine?.close()
  context.spine = null
  await rm(context.directory, { recursive: true })
})

/** A house whose recordings are two seconds long at most, and one call in it. */
async function oneCall(files: RecordingFiles, permissions: readonly string[] = operatorPermissions): Promise<Spine> {
  const spine = await startSpine('recordings', {
    agents: 1,
    queues: [queueNamed('PS', { record: true })],
    recordings: files,
    permissions: new Set(permissions) as never,
    keepRecording: keepsTones(files, 2000),
  })
  spine.floor.call('PS', { talkMs: 30_000 })
  await spine.pass(60_000)
  for (let n = 0; n < 500 && (await eventsOf(spine.floor, 'RecordingCompleted')).length === 0; n++) await spine.pass(1)
  await spine.settled()
  return spine
}

const rowsOf = async (spine: Spine, query = ''): Promise<Record<string, unknown>[]> =>
  (await ask(spine, 'GET', `/api/v1/recordings${query}`)).json.rows

audio('C14.0-page the list names agent, start, end, length, direction and numbers, masked', async (context) => {
  const spine = (context.spine = await oneCall(context.files))
  const [row] = await rowsOf(spine)
  assert.equal(
    { ...row, recordingId: 0, callId: 0, startedAt: 0, stoppedAt: 0, sha256: 0, file: 0 },
    {
      recordingId: 0,
      callId: 0,
      agentId: '201',
      agentCode: '201',
      agentCodes: ['201'],
      queueCode: 'PS',
      task: null,
      rule: 'queue',
      direction: 'inbound',
      fromNumber: '138****2225',
      toNumber: 'PS',
      ours: 'PS',
      status: 'kept',
      startedAt: 0,
      stoppedAt: 0,
      durationMs: 2_000,
      masked: false,
      masks: 0,
      bytes: 64_044,
      sha256: 0,
      file: 0,
      simulated: true,
      failure: null,
      shortByMs: 28_000,
      deletedAt: null,
      plays: 0,
    },
  )
})

audio('C14.7-query-agent C14.7-query-time C14.7-query-duration the list is filtered', async (context) => {
  const spine = (context.spine = await oneCall(context.files))
  const counted = async (query: string) => (await rowsOf(spine, query)).length
  const [row] = await rowsOf(spine)
  const at = Number(new Date(row!['startedAt'] as number | string))
  assert.equal(
    [
      await counted('?agentCode=201'),
      await counted('?durationMs.from=1000&durationMs.to=3000'),
      await counted('?durationMs.from=2001'),
      await counted('?direction=outbound'),
      await counted(`?startedAt.from=${at - 1000}&startedAt.to=${at + 1000}`),
      await counted(`?startedAt.from=${at + 1000}`),
    ],
    [1, 1, 0, 0, 1, 0],
  )
})

audio(
  'C14.4-play C14.5-download the sound is sent whole and in ranges, and that somebody listened is recorded once',
  async (context) => {
    const spine = (context.spine = await oneCall(context.files))
    const [row] = await rowsOf(spine)
    const path = `/api/v1/recordings/${row!['recordingId']}/audio`
    const get = (range?: string, more = '') =>
      spine.during(ask(spine, 'GET', path + more, range === undefined ? {} : { headers: { range } }))
    const whole = await get()
    assert.is(whole.status, 200)
    assert.is(whole.headers['content-type'], 'audio/wav')
    assert.is(whole.headers['content-length'], '64044')
    assert.is(whole.headers['accept-ranges'], 'bytes')
    assert.ok(whole.text.startsWith('RIFF'))
    const head = await get('bytes=0-3')
    assert.equal([head.status, head.headers['content-range'], head.text], [206, 'bytes 0-3/64044', 'RIFF'])
    const tail = await get('bytes=-44')
    assert.equal([tail.status, tail.headers['content-range']], [206, 'bytes 64000-64043/64044'])
    const beyond = await get('bytes=64044-')
    assert.equal(
      [beyond.status, beyond.headers['content-range'], beyond.json.code],
      [416, 'bytes */64044', 'recording.range'],
    )
    const played = await eventsOf(spine.floor, 'RecordingPlayed')
    assert.equal(
      played.map(({ actor, data: { by, download } }) => ({ actor, by, download })),
      [{ actor: 'operator:operator', by: 'operator', download: false }],
    )
    const saved = await get(undefined, '?download=true')
    assert.match(saved.headers['content-disposition']!, /^attachment; filename="recording_[\d-]+_201_[\w-]+\.wav"$/)
    assert.is((await eventsOf(spine.floor, 'RecordingPlayed')).length, 2)
    await spine.settled()
    assert.is((await rowsOf(spine))[0]!['plays'], 2)
  },
)

audio(
  'a recording has a tag, a range of another version is answered whole, and HEAD plays nothing',
  async (context) => {
    const spine = (context.spine = await oneCall(context.files))
    const [row] = await rowsOf(spine)
    const path = `/api/v1/recordings/${row!['recordingId']}/audio`
    const get = (headers: Record<string, string>) => spine.during(ask(spine, 'GET', path, { headers }))
    const head = await ask(spine, 'HEAD', path)
    assert.equal(
      [head.status, head.headers['content-length'], head.headers['etag'], head.headers['accept-ranges'], head.text],
      [200, '64044', `"${String(row!['sha256'])}"`, 'bytes', ''],
    )
    assert.is((await ask(spine, 'HEAD', path, { headers: { range: 'bytes=99999-' } })).status, 416)
    assert.is((await eventsOf(spine.floor, 'RecordingPlayed')).length, 0)
    const range = 'bytes=0-3'
    assert.is((await get({ range, 'if-range': head.headers['etag']! })).status, 206)
    const other = await get({ range, 'if-range': '"another"' })
    assert.equal([other.status, other.headers['content-length']], [200, '64044'])
    assert.is(other.headers['cache-control'], 'no-store')
  },
)

audio('C14.5-formats C14.3-recording-download it is downloaded as WAV, or as MP3 where ffmpeg is', async (context) => {
  const spine = (context.spine = await oneCall(context.files))
  const [row] = await rowsOf(spine)
  const path = `/api/v1/recordings/${row!['recordingId']}/audio?download=true`
  const file = await spine.during(ask(spine, 'GET', path))
  assert.equal([file.status, file.headers['content-type'], file.text.slice(0, 4)], [200, 'audio/wav', 'RIFF'])
  // It takes real time, and the ledger knows of the download already.
  const mp3 = await ask(spine, 'GET', `${path}&format=mp3`)
  if (spawnSync('ffmpeg', ['-version']).status === 0) {
    assert.equal([mp3.status, mp3.headers['content-type']], [200, 'audio/mpeg'])
    assert.match(mp3.headers['content-disposition']!, /^attachment; filename="recording_[\w-]+\.mp3"$/)
    assert.ok(mp3.text.startsWith('ID3') || mp3.text.charCodeAt(0) > 127, mp3.text.slice(0, 10))
    assert.ok(mp3.text.length < file.text.length / 2)
  } else assert.equal([mp3.status, mp3.json.code], [501, 'recording.no_mp3'])
})

audio('a program that is missing, or ends badly, is no MP3', async () => {
  const content = () => Readable.from([wav({ ms: 200 })])
  for (const program of ['/nowhere/ffmpeg', 'false']) {
    const error = await toMp3(content(), new AbortController().signal, program).catch((caught: Error) => caught)
    assert.ok(error instanceof Error, program)
  }
  const over = new AbortController()
  const ending = toMp3(content(), over.signal, 'sleep').catch((caught: Error) => caught)
  over.abort()
  assert.ok((await ending) instanceof Error)
})

audio(
  'C14.7-fuzzy-numbers C14.7-query-caller C14.7-query-called a part of a number finds what the viewer sees of it',
  async (context) => {
    const search = async (spine: Spine, body: object) =>
      (await ask(spine, 'POST', '/api/v1/recordings/search', { body })).json.rows?.length
    const masked = (context.spine = await oneCall(context.files))
    const found = async (spine: Spine, parts: string[]) => {
      const counts = []
      for (const part of parts) counts.push(await search(spine, { 'fromNumber.part': part }))
      return counts
    }
    // 13800002225 is shown as 138****2225.
    const parts = ['2225', '138', '138****22', '0000', '80000', '00222', '999']
    assert.equal(await found(masked, parts), [1, 1, 1, 0, 0, 0, 0])
    assert.is(await search(masked, { 'toNumber.part': 'PS' }), 1)
    assert.is(await search(masked, { fromNumber: ['13800002225'] }), 1)
    assert.is((await ask(masked, 'GET', '/api/v1/recordings?fromNumber.part=2225')).status, 400, 'never in an address')
    await masked.close()
    const clear = (context.spine = await oneCall(context.files, [...operatorPermissions, 'numbers.see']))
    assert.equal(await found(clear, parts), [1, 1, 0, 1, 1, 1, 0])
  },
)

audio(
  'C14.7-query-agent the agent’s number and the task match exactly, or partly with the fuzzy switch',
  async (context) => {
    const spine = (context.spine = await oneCall(context.files))
    const counted = async (query: string) => (await rowsOf(spine, query))?.length
    assert.equal(
      [
        await counted('?agentCode=201'),
        await counted('?agentCode=20'),
        await counted('?agentCode.part=20'),
        await counted('?agentCode.part=%25'),
        await counted('?agentCode.part=2%250'),
        await counted('?task.part=spring'),
        await counted('?task.is=null'),
      ],
      [1, undefined, 1, undefined, 0, 0, 1],
    )
  },
)

audio('nobody hears a recording without the permission', async (context) => {
  const granted = operatorPermissions.filter((permission) => permission !== 'recordings.hear')
  const spine = (context.spine = await oneCall(context.files, granted))
  const [row] = await rowsOf(spine)
  assert.is((await ask(spine, 'GET', `/api/v1/recordings/${row!['recordingId']}/audio`)).status, 403)
  assert.is((await eventsOf(spine.floor, 'RecordingPlayed')).length, 0)
})

audio('a path in place of an id finds nothing; a file that is gone is said to be missing', async (context) => {
  const spine = (context.spine = await oneCall(context.files))
  const [row] = await rowsOf(spine)
  for (const id of ['..%2f..%2fetc%2fpasswd', encodeURIComponent(String(row!['file']))])
    assert.is((await ask(spine, 'GET', `/api/v1/recordings/${id}/audio`)).json.code, 'request.not_found')
  await context.files.delete(String(row!['file']))
  const missing = await ask(spine, 'GET', `/api/v1/recordings/${row!['recordingId']}/audio`)
  assert.equal([missing.status, missing.json.code], [404, 'recording.no_audio'])
  assert.is((await eventsOf(spine.floor, 'RecordingPlayed')).length, 0)
})

audio('a range is read as RFC 9110 says', () => {
  const read = (header: string | undefined) => rangeOf(header, 100)
  assert.equal(['bytes=0-0', 'bytes=50-', 'bytes=50-500', 'bytes=-10', 'bytes=-500'].map(read), [
    { from: 0, to: 0 },
    { from: 50, to: 99 },
    { from: 50, to: 99 },
    { from: 90, to: 99 },
    { from: 0, to: 99 },
  ])
  for (const ignored of [undefined, '', 'bytes=', 'bytes=-', 'bytes=9-1', 'bytes=1-2,4-5', 'lines=1-2', 'bytes=a-b'])
    assert.is(read(ignored), 'whole', ignored)
  for (const outside of ['bytes=100-', 'bytes=200-300', 'bytes=-0']) assert.is(read(outside), null, outside)
  assert.is(rangeOf('bytes=0-', 0), null)
})

audio.run()
