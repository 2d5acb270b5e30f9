/**
 * Several processes for one switchboard: one owns it and the others stand by. When the owner dies, stops or cannot keep
 * its lease, another one takes over, whatever the clocks say.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { queueNamed } from '../support/house.ts'
import { Nodes } from '../support/nodes.ts'
import { owned, TAKE_OVER_MS, twoNodes } from './two-nodes.ts'

const HOUR_MS = 3_600_000

const owners = suite('ownership of a switchboard')

async function ownersOf(nodes: Nodes): Promise<[string, number][]> {
  return (await nodes.house.ledger())
    .filter((event) => event.type === 'SwitchboardTakenOver')
    .map(({ data }) => [data.node, data.epoch])
}

owners('one owns, the other folds along and does nothing', async () => {
  const { nodes, first, second } = await twoNodes()
  try {
    const callId = nodes.house.call()
    await nodes.house.pass(10_000)
    assert.equal([first.process.role, second.process.role], ['owner', 'standby'])
    assert.equal(second.process.switchboard.call(callId), first.process.switchboard.call(callId))
    assert.equal(await ownersOf(nodes), [['node-1', 1]])
    const reserved = (await nodes.house.ledger()).find((event) => event.type === 'AgentReserved')
    assert.is(reserved?.data.epoch, 1)
  } finally {
    await nodes.close()
  }
})

owners(
  'the owner is killed: the standby takes over within five seconds, what it left behind is closed, and callers are ' +
    'answered',
  async () => {
    const { nodes, first, second } = await twoNodes({ agents: 2 })
    try {
      // One is talking, one is ringing, two are waiting.
      nodes.house.call(undefined, { talkMs: 30_000 })
      await nodes.house.pass(8_000)
      for (let caller = 0; caller < 3; caller++) nodes.house.call(undefined, { patienceMs: HOUR_MS })
      await nodes.house.pass(1_000)
      first.kill()
      const took = await owned(nodes, second)
      assert.ok(took <= TAKE_OVER_MS, `${took} ms`)
      nodes.use(second)
      await nodes.house.pass(HOUR_MS)
      assert.equal(await ownersOf(nodes), [
        ['node-1', 1],
        ['node-2', 2],
      ])
      assert.is((await nodes.house.ledger()).filter((event) => event.type === 'CallAnswered').length, 4)
      assert.equal(await nodes.house.audit(), [])
    } finally {
      await nodes.close()
    }
  },
)

owners('the owner stops politely: the standby need not wait for the lease to expire', async () => {
  const { nodes, first, second } = await twoNodes()
  try {
    await first.stop()
    const took = await owned(nodes, second)
    assert.ok(took <= 600, `${took} ms`)
  } finally {
    await nodes.close()
  }
})

owners(
  'a process that cannot renew its lease stops acting before another can have it, and goes on standby',
  async () => {
    const { nodes, first, second } = await twoNodes()
    try {
      first.cutOff(true)
      for (let waited = 0; second.process.role !== 'owner' && waited < 10_000; waited += 20) {
        await nodes.house.pass(20)
        assert.ok([first, second].filter(({ process }) => process.role === 'owner').length <= 1)
      }
      assert.equal(first.roles, ['owner', 'standby'])
      // Back again it is on standby, and can be the next.
      first.cutOff(false)
      await nodes.house.pass(5_000)
      assert.equal([first.process.role, second.process.role], ['standby', 'owner'])
      second.kill()
      await owned(nodes, first)
      assert.equal(await ownersOf(nodes), [
        ['node-1', 1],
        ['node-2', 2],
        ['node-1', 3],
      ])
    } finally {
      await nodes.close()
    }
  },
)

owners(
  'a lease that could not be renewed for a while and that nobody else took: the same process continues, and writes ' +
    'what it heard meanwhile',
  async () => {
    const nodes = new Nodes()
    const only = nodes.start()
    try {
      await nodes.house.pass(100)
      await nodes.use(only).furnish()
      const callId = nodes.house.call(undefined, { talkMs: 5_000 })
      await nodes.house.pass(5_000)
      only.cutOff(true)
      await nodes.house.pass(30_000)
      assert.is(only.process.role, 'standby')
      only.cutOff(false)
      await nodes.house.pass(HOUR_MS)
      const story = await nodes.house.story(callId)
      assert.ok(story.includes('CallEnded'), story.join(' '))
      assert.not(story.includes('CallMissed'))
      const ended = (await nodes.house.ledger()).find(
        (event) => event.type === 'LegEnded' && event.data.callId === callId,
      )
      assert.is(ended?.type === 'LegEnded' && ended.data.reason, 'hung_up', 'its own cause, not that it was lost')
      assert.equal(await nodes.house.audit(), [])
    } finally {
      await nodes.close()
    }
  },
)

owners(
  'a process that was stopped for longer than its lease does nothing on its old belief when it continues',
  async () => {
    const { nodes, first } = await twoNodes({ agents: 1 })
    try {
      nodes.house.call(undefined, { patienceMs: HOUR_MS, talkMs: 2_000 })
      await nodes.house.pass(500)
      const before = (await nodes.house.ledger()).length
      // Its clock finds that ten seconds have passed; anything that comes up at that moment finds it without a lease.
      first.jump(10_000)
      nodes.house.call(undefined, { patienceMs: HOUR_MS, talkMs: 2_000 })
      await nodes.house.pass(200)
      const since = (await nodes.house.ledger()).slice(before)
      assert.equal(
        since.filter(({ type }) => type === 'AgentReserved' || type === 'CallOffered'),
        [],
      )
      await nodes.house.pass(TAKE_OVER_MS)
      assert.equal(first.roles.slice(0, 2), ['owner', 'standby'])
      nodes.use(nodes.owner())
      await nodes.house.pass(HOUR_MS)
      assert.equal(await nodes.house.audit(), [])
    } finally {
      await nodes.close()
    }
  },
)

owners(
  'a process that was stopped between deciding and appending appends nothing when it continues and finds that ' +
    'others have',
  async () => {
    const nodes = new Nodes({ agents: 1, queues: [queueNamed('PS', { wrapUpMs: 0 })] })
    const stopped = Promise.withResolvers<void>()
    const first = nodes.start({ held: (types) => (types.includes('AgentCallStarted') ? stopped.promise : null) })
    await nodes.house.pass(100)
    const second = nodes.start()
    try {
      await nodes.use(first).furnish()
      const before = nodes.house.call(undefined, { talkMs: 1_000 })
      await nodes.house.pass(4_000)
      // The agent was put through; only that their shift is in a call could not be written.
      first.cutOff(true)
      await owned(nodes, second)
      nodes.use(second)
      await nodes.house.pass(10_000)
      const after = nodes.house.call(undefined, { talkMs: 60_000 })
      await nodes.house.pass(10_000)
      assert.is((await nodes.house.ledger()).filter((event) => event.type === 'CallAnswered').length, 2)
      stopped.resolve()
      await nodes.house.pass(HOUR_MS)
      const started = (await nodes.house.ledger())
        .filter((event) => event.type === 'AgentCallStarted')
        .map(({ data }) => data.callId)
      assert.ok(started.at(-1) === after && started.length <= 2, `${before} ${after}: ${started}`)
      assert.equal(await nodes.house.audit(), [])
    } finally {
      await nodes.close()
    }
  },
)

owners(
  'the clock of the leases is set back by an hour while the owner dies: the standby has seen the lease stand still, and takes it',
  async () => {
    const { nodes, first, second } = await twoNodes()
    try {
      await nodes.house.pass(2_000)
      first.kill()
      nodes.leaseClockAhead = -HOUR_MS
      const took = await owned(nodes, second)
      assert.ok(took <= TAKE_OVER_MS, `${took} ms`)
    } finally {
      await nodes.close()
    }
  },
)

owners(
  'the clock of the leases is set forward by an hour: the process that takes the lease fences off the previous holder',
  async () => {
    const { nodes } = await twoNodes()
    try {
      for (let hour = 0; hour < 5; hour++) {
        nodes.leaseClockAhead += HOUR_MS
        for (let caller = 0; caller < 3; caller++) nodes.house.call(undefined, { patienceMs: HOUR_MS, talkMs: 3_000 })
        await nodes.house.pass(60_000)
        nodes.owner()
      }
      nodes.use(nodes.owner())
      await nodes.house.pass(HOUR_MS)
      assert.equal(await nodes.house.audit(), [])
    } finally {
      await nodes.close()
    }
  },
)

owners.run()
