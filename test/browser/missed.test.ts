/**
 * Missed calls and the views of the call list in a real browser over a real server: what an agent did not take, called back
 * from the list; current, missed and own calls. `PICTURES=DIR` keeps screenshots.
 */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { keepTone, withTones } from '@ledgerline/adapters/recordings/tones.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { eventsOf } from '../acd/in-house.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { ask } from '../http/web.ts'
import { builtScreens } from '../support/browser.ts'
import { until } from '../support/gate.ts'
import { queueNamed } from '../support/house.ts'
import { meanwhile, picture } from '../support/on-screen.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('missed calls')
const { look, closing } = screensFor(test)

async function house(name: string): Promise<Spine> {
  const spine = await startSpine(
    name,
    {
      agents: 2,
      queues: [queueNamed('PS', { record: true, wrapUpMs: 0, maxNoAnswer: 0 })],
      // Agent 201 is slow: what rings there is not taken.
      habits: picksUp({ after: () => 3000 }),
      recordings: withTones(localFiles('/nowhere')),
      keepRecording: keepTone,
    },
    await builtScreens(),
  )
  closing(() => spine.close())
  return spine
}

/** Nothing can be written into a model's table until this is released. */
async function held({ database }: Spine, model: string): Promise<() => Promise<void>> {
  const client = connection(database.url, { application: 'holds a table' })
  await client.connect()
  const { rows } = await client.query(`select table_name from tables.models where live and model = $1`, [model])
  await client.query(`begin; lock table tables.${rows[0].table_name} in share mode`)
  return () => client.end()
}

