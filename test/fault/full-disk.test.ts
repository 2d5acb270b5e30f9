/**
 * Disks that fill up under a working house, each separately: that of the journal, of the events, of the tables; and one
 * disk for all of it. The process lives, `/health` says so, people are told what to do, and when there is room again
 * everything resumes by itself, with all that was acknowledged.
 *
 * Time limit: 300 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ChildProcess } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Health } from '@ledgerline/adapters/nodes/health.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { startEmbedded, type OwnedServer } from '@ledgerline/adapters/postgres/embedded.ts'
import { start } from '../cli/run.ts'
import { exitCodeOf, readLedger } from '../support/aftermath.ts'
import { deep } from '../support/depth.ts'
import { until } from '../support/gate.ts'
import { agentsOf, healthOf } from '../support/owners.ts'
import { fillUp, smallDisk } from '../support/small-disk.ts'
import { begunIn } from '../support/tables.ts'

const PAGE = 4096
/** The demo signs in more than these. */
const SOME_AGENTS = 6

/** A house as a process, and someone who clicks. */
class Busy {
  readonly child: ChildProcess
  readonly url: string
  readonly said: () => string
  /** Commands that were answered with what they wrote. */
  readonly acknowledged = new Map<string, string[]>()
  readonly #exited: Promise<number | null>
  #clicks = 0
  #agents: string[] = []

  static async start(data: string, env: NodeJS.ProcessEnv): Promise<Busy> {
    const child = start(['up', '--demo', '--speed', '20', '--port', '0', '--data', data], env)
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    for await (const line of createInterface({ input: child.stdout })) {
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
      if (url) return new Busy(child, url, () => said)
    }
    throw new Error(said)
  }

  constructor(child: ChildProcess, url: string, said: () => string) {
    this.child = child
    this.url = url
    this.said = said
    this.#exited = new Promise((resolve) => child.once('exit', resolve))
  }

