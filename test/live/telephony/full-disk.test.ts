/**
 * The disk on which FreeSWITCH writes recordings is full in mid-call: the talk is not touched by it, what was written is kept,
 * somebody is told, and the next recording is whole. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH, LIVE_FULL_DISK.
 */
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Row } from './centre.ts'
import {
  closeFaultHouse,
  CUSTOMER,
  FIRST,
  here,
  nothingLeft,
  openFaultHouse,
  talk,
  talking,
  type FaultHouse,
} from './fault-house.ts'

const test = suite<{ house: FaultHouse; spool: string }>('a disk that is full')

test.before(async (context) => {
  context.spool = join(process.env['LIVE_FULL_DISK']!, 'spool')
  await rm(context.spool, { recursive: true, force: true })
  context.house = await openFaultHouse({ LEDGERLINE_RECORDINGS: context.spool })
})
test.after(async ({ house, spool }) => {
  await closeFaultHouse(house)
  await rm(spool, { recursive: true, force: true })
})

test('while they are recorded: they talk on, and it is told; afterwards there is room again', async ({ house }) => {
  const { centre, outside, first } = house
  await talk(house)
  await centre.command('calls/record', { ...(await here(centre)), on: true })
  await centre.until('the disk to be full', async () => (await statfs(process.env['LIVE_FULL_DISK']!)).bfree === 0)
  // For longer than it had room for.
  const before = outside.samples
  await centre.until('some seconds more', () => outside.samples - before > 80_000)
  assert.ok(talking(outside, CUSTOMER, first, FIRST)(), 'they talk on')
  await outside.bye()
  await nothingLeft(house)
  const [cut] = await recordings(house, 1)
  assert.is(cut!['status'], 'kept')
  const { durationMs, shortByMs } = cut as { durationMs: number; shortByMs: number }
  assert.ok(durationMs > 500 && shortByMs > 1_000, `${durationMs} ms, short by ${shortByMs}`)
  assert.match(await centre.journal(), /writing a recording.*is the disk full/)

  // What is in the store leaves the spool within a minute.
  await centre.until('room again', async () => (await statfs(process.env['LIVE_FULL_DISK']!)).bfree > 8)
  await talk(house)
  await centre.command('calls/record', { ...(await here(centre)), on: true })
  await centre.command('calls/record', { ...(await here(centre)), on: false })
  await outside.bye()
  await nothingLeft(house)
  const [whole] = await recordings(house, 2)
  assert.is(whole!['status'], 'kept', 'there was room for it')
})

/** The latest first, once so many are there, and none is on its way. */
async function recordings({ centre }: FaultHouse, count: number): Promise<Row[]> {
  let rows: Row[] = []
  await centre.until('the recordings', async () => {
    rows = (await centre.get('/api/v1/recordings')).rows
    return rows.length === count && rows.every(({ status }) => status === 'kept' || status === 'failed')
  })
  return rows.toSorted((a, b) => Number(b['startedAt']) - Number(a['startedAt']))
}

test.run()
