/** The spool: what counts as a recording, and that whatever dies or is away on the way into the store loses none. On a real disk. */
import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { keyOf, type RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { RecordingSpool, type SpoolOptions } from '@ledgerline/adapters/recordings/spool.ts'
import { HEADER_BYTES, readWav } from '@ledgerline/adapters/recordings/wav.ts'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { RecordedFile, RecordingLack } from '@ledgerline/core/telephony/port.ts'
import { wav } from './wav.ts'

interface Context {
  store: string
  directory: string
  files: RecordingFiles
  /** What the ledger was told. */
  confirmed: Map<string, RecordedFile | RecordingLack>
  troubles: Problem[]
  running: Set<string>
  open(more?: Partial<SpoolOptions>): RecordingSpool
}

const keeping = suite<Context>('the spool of recordings')

keeping.before.each(async (context) => {
  context.store = await mkdtemp(join(tmpdir(), 'recordings-'))
  context.directory = await mkdtemp(join(tmpdir(), 'spool-'))
  context.files = localFiles(context.store)
  context.confirmed = new Map()
  context.troubles = []
  context.running = new Set()
  context.open = (more) =>
    new RecordingSpool({
      directory: context.directory,
      files: context.files,
      clock: realClock,
      isRunning: (recordingId) => context.running.has(recordingId),
      confirm: async (_, recordingId, file) => void context.confirmed.set(recordingId, file),
      onTrouble: (problem) => context.troubles.push(problem),
      ...more,
    })
})
keeping.after.each(async ({ store, directory }) => {
  await rm(store, { recursive: true, force: true })
  await rm(directory, { recursive: true, force: true })
})

/** A media server writes it; its last byte was written so long ago. */
async function written({ directory }: Context, recordingId: string, content: Buffer, ago = 0): Promise<string> {
  const path = join(directory, keyOf('t', recordingId))
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  const at = new Date(Date.now() - ago)
  await utimes(path, at, at)
  return path
}
const LONG_AGO = 120_000
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

keeping(
  'a recording is kept with its size, length and hash, and leaves the spool when the ledger says so',
  async (context) => {
    const content = wav({ ms: 1_500 })
    const path = await written(context, 'a-r1', content)
    const spool = context.open()
    const kept = (await spool.keep('t', 'a-r1')) as RecordedFile
    assert.equal(kept, {
      bytes: content.length,
      durationMs: 1_500,
      sha256: createHash('sha256').update(content).digest('hex'),
      file: 't/a-r1.wav',
      simulated: false,
    })
    assert.ok((await buffer(await context.files.read(kept.file!))).equals(content))
    assert.ok(await isThere(path), 'the ledger does not know yet')
    await spool.sweep()
    assert.equal([...context.confirmed], [['a-r1', kept]])
    assert.not(await isThere(path))
    assert.equal(await spool.keep('t', 'a-r1'), kept, 'asked again, it answers the same')
  },
)

keeping('a recording of 44 bytes at its stop is waited for until it no longer grows', async (context) => {
  const content = wav({ ms: 1_000 })
  const path = await written(context, 'a-r1', content.subarray(0, 44))
  const kept = context.open().keep('t', 'a-r1')
  for (let from = 44; from < content.length; from += 4_000) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    await appendFile(path, content.subarray(from, from + 4_000))
  }
  assert.is(((await kept) as RecordedFile).bytes, content.length)
})

keeping('what still runs, or was written to a moment ago by who knows whom, is left alone', async (context) => {
  const paths = [
    await written(context, 'a-r1', wav({ ms: 500 }), LONG_AGO),
    await written(context, 'b-r1', wav({ ms: 500 })),
  ]
  context.running.add('a-r1')
  const spool = context.open()
  await spool.sweep()
  assert.is(await spool.keep('t', 'a-r1'), null)
  assert.is(context.confirmed.size, 0)
  for (const path of paths) assert.ok(await isThere(path))
})

keeping('what is no recording is not kept, and lies there for whoever can mend it', async (context) => {
  const path = await written(context, 'a-r1', Buffer.alloc(2_000, 'x'), LONG_AGO)
  await context.open().sweep()
  assert.is(context.confirmed.get('a-r1'), 'unreadable')
  assert.is(await context.files.size(keyOf('t', 'a-r1')), null)
  assert.ok(await isThere(`${path}.unreadable`))
  await context.open().sweep()
  assert.is(context.confirmed.size, 1)
})

