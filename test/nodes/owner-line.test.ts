/**
 * What another process asks of the owner of the calls: carried out there, refused there, or waited for; and nobody else
 * is obeyed.
 */
import { get } from 'node:http'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Room } from '@ledgerline/adapters/connection-limits.ts'
import { healthSchema, isWell, toldOf, type Health } from '@ledgerline/adapters/nodes/health.ts'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import { startNodeServer, type NodeServer } from '@ledgerline/adapters/nodes/node-server.ts'
import { ASK_PATH, LETTER_LIMIT, OwnerLine, toNode, type AskedOfOwner } from '@ledgerline/adapters/nodes/owner-line.ts'
import type { Owner } from '@ledgerline/core/configuration/ownership.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { until } from '../support/gate.ts'

const line = suite('the line to the owner')

const messages = new SealedMessages(Buffer.alloc(32, 1), 'nodes')
const strangers = new SealedMessages(Buffer.alloc(32, 2), 'nodes')
const asked: AskedOfOwner = {
  do: 'here',
  tenant: 't',
  agentId: '201',
  deskId: 'desk-1',
  envelope: { tenant: 't', commandId: 'c-1', actor: 'agent:201' },
}
const silent = (): void => {}
const well: Health = {
  node: 'a',
  version: 'test',
  roles: ['switchboard'],
  well: true,
  switchboard: { role: 'owner', epoch: 1, owner: 'a', aside: 0 },
  lanes: [],
  log: { awayMs: 0, refusesMs: 0, reason: null },
  disk: null,
  journal: null,
  push: 'within',
  jobs: null,
}

function node(
  name: string,
  carryOut: (asked: AskedOfOwner) => Promise<void>,
  health: Health = well,
  room?: Room,
): Promise<NodeServer> {
  return startNodeServer(
    { host: '127.0.0.1', port: 0 },
    {
      node: name,
      messages,
      health: async () => health,
      carryOut,
      logger: { debug: silent, warn: silent, error: silent },
      ...(room && { room }),
    },
  )
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isProblem(error)) return `${error.code} ${JSON.stringify(error.details)}`
    throw error
  }
  return 'none'
}

line('the owner carries it out, and its refusals are passed on word for word', async () => {
  const heard: AskedOfOwner[] = []
  const owner = await node('a', async (what) => {
    heard.push(what)
    if (heard.length === 2) throw new Problem('telephony.no_leg', { leg: 'l1' })
    if (heard.length === 3) throw new Error('a fault of its own')
  })
  const to = new OwnerLine({ messages, owner: () => ({ epoch: 1, node: 'a', address: owner.address }) })
  try {
    await to.ask(asked)
    assert.equal(heard, [asked])
    assert.is(await refusal(to.ask(asked)), 'telephony.no_leg {"leg":"l1"}')
    assert.match(await refusal(to.ask(asked)), /^telephony\.unavailable/)
    assert.is(heard.length, 3)
  } finally {
    await owner.close()
  }
})

line('a take-over in the middle is waited out: the new owner is asked', async () => {
  const heard: string[] = []
  const old = await node('old', async () => {
    heard.push('old')
    throw new Problem('switchboard.standby')
  })
  const next = await node('next', async () => void heard.push('next'))
  // Nobody, then a former owner, then one that is gone, then the new one.
  const owners: Owner[] = [
    { epoch: 0, node: null, address: null },
    { epoch: 1, node: 'old', address: old.address },
    { epoch: 2, node: 'gone', address: '127.0.0.1:1' },
    { epoch: 3, node: 'next', address: next.address },
  ]
  try {
    await new OwnerLine({ messages, owner: () => (owners.length > 1 ? owners.shift()! : owners[0]!) }).ask(asked)
    assert.equal(heard, ['old', 'next'])
  } finally {
    await Promise.all([old.close(), next.close()])
  }
})

line('if no owner answers in time it says so', async () => {
  const to = new OwnerLine({
    messages,
    owner: () => ({ epoch: 1, node: 'a', address: '127.0.0.1:1' }),
    patienceMs: 300,
  })
  assert.match(await refusal(to.ask(asked)), /^switchboard\.standby/)
  assert.match(
    await refusal(
      new OwnerLine({ messages, owner: () => ({ epoch: 0, node: null, address: null }), patienceMs: 0 }).ask(asked),
    ),
    /^switchboard\.standby/,
  )
})

