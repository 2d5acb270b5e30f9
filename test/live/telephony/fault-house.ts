/**
 * A call centre on real servers, for tests of what becomes of its calls when one of its parts dies: it brings a call into a
 * phase, and afterwards looks whether anything is left of any call.
 */
import * as assert from 'uvu/assert'
import { TonePhone, type TonePhoneOptions } from '../../support/tone-phone.ts'
import { Centre, OUTSIDE } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

/** Hz. */
export const [CUSTOMER, FIRST, SECOND] = [400, 700, 900]

/** A queue with a survey after the talk, and wrap-up. */
const RATED = '95501'

export interface FaultHouse {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  /** The process that people use. */
  centre: Centre
  outside: TonePhone
  first: TonePhone
  second: TonePhone
  /** What becomes of a call that is not answered yet. */
  called?: Promise<number>
}

/** @param settings of the call centre's processes */
export async function openFaultHouse(
  settings: Record<string, string> = {},
  { ringMs, env = {} }: { ringMs?: number; env?: Record<string, string> } = {},
): Promise<FaultHouse> {
  const drachtio = await OwnDrachtio.start()
  let freeswitch: OwnFreeSwitch | null = null
  let centre: Centre | null = null
  try {
    freeswitch = await OwnFreeSwitch.start(env)
    const outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
    centre = await Centre.open(drachtio, freeswitch, outside.port, settings, ringMs)
    centre.keep(outside)
    const [first, second] = await Promise.all([phone(centre, '8201', FIRST), phone(centre, '8202', SECOND)])
    return { drachtio, freeswitch, centre, outside, first, second }
  } catch (error) {
    await centre?.close()
    await centre?.remove()
    await freeswitch?.remove()
    await drachtio.remove()
    throw error
  }
}

/** Ends it; its tables must equal the log. */
export async function closeFaultHouse({ drachtio, freeswitch, centre }: FaultHouse): Promise<void> {
  try {
    await centre.closeAndVerify()
  } finally {
    await drachtio.remove()
    await freeswitch.remove()
  }
}

export function phone(
  centre: Centre,
  extension: string,
  tone: number,
  options: TonePhoneOptions = {},
): Promise<TonePhone> {
  return centre.phone(extension, tone, { answerAfterMs: 100, ...options })
}

export const hears = (one: TonePhone, ...tones: number[]): boolean => one.hears(...tones).length === tones.length

/** Both talk with each other. */
export const talking = (one: TonePhone, tone: number, other: TonePhone, otherTone: number) => (): boolean =>
  hears(one, otherTone) && hears(other, tone)

export async function here(centre: Centre): Promise<{ callId: unknown; agentCode: string }> {
  return { callId: (await centre.agent('201'))['callId'], agentCode: '201' }
}

/** Somebody outside calls the queue, and talks with the first agent. */
export async function talk({ centre, outside, first }: FaultHouse, number = '95500'): Promise<void> {
  if ((await centre.agent('201'))?.['state'] !== 'ready') await centre.ready('201')
  assert.is(await centre.call(outside, number), 200)
  await centre.until('both to talk', talking(outside, CUSTOMER, first, FIRST))
}

/** Brings a call into a phase. */
export const phases = {
  'before the caller is answered': async (house: FaultHouse) => {
    const { centre, freeswitch, outside } = house
    // It cannot take them, so nobody can answer them.
    freeswitch.freeze()
    house.called = centre.call(outside, '95500')
    await centre.until('the call to be known', async () => {
      const last = await centre.last()
      return last !== undefined && last['status'] !== 'ended'
    })
  },
  'as the caller is answered': async ({ centre, outside }: FaultHouse) => {
    assert.is(await centre.call(outside, '95500'), 200)
  },
  'while the caller waits': async ({ centre, outside }: FaultHouse) => {
    assert.is(await centre.call(outside, '95500'), 200)
    await centre.until('the caller in the queue', async () => (await centre.last())?.['status'] === 'waiting')
  },
  'while it rings': async ({ centre, outside, first }: FaultHouse) => {
    first.options.takes = 'ring'
    first.invitation = null
    await centre.ready('201')
    assert.is(await centre.call(outside, '95500'), 200)
    await centre.until('the phone to ring', () => first.invitation !== null)
  },
  'as the agent answers': async ({ centre, outside, first }: FaultHouse) => {
    await centre.ready('201')
    const acks = (): number => first.asked.filter((method) => method === 'ACK').length
    const before = acks()
    assert.is(await centre.call(outside, '95500'), 200)
    // Their answer has arrived; nobody has been connected or written anything down.
    await centre.until('the answer to arrive', () => acks() > before)
  },
  'while they talk': (house: FaultHouse) => talk(house),
  'while they talk on a phone that is kept connected': async (house: FaultHouse) => {
    const { centre, first } = house
    await centre.ready('201')
    await centre.command('agents/long-sign-in', { agentCode: '201' })
    await centre.until('the phone to be kept', () => first.inCall)
    await talk(house)
  },
  'on hold': async (house: FaultHouse) => {
    await talk(house)
    await house.centre.command('calls/hold', await here(house.centre))
    await house.centre.until('the hold', () => !hears(house.first, CUSTOMER) && !hears(house.outside, FIRST))
  },
  'in a blind transfer': async (house: FaultHouse) => {
    const { centre, second } = house
    await talk(house)
    second.options.takes = 'ring'
    second.invitation = null
    await centre.ready('202')
    const to = { kind: 'agent', code: '202' }
    await centre.command('calls/transfer', { ...(await here(centre)), to })
    await centre.until('the phone of the second to ring', () => second.invitation !== null)
  },
  'in a consultation': async (house: FaultHouse) => {
    await talk(house)
    await house.centre.ready('202')
    await house.centre.command('calls/consult', { ...(await here(house.centre)), toAgentCode: '202' })
    await house.centre.until('the consultation', talking(house.first, FIRST, house.second, SECOND))
  },
  'in the survey': async (house: FaultHouse) => {
    const { centre, outside, first } = house
    await talk(house, RATED)
    await centre.command('calls/hang-up', await here(centre))
    await centre.until('the agent to be let go', () => !first.inCall)
    assert.ok(outside.inCall, 'the customer stays to be asked')
  },
  'in wrap-up': async (house: FaultHouse) => {
    const { centre, outside } = house
    await talk(house, RATED)
    await outside.bye()
    await centre.until('the wrap-up', async () => (await centre.agent('201'))['callState'] === 'wrap_up')
  },
} as const satisfies Record<string, (house: FaultHouse) => Promise<void>>
export type Phase = keyof typeof phases

