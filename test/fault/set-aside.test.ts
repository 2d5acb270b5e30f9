/**
 * A whole house on a real PostgreSQL log, under traffic: another version of the program writes events of a type that
 * this one does not know into the stream of a call, of a shift and of the configuration. People carry on, the status
 * page and the health page say what is set aside, and `verify` names it. Time limit: 300 s.
 */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { tenantOf } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { ledgerline, openDirectory } from '../cli/run.ts'
import { until } from '../support/gate.ts'
import { endOwners, gone, healthOf, rowsOf, startOwner, type Owner } from '../support/owners.ts'
import { freshDatabase } from '../support/postgres.ts'
import { tablesDatabase } from '../support/tables.ts'

const LATER = 'WrittenByALaterVersion'
const scratch = openDirectory()
const test = suite('streams set aside in a house on PostgreSQL')
test.after(async () => {
  await endOwners()
  scratch.remove()
})

/** Writes an unreadable event at the end of a stream, as long as the stream is open; returns its revision. */
async function write(log: EventLog, tenant: string, stream: string): Promise<number> {
  for (;;) {
    const revision = (await log.readStream(stream)).length - 1
    try {
      return (
        await log.append(stream, revision, [
          {
            id: randomUUID(),
            type: LATER,
            data: '{}',
            metadata: JSON.stringify({ t: tenant, a: 'later version', at: Date.now() }),
          },
        ])
      ).revision
    } catch (error) {
      if (!isProblem(error, 'log.conflict')) throw error
    }
  }
}

interface Aside {
  stream: string
  revision: number
  type: string
  why: string
  closed: boolean
}
async function asideOf({ url }: Owner): Promise<Aside[]> {
  return (
    (await (await fetch(`${url}/api/v1/status`)).json()) as { switchboards: { aside: Aside[] }[] }
  ).switchboards.flatMap(({ aside }) => aside)
}

