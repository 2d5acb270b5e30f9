/**
 * The log's database under load, gone and back: unreachable, silent, killed, or with a full disk. New calls and
 * commands are refused meanwhile (503), connected talk continues, what the network reports waits and is written with
 * its own time; nothing acknowledged is lost, and recovery needs no hand. One house lives through all of it.
 *
 * It stays away until it was missed, and at least for OUTAGE_MS: 2 s, long enough for people to hang up meanwhile; 30 s
 * at night.
 *
 * Time limit: 600 s.
 */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import {
  LOG_DATABASE,
  startEmbedded,
  TABLES_DATABASE,
  type OwnedServer,
} from '@ledgerline/adapters/postgres/embedded.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { exitCodeOf, readLedger } from '../support/aftermath.ts'
import { times } from '../support/depth.ts'
import { gateBefore, until, type Gate } from '../support/gate.ts'
import { brokenPromises } from '../support/house.ts'
import { agentsOf, atRest, endOwners, gone, rowsOf, startOwner, type Owner } from '../support/owners.ts'
import { fillUp, smallDisk } from '../support/small-disk.ts'
import { begunIn } from '../support/tables.ts'

/** An append takes no longer while the log answers. */
const ON_ITS_WAY_MS = 1_000
const OUTAGE_MS = times('OUTAGE_MS', 2_000, 30_000)
/** Between two clicks: they come before, during and after each outage, and need not keep a core busy. */
const CLICK_MS = times('AWAY_CLICK_MS', 100, 20)

interface Ground {
  directory: string
  data: string
  server: OwnedServer
  /** The directory of its files. */
  cluster: string
  gate: Gate
  house: Owner
  /** Clicks of agents that were answered: events by command. */
  acknowledged: Map<string, string[]>
  /** How many were refused, by status. */
  refused: Map<number, number>
  /** Those who click, until they are told to stop. */
  clicks: Promise<void>
  stop: AbortController
  outages: Outage[]
}

interface Outage {
  from: number
  to: number
}

const away = suite('the log’s database (promises 1 and 3)')
const disk = smallDisk(160)
let ground: Ground | null = null

/** A house under load on its own server, behind a gate; its log on the small disk, if there is one. */
away.before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-away-'))
  chmodSync(directory, 0o755)
  await begunIn(join(directory, 'server'))
  const server = await startEmbedded({ directory: join(directory, 'server') })
  const cluster = join(directory, 'server', 'postgres')
  const gate = await gateBefore(server.port)
  const data = join(directory, 'house')
  Object.assign(process.env, {
    DATABASE_URL: gate.through(server.url(TABLES_DATABASE)),
    LOG_DATABASE_URL: gate.through(server.url(LOG_DATABASE)),
  })
  if (disk) await moveTo(join(disk, 'space'), server, cluster)
  const house = await startOwner(data)
  const agents = await agentsOf(house)
  const made = { acknowledged: new Map<string, string[]>(), refused: new Map<number, number>() }
  const stop = new AbortController()
  const died = Promise.withResolvers<never>()
  house.child.once(
    'exit',
    (code) => stop.signal.aborted || died.reject(new Error(`the house died with ${code}: ${house.said()}`)),
  )
  const clicks = Promise.race([clicking(house.url, agents, made, stop.signal), died.promise])
  clicks.catch(() => stop.abort())
  ground = { directory, data, server, cluster, gate, house, ...made, clicks, stop, outages: [] }
  await inTraffic(ground, 0)
})

away.after(async () => {
  await endOwners()
  await ground?.gate.close()
  await ground?.server.stop()
  delete process.env['DATABASE_URL']
  delete process.env['LOG_DATABASE_URL']
  if (ground) rmSync(ground.directory, { recursive: true, force: true })
})

/** Takes the database away and brings it back; `during` resolves when enough was seen in between. */
type Fault = (ground: Ground, during: () => Promise<void>) => Promise<void>

/** The fault under load, until there is as much traffic as before. */
async function survives(fault: Fault): Promise<void> {
  const { refused, house, clicks, outages } = ground!
  refused.clear()
  const outage: Outage = { from: Date.now(), to: 0 }
  await fault(ground!, async () => {
    await pause(OUTAGE_MS)
    await until('a click that is refused', () => refused.has(503))
    outage.to = Date.now()
  })
  outages.push(outage)
  await Promise.race([clicks, inTraffic(ground!, outage.to)])
  assert.equal(
    [...refused.keys()].filter((status) => status !== 503),
    [],
    `only 503 was answered; ${house.said()}`,
  )
}

/** Waits for clicks that are answered, and for calls that came after a moment and are talked through. */
async function inTraffic({ house: { url }, acknowledged }: Ground, since: number): Promise<void> {
  const before = acknowledged.size
  await until('clicks that are answered', () => acknowledged.size > before + 5)
  await until(
    'calls that are talked through',
    async () =>
      (await rowsOf(url, 'calls?limit=200')).filter(
        (call) => (call['receivedAt'] as number) > since && call['answeredAt'] !== null && call['endedAt'] !== null,
      ).length > 20,
  )
}

/** Puts the log's database on another disk. */
async function moveTo(space: string, server: OwnedServer, cluster: string): Promise<void> {
  const { uid, gid } = statSync(cluster)
  mkdirSync(space)
  chownSync(space, uid, gid)
  await tell(
    server,
    TABLES_DATABASE,
    `create tablespace small location '${space}'`,
    `alter database ${LOG_DATABASE} set tablespace small`,
  )
}

