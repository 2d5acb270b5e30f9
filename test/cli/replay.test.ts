/**
 * An auditor's commands: the history of a call, of an agent and of the boards, on a ledger that a real switchboard
 * wrote. Time limit: 120 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { join } from 'node:path'
import { atRest, endOwners, gone, rowsOf, startOwner } from '../support/owners.ts'
import { ledgerline, openDirectory } from './run.ts'
import { Patience } from '../support/patience.ts'
import { begunIn } from '../support/tables.ts'

const scratch = openDirectory()
const data = join(scratch.path, 'data')
const ask = (...args: string[]) => ledgerline(['replay', ...args, '--data', data])
async function told<T>(...args: string[]): Promise<T> {
  const { out, err } = await ask(...args, '--json')
  assert.is.not(out, '', err)
  return JSON.parse(out) as T
}

interface Offer {
  offerId: string
  at: number
  agentCode: string
  result: string
  decision: { strategy: string; configVersion: number; candidates: number; place: number; waited: number }
  considered: { agentCode: string; place: number | null; chosen: boolean; ruledOut: string | null }[]
  untold: number
}

const test = suite('replay')
let call: Record<string, unknown>
test.before(async () => {
  await begunIn(data)
  // A few seconds of heavy traffic, then everything comes to an end.
  const busy = await startOwner(data, 'busy')
  for (const patience = new Patience(30_000); (await rowsOf(busy.url, 'calls?outcome=answered&limit=200')).length < 40;)
    assert.not(patience.over, 'calls are answered')
  await gone(busy.child, 'SIGTERM')
  const quiet = await startOwner(data, 'quiet')
  await atRest(quiet.url)
  // The longest talk leaves the most room for a moment within it.
  const answered = await rowsOf(quiet.url, 'calls?outcome=answered&sort=-receivedAt&limit=100')
  call = answered.toSorted((a, b) => (b['talkMs'] as number) - (a['talkMs'] as number))[0]!
  await gone(quiet.child, 'SIGTERM')
})
test.after(async () => {
  await endOwners()
  scratch.remove()
})

test('--call shows every event, and the whole queue for every offer: candidates in order, the others with what ruled them out', async () => {
  const story = await told<{ events: { type: string }[]; decisions: { offers: Offer[]; more: number } }>(
    '--call',
    call['callId'] as string,
  )
  assert.is(story.events[0]!.type, 'CallReceived')
  const offers = story.decisions.offers
  assert.is(offers.length, story.events.filter(({ type }) => type === 'CallOffered').length)
  const answered = offers.at(-1)!
  assert.equal([answered.result, answered.agentCode, answered.untold], ['answered', call['agentCode'], 0])
  assert.equal(
    answered.considered.filter(({ chosen }) => chosen).map(({ agentCode }) => agentCode),
    [answered.agentCode],
  )
  const ranked = answered.considered.filter(({ place }) => place !== null)
  assert.equal(
    ranked.map(({ place }) => place),
    ranked.map((_, index) => index),
  )
  assert.is(ranked.length, Math.min(answered.decision.candidates, 10))
  for (const { place, ruledOut } of answered.considered)
    assert.ok(place !== null || ruledOut !== null || answered.decision.candidates > 10)

  const { out, code } = await ask('--call', call['callId'] as string)
  assert.is(code, 0)
  assert.match(out, new RegExp(`offer \\d\\d:\\d\\d:\\d\\d\\.\\d{3} +${answered.agentCode} +answered`))
  assert.match(out, new RegExp(`${answered.decision.strategy}`))
  assert.match(out, /place +agent +level/)
  assert.not.match(out, /\b1\d{10}\b/)
  const chinese = await ledgerline(['replay', '--call', call['callId'] as string, '--data', data], {
    LANG: 'zh_CN.UTF-8',
  })
  assert.match(chinese.out, /分配 .*选中/s)
})

test('A11.3.3-work --agent shows a day whose states add up to the time signed in', async () => {
  const agent = call['agentCode'] as string
  const day = await told<{
    states: { startedAt: number; endedAt: number | null }[]
    segments: { callId: string }[]
    offers: { callId: string; result: string }[]
    totals: { ms: number }[]
    signedInMs: number
    until: number
  }>('--agent', agent)
  assert.ok(day.segments.some(({ callId }) => callId === call['callId']))
  assert.ok(day.offers.some(({ callId, result }) => callId === call['callId'] && result === 'answered'))
  assert.is(
    day.totals.reduce((sum, { ms }) => sum + ms, 0),
    day.signedInMs,
  )
  assert.is(
    day.states.reduce((sum, { startedAt, endedAt }) => sum + (endedAt ?? day.until) - startedAt, 0),
    day.signedInMs,
  )
  const { out } = await ask('--agent', agent)
  assert.match(out, /signed in +\d+:\d\d/)
  assert.match(out, /AgentSignedIn +\S+ +.*via /)
  const never = await ask('--agent', 'nobody')
  assert.equal([never.code, never.err.split('\n').length], [1, 2])
})

test('--at shows the boards as they stood during the call', async () => {
  const during = (call['answeredAt'] as number) + (call['talkMs'] as number) / 2
  const { boards } = await told<{ boards: Record<string, Record<string, unknown>[]> }>(
    '--at',
    new Date(Math.round(during)).toISOString(),
    '--by',
    'event',
  )
  assert.equal(
    boards['calls']!.filter(({ callId }) => callId === call['callId']).map(({ status, agentCode }) => [
      status,
      agentCode,
    ]),
    [['talking', call['agentCode']]],
  )
  // The agent is in it by then, though the shift may learn a moment after the call that the phone was picked up.
  assert.is(
    boards['agent_monitor']!.find(({ agentCode }) => agentCode === call['agentCode'])!['callId'],
    call['callId'],
  )
  const offered = boards['queue_day']!.find(({ queueCode }) => queueCode === call['queueCode'])!['offered'] as number
  assert.ok(offered > 0)
  // By the time of the ledger, in words: what the boards showed once it had received this much.
  const { out } = await ask('--at', new Date(Math.round(during)).toISOString())
  assert.match(out, /what the boards showed then; the events tell up to \d{4}-\d\d-\d\d/)
  assert.match(out, /queue_day: \d/)
})

test('route asks the configuration in force', async () => {
  const queueCode = call['queueCode'] as string
  const asked = async (to: string) => {
    const { out, err } = await ledgerline(['route', '--to', to, '--json', '--data', data])
    assert.is.not(out, '', err)
    return JSON.parse(out) as { version: number; outcome: string; target: string; rule: string | null }
  }
  const told = await asked(queueCode)
  assert.equal([told.outcome, told.target], ['queue', queueCode])
  assert.ok(told.version >= 1)
  assert.ok(told.rule !== null)
})

test.run()
