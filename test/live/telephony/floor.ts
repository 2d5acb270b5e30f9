/**
 * A call centre on real servers with a caller and two agents at telephones, for tests in which telephones do what they should
 * not; and the audit after each: no channel, no call, nobody reserved or in a call, and tables that equal the log.
 */
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { Centre, OUTSIDE, type Row } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

/** Hz; music on hold is none of them. */
export const [CUSTOMER, FIRST, SECOND] = [400, 700, 900]

export interface Floor {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  centre: Centre
  outside: TonePhone
  first: TonePhone
  second: TonePhone
}

export async function openFloor(context: Floor): Promise<void> {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port)
  context.centre.keep(context.outside)
  context.first = await context.centre.phone('8201', FIRST, { answerAfterMs: 100 })
  context.second = await context.centre.phone('8202', SECOND, { answerAfterMs: 100 })
}

export async function closeFloor({ drachtio, freeswitch, centre }: Floor): Promise<void> {
  await centre.closeAndVerify()
  await drachtio.remove()
  await freeswitch.remove()
}

/** The audit. Telephones are then as they should be, and agents signed out. */
export async function nothingLeft({ centre, freeswitch, outside, first, second }: Floor): Promise<void> {
  for (const phone of [outside, first, second]) {
    phone.behave()
    if (phone.inCall) await phone.bye()
  }
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0, 60_000)
  await until('every call to be over', async () => {
    const { rows } = await centre.get('/api/v1/calls')
    return rows.length > 0 && rows.every(({ status }) => status === 'ended')
  })
  await until('nobody to be reserved or in a call', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(
      ({ callId, callState }) => callId === null && callState === 'idle',
    ),
  )
  for (const agentCode of ['201', '202']) {
    const isOut = async (): Promise<boolean> =>
      ((await centre.agent(agentCode))?.['work'] ?? 'signed_out') === 'signed_out'
    if (!(await isOut())) await centre.command('agents/sign-out', { agentCode }).catch(() => {})
    await until('the agent to be signed out', isOut)
  }
}

export const hears = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === tones.length

/** A customer talks with the first agent. */
export async function talk({ centre, outside, first }: Floor): Promise<void> {
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
}

/** The call that began last. */
export async function lastCall(centre: Centre): Promise<Row> {
  const { rows } = await centre.get('/api/v1/calls')
  return rows.toSorted((a, b) => String(b['receivedAt']).localeCompare(String(a['receivedAt'])))[0]!
}
