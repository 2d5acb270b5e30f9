/** What people did counts for the next thing that they do, however late the log tells the switchboard of it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { VirtualHouse } from '../support/house.ts'

const writes = suite('what people have just done')

writes('an agent signs out, in again, and goes ready at once, while the log says nothing', async () => {
  const house = new VirtualHouse({ agents: 1 })
  let told: Promise<void> = Promise.resolve()
  const subscribe = house.log.subscribe.bind(house.log)
  house.log.subscribe = async function* (...asked) {
    for await (const page of subscribe(...asked)) {
      await told
      yield page
    }
  }
  await house.open()
  const { promise, resolve } = Promise.withResolvers<void>()
  told = promise
  try {
    const by = () => house.by('agent:201')
    await house.desk.agent('201', { do: 'sign_out', by: 'agent', reason: null }, by())
    await house.desk.signIn('201', { via: 'phone', registered: true }, by())
    await house.desk.setWork('201', 'ready', null, by())
    assert.is(house.process.switchboard.shift('201')?.work, 'ready')
    const callId = house.call('PS', { talkMs: 5_000 })
    await house.pass(4_000)
    assert.ok(house.process.switchboard.call(callId), 'calls come in')
  } finally {
    resolve()
  }
  await house.pass(60_000)
  assert.equal(await house.audit(), [])
  await house.close()
})

writes.run()
