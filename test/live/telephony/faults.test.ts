/**
 * A call centre on real servers whose process is killed, and started again, in every phase of a call. Whoever talks, waits or
 * is on hold goes on; what rang is offered again; and afterwards nothing is left of any call: no channel, no leg, nobody
 * reserved, and tables that equal the log. What lives on when a server dies: `survival.test.ts`. Needs: LIVE_DRACHTIO,
 * LIVE_FREESWITCH.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TonePhone } from '../../support/tone-phone.ts'
import { Centre, COMMAND, OUTSIDE } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

/** Hz. */
const [CUSTOMER, FIRST, SECOND] = [400, 700, 900]

interface Parts {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  centre: Centre
  outside: TonePhone
  first: TonePhone
  second: TonePhone
}

const test = suite<Parts>('a call centre whose process is killed')

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port)
  context.centre.keep(context.outside)
  context.first = await context.centre.phone('8201', FIRST, { answerAfterMs: 100 })
  context.second = await context.centre.phone('8202', SECOND, { answerAfterMs: 100 })
})
test.after(async ({ drachtio, freeswitch, centre }) => {
  const data = await centre.close()
  const verify = spawn(process.execPath, [COMMAND, '--lang', 'en', 'verify', '--data', data], { stdio: 'ignore' })
  const [code] = (await once(verify, 'exit')) as [number]
  await centre.remove()
  await drachtio.remove()
  await freeswitch.remove()
  assert.is(code, 0, 'verify agrees')
})

const hears = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === tones.length

/** Brings a call into a phase. */
const phases: Readonly<Record<string, (parts: Parts) => Promise<void>>> = {
  'as the caller is answered': async ({ centre, outside }) => {
    assert.is(await centre.call(outside, '95500'), 200)
  },
  'while the caller waits': async ({ centre, outside }) => {
    assert.is(await centre.call(outside, '95500'), 200)
    await centre.until('the caller in the queue', async () => (await centre.last())?.['status'] === 'waiting')
  },
  'while it rings': async ({ centre, outside, first }) => {
    first.options.takes = 'ring'
    first.invitation = null
    await centre.ready('201')
    assert.is(await centre.call(outside, '95500'), 200)
    await centre.until('the phone to ring', () => first.invitation !== null)
  },
  'while they talk': (parts) => talk(parts),
  'on hold': async (parts) => {
    await talk(parts)
    await parts.centre.command('calls/hold', await here(parts.centre))
    await parts.centre.until('the hold', () => !hears(parts.first, CUSTOMER) && !hears(parts.outside, FIRST))
  },
  'in a consultation': async (parts) => {
    await talk(parts)
    await parts.centre.ready('202')
    await parts.centre.command('calls/consult', { ...(await here(parts.centre)), toAgentCode: '202' })
    await parts.centre.until('the consultation', () => hears(parts.first, SECOND) && hears(parts.second, FIRST))
  },
}

for (const [phase, brings] of Object.entries(phases))
  test(`killed ${phase}`, async (parts) => {
    const { centre, outside, first, second, drachtio } = parts
    await brings(parts)
    await centre.kill()
    await centre.again()
    await centre.until('the house to own its calls again', async () => {
      const { switchboard } = (await centre.get('/health')) as { switchboard?: { role?: string } }
      return switchboard?.role === 'owner'
    })
    first.options.takes = 'answer'
    if (phase === 'while they talk')
      await centre.until('the talk to go on', () => hears(outside, FIRST) && hears(first, CUSTOMER))
    if (phase === 'on hold') {
      await centre.command('calls/resume', await here(centre))
      await centre.until('the talk again', () => hears(outside, FIRST) && hears(first, CUSTOMER))
    }
    if (phase === 'in a consultation') {
      await centre.command('calls/hand-over', await here(centre))
      await centre.until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
    }
    if (phase === 'while the caller waits' || phase === 'as the caller is answered') {
      // They are in the call before anybody could see them ready.
      await centre.command('agents/sign-in', { agentCode: '201', via: 'phone' })
      await centre.command('agents/ready', { agentCode: '201' })
      await centre.until('the agent for whoever waited', () => hears(outside, FIRST) && hears(first, CUSTOMER))
    }
    if (phase === 'while it rings')
      await centre.until('the agent after all', () => hears(outside, FIRST) && hears(first, CUSTOMER))
    // Nobody is told that these hang up: it is noticed by their silence.
    for (const phone of [outside, first, second]) if (phone.inCall) await phone.bye()
    await nothingLeft(parts)
    for (const phone of [first, second])
      await centre.until('its registration', async () => (await phone.register(drachtio.sip)) === 200)
  })

async function here(centre: Centre): Promise<{ callId: unknown; agentCode: string }> {
  return { callId: (await centre.agent('201'))['callId'], agentCode: '201' }
}

async function talk({ centre, outside, first }: Parts): Promise<void> {
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await centre.until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
}

/** The audit: no channel, no call, nobody reserved or in a call; agents are signed out for the next test. */
async function nothingLeft({ centre, freeswitch, outside, first, second }: Parts): Promise<void> {
  await centre.until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await centre.until('every call to be over', async () =>
    (await centre.get('/api/v1/calls')).rows.every(({ status }) => status === 'ended'),
  )
  await centre.until('nobody to be in a call', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(
      ({ callId, callState }) => callId === null && callState === 'idle',
    ),
  )
  await centre.until('every phone to be free', () => [outside, first, second].every(({ inCall }) => !inCall))
  for (const agentCode of ['201', '202'])
    if ((await centre.agent(agentCode))?.['work'] !== 'signed_out')
      await centre.command('agents/sign-out', { agentCode }).catch(() => {})
}

test.run()
