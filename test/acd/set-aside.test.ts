/**
 * An event that cannot be read, of each kind, in a stream of a call, a shift or the switchboard, at any moment of its
 * life: the people it concerns carry on, the ledger says why, and later readers come to the same result.
 */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { event } from '@ledgerline/core/kernel/event.ts'
import type { StoredEvent } from '@ledgerline/core/kernel/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import { callDecider } from '@ledgerline/core/call/call.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { describe } from '@ledgerline/core/problems.ts'
import { z } from 'zod'
import { brokenPromises, queueNamed, tenant, VirtualHouse } from '../support/house.ts'

const test = suite('streams set aside')

const kinds = {
  'of a type that nobody knows': { type: 'CallTeleported', data: '{}', schema: {}, why: 'unknown' },
  'of a newer schema': { type: 'CallNoted', data: '{"x":1}', schema: { v: 9 }, why: 'newer' },
  'with broken data': { type: 'CallAnswered', data: '{"callId":7}', schema: {}, why: 'corrupt' },
  'that is not JSON': { type: 'LegRinging', data: '{"callId', schema: {}, why: 'corrupt' },
} as const

/** Another version of the program writes something into a stream. */
async function write(
  house: VirtualHouse,
  stream: string,
  { type, data, schema }: { type: string; data: string; schema: object },
): Promise<number> {
  const revision = (await house.log.readStream(stream)).length - 1
  const stored: StoredEvent = {
    id: randomUUID(),
    type,
    data,
    metadata: JSON.stringify({ t: tenant, a: 'later version', at: house.clock.now(), ...schema }),
  }
  return (await house.log.append(stream, revision < 0 ? 'none' : revision, [stored])).revision
}

const callStream = (callId: string): string => `call-${tenant}.${callId}`
const shift = (house: VirtualHouse) => house.process.switchboard.shift('201')
const refusal = (ask: () => Promise<unknown>): Promise<Problem> =>
  Promise.resolve()
    .then(ask)
    .then(
      () => assert.unreachable('was not refused') as never,
      (error: Problem) => error,
    )
/** The part of the ledger that can be read. */
async function readable(house: VirtualHouse, codec = house.codec): Promise<AnyEvent[]> {
  const events: AnyEvent[] = []
  for await (const page of house.log.readAll(null))
    events.push(...((await codec.decode(page.events)).events as unknown as AnyEvent[]))
  return events
}
const typesBehind = async (house: VirtualHouse, stream: string, revision: number) =>
  (await readable(house)).filter((one) => one.stream === stream && one.revision > revision).map(({ type }) => type)

async function inHouse(body: (house: VirtualHouse) => Promise<void>): Promise<void> {
  const house = await new VirtualHouse({ agents: 1, queues: [queueNamed('PS', { wrapUpMs: 30_000 })] }).open()
  try {
    await body(house)
  } finally {
    await house.close()
  }
}

/** The moments of a switchboard's own streams: the owner carries on, and so does its successor. */
const ownerStream = `switchboard-${tenant}.owner`
const configurationStream = `switchboard-${tenant}.configuration`

