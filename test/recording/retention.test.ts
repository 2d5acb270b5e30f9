/** For how long recordings are kept: the rule, and that files and rows go by it. Real tables, real files, a simulated network. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { RecordingRetention } from '@ledgerline/adapters/recordings/retention.ts'
import { dueBefore, isDue, keptDays, type KeepRules } from '@ledgerline/core/recording/retention.ts'
import { noNetwork } from '@ledgerline/core/network/settings.ts'
import { eventsOf } from '../acd/in-house.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { ask } from '../http/web.ts'
import { queueNamed, tenant } from '../support/house.ts'
import { keepsTones } from './kept.ts'

const DAY = 86_400_000
const retention = suite<{ spine: Spine | null; directory: string }>('how long recordings are kept')
retention.before.each(async (context) => void (context.directory = await mkdtemp(join(tmpdir(), 'recordings-'))))
retention.after.each(async (context) => {
  await context.spine?.close()
  context.spine = null
  await rm(context.directory, { recursive: true })
})

const rules = (keepDays?: number, ofQueue: Record<string, number> = {}): KeepRules => ({
  queues: Object.fromEntries(
    ['PS', 'NE'].map((code) => [
      code,
      queueNamed(code, { ...(ofQueue[code] && { keepRecordingsDays: ofQueue[code] }) }),
    ]),
  ),
  network: { ...noNetwork, ...(keepDays !== undefined && { recording: { keepDays } }) },
})

retention('a queue’s own days come first, then those of the house; without either a recording is kept for good', () => {
  assert.equal(
    [rules(), rules(30), rules(30, { PS: 7 }), rules(undefined, { PS: 7 })].map((each) => [
      keptDays('PS', each),
      keptDays('NE', each),
      keptDays(null, each),
      keptDays('gone', each),
      dueBefore(each, 100 * DAY),
    ]),
    [
      [null, null, null, null, null],
      [30, 30, 30, 30, 70 * DAY],
      [7, 30, 30, 30, 93 * DAY],
      [7, null, null, null, 93 * DAY],
    ],
  )
  const old = { startedAt: 10 * DAY, queueCode: 'PS' }
  assert.equal(
    [17 * DAY - 1, 17 * DAY].map((now) => isDue(old, rules(30, { PS: 7 }), now)),
    [false, true],
  )
})

retention(
  'what is over is deleted, file and all, with an event; what is known of it stays, and it cannot be played',
  async (context) => {
    const files = localFiles(context.directory)
    const spine = (context.spine = await startSpine('retention', {
      agents: 2,
      queues: [queueNamed('PS', { record: true, keepRecordingsDays: 1 }), queueNamed('NE', { record: true })],
      recordings: files,
      keepRecording: keepsTones(files, 500, (ranMs) => ranMs),
    }))
    const { floor } = spine
    floor.call('PS', { talkMs: 10_000 })
    floor.call('NE', { talkMs: 10_000 })
    await spine.pass(60_000)
    for (let n = 0; n < 500 && (await eventsOf(floor, 'RecordingCompleted')).length < 2; n++) await spine.pass(1)
    await spine.settled()
    const rows = async () => (await ask(spine, 'GET', '/api/v1/recordings')).json.rows as Record<string, unknown>[]
    const before = await rows()
    let dies = true
    const looking = new RecordingRetention({
      tenant,
      readSide: spine.readSide,
      files,
      rules: () => floor.process.switchboard.configuration.state,
      clock: floor.clock,
      async deleted(callId, recordingId, keptDays) {
        if (dies) throw new Error('it dies before the event')
        const command = { do: 'recording_deleted' as const, recordingId, keptDays }
        const by = { tenant, commandId: `${recordingId}:deleted`, actor: 'system:recordings' }
        await floor.desk.call(callId, command, by)
      },
      onTrouble() {},
    })
    await spine.during(looking.look())
    assert.equal(await files.size(String(before[0]!['file'])), Number(before[0]!['bytes']), 'its time is not over')
    await spine.pass(DAY)
    await spine.during(looking.look())
    dies = false
    await spine.during(looking.look())
    await spine.during(looking.look())
    await spine.settled()
    const deleted = await eventsOf(floor, 'RecordingDeleted')
    assert.equal(
      deleted.map(({ data: { reason, keptDays } }) => ({ reason, keptDays })),
      [{ reason: 'retention', keptDays: 1 }],
    )
    const after = await rows()
    const of = (queueCode: string) => after.find((row) => row['queueCode'] === queueCode)!
    assert.equal(
      ['PS', 'NE'].map((code) => [of(code)['status'], of(code)['deletedAt'] !== null, of(code)['file'] !== null]),
      [
        ['deleted', true, false],
        ['kept', false, true],
      ],
    )
    const was = before.find(({ queueCode }) => queueCode === 'PS')!
    assert.is(await files.size(String(was['file'])), null)
    assert.is(of('PS')['sha256'], was['sha256'])
    const played = await ask(spine, 'GET', `/api/v1/recordings/${String(was['recordingId'])}/audio`)
    assert.equal([played.status, played.json.code], [404, 'recording.no_audio'])
    assert.ok(await files.size(String(of('NE')['file'])))
  },
)

retention.run()
