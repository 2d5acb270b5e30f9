/** The history of one thing over HTTP, from a real switchboard: why a call went to its agent, and an agent's day. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dayOf } from '@ledgerline/core/kernel/time.ts'
import { agentNumbered } from '../support/house.ts'
import { startSpine, type Spine } from './spine.ts'
import { get, post, startWeb, type Reply } from './web.ts'

let spine: Spine
const test = suite('history over HTTP')
test.before.each(async () => void (spine = await startSpine('history', { agents: 4 })))
test.after.each(() => spine.close())

const command = (path: string, body: object): Promise<Reply> =>
  spine.during(post(spine, `/api/v1/commands/${path}`, { commandId: `history-${Math.random()}`, ...body }))
async function told(path: string): Promise<any> {
  await spine.settled()
  const reply = await get(spine, `/api/v1/${path}`)
  assert.is(reply.status, 200, reply.text)
  return reply.json
}
const day = () => dayOf(spine.floor.clock.now(), 'Asia/Shanghai')

test('an offer names everybody in the queue: candidates in their order, then those ruled out and why', async () => {
  // 201 has been idle longest; 202 is on a break, 203 talks, 204 is the last.
  const first = spine.floor.call('PS', { talkMs: 600_000 })
  await spine.pass(10_000)
  await command('agents/away', { agentCode: '202' })
  const second = spine.floor.call()
  await spine.pass(10_000)

  const { offers, more } = await told(`calls/${second}/decisions`)
  assert.is(more, 0)
  assert.is(offers.length, 1)
  const [offer] = offers
  assert.is(offer.agentCode, '203')
  assert.is(offer.result, 'answered')
  assert.is(offer.decision.strategy, 'longest-idle-agent')
  assert.equal(
    [offer.decision.configVersion, offer.decision.candidates, offer.decision.place, offer.untold],
    [1, 2, 0, 0],
  )
  assert.equal(
    offer.considered.map((one: any) => [one.agentCode, one.place, one.chosen, one.ruledOut]),
    [
      ['203', 0, true, null],
      ['204', 1, false, null],
      ['201', null, false, 'talking'],
      ['202', null, false, 'away'],
    ],
  )
  assert.type(offer.considered[0].measure, 'number')
  const [before] = (await told(`calls/${first}/decisions`)).offers
  assert.equal(
    before.considered.map((one: any) => [one.agentCode, one.ruledOut]),
    [
      ['201', null],
      ['202', null],
      ['203', null],
      ['204', null],
    ],
  )
})

test('what came after an offer does not change its explanation', async () => {
  const callId = spine.floor.call()
  await spine.pass(10_000)
  const before = await told(`calls/${callId}/decisions`)
  for (const { agentId } of spine.floor.agents.slice(1)) await command('agents/sign-out', { agentCode: agentId })
  const { queues, agents } = spine.floor
  const routes = [{ code: 'other', to: '*', queueCode: queues[0]!.code }]
  await spine.floor.until(
    spine.floor.desk.activate(
      { zone: 'Asia/Shanghai', queues, agents: [...agents, agentNumbered(7, ['PS'])], routes },
      spine.floor.by('operator'),
    ),
  )
  await spine.pass(200_000)
  assert.equal(await told(`calls/${callId}/decisions`), before)
})

test('an agent who was signed out then is shown as such, and one who signed in again is judged by the shift of that moment', async () => {
  await command('agents/sign-out', { agentCode: '202' })
  const callId = spine.floor.call()
  await spine.pass(10_000)
  await spine.floor.until(
    spine.floor.desk.signIn('202', { via: 'phone', registered: true }, spine.floor.by('agent:202')),
  )
  await spine.pass(1_000)
  const [offer] = (await told(`calls/${callId}/decisions`)).offers
  assert.is(offer.considered.find((one: any) => one.agentCode === '202').ruledOut, 'signed_out')
})

test('an agent assigned to the queue by a supervisor belongs to it from then on', async () => {
  const before = spine.floor.call('PS', { talkMs: 600_000 })
  await spine.pass(5_000)
  const { queues, agents } = spine.floor
  const routes = [{ code: 'other', to: '*', queueCode: queues[0]!.code }]
  await spine.floor.until(
    spine.floor.desk.activate(
      { zone: 'Asia/Shanghai', queues, agents: [...agents, agentNumbered(7, [])], routes },
      spine.floor.by('operator'),
    ),
  )
  await spine.pass(10)
  await spine.floor.desk.signIn('208', { via: 'phone', registered: true }, spine.floor.by('agent:208'))
  await spine.pass(10)
  await spine.floor.until(
    spine.floor.desk.agent(
      '208',
      { do: 'change_queues', queues: [{ queueCode: 'PS', level: 1, position: 9 }], byCode: '9001' },
      spine.floor.by('supervisor:9001'),
    ),
  )
  const after = spine.floor.call()
  await spine.pass(5_000)
  const queue = async (callId: string) =>
    (await told(`calls/${callId}/decisions`)).offers[0].considered.map((one: any) => [one.agentCode, one.ruledOut])
  assert.equal(
    (await queue(after)).find(([code]: string[]) => code === '208'),
    ['208', 'away'],
  )
  assert.equal((await queue(before)).map(([code]: string[]) => code).includes('208'), false)
})

test('an agent who was free but not in the switchboard’s lists is said to have been missing there, not a candidate', async () => {
  const { process, clock } = spine.floor
  for (const { agentId } of spine.floor.agents.slice(0, 3))
    if (process.switchboard.shift(agentId)) await command('agents/ready', { agentCode: agentId })
  await spine.pass(300_000)
  const free = [...process.switchboard.matching.freeIn('PS')]
  assert.ok(free.length >= 2)
  const [missing] = free.filter((agentId) => spine.floor.agents.some((agent) => agent.agentId === agentId))
  process.switchboard.matching.strike('PS', missing!)
  const struckAt = clock.now()
  const callId = spine.floor.call()
  await spine.pass(5_000)
  const [offer] = (await told(`calls/${callId}/decisions`)).offers
  assert.ok(offer.at - struckAt < 1_000)
  assert.is(offer.considered.find((one: any) => one.agentCode === missing).ruledOut, 'unlisted')
})

test('a call that no queue offered has no decisions', async () => {
  assert.equal(await told('calls/nobody/decisions'), { offers: [], more: 0 })
})

test('A11.3.3-work an agent’s day: states that follow one another, calls, offers, and time in each state', async () => {
  const callId = spine.floor.call()
  await spine.pass(120_000)
  await command('agents/not-ready', { agentCode: '201', reason: 'lunch' })
  await spine.pass(30_000)
  const told201 = await told(`agents/201/day?day=${day()}`)
  assert.equal([told201.agentCode, told201.day, told201.zone], ['201', day(), 'Asia/Shanghai'])
  assert.equal(
    told201.states.map((row: any) => row.state),
    ['away', 'ready', 'ringing', 'in_call', 'wrap_up', 'ready', 'not_ready'],
  )
  told201.states.slice(1).forEach((row: any, i: number) => assert.is(row.startedAt, told201.states[i].endedAt))
  assert.equal(
    told201.segments.map((row: any) => row.callId),
    [callId],
  )
  assert.equal(
    told201.calls.map((row: any) => row.fromNumber),
    ['138****2225'],
  )
  assert.equal(
    told201.offers.map((row: any) => [row.callId, row.result, row.rang, row.decision.candidates]),
    [[callId, 'answered', true, 4]],
  )
  assert.is(told201.signedInMs, told201.until - told201.states[0].startedAt)
  assert.is(
    told201.totals.reduce((sum: number, total: any) => sum + total.ms, 0),
    told201.signedInMs,
  )
  assert.equal(
    told201.totals.find((total: any) => total.state === 'not_ready'),
    { state: 'not_ready', ms: told201.until - told201.states.at(-1).startedAt, times: 1 },
  )
  assert.equal([told201.previousDay, told201.nextDay], [null, null])
  assert.equal(
    told201.deeds.map((deed: any) => [deed.type, deed.data.by ?? null, deed.data.reason ?? null, deed.actor]),
    [
      ['AgentSignedIn', null, null, 'agent:201'],
      ['AgentBecameReady', 'agent', null, 'agent:201'],
      ['AgentBecameNotReady', 'agent', 'lunch', told201.deeds[2].actor],
    ],
  )
  assert.not.match(JSON.stringify(told201.deeds), /Agent 201/)
})

test('a state that spans midnight is in both days, each has its part, and the days link to one another', async () => {
  const yesterday = day()
  // The floor opens at ten in the morning, and a shift does not last for ever.
  await spine.pass(14.5 * 3_600_000)
  const [before, after] = [await told(`agents/201/day?day=${yesterday}`), await told('agents/201/day')]
  // The last thing known began yesterday.
  assert.is(after.day, yesterday)
  const today = await told(`agents/201/day?day=${day()}`)
  assert.is(before.until, before.to)
  assert.is(today.from, before.to)
  assert.equal(
    today.states.map((row: any) => row.state),
    ['ready'],
  )
  assert.is(today.totals[0].ms, spine.floor.clock.now() - today.from)
  assert.is(today.previousDay, yesterday)
})

test('how busy a day was: calls by quarter hour, all queues together', async () => {
  spine.floor.call()
  spine.floor.call()
  await spine.pass(5_000)
  const { quarters } = await told(`history/volume?day=${day()}`)
  const quarter = Math.floor(spine.floor.clock.now() / 900_000) * 900_000
  assert.equal(quarters, [{ at: quarter, offered: 2, abandoned: 0 }])
  assert.equal((await told('history/volume?day=2025-01-01')).quarters, [])
})

test('an unknown agent is not found, and an invalid day is refused', async () => {
  const { status, json } = await get(spine, '/api/v1/agents/999/day')
  assert.equal([status, json.details], [404, { what: 'agent', id: '999' }])
  assert.is((await get(spine, '/api/v1/agents/201/day?day=2026-02-30')).status, 400)
})

test('a day contains calls and figures: it takes permission to see both', async () => {
  const web = await startWeb('history rights')
  try {
    const asked = async () => {
      const { status, json } = await get(web, '/api/v1/agents/201/day')
      return [status, json.details?.permission ?? json.details?.what]
    }
    assert.equal(await asked(), [404, 'agent'])
    web.permissions.delete('calls.see')
    assert.equal(await asked(), [403, 'calls.see'])
    web.permissions.add('calls.see')
    web.permissions.delete('reports.see')
    assert.equal(await asked(), [403, 'reports.see'])
    web.permissions.delete('calls.see')
    assert.is((await get(web, '/api/v1/calls/x/decisions')).status, 403)
  } finally {
    await web.close()
  }
})

test.run()
