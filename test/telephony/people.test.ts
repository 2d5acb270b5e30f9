/** What the people at the ends of simulated legs do by themselves: nobody stays on a line for ever. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HOLD_PATIENCE_MS, picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import type { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { DialTarget, LegCommand, LegEnd, TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { pass, testClock } from '../support/clock.ts'

const tenant = 'test'
const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }

interface Context {
  clock: VirtualClock
  telephony: SimulatedTelephony
  seen: TelephonyReport[]
  stop: AbortController
  reading: Promise<void>
}

const people = suite<Context>('people of the simulated network')

people.before.each((context) => {
  context.clock = testClock()
  const telephony = (context.telephony = new SimulatedTelephony({ clock: context.clock, dice: seededDice(1) }))
  const seen: TelephonyReport[] = (context.seen = [])
  context.stop = new AbortController()
  context.reading = (async () => {
    for await (const report of telephony.reports(context.stop.signal)) seen.push(report)
  })()
})
people.after.each(async ({ telephony, stop, reading }) => {
  stop.abort()
  await reading
  await telephony.close()
})

let commands = 0
const send = ({ telephony }: Context, command: LegCommand) =>
  telephony.command(`command-${commands++}`, tenant, command)
const endOf = ({ seen }: Context, legId: string) => {
  for (const report of seen) if (report.what === 'ended' && report.legId === legId) return report.end
  return undefined
}
const target = (legId: string, extension: string, more: Partial<DialTarget> = {}): DialTarget => ({
  legId,
  callId: 'call-1',
  purpose: 'agent',
  to: { kind: 'extension', extension },
  callerId: null,
  ringMs: 15_000,
  ...more,
})

function arrive({ telephony }: Context, patienceMs: number, talkMs: number, endedBy: 'customer' | 'agent'): string {
  const nobody = { tenant, from: null, to: '95555', gateway: null, customerId: null, priority: 0 }
  return telephony.arrive({ ...nobody, patienceMs, talkMs, holdPatienceMs: HOLD_PATIENCE_MS, talkEndedBy: endedBy })!
    .legId
}

function plug({ telephony }: Context, extension: string, ignores = 0): void {
  telephony.plug(tenant, extension, picksUp({ after: () => 4000, ignores }))
}

/** A caller who talks to the agent at 201. */
async function conversation(context: Context, talkMs: number, endedBy: 'customer' | 'agent' = 'customer') {
  plug(context, '201')
  const customer = arrive(context, 60_000, talkMs, endedBy)
  await send(context, { do: 'answer', legId: customer })
  await send(context, { do: 'dial', target: target('agent-leg', '201') })
  await pass(context.clock, 8_000)
  await send(context, { do: 'bridge', legId: customer, to: 'agent-leg' })
  await pass(context.clock, 0)
  return customer
}

people('a caller talks for as long as they need, and hangs up', async (context) => {
  const customer = await conversation(context, 30_000)
  await pass(context.clock, 29_000)
  assert.is(endOf(context, customer), undefined)
  await pass(context.clock, 1_000)
  assert.equal(endOf(context, customer), { by: 'customer', cause: 16, sip: null, reason: 'hung_up' })
})

people('where the agent ends talks, the agent hangs up', async (context) => {
  await conversation(context, 30_000, 'agent')
  await pass(context.clock, 30_000)
  assert.is(endOf(context, 'agent-leg')?.by, 'agent')
})

people('hold does not count as talk', async (context) => {
  const customer = await conversation(context, 30_000)
  await pass(context.clock, 10_000)
  await send(context, { do: 'hold', legId: customer, music: null })
  await pass(context.clock, 60_000)
  assert.is(endOf(context, customer), undefined)
  await send(context, { do: 'resume', legId: customer, to: 'agent-leg' })
  await pass(context.clock, 19_000)
  assert.is(endOf(context, customer), undefined)
  await pass(context.clock, 1_000)
  assert.is(endOf(context, customer)?.by, 'customer')
})

people('a caller nobody talks to loses patience', async (context) => {
  const legId = arrive(context, 20_000, 30_000, 'customer')
  await send(context, { do: 'answer', legId })
  await pass(context.clock, 19_000)
  assert.is(endOf(context, legId), undefined)
  await pass(context.clock, 1_000)
  assert.is(endOf(context, legId)?.by, 'customer')
})

