/**
 * The whole system and a real browser: the simulator makes calls, the wall shows them, and at rest it shows what SQL
 * says, even after the process was killed while the wall was watching.
 *
 * Time limit: 120 s.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Browser, Page } from 'playwright-core'
import { builtScreens, inPage, launch, openScreen, settles } from '../support/browser.ts'
import { atRest, endOwners, gone, rowsOf, startOwner } from '../support/owners.ts'
import { Patience } from '../support/patience.ts'
import { begunIn } from '../support/tables.ts'

const COMMAND = new URL('../../ops/cli/main.ts', import.meta.url).pathname
const test = suite('the spine, end to end')

let browser: Browser
let data: string
test.before(async () => {
  await builtScreens()
  browser = await launch()
  data = await mkdtemp(join(tmpdir(), 'ledgerline-spine-'))
  await begunIn(data)
})
test.after(async () => {
  await endOwners()
  await browser?.close()
  await rm(data, { recursive: true, force: true })
})

async function shown(page: Page): Promise<Record<string, string>> {
  const names = await inPage<string[]>(page, 'attributes', '[data-tile]', 'data-tile')
  const values = await inPage<string[]>(page, 'texts', '[data-tile] [data-value]')
  const tiles = Object.fromEntries(names.map((name, i) => [name, values[i]!]))
  const codes = await inPage<string[]>(page, 'attributes', '[data-agent]', 'data-agent')
  const state = await inPage<string[]>(page, 'attributes', '[data-agent]', 'data-state')
  const [offeredToday] = await inPage<string[]>(page, 'texts', '[data-today=offered]')
  return {
    ...tiles,
    offeredToday: offeredToday!,
    agents: codes
      .map((code, i) => `${code} ${state[i]}`)
      .toSorted()
      .join(', '),
  }
}

interface Sums {
  offered: number
  abandoned: number
  answered: number
  in_target: number
  short: number
}

/** As the wall writes it: one decimal, and none for 100 %. */
function percent(part: number, whole: number): string {
  return part === whole ? '100' : ((100 * part) / whole).toFixed(1)
}

/** The same figures, asked of the tables by the data team's command. */
function said(): Record<string, string> {
  const [day] = sql<Sums>(
    'select sum(offered)::int offered, sum(answered)::int answered, sum(abandoned)::int abandoned, sum(short_abandoned)::int short, sum(answered_in_target)::int in_target from queue_day',
  )
  const agents = sql<{ agent_code: string; state: string }>(
    "select agent_code, state from agent_monitor where state <> 'signed_out'",
  )
  const { offered, answered, abandoned, short, in_target } = day!
  return {
    waiting: '0',
    longest: '0:00',
    serviceLevel: percent(in_target, answered + abandoned - short),
    abandoned: percent(abandoned - short, offered - short),
    ready: String(agents.filter((agent) => agent.state === 'ready').length),
    inCall: '0',
    offeredToday: offered.toLocaleString('en'),
    agents: agents
      .map((agent) => `${agent.agent_code} ${agent.state}`)
      .toSorted()
      .join(', '),
  }
}

function sql<T>(query: string): T[] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...process.execArgv, COMMAND, 'sql', query, '--data', data, '--json'],
    {
      encoding: 'utf8',
      timeout: 30_000,
    },
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as T[]
}

test('the wall shows what SQL says, and again after the process was killed and came back', async () => {
  const first = await startOwner(data, 'busy')
  const port = new URL(first.url).port
  const { page } = await openScreen(browser, `${first.url}/wall`)
  await page.waitForSelector('[data-wall][data-ready=true]')
  // Under traffic the screen moves by itself.
  for (
    const patience = new Patience(30_000);
    (await rowsOf(first.url, 'calls?outcome=answered&limit=200')).length < 60;
  )
    assert.not(patience.over, 'calls are answered')
  await gone(first.child, 'SIGKILL')
  const second = await startOwner(data, 'quiet', port)
  await atRest(second.url)
  await settles(said(), () => shown(page), 20_000)
  await gone(second.child, 'SIGTERM')
})

test.run()
