/** Where agents sign in: at which phone, once, and what happens if two want the same one. Virtual time. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { queueNamed, type VirtualHouse } from '../support/house.ts'
import { eventsOf } from '../acd/in-house.ts'
import { inHouse, refusedWith, shift } from './in-house.ts'

const test = suite('sign-in')

const out = async (house: VirtualHouse, ...agents: string[]): Promise<void> => {
  for (const agent of agents) await house.desk.agent(agent, { do: 'sign_out', by: 'agent' }, house.by('agent'))
  await house.pass(10)
}

const signIn = (house: VirtualHouse, agent: string, extension?: string | null) =>
  house.desk.signIn(
    agent,
    { via: 'desk', registered: true, ...(extension !== undefined && { extension }) },
    house.by('agent'),
  )

test('nobody signs in at a colleague’s phone, used or not, nor moves to it; the refusal says whose it is', () =>
  inHouse({ agents: 3 }, async (house) => {
    await out(house, '201', '203')
    const used = await refusedWith('agent.phone_taken', signIn(house, '201', '8202'))
    assert.equal(used.details, { extension: '8202', agent: '202' })
    assert.equal((await refusedWith('agent.phone_taken', signIn(house, '201', '8203'))).details, {
      extension: '8203',
      agent: '203',
    })
    await refusedWith('agent.phone_taken', house.desk.changeExtension('202', '8203', house.by('agent')))
    await signIn(house, '201', '8999')
    await house.pass(10)
    await refusedWith('agent.phone_taken', house.desk.changeExtension('202', '8999', house.by('agent')))
    await refusedWith(
      'agent.phone_unknown',
      house.desk.changeExtension('202', 'my mobile 13800001111', house.by('agent')),
    )
    await refusedWith('agent.phone_unknown', signIn(house, '203', '13800001111'))
    await house.desk.changeExtension('202', '8998', house.by('agent'))
    await house.pass(10)
    // Their own, once it is free again, and one that someone left.
    await signIn(house, '203')
    await house.desk.changeExtension('202', '8202', house.by('agent'))
    await house.pass(10)
    await house.desk.changeExtension('201', '8998', house.by('agent'))
    await house.pass(10)
    assert.equal(
      ['201', '202', '203'].map((agent) => house.process.switchboard.shift(agent)?.extension),
      ['8998', '8202', '8203'],
    )
  }))

test('if two come to one free phone at the same moment the switchboard keeps one: the other is signed out with the reason', () =>
  inHouse({ agents: 3 }, async (house) => {
    await out(house, '201', '202')
    // Neither can see the other: both are decided before the board has folded one of them.
    await Promise.all([signIn(house, '201', '8999'), signIn(house, '202', '8999')])
    await house.pass(100)
    assert.equal(
      ['201', '202'].map((agent) => house.process.switchboard.shift(agent)?.extension),
      ['8999', undefined],
    )
    assert.equal(
      (await eventsOf(house, 'AgentSignedOut')).slice(-1).map(({ data }) => [data.agentCode, data.by, data.reason]),
      [['202', 'system', 'phone_taken']],
    )
    assert.is(house.process.switchboard.agentOfExtension('8999'), '201')
    // By moving too; and it holds after a take-over, from what the ledger says.
    await signIn(house, '202')
    await house.pass(10)
    await Promise.all([
      house.desk.changeExtension('202', '8777', house.by('agent')),
      house.desk.changeExtension('203', '8777', house.by('agent')),
    ])
    await house.takeOver()
    await house.pass(100)
    assert.equal(
      ['202', '203'].map((agent) => house.process.switchboard.shift(agent)?.extension),
      ['8777', undefined],
    )
  }))

test('a supervisor does not listen on the phone of someone else who works there', () =>
  inHouse({ agents: 2, queues: [queueNamed('PS', { wrapUpMs: 0 })] }, async (house) => {
    await house.desk.setWork('202', 'not_ready', null, house.by('agent'))
    await house.pass(10)
    house.call('PS', { talkMs: 30_000 })
    await house.pass(10_000)
    const listen = (extension: string) =>
      house.desk.supervise(
        '201',
        { supervisorCode: '900', mode: 'listen', extension, number: null },
        house.clock.now(),
        house.by('supervisor'),
      )
    assert.is((await refusedWith('agent.phone_taken', listen('8202'))).details['agent'], '202')
    await refusedWith('agent.phone_unknown', listen('13800001111'))
    await house.pass(60_000)
  }))

test('a sign-in whose answer was lost between append and answer gets the first answer, even if the agent has signed out again', () =>
  inHouse({ agents: 1 }, async (house) => {
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent'))
    const envelope = house.by('agent')
    const signIn = () => house.desk.signIn('201', { via: 'desk', registered: true }, envelope)
    house.logIsAway = 'after'
    await signIn().then(
      () => assert.unreachable(),
      (error) => assert.ok(isProblem(error, 'log.unavailable'), String(error)),
    )
    house.logIsAway = false
    await house.pass(1_000)
    assert.ok(shift(house))
    assert.equal((await signIn()).events, ['AgentSignedIn'])
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent'))
    await house.pass(10)
    assert.equal((await signIn()).events, ['AgentSignedIn'])
    assert.is(house.process.switchboard.shift('201'), null, 'it begins no second shift')
  }))

test.run()
