/**
 * Two processes of each role on one log, under traffic. The owning switchboard is killed (-9), then the projector that
 * folds, then Redis. Calls and boards continue, requests to an api process reach the owner of the calls, nobody
 * is offered twice, every finished call is sent to a customer's system, nothing is left behind, and the tables
 * equal the log.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { LiveClient } from '../http/live-client.ts'
import { exitCodeOf, readLedger } from './aftermath.ts'
import { until } from './gate.ts'
import { brokenPromises, offersOf } from './house.ts'
import { agentsOf, atRest, endOwners, gone, healthOf, rowsOf, startNode, startRole, type Owner } from './owners.ts'
import { freshDatabase } from './postgres.ts'
import { startRedis } from './redis.ts'
import { tablesDatabase } from './tables.ts'

let clicks = 0

async function ask(api: Owner, path: string, body: object): Promise<{ status: number; code?: string }> {
  const response = await fetch(`${api.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  })
  return { status: response.status, ...((await response.json()) as { code?: string }) }
}

/** Whoever is in a call hangs up; their phone is in the network of another process. */
async function hangsUp(api: Owner): Promise<void> {
  await until('an agent who hangs up', async () => {
    for (const { agentCode, callId } of await rowsOf(api.url, 'agent_monitor?limit=200')) {
      if (typeof callId !== 'string') continue
      const { status, code } = await ask(api, 'commands/calls/hang-up', {
        commandId: `roles-test-${++clicks}`,
        callId,
        agentCode,
      })
      // The call may have ended at that moment, but a missing owner is a failure.
      assert.not.equal(code, 'switchboard.standby')
      if (status === 200) return true
    }
    return false
  })
}

/** The one of two processes that has the state asked for, and the other one. */
async function which(
  nodes: readonly [Owner, Owner],
  is: (node: Owner) => Promise<boolean | undefined>,
): Promise<[Owner, Owner]> {
  let found: [Owner, Owner] | null = null
  await until('one of two that works', async () => {
    for (const [one, other] of [nodes, nodes.toReversed() as [Owner, Owner]]) if (await is(one)) found = [one, other]
    return found !== null
  })
  return found!
}

const owning = async (node: Owner): Promise<boolean | undefined> =>
  (await healthOf(node))?.switchboard?.role === 'owner'
const folding = async (node: Owner): Promise<boolean | undefined> =>
  (await healthOf(node))?.lanes.every(({ state }) => state === 'running')

/** Answered calls that came in after this moment, as an api process shows them. */
async function callsGoOn(api: Owner): Promise<void> {
  const from = Date.now()
  await until(
    'calls that go on',
    async () =>
      (await rowsOf(api.url, 'calls?limit=200')).filter(
        (call) => (call['receivedAt'] as number) > from && call['answeredAt'] !== null,
      ).length > 3,
  )
}