people('every dialled leg ends, even without another command', async (context) => {
  const customer = await conversation(context, 30_000)
  await send(context, { do: 'hold', legId: customer, music: null })
  for (const extension of ['301', '302', '303']) {
    plug(context, extension, extension === '302' ? 1 : 0)
    const purpose = extension === '303' ? ('supervisor' as const) : ('consultation' as const)
    await send(context, { do: 'dial', target: target(`leg-${extension}`, extension, { purpose }) })
  }
  const outside = { kind: 'number', number: '13800000000', gateway: null } as const
  await send(context, { do: 'dial', target: target('outside', '-', { purpose: 'consultation', to: outside }) })
  await pass(context.clock, 2 * 3_600_000)
  assert.equal(await context.telephony.legs(), [])
  assert.equal(
    context.seen.flatMap((report) => (report.what === 'ended' ? [report.legId] : [])).toSorted(),
    [customer, 'agent-leg', 'leg-301', 'leg-302', 'leg-303', 'outside'].toSorted(),
  )
})

people('an agent hangs up a dead line that a transfer left them with', async (context) => {
  const customer = await conversation(context, 120_000)
  plug(context, '202')
  await send(context, { do: 'hold', legId: customer, music: null })
  await send(context, { do: 'dial', target: target('second', '202', { purpose: 'consultation' }) })
  await pass(context.clock, 8_000)
  await send(context, { do: 'bridge', legId: 'agent-leg', to: 'second' })
  await pass(context.clock, 5_000)
  await send(context, { do: 'bridge', legId: customer, to: 'second' })
  await pass(context.clock, 60_000)
  assert.is(endOf(context, 'agent-leg')?.by, 'agent')
  assert.is(endOf(context, customer), undefined)
  await pass(context.clock, 60_000)
  assert.is(endOf(context, customer)?.by, 'customer')
})

people('a talk of three goes on when one of them leaves', async (context) => {
  const customer = await conversation(context, 100_000)
  plug(context, '202')
  await send(context, { do: 'dial', target: target('third', '202', { purpose: 'consultation' }) })
  await pass(context.clock, 8_000)
  await send(context, { do: 'conference', conferenceId: 'room', legIds: [customer, 'agent-leg', 'third'] })
  await pass(context.clock, 10_000)
  await send(context, { do: 'hang_up', legId: 'third', end: COMPLETED })
  await pass(context.clock, 40_000)
  assert.is(endOf(context, customer), undefined)
  await pass(context.clock, 42_000)
  assert.is(endOf(context, customer)?.by, 'customer')
})

people('a supervisor hangs up some time after the customer has left', async (context) => {
  const customer = await conversation(context, 60_000)
  plug(context, '900')
  await send(context, { do: 'dial', target: target('ear', '900', { purpose: 'supervisor' }) })
  await pass(context.clock, 8_000)
  const parties = { customerLegId: customer, agentLegId: 'agent-leg' }
  await send(context, { do: 'supervise', legId: 'ear', ...parties, mode: 'listen' })
  await pass(context.clock, 50_000)
  assert.is(endOf(context, 'ear'), undefined)
  await pass(context.clock, 60_000)
  assert.is(endOf(context, customer)?.by, 'customer')
  assert.is(endOf(context, 'ear')?.by, 'supervisor')
})

people('a phone that is kept connected waits, however long nobody is on it', async (context) => {
  plug(context, '201')
  await send(context, { do: 'dial', target: target('kept', '201') })
  await pass(context.clock, 8_000)
  await send(context, { do: 'keep', legId: 'kept', owner: 'shift:s-1' })
  await pass(context.clock, 3_600_000)
  assert.is(endOf(context, 'kept'), undefined)
})

people('reports of many calls are in order of time, and a leg reports nothing after its end', async (context) => {
  for (let i = 0; i < 30; i++) {
    await conversation(context, 1_000 * i)
    await pass(context.clock, 120_000)
  }
  const { seen } = context
  assert.equal(
    seen.map(({ at }) => at),
    seen.map(({ at }) => at).toSorted((a, b) => a - b),
  )
  const ended = new Set<string>()
  for (const report of seen) {
    if (!('legId' in report) || report.legId === 'agent-leg') continue
    assert.not(ended.has(report.legId), `${report.what} after the end of ${report.legId}`)
    if (report.what === 'ended') ended.add(report.legId)
  }
  assert.is(ended.size, 30)
})

people.run()
