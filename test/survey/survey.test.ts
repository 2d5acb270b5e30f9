/** The satisfaction survey after a call, through the whole switchboard on the virtual clock. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { KeyPress } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { inHouse } from '../acd/in-house.ts'
import { callerTo, queueNamed, tenant, type HouseOptions, type VirtualHouse } from '../support/house.ts'

const test = suite('survey')

const everyCall = { queues: [queueNamed('PS', { survey: { when: 'every_call' } })], agents: 1 }
const onDemand = { queues: [queueNamed('PS')], agents: 1 }

/** Keys that a customer presses when they are asked, each this long after. */
const keys = (digits: string, afterMs = 2_000): KeyPress[] =>
  [...digits].map((digit) => ({ when: 'asked', digit, afterMs }))

/** A call that the agent ends after 20 s of talk. */
function called(house: VirtualHouse, digits: string, patienceMs = 600_000): string {
  const talk = { talkMs: 20_000, talkEndedBy: 'agent' as const, patienceMs, keys: keys(digits) }
  return house.telephony.arrive(callerTo('PS', talk))!.callId
}

const told = async (house: VirtualHouse, callId: string): Promise<string[]> =>
  (await house.ledger())
    .filter(({ stream }) => stream === `call-${tenant}.${callId}`)
    .flatMap((event): string[] => {
      switch (event.type) {
        case 'AgentLeftCall':
          return ['agent gone']
        case 'SurveyStarted':
          return [`asked by ${event.data.by}`]
        case 'SurveyRepeated':
          return [`again ${event.data.reason}`]
        case 'SurveyRated':
          return [`${event.data.rating} for ${event.data.agentCode} in ${event.data.queueCode}`]
        case 'SurveySkipped':
          return [`none ${event.data.reason}`]
        case 'PromptPlayed':
          return [event.data.complete ? event.data.media : `cut ${event.data.media}`]
        case 'CallEnded':
          return [`ended ${event.data.reason} by ${event.data.by}`]
        default:
          return []
      }
    })

const house = (options: HouseOptions, body: (house: VirtualHouse) => Promise<void>) => inHouse(options, body)

test('A2.2-btn-satisfaction C16.0-survey: after the agent’s hang-up the caller is asked, and a key is the rating', () =>
  house(everyCall, async (at) => {
    const callId = called(at, '1')
    await at.pass(120_000)
    assert.equal(await told(at, callId), [
      'agent gone',
      'asked by rule',
      'cut survey',
      'satisfied for 201 in PS',
      'survey_thanks',
      'ended completed by system',
    ])
  }))

test('A2.2-btn-satisfaction: the agent’s button sends the customer to the survey, and the agent is free at once', () =>
  house(onDemand, async (at) => {
    const { callId } = at.telephony.arrive(callerTo('PS', { talkMs: 600_000, keys: keys('3'), patienceMs: 600_000 }))!
    await at.pass(20_000)
    await at.until(at.desk.survey('201', at.by('agent:201')))
    await at.pass(1_000)
    assert.is(at.process.switchboard.shift('201')!.engagement.kind, 'wrap_up')
    await at.pass(60_000)
    assert.equal((await told(at, callId)).slice(0, 4), [
      'asked by agent',
      'agent gone',
      'cut survey',
      'dissatisfied for 201 in PS',
    ])
  }))

test('A2.2-btn-satisfaction: an invalid key, or none, is repeated once, and then there is no rating', () =>
  house(everyCall, async (at) => {
    const wrong = called(at, '92')
    await at.pass(120_000)
    assert.equal((await told(at, wrong)).slice(2, 8), [
      'cut survey',
      'again invalid_key',
      'cut invalid_key',
      'fair for 201 in PS',
      'survey_thanks',
      'ended completed by system',
    ])
    const twice = called(at, '98')
    await at.pass(120_000)
    assert.equal((await told(at, twice)).slice(-2), ['none invalid_key', 'ended completed by system'])
    const silent = called(at, '')
    await at.pass(120_000)
    assert.equal((await told(at, silent)).slice(2), [
      'survey',
      'again no_key',
      'no_key',
      'survey',
      'none no_key',
      'ended completed by system',
    ])
  }))

