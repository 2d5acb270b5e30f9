/**
 * Kill -9 of the whole process at random moments under traffic, again and again on the same data. What
 * was acknowledged is in the ledger, once; every call and lease that the dead process left behind is
 * closed by events that say why; and the tables equal the log.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { readConfig } from '@ledgerline/ops/config.ts'
import { openDatabases } from '@ledgerline/ops/data.ts'
import { brokenPromises } from '../support/house.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 30)
const COMMAND = new URL('../../ops/cli/main.ts', import.meta.url).pathname
const OWNER = new URL('./owner.ts', import.meta.url).pathname
const READY_MS = 60_000
const dice = seededDice(7)
/** Processes that this test started and that have not ended. */
const living = new Set<ChildProcess>()

interface Running {
  child: ChildProcess
  url: string
  said: () => string
}

async function start(data: string, ...options: string[]): Promise<Running> {
  const child = spawn(process.execPath, [OWNER, data, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  living.add(child)
  child.once('exit', () => living.delete(child))
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready in time:\n${said}`)), READY_MS)
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (!found) return
      clearTimeout(late)
      resolve(found[0])
    }
    child.stdout!.on('data', hear)
    child.stderr!.on('data', hear)
    child.once('exit', (code) => {
      clearTimeout(late)
      reject(new Error(`it ended with ${code}:\n${said}`))
    })
  })
  return { child, url, said: () => said }
}

async function gone(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exited
}

/** Asks for state changes of agents until the server is gone; what was acknowledged with events. */
async function clicking(url: string, round: number, agents: readonly string[], acknowledged: Map<string, string[]>): Promise<void> {
  for (let click = 0; ; click++) {
    const agentCode = agents[Math.floor(dice() * agents.length)]!
    const what = ['away', 'ready', 'not-ready', 'ready'][Math.floor(dice() * 4)]!
    const commandId = `kill-test-${round}-${click}`
    try {
      const response = await fetch(`${url}/api/v1/commands/agents/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ commandId, agentCode }),
        signal: AbortSignal.timeout(10_000),
      })
      const body = (await response.json()) as { events?: string[] }
      if (response.ok && body.events && body.events.length > 0) acknowledged.set(commandId, body.events)
    } catch {
      return
    }
  }
}

const kill = suite('kill -9')

kill(`${ROUNDS} rounds under traffic: nothing acknowledged is lost, nothing counted twice, nobody stuck`, async () => {
  const data = await mkdtemp(join(tmpdir(), 'ledgerline-kill-'))
  const acknowledged = new Map<string, string[]>()
  let agents: string[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const { child, url } = await start(data)
      if (agents.length === 0) {
        const { rows } = (await (await fetch(`${url}/api/v1/agent_monitor?limit=200`)).json()) as { rows: { agentCode: string }[] }
        agents = rows.map((row) => row.agentCode)
        assert.ok(agents.length > 5, 'the demo has agents')
      }
      const clicks = [clicking(url, round, agents, acknowledged), clicking(url, round + 1000, agents, acknowledged)]
      // Somebody has clicked and was answered; from then on any moment will do.
      const before = acknowledged.size
      for (const until = Date.now() + 20_000; acknowledged.size === before && Date.now() < until; ) await pause(10)
      await pause(dice() * 1_000)
      await gone(child, 'SIGKILL')
      await Promise.all(clicks)
    }
    // A last life without traffic closes what the last death left open.
    const last = await start(data, 'quiet')
    await atRest(last.url)
    await gone(last.child, 'SIGTERM')

    const ledger = await readLedger(data)
    assert.ok(acknowledged.size >= ROUNDS, `${acknowledged.size} commands were acknowledged`)
    const byCommand = Map.groupBy(ledger.filter((event) => event.causation?.startsWith('kill-test-')), (event) => event.causation!)
    for (const [commandId, types] of acknowledged) {
      assert.equal((byCommand.get(commandId) ?? []).map((event) => event.type), types, commandId)
    }
    assert.is(new Set(ledger.map((event) => event.id)).size, ledger.length, 'every event once')
    const ended = ledger.filter((event) => event.type === 'CallEnded').length
    assert.ok(ended > ROUNDS, `there was traffic: ${ended} calls ended`)
    assert.equal(brokenPromises(ledger), [])
    assert.is(await exitCodeOf('verify', '--data', data), 0, 'the tables equal the log')
  } finally {
    for (const child of living) child.kill('SIGKILL')
    await rm(data, { recursive: true, force: true })
  }
})

async function readLedger(data: string): Promise<AnyEvent[]> {
  const databases = await openDatabases(readConfig(process.env, { data }), 'read')
  const log = await openPostgresLog({ url: databases.log })
  const vault = await openVault({ url: databases.log, directory: data })
  try {
    const codec = new Codec(catalogue, vault)
    const events: AnyEvent[] = []
    for await (const page of log.readAll(null)) events.push(...((await codec.decodeAll(page.events)) as unknown as AnyEvent[]))
    return events
  } finally {
    await vault.close()
    await log.close()
    await databases.close()
  }
}

/** Waits until no call is under way and every agent who is there is ready or away. */
async function atRest(url: string): Promise<void> {
  const busy = ['ringing', 'in_call', 'on_hold', 'wrap_up']
  let left: unknown[] = []
  for (const until = Date.now() + 20_000; Date.now() < until; await pause(50)) {
    const calls = await rowsOf(url, 'calls?limit=200')
    const agents = await rowsOf(url, 'agent_monitor?limit=200')
    left = [...calls.filter((call) => call['endedAt'] === null), ...agents.filter((agent) => busy.includes(agent['state'] as string) || agent['reserved'] === true)]
    if (left.length === 0) return
  }
  throw new Error(`stuck: ${JSON.stringify(left)}`)
}

async function rowsOf(url: string, query: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${url}/api/v1/${query}`, { signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(await response.text())
  return ((await response.json()) as { rows: Record<string, unknown>[] }).rows
}

function exitCodeOf(...args: string[]): Promise<number | null> {
  return new Promise((resolve) => {
    spawn(process.execPath, [COMMAND, ...args], { stdio: 'ignore' }).once('exit', resolve)
  })
}

kill.run()