const screen = { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' } as const

const listed =
  'C19.0-page C19.0-callback C19.0-allocate C19.0-export C19.0-query C19.0-col-time C19.0-col-ring C19.0-col-customer ' +
  'C19.0-col-did: what was not taken is listed, called back, marked, given to an agent and saved as a file'
test(listed, async () => {
  const spine = await house('missed_screen')
  const { floor } = spine
  // Nobody lifts the receiver: the caller gives up while 201 or 202 rings.
  for (const agent of floor.agents) floor.telephony.plug('test', agent.extension!, picksUp({ after: () => 600_000 }))
  floor.call('PS', { patienceMs: 12_000 })
  await spine.pass(30_000)
  floor.call('PS', { patienceMs: 7_000, from: '13900001234' })
  await spine.pass(30_000)
  await spine.settled()
  const { page } = await look('about:blank', screen)
  await page.goto(`${spine.url}/missed?lang=zh&theme=dark`)
  await page.waitForSelector('tr[data-row]')
  const texts = () => page.locator('tr[data-row]').allInnerTexts()
  const [last, first] = await texts()
  for (const [row, customer, ring] of [
    [first, '138****2225', '0:12'],
    [last, '139****1234', '0:07'],
  ] as const) {
    const cells = row!.split('\t').map((cell) => cell.trim())
    assert.match(cells[0]!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    assert.equal([cells[1], cells[2], cells[3]], [ring, customer, 'PS'], row)
    assert.match(row!, /客户挂断.*未处理/s)
  }
  assert.match(await page.locator('[data-place]').innerText(), /第 1 – 2 条，共 2 条/)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-export]')])
  assert.is(download.suggestedFilename(), 'missed-calls.csv')
  const saved = readFileSync(await download.path(), 'utf8')
  assert.ok(saved.startsWith('\ufeff'))
  const lines = saved.trim().split('\r\n')
  assert.match(lines[0]!, /^时间,振铃时长,客户号码,被叫号码,/)
  assert.is(lines.length, 3)
  for (const part of ['0:07', '139****1234', 'PS', '客户挂断', '未处理', '放弃'])
    assert.ok(lines[1]!.includes(part), `${part} in ${lines[1]}`)
  assert.not.match(lines.join(), /13900001234/)
  await picture(page, 'missed-zh-dark')
  await page.goto(`${spine.url}/missed?ringLeast=10&lang=en&theme=light`)
  await page.waitForSelector('tr[data-row]')
  assert.is(await page.locator('tr[data-row]').count(), 1)

  await page.goto(`${spine.url}/missed?view=mine&lang=en&theme=light`)
  await page.getByText('We do not know who you are yet').waitFor()
  await page.goto(`${spine.url}/desk?agent=201&lang=en&theme=light`)
  await page.click('[data-work]')
  await meanwhile(spine, page, '.desk[data-works=true]')
  floor.telephony.plug('test', '8201', picksUp({ after: () => 1_000 }))
  await page.goto(`${spine.url}/missed?lang=en&theme=light`)
  await page.waitForSelector('tr[data-row]')
  await page.locator('tr[data-row] button').last().click()
  await page.click('.acts button:has-text("Call")')
  await meanwhile(spine, page, '[role=status] .done')
  await spine.pass(60_000)
  await spine.settled()
  const [placed] = await eventsOf(floor, 'CallPlaced')
  const [missed] = await eventsOf(floor, 'CallReceived')
  assert.equal(
    [placed!.data.to, placed!.actor, placed!.data.linkedCallId],
    ['13800002225', 'agent:201', missed!.data.callId],
  )
  // The page reads again by itself, once its table has what was written.
  await page.waitForSelector('tr[data-row].chosen [data-handled=true]')
  await picture(page, 'missed-en-light')
  // Given to an agent it is one of theirs; so are those that rang them.
  await page.locator('.allocate select').selectOption('202')
  await page.getByRole('button', { name: 'Allocate', exact: true }).click()
  await page.waitForSelector('tr[data-row].chosen:has-text("202 - Agent 202")')
  await picture(page, 'missed-allocated-en-light')
  const owners = (await ask(spine, 'GET', '/api/v1/offers?ownerCode=202')).json.rows as { callId: string }[]
  assert.ok(owners.some(({ callId }) => callId === missed!.data.callId))
  assert.equal(
    (await eventsOf(floor, 'MissedCallAllocated')).map(({ data, actor }) => [data.agentCode, data.by, actor]),
    [['202', '201', 'agent:201']],
  )
  await page.goto(`${spine.url}/missed?handled=false&lang=en`)
  await page.waitForSelector('tr[data-row]')
  assert.is(await page.locator('tr[data-row]').count(), 1)
  await page.locator('tr[data-row] button').click()
  // Where the table is far behind, the page says so, and has the new row as soon as there is one.
  const release = await held(spine, 'offers')
  await page.click('.acts button:has-text("Mark as dealt with")')
  await meanwhile(spine, page, '.late:has-text("Your last change is not in this list yet")')
  assert.is(await page.locator('tr[data-row]').count(), 1)
  await picture(page, 'missed-behind-en')
  await release()
  await meanwhile(spine, page, '[data-state=empty]')
  assert.is(await page.locator('.late').count(), 0)
  assert.equal(
    (await eventsOf(floor, 'MissedCallMarked')).map(({ data, actor }) => [data.handled, actor]),
    [
      [true, 'agent:201'],
      [true, 'agent:201'],
    ],
  )
})

test('A11.1.1-history A11.1.2-current A11.1.3-queuing A11.1.7-mine: views of one list', async () => {
  const spine = await house('call_views')
  const { floor } = spine
  const answered = floor.call('PS', { talkMs: 25_000 })
  await spine.pass(60_000)
  for (let n = 0; n < 500 && (await eventsOf(floor, 'RecordingCompleted')).length < 1; n++) await spine.pass(1)
  const placed = await spine.during(
    floor.desk.place('202', '13900001111', 'placed-by-202', floor.clock.now(), floor.by('agent:202')),
  )
  assert.ok(placed)
  await spine.pass(120_000)
  for (const { agentId } of floor.agents)
    await spine.during(floor.desk.setWork(agentId, 'away', null, floor.by(`agent:${agentId}`)))
  const missed = floor.call('PS', { patienceMs: 9_000, from: '13700001234' })
  await spine.pass(30_000)
  const waits = floor.call('PS', { patienceMs: 3_600_000 })
  await spine.pass(5_000)
  await spine.settled()
  const { page } = await look('about:blank', screen)
  const rows = () => page.locator('tr[data-call]').evaluateAll((all) => all.map((row) => row.getAttribute('data-call')))
  const see = async (view: string, calls: readonly string[]): Promise<string[]> => {
    await page.goto(`${spine.url}/calls?view=${view}&lang=zh&theme=light`)
    await until(`${view}`, async () => String(await rows()) === String(calls))
    return (await page.locator('thead').innerText()).split(/\s+/)
  }
  const heads = await see('history', [missed, 'placed-by-202', answered])
  for (const head of [
    '主叫',
    '被叫',
    '方向',
    '来电时间',
    '挂机时间',
    '振铃',
    '通话',
    '录音时长',
    '是否漏话',
    '是否录音',
    '坐席',
  ])
    assert.ok(heads.includes(head), `${head} in ${heads}`)
  const history = await page.locator('tr[data-call]').allInnerTexts()
  for (const part of ['137****1234', '呼入', '0:09', '是', '否'])
    assert.ok(history[0]!.includes(part), `${part} in ${history[0]}`)
  for (const part of ['138****2225', '0:25', '201 - Agent 201'])
    assert.ok(history[2]!.includes(part), `${part} in ${history[2]}`)
  await picture(page, 'calls-history-zh-light')
  await see('queuing', [waits])
  await see('current', [waits])
  await picture(page, 'calls-current-zh-light')
  await see('missed', [missed])
  assert.match((await page.locator('tr[data-call]').allInnerTexts())[0]!, /放弃.*需要/s)
  await picture(page, 'calls-missed-zh-light')

  // Of each filter of the search panel.
  const found = async (query: string, calls: readonly string[]): Promise<void> => {
    await page.goto(`${spine.url}/calls?${query}&lang=en&theme=dark`)
    await until(query, async () => String(await rows()) === String(calls))
  }
  await found('recorded=true', [answered])
  await found('agent=202', ['placed-by-202'])
  await found('direction=outbound', ['placed-by-202'])
  await found('followUp=needed', [missed])
  await found('ringLeast=9&ringMost=9', [missed])
  await found('talkLeast=20&talkMost=29', [answered])
  await found('recordedLeast=20', [answered])
  await picture(page, 'calls-filters-en-dark')
  await found('range=today&view=history', [missed, 'placed-by-202', answered])
  await page.getByLabel('Where to look for the number').selectOption({ label: 'From' })
  await page.getByLabel('Number', { exact: true }).fill('1234')
  await page.keyboard.press('Enter')
  await until('a caller by the last digits', async () => String(await rows()) === missed)

  await page.goto(`${spine.url}/desk?agent=202&lang=zh`)
  await page.click('[data-work]')
  await meanwhile(spine, page, '.desk[data-works=true]')
  await see('mine', ['placed-by-202'])
  // What goes on is read again by itself.
  await see('current', [waits])
  const comes = floor.call('PS', { patienceMs: 3_600_000 })
  await spine.pass(100)
  await meanwhile(spine, page, `tr[data-call="${comes}"]`)
})

test.run()
