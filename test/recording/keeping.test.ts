/** Files of recordings: the store's contract, and what counts as a recording. On a real disk. */
import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { keyOf, type RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { RecordingKeeper } from '@ledgerline/adapters/recordings/keep.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { HEADER_BYTES, readWav } from '@ledgerline/adapters/recordings/wav.ts'
import type { RecordedFile } from '@ledgerline/core/telephony/port.ts'
import { wav } from './wav.ts'

const keeping = suite<{ directory: string; spool: string; files: RecordingFiles }>('keeping recordings')

keeping.before.each(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'recordings-'))
  context.spool = await mkdtemp(join(tmpdir(), 'spool-'))
  context.files = localFiles(context.directory)
})
keeping.after.each(async ({ directory, spool }) => {
  await rm(directory, { recursive: true })
  await rm(spool, { recursive: true })
})

const rejected = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => false,
    () => true,
  )

keeping('a file is put, read whole and in part, replaced and deleted', async ({ files }) => {
  const key = keyOf('t', 'a-r1')
  assert.is(await files.size(key), null)
  const put = (text: string) => files.put(key, Readable.from([Buffer.from(text)]), text.length)
  await put('0123456789')
  assert.is(await files.size(key), 10)
  assert.is((await buffer(await files.read(key))).toString(), '0123456789')
  assert.is((await buffer(await files.read(key, { from: 2, to: 4 }))).toString(), '234')
  await put('shorter')
  assert.is((await buffer(await files.read(key))).toString(), 'shorter')
  await files.delete(key)
  await files.delete(key)
  assert.is(await files.size(key), null)
  assert.ok(await rejected(files.read(key)))
})

keeping('what breaks off while it is put leaves the store as it was', async ({ files, directory }) => {
  const key = keyOf('t', 'a-r1')
  await files.put(key, Readable.from([Buffer.from('before')]), 6)
  async function* breaking() {
    yield Buffer.from('half')
    throw new Error('the line broke')
  }
  assert.ok(await rejected(files.put(key, Readable.from(breaking()), 10)))
  assert.ok(await rejected(files.put(key, Readable.from([Buffer.from('short')]), 10)))
  assert.is((await buffer(await files.read(key))).toString(), 'before')
  assert.equal(await readdir(join(directory, 't')), ['a-r1.wav'])
})

keeping('a key leads nowhere else', async ({ files }) => {
  assert.is(keyOf('t', '../etc/passwd'), 't/~2e~~2e~~2f~etc~2f~passwd.wav')
  assert.is.not(keyOf('a.b', 'r'), keyOf('a_b', 'r'))
  for (const key of ['../x.wav', 't/../../x.wav', '/etc/passwd', 't/x', 't/x.wav/y', 't/\0.wav'])
    assert.ok(await rejected(files.read(key)), key)
})

keeping('a recording is kept with its size, length and hash, and leaves the spool', async ({ files, spool }) => {
  const content = wav({ ms: 1_500 })
  const path = join(spool, 'a.wav')
  await writeFile(path, content)
  const kept = (await new RecordingKeeper(files, realClock).keep('t', 'a-r1', path)) as RecordedFile
  assert.equal(kept, {
    bytes: content.length,
    durationMs: 1_500,
    sha256: createHash('sha256').update(content).digest('hex'),
    file: 't/a-r1.wav',
    simulated: false,
  })
  assert.ok((await buffer(await files.read(kept.file!))).equals(content))
  assert.ok(await rejected(stat(path)))
})

keeping('asked again after it was kept, it answers the same', async ({ files, spool }) => {
  const path = join(spool, 'a.wav')
  await writeFile(path, wav({ ms: 500 }))
  const first = await new RecordingKeeper(files, realClock).keep('t', 'a-r1', path)
  assert.equal(await new RecordingKeeper(files, realClock).keep('t', 'a-r1', path), first)
})

keeping('a recording of 44 bytes at its stop is waited for until it no longer grows', async ({ files, spool }) => {
  const content = wav({ ms: 1_000 })
  const path = join(spool, 'a.wav')
  await writeFile(path, content.subarray(0, 44))
  const kept = new RecordingKeeper(files, realClock).keep('t', 'a-r1', path)
  for (let from = 44; from < content.length; from += 4_000) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    await appendFile(path, content.subarray(from, from + 4_000))
  }
  assert.is(((await kept) as RecordedFile).bytes, content.length)
})

keeping('what is no recording is not kept', async ({ files, spool }) => {
  const path = join(spool, 'a.wav')
  await writeFile(path, Buffer.alloc(2_000, 'x'))
  assert.is(await new RecordingKeeper(files, realClock).keep('t', 'a-r1', path), 'unreadable')
  assert.is(await files.size(keyOf('t', 'a-r1')), null)
})

keeping('a store that does not take it leaves the recording where it was', async ({ files, spool }) => {
  const path = join(spool, 'a.wav')
  await writeFile(path, wav({ ms: 500 }))
  const full: RecordingFiles = { ...files, put: () => Promise.reject(new Error('ENOSPC')) }
  assert.ok(await rejected(new RecordingKeeper(full, realClock).keep('t', 'a-r1', path)))
  assert.equal(((await new RecordingKeeper(files, realClock).keep('t', 'a-r1', path)) as RecordedFile).durationMs, 500)
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
