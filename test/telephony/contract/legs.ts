/** How legs begin and end, and what commands are worth: done once, refused where they cannot be done. */
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand } from '@ledgerline/core/telephony/port.ts'
import { COMPLETED, type Case } from './scene.ts'

export function legsContract(test: Case): void {
  test('A2.2-btn-answer a caller arrives, is answered, talks with an agent, and hangs up', async ({ scene }) => {
    const { legId, callId } = await scene.talk()
    const [incoming] = scene.of('incoming')
    assert.is(incoming!.to, '95500')
    assert.is(incoming!.from, '13800001111')
    assert.is(incoming!.gateway, 'gw1')
    assert.is(incoming!.extension, null)
    assert.equal(
      scene.seen.flatMap((report) => ('legId' in report ? [[report.what, report.legId]] : [])),
      [
        ['incoming', legId],
        ['answered', legId],
        ['ringing', 'A'],
        ['answered', 'A'],
        ['bridged', legId],
      ],
    )
    const legs = (await scene.subject.telephony.legs()).map((leg) => [leg.legId, leg.callId, leg.purpose, leg.state])
    assert.equal(
      legs.toSorted(),
      [
        ['A', callId, 'agent', 'answered'],
        [legId, callId, 'customer', 'answered'],
      ].toSorted(),
    )
  })

  test('the customer hangs up: their leg ends by them, and the agent’s is for somebody to end', async ({ scene }) => {
    const { customer, legId } = await scene.talk()
    await customer.hangUp()
    assert.equal(await scene.end(legId), { by: 'customer', cause: 16, sip: null, reason: 'hung_up' })
    assert.is((await scene.leg('A'))?.state, 'answered')
    assert.is(await scene.leg(legId), undefined)
  })

  test('A2.2-btn-hangup the agent hangs up: their leg ends by them; a leg that we end, ends as we say', async ({
    scene,
  }) => {
    const { agent, legId } = await scene.talk()
    await agent.hangUp()
    assert.equal(await scene.end('A'), { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
    assert.is((await scene.leg(legId))?.state, 'answered')
    const forced = { by: 'supervisor', cause: 16, sip: null, reason: 'forced' } as const
    await scene.send({ do: 'hang_up', legId, end: forced })
    assert.equal(await scene.end(legId), forced)
  })

  test('a caller gives up before they are answered; another is turned away', async ({ scene }) => {
    const first = await scene.incoming()
    assert.is((await scene.leg(first.legId))?.state, 'ringing')
    await first.customer.hangUp()
    assert.equal(await scene.end(first.legId), { by: 'customer', cause: 16, sip: 487, reason: 'cancelled' })
    const second = await scene.incoming('another')
    const busy = { by: 'system', cause: 17, sip: 486, reason: 'busy' } as const
    await scene.send({ do: 'hang_up', legId: second.legId, end: busy })
    assert.equal(await scene.end(second.legId), busy)
  })

  test('a phone that is ignored, refuses, is busy, in use or not registered ends its leg with the matching cause', async ({
    scene,
  }) => {
    await scene.phone('8201', 'agent', 'ignore')
    await scene.phone('8202', 'third', 'refuse')
    await scene.phone('8203', 'another', 'busy')
    const talker = await scene.phone('8204', 'supervisor')
    await scene.reach('in use', talker)
    for (const [leg, extension] of [
      ['ignored', '8201'],
      ['refused', '8202'],
      ['busy', '8203'],
      ['second', '8204'],
      ['unregistered', '8999'],
    ] as const)
      await scene.dial(leg, extension, { ringMs: 1_500 })
    const found: Record<string, unknown> = {}
    for (const leg of ['ignored', 'refused', 'busy', 'second', 'unregistered']) {
      const { by, reason, cause } = await scene.end(leg)
      found[leg] = [by, reason, cause]
    }
    assert.equal(found, {
      ignored: ['system', 'no_answer', 19],
      refused: ['agent', 'rejected', 21],
      busy: ['network', 'busy', 17],
      second: ['network', 'busy', 17],
      unregistered: ['network', 'unregistered', 20],
    })
    assert.is(scene.of('ringing', 'ignored').length, 1)
    assert.is(scene.of('ringing', 'unregistered').length, 0)
  })

  test('a phone that rings is given up by command', async ({ scene }) => {
    await scene.phone('8201', 'agent', 'ignore')
    await scene.dial('A', '8201')
    await scene.report('ringing', 'A')
    const end = { by: 'system', cause: 16, sip: 487, reason: 'cancelled' } as const
    await scene.send({ do: 'hang_up', legId: 'A', end })
    assert.equal(await scene.end('A'), end)
    await scene.dial('B', '8201', { ringMs: 1_000 })
    await scene.report('ringing', 'B')
    assert.is((await scene.end('B')).reason, 'no_answer', 'the phone is free again')
  })

  test('A3.2.1-auto-answer a phone that is asked to answers by itself, whatever its owner does', async ({ scene }) => {
    await scene.phone('8201', 'agent', 'ignore')
    await scene.dial('A', '8201', { autoAnswer: true })
    await scene.report('answered', 'A')
  })

  test('a number outside is dialled through its gateway: answered, refused, busy', async ({ scene }) => {
    const { customer, legId, callId } = await scene.answered()
    const dial = (leg: string) =>
      scene.send({
        do: 'dial',
        target: scene.target(leg, { kind: 'number', number: '13900002222', gateway: 'gw1' }, { callId, ringMs: 5_000 }),
      })
    const third = await scene.subject.callee('third', 'answer')
    third.legId = 'out'
    await dial('out')
    await scene.report('answered', 'out')
    await scene.send({ do: 'bridge', legId: 'out', to: legId })
    await scene.hear([customer, 'third'], [third, 'customer'])
    await third.hangUp()
    await scene.end('out')
    for (const [leg, reaction, reason] of [
      ['refused', 'refuse', 'rejected'],
      ['busy', 'busy', 'busy'],
    ] as const) {
      await scene.subject.callee('third', reaction)
      await dial(leg)
      assert.is((await scene.end(leg)).reason, reason)
    }
  })

  test('C3.3-hold the hold key of a phone is reported, and so is that it was pressed again', async ({ scene }) => {
    const { agent } = await scene.talk()
    await agent.hold(true)
    assert.is((await scene.report('held', 'A')).by, 'agent')
    await agent.hold(false)
    await scene.report('resumed', 'A')
  })

  test('C3.5-blind-transfer the transfer key of a phone is reported, and the phone learns what came of it', async ({
    scene,
  }) => {
    const { agent, customer } = await scene.talk()
    for (const [n, accepted] of [false, true].entries()) {
      await agent.refer('8202')
      assert.is((await scene.report('referred', 'A', n + 1)).to, '8202')
      await scene.send({ do: 'answer_refer', legId: 'A', accepted })
      if (agent.toldOfTransfer !== null)
        await scene.until('the phone to be told', () => agent.toldOfTransfer === accepted)
    }
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    await scene.refused({ do: 'answer_refer', legId: 'nobody', accepted: true }, 'telephony.no_leg')
  })

  test('a phone that wants no calls says so, and ends its leg', async ({ scene }) => {
    await scene.phone('8201', 'agent', 'no_calls')
    await scene.dial('A', '8201')
    await scene.report('do_not_disturb', 'A')
    const { by, reason } = await scene.end('A')
    assert.equal([by, reason], ['agent', 'rejected'])
  })

  test('a repeated command is carried out once and answered as before', async ({ scene }) => {
    const agent = await scene.phone('8201')
    agent.legId = 'A'
    await scene.dial('A', '8201')
    const again = { do: 'dial', target: scene.target('A', { kind: 'extension', extension: '8201' }) } as const
    await scene.send(again)
    await scene.report('answered', 'A')
    await scene.send(again)
    assert.is(scene.of('ringing').length, 1)
    const { legId } = await scene.answered()
    const hold: LegCommand = { do: 'hold', legId, music: null }
    await scene.send(hold, 'hold')
    await scene.send({ do: 'bridge', legId, to: 'A' })
    await scene.send(hold, 'hold')
    assert.is((await scene.leg(legId))?.state, 'answered', 'not held once more')
    const end: LegCommand = { do: 'hang_up', legId: 'A', end: COMPLETED }
    await scene.send(end, 'end')
    await scene.send(end, 'end')
    await scene.refused(end, 'telephony.no_leg')
    await scene.send({ ...hold, legId: 'A' }, 'late').then(
      () => assert.unreachable(),
      (error: unknown) => assert.ok(isProblem(error, 'telephony.no_leg')),
    )
    await scene.send({ ...hold, legId }, 'late').then(
      () => assert.unreachable('a lasting refusal is repeated, too'),
      (error: unknown) => assert.ok(isProblem(error, 'telephony.no_leg')),
    )
  })

  test('every command about a leg that is gone is refused', async ({ scene }) => {
    const { legId } = await scene.answered()
    for (const command of commandsOn('nobody', legId)) await scene.refused(command, 'telephony.no_leg')
    for (const command of [
      { do: 'bridge', legId, to: 'nobody' },
      { do: 'resume', legId, to: 'nobody' },
      { do: 'conference', conferenceId: 'room', legIds: [legId, 'nobody'] },
      { do: 'supervise', legId, customerLegId: null, agentLegId: 'nobody', mode: 'listen' },
    ] as const)
      await scene.refused(command, 'telephony.no_leg')
    await scene.refused({ do: 'answer', legId: 'nobody' }, 'telephony.no_leg')
    await scene.refused({ do: 'hang_up', legId: 'nobody', end: COMPLETED }, 'telephony.no_leg')
  })

  test('a phone that still rings can only be given up', async ({ scene }) => {
    await scene.phone('8201', 'agent', 'ignore')
    const { legId } = await scene.answered()
    await scene.dial('A', '8201')
    await scene.report('ringing', 'A')
    for (const command of commandsOn('A', legId)) await scene.refused(command, 'telephony.not_answered')
    await scene.refused({ do: 'bridge', legId, to: 'A' }, 'telephony.not_answered')
    await scene.send({ do: 'answer', legId: 'A' })
    await scene.pass(200)
    assert.is((await scene.leg('A'))?.state, 'ringing', 'nobody answers a phone for its owner')
  })

  test('C4.4-long-sign-in a leg on a standing one is there at once; the phone stays connected, and its end is theirs', async ({
    scene,
  }) => {
    const agent = await scene.phone('8201')
    await scene.reach('kept', agent, { callId: 'shift:201-1', purpose: 'standing' })
    const { customer, legId, callId } = await scene.answered()
    const put = (leg: string, on = 'kept') =>
      scene.send({ do: 'dial', target: scene.target(leg, { kind: 'standing', legId: on }, { callId }) })
    await put('first')
    await scene.report('answered', 'first')
    assert.is(scene.of('ringing', 'first').length, 0)
    await scene.send({ do: 'bridge', legId: 'first', to: legId })
    await scene.hear([customer, 'agent'], [agent, 'customer'])
    await put('second')
    assert.is((await scene.end('second')).reason, 'busy')
    await scene.hangUp('first')
    await scene.end('first')
    await scene.hear([agent])
    assert.is((await scene.leg('kept'))?.state, 'answered')
    await put('third')
    await scene.report('answered', 'third')
    await agent.hangUp()
    assert.is((await scene.end('third')).by, 'agent')
    assert.is((await scene.end('kept')).by, 'agent')
    await put('fourth')
    assert.is((await scene.end('fourth')).reason, 'unreachable')
  })

  test('a leg that is kept leaves its call: it stands for its owner', async ({ scene }) => {
    await scene.reach('A', await scene.phone('8201'))
    const keep = { do: 'keep', legId: 'A', owner: 'shift:s-1' } as const
    await scene.send(keep)
    await scene.send(keep)
    const { callId, purpose } = (await scene.leg('A'))!
    assert.equal([callId, purpose], ['shift:s-1', 'standing'])
    await scene.hangUp('A')
    assert.is((await scene.report('ended', 'A')).callId, 'shift:s-1')
  })

  test('a call that is referred elsewhere is the network’s from then on; where there is nowhere, it stays', async ({
    scene,
  }) => {
    await scene.phone('8202', 'third')
    const { legId } = await scene.answered()
    const refer = (extension: string): LegCommand => ({ do: 'refer', legId, to: { kind: 'extension', extension } })
    await scene.refused(refer('8999'), 'telephony.unavailable')
    assert.is((await scene.leg(legId))?.state, 'answered')
    await scene.send(refer('8202'))
    assert.equal(await scene.end(legId), COMPLETED)
  })

  test('what a reader had not finished when it stopped goes to the next reader', async ({ scene }) => {
    await scene.stopReading()
    const { telephony } = scene.subject
    await scene.subject.calls('customer', '13800001111')
    const read = async (): Promise<string> => {
      const over = new AbortController()
      for await (const report of telephony.reports(over.signal)) if (report.what === 'incoming') return report.legId
      throw new Error('no report')
    }
    const first = await read()
    assert.is(await read(), first)
  })
}

/** One of each command that is about one leg, or joins it with another. */
function commandsOn(legId: string, other: string): LegCommand[] {
  return [
    { do: 'bridge', legId, to: other },
    { do: 'hold', legId, music: null },
    { do: 'resume', legId, to: other },
    { do: 'play', legId, media: 'welcome', repeat: false },
    { do: 'collect', legId, maxDigits: 1, waitMs: 1_000 },
    { do: 'tone', legId, digits: '1' },
    { do: 'record', legId, recordingId: 'r', on: true },
    { do: 'mask', legId, recordingId: 'r', on: true },
    { do: 'conference', conferenceId: 'room', legIds: [legId] },
    { do: 'supervise', legId, customerLegId: null, agentLegId: other, mode: 'listen' },
    { do: 'keep', legId, owner: 'shift:s-1' },
    { do: 'refer', legId, to: { kind: 'extension', extension: '8201' } },
  ]
}
