/** How many new legs a second a media server is given. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MediaServer } from '@ledgerline/adapters/telephony/drachtio/media-server.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { pass, testClock } from '../support/clock.ts'
import { eventSocketServer } from '../support/event-socket-server.ts'

const test = suite('admission of new legs')

test('a burst is let through, then so many a second; an emergency call is never held back', async () => {
  const clock = testClock()
  const freeswitch = await eventSocketServer(() => undefined)
  const server = new MediaServer({
    address: { host: '127.0.0.1', port: freeswitch.port, password: 'ClueCon' },
    clock,
    dice: () => 0.5,
    legsPerSecond: 8,
    heard: () => {},
    up: async () => {},
    lost: () => {},
    onTrouble: () => {},
  })
  const refused = (isEmergency?: boolean): boolean => {
    try {
      server.admit(isEmergency)
      return false
    } catch (error) {
      assert.ok(isProblem(error, 'telephony.too_many'))
      return true
    }
  }
  try {
    assert.equal([refused(), refused(), refused()], [false, false, true])
    assert.equal([refused(true), refused(true)], [false, false])
    await pass(clock, 2_000)
    assert.is(refused(), false)
  } finally {
    await server.close()
    await freeswitch.close()
  }
})

test.run()
