/**
 * The contract of every telephony adapter, written against the port. An adapter brings a harness
 * that lets callers and phones act and time pass.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { DialTarget, LegEnd, Telephony, TelephonyReport } from '@ledgerline/core/telephony/port.ts'

/** What a phone does when it rings. */
export type PhoneAction = 'answer' | 'ignore' | 'refuse'

export interface Harness {
  telephony: Telephony
  tenant: string
  /** A caller dials us, waits at most `patienceMs` and has `talkMs` to say. */
  call(person: { patienceMs: number; talkMs: number; endedBy?: 'customer' | 'agent' }): Promise<void>
  /** A registered phone that acts like this. */
  phone(extension: string, action: PhoneAction): Promise<void>
  unplug(extension: string): Promise<void>
  /** The party of a leg presses keys. */
  press(legId: string, digits: string): Promise<void>
  /** Lets this much time pass and everything settle. */
  pass(ms: number): Promise<void>
}

const HANG_UP: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }

export function telephonyContract(name: string, open: () => Promise<Harness>): void {
  const test = suite<{ harness: Harness; seen: TelephonyReport[]; stop: AbortController; reading: Promise<void> }>(
    `telephony contract: ${name}`,
  )
  let command = 0
  let harness: Harness
  let seen: TelephonyReport[]

  test.before.each(async (context) => {
    harness = context.harness = await open()
    seen = context.seen = []
    context.stop = new AbortController()
    context.reading = (async () => {
      for await (const report of harness.telephony.reports(context.stop.signal)) seen.push(report)
    })()
  })
  test.after.each(async (context) => {
    context.stop.abort()
    await context.reading
    await context.harness.telephony.close()
  })

  const of = <W extends TelephonyReport['what']>(what: W) =>
    seen.filter((report): report is Extract<TelephonyReport, { what: W }> => report.what === what)
  const send = (what: Parameters<Telephony['command']>[2], id = `command-${command++}`) =>
    harness.telephony.command(id, harness.tenant, what)
  const target = (legId: string, extension: string, ringMs = 15_000): DialTarget => ({
    legId,
    callId: 'call-1',
    purpose: 'agent',
    to: { kind: 'extension', extension },
    callerId: null,
    ringMs,
  })
  const refusal = (promise: Promise<unknown>, code: string) =>
    promise.then(
      () => assert.unreachable(`expected ${code}`),
      (error) => assert.ok(isProblem(error, code), `${error} instead of ${code}`),
    )
  const endOf = (legId: string) => of('ended').find((report) => report.legId === legId)?.end

  /** A caller who talks to the agent at 201. */
  async function conversation(person: Parameters<Harness['call']>[0]): Promise<string> {
    await harness.phone('201', 'answer')
    await harness.call(person)
    await harness.pass(0)
    const customer = of('incoming').at(-1)!.legId
    await send({ do: 'answer', legId: customer })
    await send({ do: 'dial', target: target('agent-leg', '201') })
    await harness.pass(8000)
    await send({ do: 'bridge', legId: customer, to: 'agent-leg' })
    await harness.pass(0)
    return customer
  }

  test('a caller arrives, is answered and bridged, and hangs up when the talk is over', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 30_000 })
    assert.equal(
      of('answered').map((report) => report.legId),
      [customer, 'agent-leg'],
    )
    assert.is(of('bridged').length, 1)
    await harness.pass(30_000)
    assert.is(endOf(customer)?.by, 'customer')
    assert.is(endOf(customer)?.cause, 16)
  })

  test('when the agent hangs up, the agent’s leg ends first, ended by the agent', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 30_000, endedBy: 'agent' })
    await harness.pass(30_000)
    assert.is(endOf('agent-leg')?.by, 'agent')
    await send({ do: 'hang_up', legId: customer, end: HANG_UP })
    await harness.pass(0)
    assert.is(endOf(customer)?.by, 'system')
  })

  test('hold does not count as talk', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 30_000 })
    await harness.pass(10_000)
    await send({ do: 'hold', legId: customer, music: null })
    await harness.pass(60_000)
    assert.is(endOf(customer), undefined)
    assert.is((await harness.telephony.legs()).find((leg) => leg.legId === customer)?.state, 'held')
    await send({ do: 'resume', legId: customer, to: 'agent-leg' })
    await harness.pass(19_000)
    assert.is(endOf(customer), undefined)
    await harness.pass(1000)
    assert.is(endOf(customer)?.by, 'customer')
    assert.equal([of('held').length, of('resumed').length], [1, 1])
  })

  test('a leg that was left on hold is taken over by somebody else: it is resumed, and the two are bridged', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 30_000 })
    await send({ do: 'hold', legId: customer, music: null })
    await harness.phone('202', 'answer')
    await send({ do: 'dial', target: target('other', '202') })
    await harness.pass(8_000)
    await send({ do: 'bridge', legId: 'other', to: customer })
    await harness.pass(0)
    assert.is(of('resumed').filter(({ legId }) => legId === customer).length, 1)
    assert.is(of('bridged').at(-1)!.legId, 'other')
  })

  test('a caller nobody talks to loses patience', async () => {
    await harness.call({ patienceMs: 20_000, talkMs: 30_000 })
    await harness.pass(0)
    const { legId } = of('incoming')[0]!
    await send({ do: 'answer', legId })
    await harness.pass(19_000)
    assert.is(endOf(legId), undefined)
    await harness.pass(1000)
    assert.is(endOf(legId)?.by, 'customer')
  })

  test('A3.2.1-auto-answer: a phone that is asked to answers by itself, whatever its owner does', async () => {
    await harness.phone('201', 'ignore')
    await send({ do: 'dial', target: { ...target('a', '201'), autoAnswer: true } })
    await harness.pass(1_000)
    assert.equal(
      of('answered').map((report) => report.legId),
      ['a'],
    )
  })

  test('a phone that is ignored, refuses, is busy or is not registered ends its leg with the matching cause', async () => {
    await harness.phone('201', 'ignore')
    await harness.phone('202', 'refuse')
    await harness.phone('203', 'answer')
    for (const [leg, extension] of [
      ['a', '201'],
      ['b', '202'],
      ['c', '203'],
      ['d', '203'],
      ['e', '999'],
    ] as const)
      await send({ do: 'dial', target: target(leg, extension) })
    await harness.pass(15_000)
    const found = Object.fromEntries(of('ended').map(({ legId, end }) => [legId, [end.reason, end.cause]]))
    assert.equal(found, { a: ['no_answer', 19], b: ['rejected', 21], d: ['busy', 17], e: ['unregistered', 20] })
  })

  test('every dialled leg ends, even without another command', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 30_000 })
    await send({ do: 'hold', legId: customer, music: null })
    for (const extension of ['301', '302', '303']) {
      await harness.phone(extension, extension === '302' ? 'ignore' : 'answer')
      await send({
        do: 'dial',
        target: {
          ...target(`leg-${extension}`, extension),
          purpose: extension === '303' ? 'supervisor' : 'consultation',
        },
      })
    }
    await send({
      do: 'dial',
      target: {
        ...target('outside', '-'),
        purpose: 'consultation',
        to: { kind: 'number', number: '13800000000', gateway: null },
      },
    })
    await harness.pass(2 * 3_600_000)
    assert.equal(await harness.telephony.legs(), [])
    assert.equal(
      new Set(of('ended').map((report) => report.legId)),
      new Set([customer, 'agent-leg', 'leg-301', 'leg-302', 'leg-303', 'outside']),
    )
    assert.is(of('ended').length, 6)
  })

  test('a repeated command is carried out once and answered as before', async () => {
    await harness.phone('201', 'answer')
    await send({ do: 'dial', target: target('leg', '201') }, 'same')
    await send({ do: 'dial', target: target('leg', '201') }, 'same')
    await harness.pass(8000)
    await send({ do: 'dial', target: target('leg', '201') }, 'same')
    await harness.pass(0)
    assert.is(of('ringing').length, 1)
    await send({ do: 'hang_up', legId: 'leg', end: HANG_UP }, 'end')
    await send({ do: 'hang_up', legId: 'leg', end: HANG_UP }, 'end')
    await refusal(send({ do: 'hang_up', legId: 'leg', end: HANG_UP }), 'telephony.no_leg')
    await harness.pass(0)
    assert.is(of('ended').length, 1)
  })

  test('a command for a leg that is gone, or not yet answered, is refused', async () => {
    await refusal(send({ do: 'answer', legId: 'nobody' }), 'telephony.no_leg')
    await refusal(send({ do: 'play', legId: 'nobody', media: 'x', repeat: false }), 'telephony.no_leg')
    await harness.phone('201', 'ignore')
    await harness.call({ patienceMs: 60_000, talkMs: 1000 })
    await harness.pass(0)
    const customer = of('incoming')[0]!.legId
    await send({ do: 'answer', legId: customer })
    await send({ do: 'dial', target: target('leg', '201') })
    await refusal(send({ do: 'bridge', legId: customer, to: 'leg' }), 'telephony.not_answered')
  })

  test('an attended transfer leaves the first agent alone with a dead line, which they hang up', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 120_000 })
    await harness.phone('202', 'answer')
    await send({ do: 'hold', legId: customer, music: null })
    await send({ do: 'dial', target: { ...target('second', '202'), purpose: 'consultation' } })
    await harness.pass(8000)
    await send({ do: 'bridge', legId: 'agent-leg', to: 'second' })
    await harness.pass(5000)
    await send({ do: 'bridge', legId: customer, to: 'second' })
    await harness.pass(60_000)
    assert.is(endOf('agent-leg')?.by, 'agent')
    assert.is(endOf(customer), undefined)
    await harness.pass(60_000)
    assert.is(endOf(customer)?.by, 'customer')
  })

  test('in a conference everybody talks, and it continues when one of three leaves', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 100_000 })
    await harness.phone('202', 'answer')
    await send({ do: 'dial', target: { ...target('third', '202'), purpose: 'consultation' } })
    await harness.pass(8000)
    await send({ do: 'conference', conferenceId: 'room', legIds: [customer, 'agent-leg', 'third'] })
    await harness.pass(10_000)
    await send({ do: 'hang_up', legId: 'third', end: HANG_UP })
    await harness.pass(40_000)
    assert.is(endOf(customer), undefined)
    await harness.pass(42_000)
    assert.is(endOf(customer)?.by, 'customer')
  })

  test('a supervisor listens until the customer leaves', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 60_000 })
    await harness.phone('900', 'answer')
    await send({ do: 'dial', target: { ...target('ear', '900'), purpose: 'supervisor' } })
    await harness.pass(8000)
    await send({ do: 'supervise', legId: 'ear', customerLegId: customer, agentLegId: 'agent-leg', mode: 'listen' })
    await send({ do: 'supervise', legId: 'ear', customerLegId: customer, agentLegId: 'agent-leg', mode: 'whisper' })
    await harness.pass(50_000)
    assert.is(endOf('ear'), undefined)
    await harness.pass(60_000)
    assert.is(endOf(customer)?.by, 'customer')
    assert.is(endOf('ear')?.by, 'supervisor')
  })

  /** A caller who was answered but nobody talks to. */
  async function listener(): Promise<string> {
    await harness.call({ patienceMs: 600_000, talkMs: 30_000 })
    await harness.pass(0)
    const { legId } = of('incoming').at(-1)!
    await send({ do: 'answer', legId })
    await harness.pass(0)
    return legId
  }

  test('a prompt played once ends; a repeating one does not, but another prompt cuts it short', async () => {
    const legId = await listener()
    await send({ do: 'play', legId, media: 'welcome', repeat: false })
    await harness.pass(60_000)
    assert.equal(
      of('played').map(({ media, complete }) => [media, complete]),
      [['welcome', true]],
    )
    await send({ do: 'play', legId, media: 'music', repeat: true })
    await harness.pass(60_000)
    await send({ do: 'play', legId, media: 'place', repeat: false })
    await send({ do: 'play', legId, media: 'music', repeat: true })
    await harness.pass(60_000)
    assert.equal(
      of('played')
        .slice(1)
        .map(({ media, complete }) => [media, complete]),
      [['place', false]],
    )
  })

  test('keys are reported either as they are pressed or, when asked for, gathered, never both', async () => {
    const legId = await listener()
    await harness.press(legId, '1#')
    assert.equal(
      of('digit').map(({ digit }) => digit),
      ['1', '#'],
    )
    await send({ do: 'collect', legId, maxDigits: 4, waitMs: 5_000 })
    await harness.pass(3_000)
    await harness.press(legId, '62')
    await harness.pass(3_000)
    await harness.press(legId, '2255')
    await harness.pass(0)
    assert.equal(
      of('collected').map(({ digits, complete }) => [digits, complete]),
      [['6222', true]],
    )
    assert.equal(
      of('digit').map(({ digit }) => digit),
      ['1', '#', '5', '5'],
      'keys after the last one asked for are not lost',
    )
  })

  test('too few keys are reported after a pause without one', async () => {
    const legId = await listener()
    await send({ do: 'collect', legId, maxDigits: 4, waitMs: 5_000 })
    await harness.pass(4_000)
    await harness.press(legId, '7')
    await harness.pass(4_900)
    assert.is(of('collected').length, 0)
    await harness.pass(200)
    assert.equal(
      of('collected').map(({ digits, complete }) => [digits, complete]),
      [['7', false]],
    )
  })

  test('the first key ends a prompt, and talk ends both prompt and question', async () => {
    await harness.phone('201', 'answer')
    const legId = await listener()
    await send({ do: 'play', legId, media: 'menu', repeat: false })
    await send({ do: 'collect', legId, maxDigits: 2, waitMs: 60_000 })
    await harness.press(legId, '1')
    assert.equal(
      of('played').map(({ complete }) => complete),
      [false],
    )
    await send({ do: 'play', legId, media: 'again', repeat: false })
    await send({ do: 'dial', target: target('agent-leg', '201') })
    await harness.pass(4_500)
    await send({ do: 'play', legId, media: 'connecting', repeat: false })
    await send({ do: 'bridge', legId, to: 'agent-leg' })
    await harness.pass(0)
    assert.equal(of('played').at(-1), { ...of('played').at(-1)!, media: 'connecting', complete: false })
    assert.equal(
      of('collected').map(({ digits, complete }) => [digits, complete]),
      [['1', false]],
    )
  })

  test('a leg that has ended reports nothing more, whatever was being played or asked', async () => {
    const legId = await listener()
    await send({ do: 'play', legId, media: 'menu', repeat: false })
    await send({ do: 'collect', legId, maxDigits: 2, waitMs: 5_000 })
    await send({ do: 'hang_up', legId, end: HANG_UP })
    await harness.pass(60_000)
    assert.is(seen.at(-1)?.what, 'ended')
  })

  test('a leg on a standing leg is there at once; ending it leaves the phone connected, and it ends with the standing leg', async () => {
    await harness.phone('201', 'answer')
    await send({ do: 'dial', target: { ...target('kept', '201'), callId: 'shift:201-1', purpose: 'standing' } })
    await harness.pass(8000)
    await harness.call({ patienceMs: 60_000, talkMs: 120_000 })
    await harness.pass(0)
    const customer = of('incoming').at(-1)!.legId
    await send({ do: 'answer', legId: customer })
    const through = (legId: string) =>
      send({ do: 'dial', target: { ...target(legId, ''), to: { kind: 'standing', legId: 'kept' } } })
    await through('first')
    await harness.pass(0)
    assert.ok(of('answered').some((report) => report.legId === 'first'))
    assert.not(of('ringing').some((report) => report.legId === 'first'))
    await send({ do: 'bridge', legId: 'first', to: customer })
    await through('second')
    await harness.pass(0)
    assert.is(endOf('second')?.reason, 'busy')
    await send({ do: 'hang_up', legId: 'first', end: HANG_UP })
    await harness.pass(0)
    assert.is(endOf('kept'), undefined)
    await through('third')
    await harness.pass(0)
    await send({ do: 'hang_up', legId: 'kept', end: HANG_UP })
    await harness.pass(0)
    assert.ok(endOf('third'))
    await through('fourth')
    await harness.pass(0)
    assert.is(endOf('fourth')?.reason, 'unreachable')
  })

  test('a leg that is kept leaves its call: it stands for its owner, however long nobody is on it', async () => {
    await harness.phone('201', 'answer')
    await send({ do: 'dial', target: target('kept', '201') })
    await harness.pass(8_000)
    const keep = { do: 'keep', legId: 'kept', owner: 'shift:s-1' } as const
    await send(keep)
    await send(keep)
    await harness.pass(40_000)
    assert.equal(
      (await harness.telephony.legs()).map(({ legId, callId, purpose }) => [legId, callId, purpose]),
      [['kept', 'shift:s-1', 'standing']],
    )
    await send({ do: 'hang_up', legId: 'kept', end: HANG_UP })
    await harness.pass(0)
    assert.equal(
      of('ended').map(({ legId, callId }) => [legId, callId]),
      [['kept', 'shift:s-1']],
    )
    await refusal(send({ ...keep, legId: 'nobody' }), 'telephony.no_leg')
  })

  test('a call in progress outlives the registration of its phone', async () => {
    const customer = await conversation({ patienceMs: 60_000, talkMs: 30_000 })
    await harness.unplug('201')
    await harness.pass(1000)
    assert.is(of('unregistered').length, 1)
    assert.is(endOf(customer), undefined)
    await harness.pass(60_000)
    await send({ do: 'dial', target: target('again', '201') })
    await harness.pass(0)
    assert.is(endOf('again')?.reason, 'unregistered')
  })

  test('reports are in order of time, and a leg reports nothing after its end', async () => {
    for (let i = 0; i < 30; i++)
      await conversation({ patienceMs: 60_000, talkMs: 1000 * i }).then(() => harness.pass(120_000))
    assert.equal(
      seen.map((report) => report.at),
      seen.map((report) => report.at).toSorted((a, b) => a - b),
    )
    const ended = new Set<string>()
    for (const report of seen) {
      if (!('legId' in report) || report.legId === 'agent-leg') continue
      assert.not(ended.has(report.legId), `${report.what} after the end of ${report.legId}`)
      if (report.what === 'ended') ended.add(report.legId)
    }
    assert.is(ended.size, 30)
  })

  test('what a reader had not finished when it stopped goes to the next reader', async (context) => {
    context.stop.abort()
    await context.reading
    await harness.call({ patienceMs: 60_000, talkMs: 1000 })
    await harness.pass(0)
    for await (const report of harness.telephony.reports(new AbortController().signal)) {
      assert.is(report.what, 'incoming')
      break
    }
    const stop = new AbortController()
    for await (const report of harness.telephony.reports(stop.signal)) {
      assert.is(report.what, 'incoming')
      stop.abort()
    }
  })

  test.run()
}