  /** Asks for a state of one agent after the other; returns the status of the answer. */
  async click(): Promise<number> {
    if (this.#agents.length === 0) this.#agents = await agentsOf(this, SOME_AGENTS)
    const nth = this.#clicks++
    const commandId = `full-${process.pid}-${nth}`
    const response = await fetch(`${this.url}/api/v1/commands/agents/${nth % 2 === 0 ? 'away' : 'ready'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ commandId, agentCode: this.#agents[nth % this.#agents.length]! }),
    })
    const body = (await response.json()) as { events?: string[] }
    if (response.ok && body.events && body.events.length > 0) this.acknowledged.set(commandId, body.events)
    return response.status
  }

  /** Clicks until one is answered this way. */
  clickUntil(what: string, is: (status: number) => boolean): Promise<void> {
    return until(what, async () => this.#alive() && is(await this.click()))
  }

  /** Clicks until one was acknowledged that wrote something. */
  works(): Promise<void> {
    const before = this.acknowledged.size
    return until(
      'a click that is acknowledged',
      async () => this.#alive() && (await this.click()) > 0 && this.acknowledged.size > before,
    )
  }

  /** Its health, once it is as it should be; meanwhile someone clicks, so that something is written. */
  async healthIs(what: string, is: (health: Health) => boolean): Promise<void> {
    let last: Health | null = null
    try {
      await until(what, async () => {
        this.#alive()
        await this.click()
        last = await healthOf(this)
        return last !== null && is(last)
      })
    } catch (error) {
      throw new Error(`${String(error)}; it says ${JSON.stringify(last)}`)
    }
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM')
    assert.is(await this.#exited, 0, this.said())
  }

  #alive(): true {
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      throw new Error(`the house died (${this.child.exitCode ?? this.child.signalCode}): ${this.said()}`)
    return true
  }
}

const test = suite('a disk that is full (promises 1 and 3)')
const scratch = mkdtempSync(join(tmpdir(), 'ledgerline-full-'))
chmodSync(scratch, 0o755)
let server: OwnedServer | null = null
let house: Busy | null = null
test.after.each(() => void house?.child.kill('SIGTERM'))
test.after(async () => {
  await server?.stop()
  rmSync(scratch, { recursive: true, force: true })
})

async function tell(...statements: string[]): Promise<void> {
  const client = connection(server!.url('postgres'), { application: 'test' })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

async function audit(busy: Busy, data: string, env: NodeJS.ProcessEnv): Promise<void> {
  // However slow the machine was, enough clicks must have been acknowledged that their absence would be seen.
  while (busy.acknowledged.size <= 3) await busy.works()
  await busy.stop()
  const ledger = await readLedger(data, env)
  const written = Map.groupBy(
    ledger.filter((event) => event.causation?.startsWith('full-')),
    (event) => event.causation!,
  )
  for (const [commandId, types] of busy.acknowledged)
    assert.equal(
      (written.get(commandId) ?? []).map(({ type }) => type),
      types,
      `${commandId} is in the ledger, once`,
    )
  assert.is(await exitCodeOf(['verify', '--data', data], { ...process.env, ...env }), 0, 'the tables equal the log')
  assert.is(
    await exitCodeOf(['verify', '--chain', '--data', data], { ...process.env, ...env }),
    0,
    'the log is what was sealed',
  )
}

const disks = [smallDisk(64), smallDisk(64), smallDisk(64), smallDisk(220)] as const
const [journals, events, tables, all] = disks
if (journals && events && tables && all) {
  test('of the journal, of the events, of the tables: one after the other', async () => {
    await begunIn(join(scratch, 'server'))
    server = await startEmbedded({ directory: join(scratch, 'server'), durable: false })
    const { uid, gid } = statSync(join(scratch, 'server', 'postgres'))
    for (const [name, disk] of [
      ['small_log', events],
      ['small_tables', tables],
    ] as const) {
      mkdirSync(join(disk, 'space'))
      chownSync(join(disk, 'space'), uid, gid)
      await tell(
        `create tablespace ${name} location '${join(disk, 'space')}'`,
        `create database ${name} tablespace ${name}`,
      )
    }
    const data = join(journals, 'data')
    const env = { DATABASE_URL: server.url('small_tables'), LOG_DATABASE_URL: server.url('small_log') }
    house = await Busy.start(data, env)
    await house.works()

    // The journal: everything else continues.
    const path = join(data, 'ledgerline.log')
    // The full disk is an entry as well: it gets the last room.
    fillUp(join(journals, 'ballast'))
    truncateSync(join(journals, 'ballast'), statSync(join(journals, 'ballast')).size - 16 * PAGE)
    await house.healthIs('a disk that is full', ({ disk }) => disk?.state === 'full')
    fillUp(join(journals, 'rest'))
    // A file has room up to the end of its last page; after that, entries fail.
    appendFileSync(path, `${' '.repeat(PAGE - 1 - (statSync(path).size % PAGE))}\n`)
    await tell(`select pg_terminate_backend(pid) from pg_stat_activity where datname = 'small_tables'`)
    await house.healthIs(
      'a journal that is lost',
      ({ well, journal, disk }) => well && journal?.state === 'lost' && journal.unwritten > 0 && disk?.state === 'full',
    )
    await house.works()
    assert.match(
      house.said(),
      /The journal .*ledgerline\.log cannot be written: ENOSPC\. Everything else continues\. Free space/,
    )
    assert.match(house.said(), /The disk of the data directory .* is full: \d+ MiB left\. Free some space/)
    for (const name of ['ballast', 'rest']) rmSync(join(journals, name))
    await house.healthIs(
      'a journal that is written again',
      ({ journal, disk }) => journal?.state === 'written' && journal.unwritten === 0 && disk?.state !== 'full',
    )
    assert.match(house.said(), /The journal is being written again/)
    assert.is(statSync(path).mode & 0o777, 0o600)
    for (const line of readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .filter((text) => text.trim() !== ''))
      assert.not.throws(() => JSON.parse(line), line)

    // The events: nothing is acknowledged that is not written.
    fillUp(join(events, 'ballast'))
    await house.clickUntil('a click that is refused', (status) => status === 503)
    await house.healthIs(
      'a log that takes nothing',
      ({ well, log }) => !well && log.refusesMs >= 5_000 && /space/.test(log.reason ?? ''),
    )
    rmSync(join(events, 'ballast'))
    await house.works()
    await house.healthIs('a log that takes what it is given', ({ well, log }) => well && log.refusesMs === 0)

    // The tables: the ledger continues, and they catch up.
    fillUp(join(tables, 'ballast'))
    await house.healthIs('tables that are late', ({ lanes }) => lanes.some(({ lagMs }) => lagMs > 2_000))
    rmSync(join(tables, 'ballast'))
    await house.healthIs(
      'tables that have caught up',
      ({ well, lanes }) => well && lanes.every(({ lagMs }) => lagMs < 2_000),
    )
    await house.works()
    await audit(house, data, env)
  })

  test('of everything: the embedded database stops and comes back', async () => {
    chmodSync(all, 0o755)
    const data = join(all, 'data')
    house = await Busy.start(data, {})
    await house.works()
    fillUp(join(all, 'ballast'))
    await house.healthIs(
      'a house that is not well',
      ({ well, disk, log }) =>
        !well && disk?.state === 'full' && disk.database && Math.max(log.awayMs, log.refusesMs) >= 5_000,
    )
    assert.match(
      house.said(),
      /The disk of the data directory .* is full: \d+ MiB left\. Free some space; nothing acknowledged is lost/,
    )
    rmSync(join(all, 'ballast'))
    await house.healthIs('a house that is well', ({ well, disk }) => well && disk?.state !== 'full')
    await house.works()
    assert.match(house.said(), /has room again/)
    await audit(house, data, {})
  })
} else {
  test.skip('of the journal, of the events, of the tables: one after the other')
  test.skip('of everything: the embedded database stops and comes back')
}

// Where no disk can be mounted, the device that is always full stands for the journal's; elsewhere that is the same kind of fault.
if (!journals || deep)
  test('of the journal, as /dev/full gives it: the house works, and says so', async () => {
    const data = join(scratch, 'dev-full')
    mkdirSync(data)
    chmodSync(data, 0o755)
    symlinkSync('/dev/full', join(data, 'ledgerline.log'))
    house = await Busy.start(data, {})
    await house.works()
    // The database is killed, and comes back by itself: that gives an entry to write.
    process.kill(Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
    await house.healthIs(
      'a journal that is lost',
      ({ journal }) => journal?.state === 'lost' && journal.reason === 'ENOSPC',
    )
    await house.works()
    unlinkSync(join(data, 'ledgerline.log'))
    await house.healthIs(
      'a journal that is written again',
      ({ journal }) => journal?.state === 'written' && journal.unwritten === 0,
    )
    assert.ok(statSync(join(data, 'ledgerline.log')).size > 0)
    await audit(house, data, {})
  })

test.run()