for (const [kind, unreadable] of Object.entries(kinds)) {
  test(`an event ${kind} in a call whose agent is wrapping up: the wrap-up continues, and then they are free`, () =>
    inHouse(async (house) => {
      const callId = house.call('PS', { talkMs: 5_000 })
      await house.pass(20_000)
      const { engagement } = shift(house)!
      assert.is(engagement.kind, 'wrap_up')
      const ended = (await house.log.readStream(callStream(callId))).some(({ type }) => type === 'CallEnded')
      assert.ok(ended)
      const revision = await write(house, callStream(callId), unreadable)
      await house.pass(500)
      // The call was over: there is nothing to close, and nothing is written after it.
      assert.equal(await typesBehind(house, callStream(callId), revision), [])
      assert.equal(shift(house)!.engagement, engagement)
      await house.pass(60_000)
      const next = house.call('PS', { talkMs: 5_000 })
      await house.pass(60_000)
      assert.ok((await readable(house)).some((one) => one.type === 'AgentCallStarted' && one.data.callId === next))
      assert.equal(await house.telephony.legs(), [])
    }))

  test(`an event ${kind} in the owner's and in the configuration's stream: calls continue, and a successor takes over`, () =>
    inHouse(async (house) => {
      await write(house, ownerStream, unreadable)
      await write(house, configurationStream, unreadable)
      const first = house.call('PS', { talkMs: 5_000 })
      await house.pass(60_000)
      assert.ok((await readable(house)).some((one) => one.type === 'CallEnded' && one.data.callId === first))
      // The owner's stream leaves nothing to close; a configuration is open until the next one.
      assert.equal(house.process.switchboard.aside.map(({ stream, why, closed }) => [stream, why, closed]).toSorted(), [
        [configurationStream, unreadable.why, false],
        [ownerStream, unreadable.why, true],
      ])
      await house.takeOver()
      const second = house.call('PS', { talkMs: 5_000 })
      await house.pass(60_000)
      assert.ok((await readable(house)).some((one) => one.type === 'AgentCallStarted' && one.data.callId === second))
      const { queues, agents } = house
      await house.until(
        house.desk.activate(
          { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }] },
          house.by('operator'),
        ),
      )
      await house.pass(10)
      assert.equal(
        house.process.switchboard.aside.map(({ closed }) => closed),
        [true, true],
      )
    }))
}

/** Moments in a call's life, 201 the only agent: how long after it came in, what the agent does then, whether a successor is there. */
const moments = {
  'while it rings': { after: 1_500, reserved: true },
  'while they talk': { after: 10_000, reserved: false },
} as const

for (const [kind, unreadable] of Object.entries(kinds)) {
  for (const [moment, { after }] of Object.entries(moments)) {
    test(`an event ${kind} in a call ${moment}: the call is closed, its legs are hung up, the agent takes the next one`, () =>
      inHouse(async (house) => {
        const callId = house.call('PS', { talkMs: 3_600_000, patienceMs: 3_600_000 })
        await house.pass(after)
        const revision = await write(house, callStream(callId), unreadable)
        await house.pass(500)
        assert.equal(await house.telephony.legs(), [], 'nobody is left on the line')
        const [set, ...closing] = (await readable(house)).filter(
          ({ stream, revision: at }) => stream === callStream(callId) && at > revision,
        )
        assert.is(set?.type, 'CallSetAside')
        assert.equal(set!.data, {
          callId,
          eventId: (await house.log.readStream(callStream(callId)))[revision]!.id,
          eventType: unreadable.type,
          revision,
          why: unreadable.why,
        })
        assert.is(closing.filter(({ type }) => type === 'CallEnded').length, 1)
        const problem = await refusal(() =>
          house.until(house.desk.call(callId, { do: 'hold', agentId: '201' }, house.by('agent'))),
        )
        assert.equal(
          [problem.code, problem.details['type'], problem.details['revision']],
          ['call.set_aside', unreadable.type, revision],
        )
        for (const language of ['en', 'zh'] as const) assert.match(describe(problem, language), unreadable.type)
        assert.equal(
          house.process.switchboard.aside.map(({ stream, closed }) => [stream, closed]),
          [[callStream(callId), true]],
        )
        assert.ok(house.notes.some((note) => note.startsWith('a stream is set aside') && note.includes(callId)))
        // The agent is through with it, and is offered the next call.
        await house.pass(40_000)
        const next = house.call('PS', { talkMs: 5_000 })
        await house.pass(60_000)
        assert.ok((await readable(house)).some((one) => one.type === 'AgentCallStarted' && one.data.callId === next))
        assert.equal([...house.process.switchboard.calls()], [])
      }))
  }
}

