/** Recordings on a media server that cannot write them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { testClock } from '../support/clock.ts'
import { house, type House } from './network.ts'

const test = suite<{ it: House }>('recordings on a media server')

test.before.each(async (context) => void (context.it = await house(testClock())))
test.after.each(({ it }) => it.close())

for (const [cause, told] of [
  ['uri-failure', 1],
  ['success-silence', 0],
] as const)
  test(`one that ends with ${cause} is ${told ? 'told once' : 'not spoken of'}`, async ({ it }) => {
    const { legId } = await it.answered()
    await it.send({ do: 'record', legId, recordingId: 'r1', on: true })
    const path = it.media.commands
      .find((line) => line.startsWith('uuid_record'))!
      .split(' ')
      .at(-1)!
    for (let again = 0; again < 2; again++)
      it.media.hear({ 'Event-Name': 'RECORD_STOP', 'Record-File-Path': path, 'Record-Completion-Cause': cause })
    assert.is(it.warned.filter((line) => line.includes('writing a recording')).length, told)
  })

test.run()
