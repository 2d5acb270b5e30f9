/** What a leg is to hear, and what the media server makes of it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newLeg, type Leg } from '@ledgerline/adapters/telephony/drachtio/leg.ts'
import { Listening } from '@ledgerline/adapters/telephony/drachtio/listening.ts'

const test = suite('what a leg hears')

/** A leg on a media server that takes every order. */
function onServer() {
  let now = 0
  const orders: string[] = []
  let made = 0
  const socket = {
    api: async (command: string) => void orders.push(command),
    execute: async (_: string, application: string, file: string, endless = false) => {
      orders.push(`${application} ${file}${endless ? ' for ever' : ''}`)
      return `app-${++made}`
    },
  }
  const leg = newLeg(
    {
      tenant: 't',
      legId: 'l',
      callId: 'c',
      purpose: 'customer',
      extension: null,
      server: { socket },
      channel: 'ch',
    } as never,
    0,
  ) as Leg
  const listening = new Listening({
    clock: { now: () => now, at: () => () => {} },
    sourceOf: (_, media) => media,
    report: () => {},
    failed: (error) => assert.unreachable(String(error)),
  })
  return {
    leg,
    listening,
    pass: (ms: number) => void (now += ms),
    taken: () => orders.splice(0),
    settled: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

test('music that is given up at once is ordered again, without a break that could end it, too', async () => {
  const { leg, listening, taken, settled, pass } = onServer()
  await listening.play(leg, 'welcome', false)
  await listening.interrupt(leg)
  await listening.play(leg, 'music', true)
  assert.equal(taken(), ['playback welcome', 'uuid_break ch all', 'uuid_break ch all', 'playback music for ever'])
  for (let round = 0; round < 5; round++) {
    pass(20)
    listening.played(leg, leg.repeats!.id)
    await settled()
    assert.equal(taken(), ['playback music for ever'])
  }
  // Something is wrong with the file: five times are enough.
  listening.played(leg, leg.repeats!.id)
  await settled()
  assert.equal(taken(), [])
})

test('a whole round is followed by the next, and what is no longer wanted is not begun again', async () => {
  const { leg, listening, taken, settled, pass } = onServer()
  await listening.play(leg, 'music', true)
  pass(20_000)
  listening.played(leg, leg.repeats!.id)
  await settled()
  assert.equal(taken(), ['playback music for ever'])
  await listening.play(leg, 'other', true)
  const { id } = leg.repeats!
  taken()
  listening.leave(leg)
  listening.played(leg, id)
  await settled()
  assert.equal(taken(), [])
})
test.run()