let commands = 0
async function does({ url }: Owner, path: string, body: object): Promise<number> {
  const response = await fetch(`${url}/api/v1/commands/agents/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ commandId: `set-aside-${++commands}`, ...body }),
  })
  await response.text()
  return response.status
}

test('what a later version wrote into call, shift and configuration: people carry on, status and health say what is set aside', async () => {
  const [database, ledger] = [await tablesDatabase('aside'), await freshDatabase('aside_log')]
  const env = { DATABASE_URL: database.url, LOG_DATABASE_URL: ledger.url }
  Object.assign(process.env, env)
  const log = await openPostgresLog({ url: ledger.url })
  try {
    const house = await startOwner(scratch.path, 'busy')
    await until('somebody in a call', async () =>
      (await rowsOf(house.url, 'agent_monitor?limit=200')).some(({ state }) => state === 'in_call'),
    )
    let tenant = ''
    for await (const { events } of log.readAll(null, { pageSize: 10 })) {
      tenant = tenantOf(events[0]!.stream)
      break
    }
    assert.is((await healthOf(house))?.switchboard?.mended, null, 'no false alarm')
    // What the owner's watch writes when it finds a list wrong: the health report shows it.
    const found = {
      kind: 'agent_not_listed',
      agentId: 'somebody',
      agentCode: '999',
      callId: null,
      queueCode: 'PS',
      since: Date.now(),
    }
    await log.append(`switchboard-${tenant}.finding-of-the-test`, 'none', [
      {
        id: randomUUID(),
        type: 'SwitchboardListsMended',
        data: JSON.stringify({ epoch: 1, found: [found, found], more: 1 }),
        metadata: JSON.stringify({ t: tenant, a: 'system:switchboard', at: Date.now() }),
      },
    ])
    await until('the finding in the health', async () => {
      const mended = (await healthOf(house))?.switchboard?.mended
      return (
        mended?.times === 1 &&
        mended.entries === 3 &&
        mended.what[0]?.kind === 'agent_not_listed' &&
        mended.problem.code === 'switchboard.lists_mended'
      )
    })
    assert.is((await healthOf(house))?.well, true)
    const expected: Omit<Aside, 'closed'>[] = []
    const put = async (stream: string): Promise<void> =>
      void expected.push({ stream, revision: await write(log, tenant, stream), type: LATER, why: 'unknown' })

    // A call in progress when the event comes: one that ended at that moment is nobody's any longer.
    let callId = ''
    await until('a call that is set aside', async () => {
      const live = (await rowsOf(house.url, 'calls?limit=200')).find(({ endedAt }) => endedAt === null)
      if (!live) return false
      callId = live['callId'] as string
      const stream = `call-${tenant}.${callId}`
      const revision = await write(log, tenant, stream)
      const types = (await log.readStream(stream)).slice(0, revision).map(({ type }) => type)
      if (types.includes('CallEnded')) return false
      expected.push({ stream, revision, type: LATER, why: 'unknown' })
      return true
    })
    const agent = (await rowsOf(house.url, 'agent_monitor?limit=200')).find(({ shiftId }) => shiftId !== null)!
    const { agentCode, shiftId } = agent as { agentCode: string; shiftId: string }
    const shift = `shift-${tenant}.${shiftId}`
    await put(shift)

    // Both are closed, and reported as closed; the tables say so too.
    await until('both closed', async () => {
      const aside = await asideOf(house)
      return expected.every(({ stream }) => aside.some((one) => one.stream === stream && one.closed))
    })
    assert.equal(
      (await asideOf(house)).filter(({ stream }) => expected.some((one) => one.stream === stream)),
      expected.map((one) => ({ ...one, closed: true })),
    )
    await until('the call ended in the tables', async () =>
      (await rowsOf(house.url, 'calls?limit=200')).some(
        (row) => row['callId'] === callId && row['reason'] === 'set_aside',
      ),
    )
    assert.is((await healthOf(house))?.switchboard?.aside, 0)

    // The agent signs in again, and is given calls; the house never stopped giving them to others.
    const from = Date.now()
    await until('the agent signs in', async () => [200, 409].includes(await does(house, 'sign-in', { agentCode })))
    assert.is(await does(house, 'ready', { agentCode }), 200)
    await until('the agent is in a call again', async () => {
      const [row] = (await rowsOf(house.url, 'agent_monitor?limit=200')).filter((one) => one['agentCode'] === agentCode)
      return row!['shiftId'] !== shiftId && row!['callId'] !== null
    })
    await until(
      'others go on',
      async () =>
        (await rowsOf(house.url, 'calls?limit=200')).filter(
          (call) => (call['receivedAt'] as number) > from && call['answeredAt'] !== null,
        ).length > 5,
    )

    // A configuration is closed only by the next one: until then it counts as open, and calls continue with the last
    // readable one.
    const configuration = `switchboard-${tenant}.configuration`
    await put(configuration)
    await until('the configuration set aside', async () => (await healthOf(house))?.switchboard?.aside === 1)
    assert.equal(
      (await asideOf(house)).find(({ stream }) => stream === configuration),
      { ...expected.at(-1)!, closed: false },
    )
    const since = Date.now()
    await until('calls go on all the same', async () =>
      (await rowsOf(house.url, 'calls?limit=200')).some(
        (call) => (call['receivedAt'] as number) > since && call['answeredAt'] !== null,
      ),
    )
    await gone(house.child, 'SIGTERM')

    const verified = await ledgerline(['verify', 'calls', 'agent_monitor', '--json', '--data', scratch.path], env)
    assert.is(verified.code, 0, verified.out + verified.err)
    const parked = (
      JSON.parse(verified.out) as {
        models: { model: string; parked: { key: string; revision: number; eventType: string; closed: boolean }[] }[]
      }
    ).models.flatMap((one) => one.parked)
    for (const { stream, revision } of expected.slice(0, 2)) {
      assert.ok(
        parked.some(
          (one) => one.key === `stream ${stream}` && one.revision === revision && one.eventType === LATER && one.closed,
        ),
        `${stream}: ${JSON.stringify(parked)}`,
      )
    }
    // New tables can be built all the same: they set aside what these do, and say so.
    const rebuilt = await ledgerline(['rebuild', 'calls', '--data', scratch.path], env)
    assert.is(rebuilt.code, 0, rebuilt.out + rebuilt.err)
    assert.match(rebuilt.out, 'keys stand still in the new tables too')
    assert.match(
      rebuilt.out,
      `stream ${expected[0]!.stream} is parked at ${LATER} (revision ${expected[0]!.revision}, position `,
    )
    // A clock that was wrong, too: what it noted stays, and is reported.
    const knife = connection(ledger.url, { application: 'a wrong clock' })
    await knife.connect()
    await knife.query(
      `begin; set local session_replication_role = replica; update log.events set recorded_at = now() + interval '3 hours' where position = (select max(position) from log.events); commit`,
    )
    await knife.end()
    const { out } = await ledgerline(['verify', 'calls', '--data', scratch.path], env)
    assert.match(out, /Events count as recorded at \d{4}-\S+Z, which has not come/)
    assert.match(
      out,
      `stream ${expected[0]!.stream} is parked at ${LATER} (revision ${expected[0]!.revision}, position `,
    )
    assert.match(out, 'closed: later events count again')
    // What was closed after its fact stays closed for a house that starts from scratch.
    const again = await startOwner(scratch.path, 'quiet')
    await until('it owns', async () => (await healthOf(again))?.switchboard?.role === 'owner')
    assert.equal(
      (await asideOf(again)).filter(({ closed, stream }) => !closed && stream !== configuration),
      [],
    )
    assert.equal(
      (await healthOf(again))?.warnings?.map(({ code }) => code),
      ['log.recorded_ahead'],
    )
    await gone(again.child, 'SIGTERM')
  } finally {
    await endOwners()
    await log.close()
    await Promise.all([database.drop(), ledger.drop()])
  }
})

test.run()
