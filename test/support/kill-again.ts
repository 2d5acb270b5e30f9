/**
 * An installation under traffic whose owner is killed (-9) repeatedly on the same data, alone or together with its log
 * server. A last run without traffic follows, and then an audit: what was acknowledged is in the ledger once; every call
 * and lease of a dead process is closed by events that say why; the tables equal the log.
 */
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { exitCodeOf, readLedger } from './aftermath.ts'
import { times } from './depth.ts'
import { until } from './gate.ts'
import { brokenPromises } from './house.ts'
import { agentsOf, atRest, gone, startNode, works } from './owners.ts'

/** What dies in a round: always the owner, and possibly something else before it. */
export interface Death {
  /** Kills the other process. */
  before?(): void | Promise<void>
  /** The owner survives that: it answers again before it is killed too. */
  survived?: boolean
  /** Restores what the next owner needs. */
  after?(): void | Promise<void>
}

export async function killAgain(
  data: string,
  env: NodeJS.ProcessEnv,
  rounds: number,
  deaths: readonly Death[],
): Promise<void> {
  const dice = seededDice(7)
  const acknowledged = new Map<string, string[]>()
  let agents: string[] = []
  for (let round = 0; round < rounds; round++) {
    const node = await startNode(env, data)
    const { child, url } = node
    const born = Date.now()
    if (agents.length === 0) agents = await agentsOf(node)
    const clicks = [round, round + 1000].map((series) =>
      clicking(url, `kill-test-${series}`, agents, dice, acknowledged),
    )
    // Once a click was answered and someone is talking, any moment will do.
    const atFirst = acknowledged.size
    await until('a click that is answered', () => acknowledged.size > atFirst)
    await works(node, born)
    await pause(dice() * 1_000)
    const death = deaths[round % deaths.length]!
    await death.before?.()
    if (death.survived) {
      const before = acknowledged.size
      await until('answers after somebody else came back', () => acknowledged.size > before)
    }
    await gone(child, 'SIGKILL')
    await Promise.all(clicks)
    await death.after?.()
  }
  // A last run without traffic closes what the last kill left open.
  const last = await startNode(env, data, 'quiet')
  await atRest(last.url)
  await gone(last.child, 'SIGTERM')

  const ledger = await readLedger(data, env)
  assert.ok(acknowledged.size >= rounds, `${acknowledged.size} commands were acknowledged`)
  const byCommand = Map.groupBy(
    ledger.filter((event) => event.causation?.startsWith('kill-test-')),
    (event) => event.causation!,
  )
  for (const [commandId, types] of acknowledged) {
    assert.equal(
      (byCommand.get(commandId) ?? []).map((event) => event.type),
      types,
      commandId,
    )
  }
  assert.is(new Set(ledger.map((event) => event.id)).size, ledger.length, 'every event once')
  const ended = ledger.filter((event) => event.type === 'CallEnded').length
  assert.ok(ended >= rounds, `somebody talked in each run, and every call ended: ${ended} did`)
  assert.equal(brokenPromises(ledger), [])
  assert.is(await exitCodeOf(['verify', '--data', data], env), 0, 'the tables equal the log')
  assert.is(await exitCodeOf(['verify', '--chain', '--data', data], env), 0, 'the log is what was sealed')
}

/** Of two who click, so that many a kill strikes while a click is on its way. */
const CLICK_MS = times('CLICK_MS', 25, 10)

/** Asks for agents' state changes until the server is gone; returns what was acknowledged with events. */
async function clicking(
  url: string,
  series: string,
  agents: readonly string[],
  dice: () => number,
  acknowledged: Map<string, string[]>,
): Promise<void> {
  for (let click = 0; ; click++) {
    const agentCode = agents[Math.floor(dice() * agents.length)]!
    const what = ['away', 'ready', 'not-ready', 'ready'][Math.floor(dice() * 4)]!
    const commandId = `${series}-${click}`
    try {
      const response = await fetch(`${url}/api/v1/commands/agents/${what}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ commandId, agentCode }),
        signal: AbortSignal.timeout(60_000),
      })
      const body = (await response.json()) as { events?: string[] }
      if (response.ok && body.events && body.events.length > 0) acknowledged.set(commandId, body.events)
    } catch {
      return
    }
    // The clicks leave enough time for the calls.
    await pause(CLICK_MS)
  }
}