/** What was to come after the phase comes after all: people who were connected talk, and callers who waited or rang are served. */
export async function goesOn(phase: Phase, house: FaultHouse): Promise<void> {
  const { centre, outside, first, second } = house
  for (const each of [first, second]) each.options.takes = 'answer'
  switch (phase) {
    case 'in a blind transfer':
      return centre.until('the customer with the second', talking(outside, CUSTOMER, second, SECOND))
    case 'on hold':
      await centre.command('calls/resume', await here(centre))
      break
    case 'in a consultation':
      await centre.command('calls/hand-over', await here(centre))
      return centre.until('the customer with the second', talking(outside, CUSTOMER, second, SECOND))
    case 'in the survey':
      await outside.press('1')
      await centre.until('the rating', async () => (await centre.last())?.['rating'] !== null)
      return centre.until('the customer to be let go', () => !outside.inCall)
    case 'in wrap-up':
      // Nobody need end it.
      return centre.until('the agent to be ready', async () => (await centre.agent('201'))['state'] === 'ready')
    case 'before the caller is answered':
    case 'while the caller waits':
    case 'as the caller is answered':
      await takesCalls({ centre })
  }
  await centre.until('the customer with the agent', talking(outside, CUSTOMER, first, FIRST))
}

/** The first agent is there. With a caller who waits they are in the call before anybody could see them ready. */
export async function takesCalls({ centre }: Pick<FaultHouse, 'centre'>): Promise<void> {
  if ((await centre.agent('201'))?.['work'] !== 'signed_out') return
  await centre.takesCalls('201')
}

/** Everybody who is in a call hangs up. */
export async function hangUp({ outside, first, second }: FaultHouse): Promise<void> {
  for (const each of [outside, first, second]) if (each.inCall) await each.bye()
}

/**
 * The audit: no channel, no call, no leg, nobody reserved or in a call, no connection that the telephony keeps for anybody,
 * and tables that equal the log. Agents are signed out for the next test.
 */
export async function nothingLeft({ centre, freeswitch, outside, first, second }: FaultHouse): Promise<void> {
  await centre.until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await centre.until('every call to be over', async () =>
    (await centre.get('/api/v1/calls')).rows.every(({ status }) => status === 'ended'),
  )
  await centre.until('nobody to be in a call, or reserved', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(
      ({ callId, callState, reserved }) => callId === null && callState === 'idle' && reserved === false,
    ),
  )
  for (const { callId } of (await centre.get('/api/v1/calls')).rows) {
    const { legs } = (await centre.get(`/api/v1/calls/${callId}/timeline`)) as unknown as {
      legs: { endedAt: unknown }[]
    }
    assert.ok(
      legs.every(({ endedAt }) => endedAt !== null),
      `an open leg of ${callId}`,
    )
  }
  await centre.until('every phone to be free', () => [outside, first, second].every(({ inCall }) => !inCall))
  for (const agentCode of ['201', '202']) {
    const isOut = async (): Promise<boolean> => (await centre.agent(agentCode))?.['work'] === 'signed_out'
    if (await isOut()) continue
    await centre.command('agents/sign-out', { agentCode })
    await centre.until(`${agentCode} to be signed out`, isOut)
  }
  await centre.until('no leg to be kept for anybody', async () => (await centre.legs()) === 0)
  assert.is(await freeswitch.channels(), 0)
  await centre.verify()
}

/** Phones register again, as they do within their time. */
export async function registered({ centre, drachtio, first, second }: FaultHouse): Promise<void> {
  for (const each of [first, second])
    await centre.until('its registration', async () => (await each.register(drachtio.sip)) === 200)
}
