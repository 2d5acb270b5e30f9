/**
 * The contract of the telephony port on real servers: the same cases as the simulator's, with telephones that send a tone
 * each and say which tones they hear. Every case ends with nothing left: no leg, no dialog, no channel. Needs:
 * LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import * as assert from 'uvu/assert'
import { freePort } from '../../support/free-port.ts'
import { TonePhone, type TonePhoneOptions } from '../../support/tone-phone.ts'
import { telephonyContract } from '../../telephony/contract.ts'
import type { Person, Reaction, Sound, Subject, Voice } from '../../telephony/contract/subject.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { CallHouse, hear, tones, TRUNK, type Tone } from './house.ts'
import { OwnDrachtio } from './server.ts'

const takes: Record<Reaction, NonNullable<TonePhoneOptions['takes']>> = {
  answer: 'answer',
  ignore: 'ring',
  refuse: 'decline',
  busy: 'busy',
  no_calls: 'no_calls',
}
const toneOf: Record<Sound, Tone> = {
  customer: tones.customer,
  agent: tones.agent,
  third: tones.third,
  supervisor: tones.supervisor,
  another: tones.another,
  hold_music: tones.music,
  welcome: tones.prompt,
  waiting: tones.waiting,
}

let servers: Promise<[OwnDrachtio, OwnFreeSwitch]> | null = null

async function real(): Promise<Subject> {
  const [drachtio, freeswitch] = await (servers ??= Promise.all([OwnDrachtio.start(), OwnFreeSwitch.start()]))
  const trunkPort = await freePort()
  const house = await CallHouse.ready(drachtio, freeswitch, {
    reads: false,
    graceMs: 500,
    trunkPort,
    keepsRecordings: true,
  })
  const phones = new Map<Person, TonePhone>()
  let mediaIsThere = true

  const gatewayWith = (options: TonePhoneOptions): Promise<TonePhone> =>
    new TonePhone('gateway', { host: TRUNK, port: trunkPort, answerAfterMs: 50, ...options }).start()
  let gateway = await gatewayWith({})

  function person(voice: Voice, extension: string | null, phone: TonePhone): Person {
    const one: Person = {
      voice,
      extension,
      legId: null,
      async hangUp() {
        if (phone.inCall) await phone.bye()
        else phone.cancel()
      },
      press: (keys) => phone.press(keys),
      async hold(on) {
        assert.is(await phone.hold(on), 200)
      },
      async refer(to) {
        phone.told.length = 0
        assert.is(await phone.refer(to), 202)
      },
      get toldOfTransfer() {
        const last = phone.told.at(-1) ?? ''
        return / [2-6]\d\d /.test(last) ? / 200 /.test(last) : false
      },
    }
    phones.set(one, phone)
    return one
  }

  return {
    telephony: house.telephony,
    tenant: 'bank',
    welcomeMs: 1_500,
    async calls(voice, number) {
      const phone = await house.outside(number, toneOf[voice])
      void phone.call('95500', drachtio.sip)
      return person(voice, null, phone)
    },
    async phone(extension, voice, reaction) {
      const phone = await house.phone(extension, toneOf[voice], { takes: takes[reaction], answerAfterMs: 50 })
      phone.on('invite', ({ fields }: { fields: Map<string, string[]> }) => {
        if (fields.get('answer-mode')?.[0] === 'Auto') setTimeout(() => phone.answer(), 50)
      })
      return person(voice, extension, phone)
    },
    async unregister(one) {
      assert.is(await phones.get(one)!.register(drachtio.sip, 0), 200)
    },
    async callee(voice, reaction) {
      gateway.options.tone = toneOf[voice]
      gateway.options.takes = takes[reaction]
      return person(voice, null, gateway)
    },
    async gateway(isThere) {
      if (!isThere) return gateway.unplug()
      gateway.stop()
      gateway = await gatewayWith({})
    },
    async media(isThere) {
      mediaIsThere = isThere
      if (isThere) await freeswitch.up()
      else await freeswitch.kill()
    },
    hear: (expected) =>
      hear(...expected.map(([one, ...sounds]) => [phones.get(one)!, ...sounds.map((sound) => toneOf[sound])] as const)),
    keysHeardBy: (one) => phones.get(one)!.keys,
    until: (what, is) => house.until(what, is),
    pass: (ms) => new Promise((done) => setTimeout(done, ms)),
    leaves: () => house.leaves(),
    async close() {
      if (!mediaIsThere) await freeswitch.up()
      await house.close()
      gateway.stop()
      await house.until('no channel to be left', async () => (await freeswitch.channels()) === 0)
    },
  }
}

telephonyContract('drachtio and FreeSWITCH', real, async () => {
  const [drachtio, freeswitch] = await servers!
  await drachtio.remove()
  await freeswitch.remove()
})