line(
  'a sender without the master key, for another life of the process, or with too long a message, is ignored',
  async () => {
    let heard = 0
    const owner = await node('a', async () => void heard++)
    const send = async (message: Buffer): Promise<number> =>
      (await fetch(`http://${owner.address}${ASK_PATH}`, { method: 'POST', body: new Uint8Array(message) })).status
    try {
      assert.is(await send(strangers.seal(toNode('a'), { id: '1', asked })), 403)
      assert.is(await send(messages.seal(toNode('an earlier life'), { id: '1', asked })), 403)
      assert.is(await send(Buffer.from(JSON.stringify({ id: '1', asked }))), 403)
      assert.is(await send(Buffer.alloc(LETTER_LIMIT + 1)), 413)
      assert.is((await fetch(`http://${owner.address}/anything`)).status, 404)
      assert.is(heard, 0)
      // And an answer that is not the owner's counts as none.
      const liar = new OwnerLine({
        messages: strangers,
        owner: () => ({ epoch: 1, node: 'a', address: owner.address }),
        patienceMs: 200,
      })
      assert.match(await refusal(liar.ask(asked)), /^switchboard\.standby/)
      assert.is(heard, 0)
    } finally {
      await owner.close()
    }
  },
)

line('reports its health: 200 when healthy, 503 when not', async () => {
  const [one, other] = [await node('a', async () => {}), await node('b', async () => {}, { ...well, well: false })]
  try {
    const said = await fetch(`http://${one.address}/health`)
    assert.equal([said.status, await said.json()], [200, well])
    assert.is((await fetch(`http://${other.address}/health`)).status, 503)
  } finally {
    await Promise.all([one.close(), other.close()])
  }
})

line('one program that opens all it can takes one address’s places and no more', async () => {
  const owner = await node('a', async () => {}, well, { inAll: 3, ofOne: 2 })
  const [host, port] = owner.address.split(':') as [string, string]
  const asks = (from: string) =>
    new Promise<{ status: number; after: string | undefined }>((resolve, reject) =>
      get(
        { host, port, path: '/health', localAddress: from, agent: false },
        (response) =>
          void response
            .resume()
            .on('end', () => resolve({ status: response.statusCode!, after: response.headers['retry-after'] })),
      ).on('error', reject),
    )
  const held = [1, 2].map(() => connect({ host, port: Number(port), localAddress: '127.0.0.2' }))
  try {
    await until('two that hold places', () => held.every(({ connecting }) => !connecting))
    assert.equal(await asks('127.0.0.2'), { status: 503, after: '2' })
    assert.equal(await asks('127.0.0.1'), { status: 200, after: undefined })
    held[0]!.destroy()
    await until('a place', async () => (await asks('127.0.0.2')).status === 200)
  } finally {
    for (const socket of held) socket.destroy()
    await owner.close()
  }
})

line(
  'reports what was wrong in the switchboard’s lists, in both languages, and is healthy all the same: nobody has ' +
    'to restart it',
  async () => {
    const [since, lastAt] = [Date.UTC(2026, 2, 2, 9), Date.UTC(2026, 2, 2, 11, 30)]
    const mended = toldOf({
      what: [
        { kind: 'agent_not_listed', entries: 3 },
        { kind: 'held_back', entries: 1 },
      ],
      entries: 4,
      times: 2,
      since,
      lastAt,
    })!
    assert.equal(
      [mended.since, mended.lastAt, mended.problem.code],
      ['2026-03-02T09:00:00.000Z', '2026-03-02T11:30:00.000Z', 'switchboard.lists_mended'],
    )
    for (const text of [mended.problem.en, mended.problem.zh])
      for (const said of [mended.since, mended.lastAt, '2', '4', 'agent_not_listed 3, held_back 1'])
        assert.ok(text.includes(said), `${said}: ${text}`)
    assert.match(mended.problem.zh, /名单/)
    assert.is(toldOf(null), null)
    const health: Health = { ...well, switchboard: { ...well.switchboard!, mended } }
    assert.ok(isWell(health))
    const one = await node('a', async () => {}, health)
    try {
      const said = await fetch(`http://${one.address}/health`)
      assert.equal([said.status, healthSchema.parse(await said.json())], [200, health])
    } finally {
      await one.close()
    }
  },
)

line.run()