test('A2.2-btn-satisfaction: a caller who hangs up has given no rating; one who ends the call is not asked', () =>
  house(everyCall, async (at) => {
    const talk = { talkMs: 20_000, talkEndedBy: 'agent' as const }
    const { callId, legId } = at.telephony.arrive(callerTo('PS', { ...talk, patienceMs: 600_000 }))!
    await at.pass(26_000)
    at.telephony.act(legId, 'hang_up')
    await at.pass(60_000)
    assert.equal((await told(at, callId)).slice(-2), ['none hung_up', 'ended hung_up by customer'])
    const own = at.telephony.arrive(callerTo('PS', { ...talk, talkEndedBy: 'customer' }))!
    await at.pass(120_000)
    assert.equal(await told(at, own.callId), ['agent gone', 'ended hung_up by customer'])
  }))

test('A2.2-btn-satisfaction: out of hold, out of a consultation and out of a three-way talk: everybody leaves, and the customer is asked', async () => {
  for (const situation of ['held', 'consulting', 'three-way'] as const)
    await house({ ...onDemand, agents: 2 }, async (at) => {
      await at.until(at.desk.setWork('202', 'not_ready', null, at.by('agent:202')))
      const talk = { talkMs: 600_000, keys: keys('1'), patienceMs: 600_000, holdPatienceMs: 600_000 }
      const { callId } = at.telephony.arrive(callerTo('PS', talk))!
      await at.pass(20_000)
      const by = () => at.by('agent:201')
      if (situation === 'held') await at.until(at.desk.hold('201', by()))
      else {
        await at.until(at.desk.consult('201', '202', at.clock.now(), by()))
        await at.pass(5_000)
        if (situation === 'three-way') await at.until(at.desk.join('201', by()))
      }
      await at.pass(2_000)
      await at.until(at.desk.survey('201', by()))
      await at.pass(60_000)
      const lines = await told(at, callId)
      assert.ok(lines.includes('satisfied for 201 in PS'), `${situation}: ${lines.join()}`)
      assert.is(lines.at(-1), 'ended completed by system', situation)
      assert.is(at.process.switchboard.shift('202')!.engagement.kind, 'idle', situation)
    })
})

test('A2.2-btn-satisfaction: the keys and prompts of the queue', () => {
  const survey = {
    when: 'every_call' as const,
    question: 'how_was_it',
    thanks: null,
    keys: [
      { key: '5', rating: 'satisfied' as const },
      { key: '*', rating: 'dissatisfied' as const },
    ],
  }
  return house({ queues: [queueNamed('PS', { survey })], agents: 1 }, async (at) => {
    const callId = called(at, '*')
    await at.pass(120_000)
    assert.equal((await told(at, callId)).slice(2), [
      'cut how_was_it',
      'dissatisfied for 201 in PS',
      'ended completed by system',
    ])
  })
})

test('A2.2-btn-satisfaction: reports that are lost only delay it: every wait has its end', () =>
  house(everyCall, async (at) => {
    const callId = called(at, '')
    at.telephony.inject({ kind: 'command-lost', when: { chance: 1 }, of: { what: 'play' } })
    await at.pass(600_000)
    assert.equal((await told(at, callId)).slice(-2), ['none no_key', 'ended completed by system'])
  }))

test('A2.2-btn-satisfaction: an owner dies at every step; the customer is asked and rates all the same', async () => {
  for (const killAt of [24_000, 25_000, 29_000, 33_000])
    for (const withSnapshot of [false, true])
      await house(everyCall, async (at) => {
        const { callId, legId } = at.telephony.arrive(
          callerTo('PS', { talkMs: 20_000, talkEndedBy: 'agent', patienceMs: 600_000 }),
        )!
        await at.pass(killAt)
        at.kill()
        await at.pass(500)
        await at.takeOver({ withSnapshot })
        await at.pass(3_000)
        at.telephony.press(legId, '2')
        await at.pass(120_000)
        const lines = await told(at, callId)
        assert.ok(lines.includes('fair for 201 in PS'), `${killAt} ${withSnapshot}: ${lines.join()}`)
      })
})

test.run()