for (const [kind, unreadable] of Object.entries(kinds)) {
  test(`an event ${kind} in a shift: it is ended, and the agent signs in again; while free, ringing, talking and in wrap-up`, async () => {
    for (const [doing, after] of [
      ['idle', 0],
      ['reserved', 1_500],
      ['talking', 10_000],
      ['wrap_up', 25_000],
    ] as const) {
      await inHouse(async (house) => {
        if (after > 0) house.call('PS', { talkMs: 15_000, patienceMs: 60_000 })
        await house.pass(after)
        assert.is(shift(house)!.reservation ? 'reserved' : shift(house)!.engagement.kind, doing)
        const revision = await write(house, `shift-${tenant}.201-1`, unreadable)
        await house.pass(200)
        assert.is(shift(house), null)
        const types = await typesBehind(house, `shift-${tenant}.201-1`, revision)
        assert.is(types[0], 'ShiftSetAside', `${doing}: ${types.join()}`)
        assert.is(types.at(-1), 'AgentSignedOut')
        assert.is(
          (await refusal(() => house.until(house.desk.setWork('201', 'ready', null, house.by('agent'))))).code,
          'agent.not_signed_in',
        )
        await house.until(house.desk.signIn('201', { via: 'phone', registered: true }, house.by('agent')))
        await house.pass(10)
        assert.is(shift(house)!.shiftId, '201-2')
        await house.until(house.desk.setWork('201', 'ready', null, house.by('agent')))
        await house.pass(60_000)
        const next = house.call('PS', { talkMs: 5_000 })
        await house.pass(60_000)
        assert.ok(
          (await readable(house)).some((one) => one.type === 'AgentCallStarted' && one.data.callId === next),
          `${doing}: served again`,
        )
      })
    }
  })
}

for (const [doing, after] of [
  ['talking', 10_000],
  ['held', 10_000],
  ['reserved', 1_500],
] as const) {
  test(`an agent whose shift is set aside while their call continues (${doing}) is offered no other before their part in it is over`, () =>
    inHouse(async (house) => {
      const first = house.call('PS', { talkMs: 90_000, patienceMs: 3_600_000 })
      await house.pass(after)
      if (doing === 'held') await house.until(house.desk.hold('201', house.by('agent')))
      await house.pass(10)
      await write(house, `shift-${tenant}.201-1`, kinds['of a type that nobody knows'])
      await house.pass(200)
      await house.until(house.desk.signIn('201', { via: 'phone', registered: true }, house.by('agent')))
      await house.until(house.desk.setWork('201', 'ready', null, house.by('agent')))
      const second = house.call('PS', { talkMs: 5_000, patienceMs: 3_600_000 })
      const involved = (one: AnyEvent): boolean =>
        one.type.startsWith('Agent') && 'callId' in one.data && one.data.callId === second
      if (doing !== 'reserved') {
        await house.pass(20)
        const { engagement } = shift(house)!
        assert.equal(
          [
            engagement.kind,
            engagement.kind === 'talking' && engagement.callId,
            engagement.kind === 'talking' && engagement.held,
          ],
          ['talking', first, doing === 'held'],
        )
        assert.is(
          (
            await refusal(() =>
              house.until(house.desk.place('201', '13800000001', 'own', house.clock.now(), house.by('agent'))),
            )
          ).code,
          'agent.not_available',
        )
        await house.pass(20_000)
        if (doing === 'held') await house.until(house.desk.resume('201', house.by('agent')))
        await house.pass(20_000)
        assert.not.ok((await readable(house)).some(involved), 'the second caller waits')
        // The customer hangs up in the end, and that frees them.
        await house.pass(90_000)
        const mine = (await readable(house)).filter(({ stream }) => stream === `shift-${tenant}.201-2`)
        const ended = mine.find((one) => one.type === 'AgentCallEnded')
        assert.ok(ended?.type === 'AgentCallEnded' && ended.data.callId === first)
        assert.ok(
          ended.data.talkMs + ended.data.holdMs <= ended.at - mine[0]!.at,
          'what came before stands in the shift before',
        )
        assert.ok(
          mine.some((one) => one.type === 'AgentWrapUpStarted'),
          'with its write-up',
        )
      }
      await house.pass(240_000)
      const ledger = await readable(house)
      for (const callId of [first, second])
        assert.ok(
          ledger.some(
            (one) => one.type === 'CallEnded' && one.data.callId === callId && one.data.reason !== 'no_answer',
          ),
        )
      assert.ok(ledger.some((one) => one.type === 'AgentCallStarted' && one.data.callId === second))
      assert.equal(brokenPromises(ledger), [])
      assert.equal(await house.telephony.legs(), [])
      assert.equal([...house.process.switchboard.calls()], [])
    }))
}