/** Asks for state changes of agents until it is stopped; repeats those without an answer, as a desk does. */
async function clicking(
  url: string,
  agents: readonly string[],
  { acknowledged, refused }: Pick<Ground, 'acknowledged' | 'refused'>,
  stop: AbortSignal,
): Promise<void> {
  for (let click = 0; !stop.aborted; click++) {
    const commandId = `away-test-${click}`
    const agentCode = agents[click % agents.length]!
    for (let answered = false; !answered && !stop.aborted;) {
      const response = await fetch(`${url}/api/v1/commands/agents/${click % 3 === 0 ? 'away' : 'ready'}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ commandId, agentCode }),
      })
      const body = (await response.json()) as { events?: string[] }
      // A refusal of the agent's state (409) is an answer too.
      answered = response.status < 500
      if (response.ok && body.events && body.events.length > 0) acknowledged.set(commandId, body.events)
      if (!answered) {
        refused.set(response.status, (refused.get(response.status) ?? 0) + 1)
        await pause(50)
      }
    }
    await pause(CLICK_MS)
  }
}

/** What the ledger must hold of an outage. */
function auditOutage(ledger: readonly AnyEvent[], outage: Outage): void {
  const during = (event: AnyEvent) => event.at > outage.from && event.at < outage.to
  // They hung up while nobody could write it down, and it was recorded as it was.
  const late = ledger.filter((event) => event.type === 'LegEnded' && during(event) && event.recordedAt > outage.to)
  assert.ok(
    late.length > 0,
    'talk ran on: ends that happened during the outage were written after it, with their own times',
  )
  assert.ok(
    late.every((event) => event.type === 'LegEnded' && event.data.reason !== 'node_lost'),
    'nobody was cut off',
  )
  // What was on its way when the fault came or went may still have been written.
  const taken = ledger.filter(
    (event) =>
      event.type === 'CallReceived' &&
      during(event) &&
      event.at > outage.from + ON_ITS_WAY_MS &&
      event.recordedAt > event.at + ON_ITS_WAY_MS,
  )
  assert.equal(
    taken.map(({ id, at, recordedAt }) => ({ id, at: at - outage.from, recordedAt: recordedAt - outage.from })),
    [],
    'no call was let in that could not be written down',
  )
}

/** Sends something to the log's database, past the gate. */
async function tell(server: OwnedServer, database: string, ...statements: string[]): Promise<void> {
  const client = connection(server.url(database), { application: 'test' })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

away('refuses connections under load, and comes back', () =>
  survives(async ({ gate }, during) => {
    gate.shut()
    await until('attempts to reach it', () => gate.turnedAway > 20)
    await during()
    gate.open()
  }),
)

away('falls silent under load, and comes back', () =>
  survives(async ({ gate }, during) => {
    gate.stall()
    await during()
    gate.open()
  }),
)

away('is killed under load, and comes back by itself', () =>
  survives(async ({ server, gate, cluster }, during) => {
    gate.shut()
    process.kill(Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
    await until('a server that answers again', () =>
      tell(server, LOG_DATABASE, 'select 1').then(
        () => true,
        () => false,
      ),
    )
    await during()
    gate.open()
  }),
)

if (disk) {
  away('has a disk that is full under load, and gets some room', () =>
    survives(async (_, during) => {
      const ballast = join(disk, 'ballast')
      fillUp(ballast)
      await during()
      rmSync(ballast)
    }),
  )
} else {
  // Mounting one takes the rights of root. What PostgreSQL then answers is the same.
  away('has no room left under load (it reports so itself: 53100), and gets some', () =>
    survives(async ({ server }, during) => {
      await tell(
        server,
        LOG_DATABASE,
        `create function public.no_room() returns trigger language plpgsql as $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`,
        'create trigger no_room before insert on log.events for each statement execute function public.no_room()',
      )
      await during()
      await tell(server, LOG_DATABASE, 'drop trigger no_room on log.events', 'drop function public.no_room()')
    }),
  )
}

away(
  'was away four times: nothing acknowledged is lost, nobody was cut off, and the tables equal the log',
  async () => {
    const { data, house, acknowledged, clicks, stop, outages } = ground!
    assert.is(outages.length, 4)
    stop.abort()
    await clicks
    await gone(house.child, 'SIGTERM')
    const last = await startOwner(data, 'quiet')
    await atRest(last.url)
    await gone(last.child, 'SIGTERM')

    const ledger = await readLedger(data)
    const byCommand = Map.groupBy(
      ledger.filter((event) => event.causation?.startsWith('away-test-')),
      (event) => event.causation!,
    )
    for (const [commandId, types] of acknowledged)
      assert.equal(
        (byCommand.get(commandId) ?? []).map(({ type }) => type),
        types,
        `${commandId} is in the ledger, once`,
      )
    assert.is(new Set(ledger.map(({ id }) => id)).size, ledger.length, 'every event once')
    for (const outage of outages) auditOutage(ledger, outage)
    assert.equal(brokenPromises(ledger), [])
    assert.is(await exitCodeOf(['verify', '--data', data]), 0, 'the tables equal the log')
    assert.is(await exitCodeOf(['verify', '--chain', '--data', data]), 0, 'the log is what was sealed')
  },
)

away.run()
