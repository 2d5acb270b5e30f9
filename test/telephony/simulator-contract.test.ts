/** The contract of the telephony port on the simulator, on a clock of the test's own. The real servers: `test/live/telephony`. */
import * as assert from 'uvu/assert'
import {
  HOLD_PATIENCE_MS,
  type Caller,
  type Reaction as Habit,
} from '@ledgerline/adapters/telephony/simulator/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { pass, testClock } from '../support/clock.ts'
import { telephonyContract } from './contract.ts'
import type { Medium, Person, Reaction, Sound, Subject, Voice } from './contract/subject.ts'

const tenant = 'test'
const WELCOME_MS = 1_500
/** Nobody here does anything by themselves. */
const NEVER = Number.POSITIVE_INFINITY

const caller: Caller = {
  tenant,
  from: '13800001111',
  to: '95500',
  gateway: 'gw1',
  customerId: null,
  priority: 0,
  patienceMs: NEVER,
  talkMs: NEVER,
  holdPatienceMs: HOLD_PATIENCE_MS,
  talkEndedBy: 'customer',
}
const habits: Record<Reaction, Habit> = {
  answer: { do: 'answer', afterMs: 300 },
  refuse: { do: 'refuse', afterMs: 300 },
  ignore: { do: 'ignore' },
  busy: { do: 'busy' },
  // Rings, until it says so.
  no_calls: { do: 'ignore' },
}

async function simulated(): Promise<Subject> {
  const clock = testClock()
  let called: Reaction = 'answer'
  const telephony = new SimulatedTelephony({
    clock,
    dice: seededDice(1),
    promptMs: () => WELCOME_MS,
    contacts: true,
    callee: () => ({ ...caller, reaction: habits[called] }),
  })
  const people: Person[] = []

  function person(voice: Voice, extension: string | null, legId: string | null): Person {
    const one: Person = {
      voice,
      extension,
      legId,
      async hangUp() {
        telephony.act(one.legId!, 'hang_up')
        await pass(clock, 0)
      },
      async press(keys) {
        telephony.press(one.legId!, keys)
        await pass(clock, 0)
      },
      async hold(on) {
        telephony.act(one.legId!, on ? 'hold' : 'resume')
        await pass(clock, 0)
      },
      async refer(to) {
        telephony.refer(one.legId!, to)
        await pass(clock, 0)
      },
      toldOfTransfer: null,
    }
    people.push(one)
    return one
  }

  /** Nobody wants calls at the phone that rings. */
  async function refuses(): Promise<void> {
    const ringing = (await telephony.legs()).find(({ state, purpose }) => state === 'ringing' && purpose === 'agent')
    if (ringing) telephony.doNotDisturb(ringing.legId)
  }

  /** The voices and sounds that somebody hears; of a leg that is gone, nothing. */
  async function heard({ legId }: Person): Promise<Sound[]> {
    if (!(await telephony.legs()).some((leg) => leg.legId === legId)) return []
    const { legs, media } = telephony.hearing(legId!)
    const voices = legs.map((leg): Sound => people.find((one) => one.legId === leg)!.voice)
    return media === null ? voices : [...voices, media as Medium]
  }

  const until: Subject['until'] = async (what, is) => {
    await pass(clock, 0)
    for (let steps = 0; !(await is()); steps++) {
      assert.ok(steps < 2_000, `in vain: ${what}`)
      await pass(clock, 50)
    }
  }

  return {
    telephony,
    tenant,
    welcomeMs: WELCOME_MS,
    async calls(voice) {
      return person(voice, null, telephony.arrive(caller)!.legId)
    },
    async phone(extension, voice, reaction) {
      const react = (): Habit => {
        if (reaction === 'no_calls') clock.at(clock.now() + 300, () => void refuses())
        return habits[reaction]
      }
      telephony.plug(tenant, extension, { react, aloneMs: NEVER })
      return person(voice, extension, null)
    },
    async unregister({ extension }) {
      telephony.unplug(tenant, extension!)
    },
    async callee(voice, reaction) {
      called = reaction
      return person(voice, null, null)
    },
    async gateway(isThere) {
      telephony.trouble(tenant, 'gw1', isThere ? null : 'down')
    },
    async media(isThere) {
      if (isThere) telephony.recover()
      else telephony.fail()
    },
    async hear(expected) {
      let last: unknown
      const wanted = expected.map(([one, ...sounds]) => [one.voice, ...sounds.toSorted()])
      await until('the right sound', async () => {
        last = await Promise.all(expected.map(async ([one]) => [one.voice, ...(await heard(one)).toSorted()]))
        return JSON.stringify(last) === JSON.stringify(wanted)
      }).catch(() => assert.equal(last, wanted))
    },
    // Nobody hears what we press.
    keysHeardBy: () => null,
    until,
    pass: (ms) => pass(clock, ms),
    leaves: async () => assert.equal(await telephony.legs(), []),
    close: () => telephony.close(),
  }
}

telephonyContract('simulator', simulated)
