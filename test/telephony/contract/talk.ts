/** Who hears whom: hold, consultation, transfer, conference, supervision. */
import * as assert from 'uvu/assert'
import type { SupervisorMode } from '@ledgerline/core/telephony/port.ts'
import type { Person } from './subject.ts'
import type { Case, Scene, Talk } from './scene.ts'

export function talkContract(test: Case): void {
  test('A2.2-btn-hold C3.3-hold C3.3-hold-music C3.4-resume held, the customer hears music and the agent nothing', async ({
    scene,
  }) => {
    const { customer, agent, legId } = await scene.talk()
    const hold = { do: 'hold', legId, music: null } as const
    await scene.send(hold)
    assert.is((await scene.leg(legId))?.state, 'held')
    await scene.hear([customer, 'hold_music'], [agent])
    await scene.send(hold)
    await scene.send({ do: 'resume', legId, to: 'A' })
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    assert.is((await scene.leg(legId))?.state, 'answered')
    assert.equal([scene.of('held').length, scene.of('resumed').length], [1, 1])
    assert.is(scene.of('held')[0]!.legId, legId)
  })

  test('a customer who was left on hold is taken over: resumed, and bridged with somebody else', async ({ scene }) => {
    const { customer, agent, legId, callId } = await scene.talk()
    await scene.send({ do: 'hold', legId, music: null })
    const third = await scene.phone('8202', 'third')
    await scene.reach('B', third, { callId })
    await scene.send({ do: 'bridge', legId: 'B', to: legId })
    await scene.hear([customer, 'third'], [third, 'customer'], [agent])
    assert.is(scene.of('resumed', legId).length, 1)
    assert.equal(
      scene.of('bridged').map((report) => [report.legId, report.to]),
      [
        [legId, 'A'],
        ['B', legId],
      ],
    )
  })

  test('whom the agent leaves on hold is on hold no longer when they hear something else', async ({ scene }) => {
    const { customer, agent, legId } = await scene.talk()
    await scene.send({ do: 'hold', legId, music: null })
    await agent.hangUp()
    await scene.end('A')
    await scene.send({ do: 'play', legId, media: 'waiting', repeat: true })
    await scene.hear([customer, 'waiting'])
    assert.is((await scene.leg(legId))?.state, 'answered')
  })

  test('C3.5-consult-transfer a party of another call takes a place in this one, and does not notice', async ({
    scene,
  }) => {
    const { customer, agent, legId, callId } = await scene.talk()
    const third = await scene.phone('8202', 'third')
    await scene.reach('B', third, { callId: 'another' })
    const taken = (leg: string, from: string) =>
      scene.send({
        do: 'dial',
        target: scene.target(leg, { kind: 'leg', legId: from }, { callId, purpose: 'consultation' }),
      })
    // What is ordered right behind finds the new leg there.
    await Promise.all([taken('N', 'B'), scene.send({ do: 'bridge', legId: 'N', to: legId })])
    await scene.report('answered', 'N')
    third.legId = 'N'
    assert.equal([(await scene.end('B')).reason, (await scene.leg('N'))?.callId], ['completed', callId])
    assert.is(await scene.leg('B'), undefined)
    await scene.hear([customer, 'third'], [third, 'customer'], [agent])
    await taken('M', 'B')
    assert.is((await scene.end('M')).reason, 'unreachable')
    await third.hangUp()
    assert.is((await scene.end('N')).by, 'agent')
  })

  test('what came of a transfer that a phone asked for is told to its leg, as long as there is one', async ({
    scene,
  }) => {
    const { legId } = await scene.talk()
    await scene.send({ do: 'answer_refer', legId: 'A', accepted: false })
    await scene.refused({ do: 'answer_refer', legId: 'nobody', accepted: true }, 'telephony.no_leg')
    assert.is((await scene.leg(legId))?.state, 'answered')
  })

  test('C3.5-consult-transfer the customer goes to the third; the agent is left with a dead line', async ({
    scene,
  }) => {
    const { customer, agent, third, legId } = await scene.consultation()
    await scene.send({ do: 'bridge', legId, to: 'B' })
    await scene.hear([customer, 'third'], [third, 'customer'], [agent])
    assert.is((await scene.leg('A'))?.state, 'answered')
    await scene.hangUp('A')
    await scene.hear([customer, 'third'], [third, 'customer'])
  })

  test('C3.5-consult-transfer the third leaves: back to the customer', async ({ scene }) => {
    const { customer, agent, third, legId } = await scene.consultation()
    await third.hangUp()
    await scene.end('B')
    await scene.hear([customer, 'hold_music'], [agent])
    await scene.send({ do: 'resume', legId, to: 'A' })
    await scene.hear([customer, 'agent'], [agent, 'customer'])
  })

  test('C5.4-barge a customer goes straight from one party to another', async ({ scene }) => {
    const { customer, agent, legId, callId } = await scene.talk()
    const third = await scene.phone('8202', 'third')
    await scene.reach('B', third, { callId })
    await scene.send({ do: 'bridge', legId, to: 'B' })
    await scene.hear([customer, 'third'], [third, 'customer'], [agent])
  })

  test('A2.2-btn-three-way all three hear each other; two go on when one leaves, and are bridged out of it', async ({
    scene,
  }) => {
    const { customer, agent, third, legId } = await scene.consultation()
    await scene.send({ do: 'conference', conferenceId: 'room', legIds: [legId, 'A', 'B'] })
    await scene.hear([customer, 'agent', 'third'], [agent, 'customer', 'third'], [third, 'customer', 'agent'])
    assert.is((await scene.leg(legId))?.state, 'answered', 'on hold no longer')
    assert.equal(
      scene
        .of('bridged')
        .filter(({ to }) => to === 'room')
        .map((report) => report.legId)
        .toSorted(),
      ['A', 'B', legId].toSorted(),
    )
    await scene.hangUp('B')
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    await scene.send({ do: 'bridge', legId, to: 'A' })
    await scene.hear([customer, 'agent'], [agent, 'customer'])
  })

  test('A2.2-btn-three-way who joins a conference later is in it like the others', async ({ scene }) => {
    const { customer, agent, legId, callId } = await scene.talk()
    await scene.send({ do: 'conference', conferenceId: 'room', legIds: [legId, 'A'] })
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    const third = await scene.phone('8202', 'third')
    await scene.reach('B', third, { callId })
    await scene.send({ do: 'conference', conferenceId: 'room', legIds: [legId, 'A', 'B'] })
    await scene.hear([customer, 'agent', 'third'], [agent, 'customer', 'third'], [third, 'customer', 'agent'])
    assert.is(scene.of('bridged').filter(({ to }) => to === 'room').length, 3)
  })

  /** A supervisor whose phone is there, on leg `S`. */
  async function supervised(scene: Scene, voice: 'supervisor' | 'another' = 'supervisor', leg = 'S') {
    const talk: Talk = await scene.talk()
    const supervisor = await scene.phone('8900', voice)
    await scene.reach(leg, supervisor, { callId: talk.callId, purpose: 'supervisor' })
    const supervise = (mode: SupervisorMode, customerLegId: string | null = talk.legId): Promise<void> =>
      scene.send({ do: 'supervise', legId: leg, customerLegId, agentLegId: 'A', mode })
    return { ...talk, supervisor, supervise }
  }

  test('C5.2-listen C5.3-whisper listening, whispering and three-way are changed while they run', async ({ scene }) => {
    const { customer, agent, supervisor, supervise } = await supervised(scene)
    const hears = {
      listen: [
        [agent, 'customer'],
        [customer, 'agent'],
      ],
      whisper: [
        [agent, 'customer', 'supervisor'],
        [customer, 'agent'],
      ],
      three_way: [
        [agent, 'customer', 'supervisor'],
        [customer, 'agent', 'supervisor'],
      ],
    } as const
    for (const mode of ['listen', 'whisper', 'three_way', 'listen', 'three_way', 'whisper'] as const) {
      await supervise(mode)
      await scene.hear([supervisor, 'customer', 'agent'], ...hears[mode])
    }
    assert.is(scene.of('bridged', 'S').length, 1)
    await supervisor.hangUp()
    assert.is((await scene.end('S')).by, 'supervisor')
    await scene.hear([agent, 'customer'], [customer, 'agent'])
  })

  test('C5.3-whisper through hold: the supervisor stays with the agent, the customer has their music', async ({
    scene,
  }) => {
    const { customer, agent, legId, supervisor, supervise } = await supervised(scene)
    await supervise('whisper')
    await scene.send({ do: 'hold', legId, music: null })
    await supervise('whisper', null)
    await scene.hear([supervisor, 'agent'], [agent, 'supervisor'], [customer, 'hold_music'])
    await supervise('listen', null)
    await scene.hear([supervisor, 'agent'], [agent], [customer, 'hold_music'])
    await scene.send({ do: 'resume', legId, to: 'A' })
    await supervise('whisper')
    await scene.hear([supervisor, 'customer', 'agent'], [agent, 'customer', 'supervisor'], [customer, 'agent'])
  })

  test('C5.3-whisper through a consultation: the supervisor hears the third, and is heard by their agent alone', async ({
    scene,
  }) => {
    const { customer, agent, legId, callId, supervisor, supervise } = await supervised(scene)
    await supervise('whisper')
    const third = await scene.phone('8202', 'third')
    await scene.send({ do: 'hold', legId, music: null })
    await scene.reach('B', third, { callId, purpose: 'consultation' })
    await scene.send({ do: 'bridge', legId: 'A', to: 'B' })
    await supervise('whisper', null)
    await scene.hear(
      [supervisor, 'agent', 'third'],
      [agent, 'third', 'supervisor'],
      [third, 'agent'],
      [customer, 'hold_music'],
    )
  })

  test('C5.3-whisper in a conference: the supervisor hears all, and is heard by their agent alone', async ({
    scene,
  }) => {
    const { customer, agent, legId, callId, supervisor, supervise } = await supervised(scene)
    const third = await scene.phone('8202', 'third')
    await scene.reach('B', third, { callId, purpose: 'consultation' })
    await scene.send({ do: 'conference', conferenceId: 'room', legIds: [legId, 'A', 'B'] })
    await supervise('whisper')
    await scene.hear(
      [supervisor, 'customer', 'agent', 'third'],
      [agent, 'customer', 'third', 'supervisor'],
      [customer, 'agent', 'third'],
      [third, 'customer', 'agent'],
    )
  })

  test('C5.2-listen two supervisors: who whispers is heard by the agent, who listens by nobody', async ({ scene }) => {
    const { customer, agent, legId, callId, supervisor, supervise } = await supervised(scene)
    const another: Person = await scene.phone('8901', 'another')
    await scene.reach('T', another, { callId, purpose: 'supervisor' })
    await supervise('whisper')
    await scene.send({ do: 'supervise', legId: 'T', customerLegId: legId, agentLegId: 'A', mode: 'listen' })
    const isHeard = [
      [agent, 'customer', 'supervisor'],
      [customer, 'agent'],
    ] as const
    await scene.hear(...isHeard)
    await another.hangUp()
    await scene.end('T')
    await scene.hear([supervisor, 'customer', 'agent'], ...isHeard)
  })

  test('two supervisors in three-way hear each other, and are heard by both', async ({ scene }) => {
    const { customer, agent, legId, callId, supervisor, supervise } = await supervised(scene)
    const another: Person = await scene.phone('8901', 'another')
    await scene.reach('T', another, { callId, purpose: 'supervisor' })
    await supervise('three_way')
    await scene.send({ do: 'supervise', legId: 'T', customerLegId: legId, agentLegId: 'A', mode: 'three_way' })
    await scene.hear(
      [supervisor, 'customer', 'agent', 'another'],
      [another, 'customer', 'agent', 'supervisor'],
      [agent, 'customer', 'supervisor', 'another'],
      [customer, 'agent', 'supervisor', 'another'],
    )
  })

  test('C5.2-listen the customer leaves: the supervisor stays, and can be with the agent alone', async ({ scene }) => {
    const { customer, agent, supervisor, supervise } = await supervised(scene)
    await supervise('listen')
    await scene.hear([supervisor, 'customer', 'agent'])
    await customer.hangUp()
    await scene.end(customer.legId!)
    assert.is((await scene.leg('S'))?.state, 'answered')
    await supervise('whisper')
    await scene.hear([supervisor, 'agent'], [agent, 'supervisor'])
  })

  test('C5.4-barge a supervisor takes over: they talk with the customer', async ({ scene }) => {
    const { customer, agent, legId, supervisor, supervise } = await supervised(scene)
    await supervise('whisper')
    await scene.send({ do: 'bridge', legId, to: 'S' })
    await scene.hangUp('A')
    await scene.hear([customer, 'supervisor'], [supervisor, 'customer'], [agent])
  })
}