keeping('a store that is away is told once; the recordings wait, and are taken when it is back', async (context) => {
  for (const name of ['a-r1', 'b-r1', 'c-r1']) await written(context, name, wav({ ms: 500 }), LONG_AGO)
  let full = true
  const spool = context.open({
    files: {
      ...context.files,
      put: (...given) =>
        full ? Promise.reject(Object.assign(new Error(), { code: 'ENOSPC' })) : context.files.put(...given),
    },
  })
  assert.is(await spool.keep('t', 'a-r1'), null)
  await spool.sweep()
  await spool.sweep()
  assert.equal(
    context.troubles.map(({ code, details }) => [code, details['reason']]),
    [['recording.store_away', 'ENOSPC']],
  )
  assert.is(context.confirmed.size, 0)
  full = false
  await spool.sweep()
  assert.equal([...context.confirmed.keys()].toSorted(), ['a-r1', 'b-r1', 'c-r1'])
  full = true
  await written(context, 'd-r1', wav({ ms: 500 }))
  await spool.keep('t', 'd-r1')
  assert.is(context.troubles.length, 2, 'it is told again when it happens again')
})

keeping('a spool that is not there says nothing about what is in it', async (context) => {
  await rm(context.directory, { recursive: true })
  const clock: Clock = { now: () => Date.now() * 100, at: (_, wake) => realClock.at(realClock.now() + 5, wake) }
  assert.is(await context.open({ clock }).keep('t', 'a-r1'), null)
  assert.is(context.troubles[0]?.details['reason'], 'ENOENT')
  await mkdir(context.directory)
  assert.is(await context.open({ clock }).keep('t', 'a-r1'), 'no_file')
})

/** Never comes back: its process has died. */
const died = <T>(): Promise<T> => new Promise(() => {})
/** Where it dies: before the store has it, before the ledger knows, before it leaves the spool. `here`: it is there. */
const deaths: Record<string, (context: Context, here: () => void) => Partial<SpoolOptions>> = {
  'while it is put': ({ files }, here) => ({ files: { ...files, put: () => (here(), died()) } }),
  'after it was put': ({ files }, here) => ({
    files: { ...files, put: (...given) => files.put(...given).then(() => (here(), died())) },
  }),
  'before the ledger was told': (_, here) => ({ confirm: () => (here(), died()) }),
  'after the ledger was told': ({ confirmed }, here) => ({
    confirm: (_, recordingId, file) => (confirmed.set(recordingId, file), here(), died()),
  }),
}
for (const [when, dying] of Object.entries(deaths)) {
  keeping(`the process dies ${when}: its successor finds the recording`, async (context) => {
    const content = wav({ ms: 500 })
    const path = await written(context, 'a-r1', content, LONG_AGO)
    await new Promise<void>((here) => void context.open(dying(context, here)).sweep())
    assert.ok(await isThere(path))
    await context.open().sweep()
    const hash = createHash('sha256').update(content).digest('hex')
    assert.is((context.confirmed.get('a-r1') as RecordedFile).sha256, hash)
    assert.not(await isThere(path))
    assert.ok((await buffer(await context.files.read('t/a-r1.wav'))).equals(content))
    assert.equal(await readdir(join(context.store, 't')), ['a-r1.wav'])
  })
}

keeping('it was kept, and whoever kept it died: asked for, it is found in the store', async (context) => {
  const path = await written(context, 'a-r1', wav({ ms: 500 }))
  const first = await context.open().keep('t', 'a-r1')
  await rm(path)
  assert.equal(await context.open().keep('t', 'a-r1'), first)
})

keeping('a header is read whatever else stands before the sound, and its length is not believed', () => {
  const content = wav({ ms: 1_000, channels: 1 })
  const list = Buffer.from('LIST\x05\0\0\0abcde\0', 'latin1')
  const longer = Buffer.concat([content.subarray(0, 36), list, content.subarray(36)])
  assert.is(readWav(longer.subarray(0, HEADER_BYTES), longer.length)?.durationMs, 1_000)
  const unfinished = wav({ ms: 1_000, told: 0 })
  assert.is(readWav(unfinished, unfinished.length)?.durationMs, 1_000)
  const boastful = wav({ ms: 1_000, told: 0x7fffffff })
  assert.is(readWav(boastful, boastful.length)?.durationMs, 1_000)
  for (const broken of [Buffer.alloc(0), Buffer.from('RIFF'), content.subarray(0, 30), Buffer.alloc(100, 1)])
    assert.is(readWav(broken, broken.length), null)
})

keeping.run()
