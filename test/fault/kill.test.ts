/**
 * Kill -9 of the whole process, of its database, or of both at random moments under traffic, again and
 * again on the same data. What was acknowledged is in the ledger, once; every call and lease that the dead
 * process left behind is closed by events that say why; a database that died alone comes back by itself;
 * and the tables equal the log.
 *
 * Time limit: 600 s.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { exitCodeOf, readLedger } from '../support/aftermath.ts'
import { until } from '../support/gate.ts'
import { brokenPromises } from '../support/house.ts'
import { atRest, endOwners, gone, startOwner } from '../support/owners.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 30)
const dice = seededDice(7)

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

/** Who dies first in a round. */
const victims = ['owner', 'database', 'owner', 'both'] as const

function killDatabase(data: string): void {
  process.kill(Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
}

const kill = suite('kill -9')

kill(`${ROUNDS} rounds under traffic: nothing acknowledged is lost, nothing counted twice, nobody stuck`, async () => {
  const data = await mkdtemp(join(tmpdir(), 'ledgerline-kill-'))
  const acknowledged = new Map<string, string[]>()
  let agents: string[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const { child, url } = await startOwner(data)
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
      const victim = victims[round % victims.length]!
      if (victim !== 'owner') killDatabase(data)
      if (victim === 'database') {
        const before = acknowledged.size
        await until('answers of a database that came back', () => acknowledged.size > before)
      }
      await gone(child, 'SIGKILL')
      await Promise.all(clicks)
    }
    // A last life without traffic closes what the last death left open.
    const last = await startOwner(data, 'quiet')
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
    assert.is(await exitCodeOf(['verify', '--data', data]), 0, 'the tables equal the log')
    assert.is(await exitCodeOf(['verify', '--chain', '--data', data]), 0, 'the log is what was sealed')
  } finally {
    endOwners()
    await rm(data, { recursive: true, force: true })
  }
})

kill.run()