test('if the first event of a call or a shift cannot be read, it is closed all the same', () =>
  inHouse(async (house) => {
    const unknown = kinds['of a newer schema']
    await write(house, callStream('nobody-knows'), { ...unknown, type: 'CallReceived' })
    await house.until(house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent')))
    await write(house, `shift-${tenant}.201-2`, { ...unknown, type: 'AgentSignedIn' })
    await house.pass(200)
    assert.equal(await typesBehind(house, callStream('nobody-knows'), 0), ['CallSetAside'])
    assert.equal(await typesBehind(house, `shift-${tenant}.201-2`, 0), ['ShiftSetAside', 'AgentSignedOut'])
    await house.until(house.desk.signIn('201', { via: 'phone', registered: true }, house.by('agent')))
    await house.pass(10)
    assert.is(shift(house)!.shiftId, '201-3')
  }))

test('until it is closed: signing out closes it, everything else says what is wrong, and a new shift may begin at once', () =>
  inHouse(async (house) => {
    await write(house, `shift-${tenant}.201-1`, kinds['with broken data'])
    // The owner cannot write for now: nobody has closed the shift yet.
    house.logIsAway = 'before'
    await house.pass(50)
    const refused = await refusal(() => house.until(house.desk.setWork('201', 'ready', null, house.by('agent'))))
    assert.is(refused.code, 'agent.shift_set_aside')
    house.logIsAway = false
    const { events } = await house.until(house.desk.force('201', 'signed_out', '900', null, house.by('supervisor')))
    assert.equal(events, ['ShiftSetAside', 'AgentSignedOut'])
    await house.pass(2_000)
    assert.is((await readable(house)).filter(({ type }) => type === 'ShiftSetAside').length, 1)
  }))

test('a new shift that begins before the old one is closed does not keep it open', () =>
  inHouse(async (house) => {
    const revision = await write(house, `shift-${tenant}.201-1`, kinds['with broken data'])
    house.logIsAway = 'before'
    await house.pass(20)
    house.logIsAway = false
    await house.until(house.desk.signIn('201', { via: 'phone', registered: true }, house.by('agent')))
    await house.pass(3_000)
    assert.is(shift(house)!.shiftId, '201-2')
    assert.equal(await typesBehind(house, `shift-${tenant}.201-1`, revision), ['ShiftSetAside', 'AgentSignedOut'])
    assert.equal(
      house.process.switchboard.aside.map(({ closed }) => closed),
      [true],
    )
  }))

test('a configuration of a newer version: the last readable one stays in force, and the next one gets a number after it', () =>
  inHouse(async (house) => {
    const stream = `switchboard-${tenant}.configuration`
    await write(house, stream, { ...kinds['of a newer schema'], type: 'SwitchboardActivated' })
    await house.pass(100)
    assert.is(house.process.switchboard.configuration.state.version, 1)
    assert.equal(
      house.process.switchboard.aside.map((aside) => [aside.stream, aside.why, aside.closed]),
      [[stream, 'newer', false]],
    )
    await house.takeOver()
    assert.equal(Object.keys(house.process.switchboard.configuration.state.queues), ['PS'], 'after a restart too')
    const call = house.call('PS', { talkMs: 5_000 })
    await house.pass(30_000)
    assert.ok((await house.log.readStream(callStream(call))).length > 5, 'calls go on')
    const { queues, agents } = house
    await house.until(
      house.desk.activate(
        { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }] },
        house.by('operator'),
      ),
    )
    await house.pass(10)
    assert.is(house.process.switchboard.configuration.state.version, 3)
    assert.equal(
      house.process.switchboard.aside.map(({ closed }) => closed),
      [true],
    )
  }))

