/**
 * A real EventStoreDB whose clock is set back and ahead, by a library that shows it another time: recorded time never
 * goes back, every reader gives an event the same time, also in the next process, and the change is reported. Needs:
 * LIVE_EVENTSTORE, LIVE_FAKETIME.
 */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { until } from '../../support/gate.ts'
import { everything, follow } from '../../support/log-reading.ts'
import { OwnServer } from './server.ts'
import { events } from './writers.ts'

const test = suite('a real EventStoreDB whose clock is set')
const HOUR = 3_600_000

test('back by an hour, and ahead again: recorded time never goes back, and every reader gives the same times', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ledgerline-clock-'))
  const file = join(directory, 'offset')
  const setBack = async (ms: number): Promise<void> => {
    // In one step: the server looks at it for every request.
    await writeFile(`${file}.new`, ms === 0 ? '+0' : `-${ms / 1000}`)
    await rename(`${file}.new`, file)
  }
  await setBack(0)
  const server = await OwnServer.start({
    LD_PRELOAD: process.env['LIVE_FAKETIME'],
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  })
  const told: Problem[] = []
  const log = await openEventStoreLog({ url: server.url, onTrouble: (problem) => told.push(problem) })
  try {
    const tail = follow(log)
    await tail.until(() => tail.headReached)
    const noted = async (stream: string): Promise<void> => void (await log.append(stream, 'any', events(3)))
    await noted('call-t.1')
    await setBack(HOUR)
    await noted('call-t.1')
    await noted('imported_call-t.2')
    await setBack(0)
    await noted('call-t.3')
    await setBack(2 * HOUR)
    await noted('call-t.1')
    await tail.until(() => tail.events.length === 15)
    const all = await everything(log)
    const moments = all.map(({ recordedAt }) => recordedAt)
    assert.equal(
      moments,
      moments.toSorted((a, b) => a - b),
    )
    const raw = all.map(({ recordedAt, notedAt = recordedAt }) => notedAt)
    assert.ok(raw[2]! - raw[3]! > HOUR - 60_000, 'its clock was an hour behind')
    assert.equal(
      moments,
      raw.map((_, index) => Math.max(...raw.slice(0, index + 1))),
    )
    assert.equal(
      tail.events.map(({ recordedAt }) => recordedAt),
      moments,
    )
    assert.equal(
      told.map(({ code }) => code),
      ['log.clock_back', 'log.clock_back'],
    )
    assert.ok(log.clockBehindMs!() > HOUR)
    await tail.stop()
    const right = new Map(all.map(({ id, recordedAt }) => [id, recordedAt]))
    // The findings are kept with the log: the next process begins with them.
    await until('the next process to find it', async () => {
      const other = await openEventStoreLog({ url: `${server.url}&connectionName=other` })
      try {
        for (const { position } of all)
          for (const event of await everything(other, position)) assert.is(event.recordedAt, right.get(event.id))
        for (const stream of ['call-t.1', 'imported_call-t.2', 'call-t.3'])
          for (const event of await other.readStream(stream)) assert.is(event.recordedAt, right.get(event.id))
        return true
      } finally {
        await other.close()
      }
    })
  } finally {
    await log.close()
    await server.remove()
    await rm(directory, { recursive: true, force: true })
  }
})

test.run()
