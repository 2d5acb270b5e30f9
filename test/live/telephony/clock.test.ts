/**
 * The clock of a call centre's process jumps while people talk, on real servers. By some minutes: everything goes on. By an
 * hour: they talk on, but the log takes nothing with that time; set right, what happened is written, and nothing is left.
 * Needs: LIVE_DRACHTIO, LIVE_FREESWITCH, LIVE_FAKETIME.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  closeFaultHouse,
  CUSTOMER,
  FIRST,
  hears,
  here,
  nothingLeft,
  openFaultHouse,
  talk,
  talking,
  type FaultHouse,
} from './fault-house.ts'

interface Context {
  house: FaultHouse
  directory: string
  /** Says how far its clock is ahead. */
  file: string
}

const test = suite<Context>('a clock that jumps in mid-call')

test.before(async (context) => {
  context.directory = await mkdtemp(join(tmpdir(), 'ledgerline-clock-'))
  context.file = join(context.directory, 'offset')
  await writeFile(context.file, '+0\n')
  context.house = await openFaultHouse({
    LD_PRELOAD: process.env['LIVE_FAKETIME']!,
    FAKETIME_TIMESTAMP_FILE: context.file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  })
})
test.after(async ({ house, directory }) => {
  await closeFaultHouse(house)
  await rm(directory, { recursive: true, force: true })
})

for (const jump of ['+4m', '-4m'])
  test(`${jump} while they talk: everything goes on`, async (context) => {
    const { house } = context
    const { centre, outside, first } = house
    await talk(house)
    await jumps(context, jump)
    await centre.command('calls/hold', await here(centre))
    await centre.until('the hold', () => !hears(first, CUSTOMER) && !hears(outside, FIRST))
    await centre.command('calls/resume', await here(centre))
    await centre.until('the talk again', talking(outside, CUSTOMER, first, FIRST))
    await centre.command('calls/hang-up', await here(centre))
    await centre.until('both to be let go', () => !outside.inCall && !first.inCall)
    await nothingLeft(house)
    await talk(house)
    await outside.bye()
    await nothingLeft(house)
    await jumps(context, '+0')
  })

test('+1h while they talk: they talk on, the log refuses that time, and says so; set right, nothing is missing', async (context) => {
  const { house } = context
  const { centre, outside, first } = house
  await talk(house)
  const at = await here(centre)
  await jumps(context, '+1h')
  const refused = await centre.command('calls/hold', at).then(
    () => '',
    (error: unknown) => String(error),
  )
  assert.match(refused, /log\.unavailable/)
  assert.match(refused, /the clock of its machine says/)
  assert.ok(talking(outside, CUSTOMER, first, FIRST)(), 'they talk on')
  // Nobody can write it down yet, and so nothing follows from it.
  await outside.bye()
  await jumps(context, '+0')
  await centre.until('the agent to be let go', () => !first.inCall)
  await nothingLeft(house)
  await talk(house)
  await outside.bye()
  await nothingLeft(house)
})

async function jumps({ house, file }: Context, jump: string): Promise<void> {
  await writeFile(file, `${jump}\n`)
  const minutes = { '+4m': 4, '-4m': -4, '+1h': 60, '+0': 0 }[jump]!
  await house.centre.until('the jump', async () => {
    const ahead = Date.parse(await dateOf(house.centre.url)) - Date.now()
    return Math.abs(ahead - minutes * 60_000) < 30_000
  })
}

/** What a process believes that it is: its HTTP server says so. */
async function dateOf(url: string): Promise<string> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })
  await response.text()
  return response.headers.get('date') ?? ''
}

test.run()
