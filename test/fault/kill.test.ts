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
const READY_MS = 60_000
const dice = seededDice(7)

interface Running {
  child: ChildProcess
  url: string
  said: () => string
}

async function start(data: string, ...options: string[]): Promise<Running> {
  const child = spawn(process.execPath, [COMMAND, 'up', '--data', data, '--port', '0', ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
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
    const agent = agents[Math.floor(dice() * agents.length)]!
    const what = ['away', 'ready', 'not-ready', 'ready'][Math.floor(dice() * 4)]!
    const commandId = `kill-test-${round}-${click}`
    try {
      const response = await fetch(`${url}/api/v1/commands/agents/${agent}/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ commandId }),
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
      const { child, url } = await start(data, '--demo', '--speed', '60')
      if (agents.length === 0) {
        const { rows } = (await (await fetch(`${url}/api/v1/agent_monitor?limit=200`)).json()) as { rows: { agentId: string }[] }
        agents = rows.map((row) => row.agentId)
        assert.ok(agents.length > 5, 'the demo has agents')
      }
      const clicks = [clicking(url, round, agents, acknowledged), clicking(url, round + 1000, agents, acknowledged)]
      await pause(100 + dice() * 1_200)
      await gone(child, 'SIGKILL')
      await Promise.all(clicks)
    }
    // A last life, ended politely, closes what the last death left open.
    const last = await start(data, '--demo', '--speed', '60')
    await pause(500)
    await gone(last.child, 'SIGTERM')

    const ledger = await readLedger(data)
    assert.ok(acknowledged.size > ROUNDS, `${acknowledged.size} commands were acknowledged`)
    const byCommand = Map.groupBy(ledger.filter((event) => event.causation?.startsWith('kill-test-')), (event) => event.causation!)
    for (const [commandId, types] of acknowledged) {
      assert.equal((byCommand.get(commandId) ?? []).map((event) => event.type), types, commandId)
    }
    assert.is(new Set(ledger.map((event) => event.id)).size, ledger.length, 'every event once')
    assert.ok(ledger.filter((event) => event.type === 'CallEnded').length > ROUNDS, 'there was traffic')
    assert.equal(stuck(ledger), [])
    assert.is(await exitCodeOf('verify', '--data', data), 0, 'the tables equal the log')
  } finally {
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

/** Broken promises of calls that are older than the last life: the last one was ended in the middle of its traffic. */
function stuck(ledger: readonly AnyEvent[]): string[] {
  const lastLife = ledger.findLast((event) => event.type === 'CallEnded' && event.data.reason === 'node_lost')
  const young = new Set(ledger.filter((event) => 'callId' in event.data && lastLife && event.position > lastLife.position && event.type === 'CallReceived').map((event) => (event.data as { callId: string }).callId))
  return brokenPromises(ledger.filter((event) => !('callId' in event.data && young.has(event.data.callId as string))))
}

function exitCodeOf(...args: string[]): Promise<number | null> {
  return new Promise((resolve) => {
    spawn(process.execPath, [COMMAND, ...args], { stdio: 'ignore' }).once('exit', resolve)
  })
}

kill.run()