for (const withSnapshot of [true, false]) {
  test(`an owner that arrives afterwards closes it too (${withSnapshot ? 'from a snapshot' : 'from the whole ledger'})`, () =>
    inHouse(async (house) => {
      const callId = house.call('PS', { talkMs: 3_600_000 })
      await house.pass(10_000)
      await house.takeOver({ withSnapshot })
      house.kill()
      await house.pass(1_000)
      const revision = await write(house, callStream(callId), kinds['of a type that nobody knows'])
      const inShift = await write(house, `shift-${tenant}.201-1`, kinds['that is not JSON'])
      await house.takeOver({ withSnapshot })
      await house.pass(1_000)
      const types = await typesBehind(house, callStream(callId), revision)
      assert.ok(types.includes('CallSetAside') && types.includes('CallEnded'), types.join())
      assert.is((await typesBehind(house, `shift-${tenant}.201-1`, inShift)).at(-1), 'AgentSignedOut')
      // And once more: nothing is left to do.
      const head = await house.log.head()
      await house.takeOver({ withSnapshot })
      await house.pass(60_000)
      assert.is(await house.log.head(), head)
      assert.equal([...house.process.switchboard.calls()], [])
      assert.equal([...house.process.switchboard.shifts()], [])
    }))
}

test('what others who could read it have ended is not closed a second time', () =>
  inHouse(async (house) => {
    const callId = house.call('PS', { talkMs: 5_000 })
    await house.pass(2_000)
    house.kill()
    await write(house, callStream(callId), kinds['of a type that nobody knows'])
    await write(house, callStream(callId), {
      type: 'CallEnded',
      data: JSON.stringify({ callId, by: 'customer', cause: 16, reason: 'hung_up' }),
      schema: {},
    })
    await write(house, `shift-${tenant}.201-1`, kinds['of a type that nobody knows'])
    await write(house, `shift-${tenant}.201-1`, {
      type: 'AgentSignedOut',
      data: JSON.stringify({
        shiftId: '201-1',
        agentId: '201',
        agentCode: '201',
        by: 'agent',
        byCode: null,
        reason: null,
      }),
      schema: {},
    })
    await house.takeOver()
    await house.pass(60_000)
    assert.equal(
      (await readable(house)).filter(({ type }) => type === 'CallSetAside' || type === 'ShiftSetAside'),
      [],
    )
    assert.equal(
      house.process.switchboard.aside.map(({ closed }) => closed),
      [true, true],
    )
  }))

test('a later version that can read the event comes to the same result: the call is over, the shift has ended', () =>
  inHouse(async (house) => {
    const callId = house.call('PS', { talkMs: 3_600_000 })
    await house.pass(10_000)
    const later = { type: 'CallTeleported', data: JSON.stringify({ callId }), schema: {} }
    const inShift = { type: 'AgentTeleported', data: JSON.stringify({ shiftId: '201-1', agentId: '201' }), schema: {} }
    await write(house, callStream(callId), later)
    await write(house, `shift-${tenant}.201-1`, inShift)
    await house.pass(20_000)
    const codec = new Codec(
      {
        ...catalogue,
        CallTeleported: event('Of a later version.', { callId: z.string() }),
        AgentTeleported: event('Of a later version.', { shiftId: z.string(), agentId: z.string() }),
      },
      memoryVault(),
    )
    let call = callDecider.initial
    let ended = shiftDecider.initial
    for (const one of await codec.decodeAll(await house.log.readStream(callStream(callId))))
      call = callDecider.evolve(call, one as never)
    for (const one of await codec.decodeAll(await house.log.readStream(`shift-${tenant}.201-1`)))
      if (one.type !== 'AgentTeleported') ended = shiftDecider.evolve(ended, one as never)
    assert.is(call.status, 'ended')
    assert.ok(
      call.status === 'ended' &&
        call.setAside?.written &&
        Object.values(call.legs).every(({ state }) => state === 'ended'),
    )
    assert.ok(ended.status === 'ended' && ended.setAside?.written)
  }))

test.run()