/** A customer's system that receives call records; keeps the call of each record by its id. */
async function customer(): Promise<{ url: string; told: Map<string, string>; close(): void }> {
  const told = new Map<string, string>()
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    told.set(
      request.headers['idempotency-key'] as string,
      (JSON.parse(body) as { call: { callId: string } }).call.callId,
    )
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/calls`,
    told,
    close: () => void server.close(),
  }
}

/** @param settings where the log is, if not on PostgreSQL */
export async function twoOfEach(settings: NodeJS.ProcessEnv = {}): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'ledgerline-roles-'))
  const [tables, log, redis] = [await tablesDatabase('roles'), await freshDatabase('roles_log'), await startRedis()]
  const hook = await customer()
  const env = {
    ...process.env,
    ...settings,
    DATABASE_URL: tables.url,
    LOG_DATABASE_URL: log.url,
    REDIS_URL: redis.url,
    CALL_RECORD_HOOK_URL: hook.url,
    CALL_RECORD_HOOK_SECRET: 'a secret of the test',
  }
  let wall: LiveClient | null = null
  try {
    // The first creates what is missing; the others find it.
    const first = await startRole('projector', env, data)
    const projectors: [Owner, Owner] = [first, await startRole('projector', env, data)]
    const [one, other] = await Promise.all([startRole('switchboard', env, data), startRole('switchboard', env, data)])
    const [api, api2] = await Promise.all([startRole('api', env, data), startRole('api', env, data)])
    const [owner, standby] = await which([one, other], owning)
    const [folds, foldsNext] = await which(projectors, folding)

    await callsGoOn(api)
    for (const node of [api, api2, owner, standby, folds, foldsNext]) assert.is((await healthOf(node))?.well, true)
    assert.equal((await healthOf(api))?.roles, ['api'])
    wall = await LiveClient.connect(Number(new URL(api.url).port), { topics: ['calls', 'agent_monitor'] })
    await wall.ready()
    const watching = wall
    const beat = () =>
      watching.messages.findLast(({ event }) => event === 'beat')?.data as
        | { delayed: boolean; position: string }
        | undefined
    const pushed = async (): Promise<void> => {
      const before = watching.messages.length
      await until('changes on the wall', () => watching.messages.slice(before).some(({ event }) => event === 'delta'))
    }
    await until('a wall that is not late', () => beat()?.delayed === false)
    await pushed()
    // Requests that need the owner's network and its memory of desks.
    await hangsUp(api)
    const [agentCode] = await agentsOf(api)
    const deskId = '0a0e3c5e-0000-4000-8000-000000000001'
    assert.is(
      (
        await ask(api2, 'commands/agents/desk/claim', {
          commandId: `roles-test-${++clicks}`,
          agentCode,
          deskId,
        })
      ).status,
      200,
    )
    assert.is((await ask(api2, 'desk/here', { agentCode, deskId })).status, 200)

    // A request made while there was no owner waits for the next one and is answered.
    await gone(owner.child, 'SIGKILL')
    assert.is((await ask(api2, 'desk/here', { agentCode, deskId })).status, 200)
    await until('a standby that owns', async () => (await owning(standby)) === true)
    await callsGoOn(api2)
    await hangsUp(api2)

    await gone(folds.child, 'SIGKILL')
    await until('a standby that folds', async () => (await folding(foldsNext)) === true)
    await callsGoOn(api)
    await pushed()

    await redis.kill()
    await until('a wall that says it is late', () => beat()?.delayed === true)
    await pushed()
    await callsGoOn(api)
    assert.is((await healthOf(api))?.push, 'lost')
    await redis.start()
    await until('a wall that is not late any more', () => beat()?.delayed === false)
    await pushed()

    wall.drop()
    await Promise.all([standby, foldsNext, api, api2].map(({ child }) => gone(child, 'SIGTERM')))
    const last = await startNode(env, data, 'quiet')
    await atRest(last.url)
    await until('that every record has left', async () => (await healthOf(last))?.jobs?.waiting === 0)
    await gone(last.child, 'SIGTERM')

    const ledger = await readLedger(data, env)
    assert.is(new Set(ledger.map(({ id }) => id)).size, ledger.length, 'every event once')
    assert.equal(offersOf(ledger).twice, [], 'nobody was offered twice at once')
    assert.equal(brokenPromises(ledger), [])
    const over = ledger.flatMap((event) => (event.type === 'CallEnded' ? [event.data.callId] : []))
    assert.equal([...hook.told.values()].toSorted(), over.toSorted(), 'every finished call was sent once, under one id')
    // The first owner, its successor and the last one; plus one if the machine made an owner wait for longer than its lease.
    const owners = ledger.flatMap((event) => (event.type === 'SwitchboardTakenOver' ? [event.data.epoch] : []))
    assert.ok(owners.length >= 3, `${owners.length} owners`)
    assert.equal(
      owners,
      owners.map((_, index) => owners[0]! + index),
      'each under the next epoch',
    )
    assert.is(await exitCodeOf(['verify', '--data', data], env), 0, 'the tables equal the log')
  } finally {
    wall?.drop()
    await endOwners()
    await redis.stop()
    hook.close()
    await rm(data, { recursive: true, force: true })
    await tables.drop()
    await log.drop()
  }
}
