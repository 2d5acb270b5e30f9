/** Owners of a data directory as separate processes (`test/fault/owner.ts`): started, killed, observed from outside. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Health, NodeRole } from '@ledgerline/adapters/nodes/health.ts'
import { Patience } from './patience.ts'

const OWNER = fileURLToPath(new URL('../fault/owner.ts', import.meta.url))
const READY_MS = 60_000
/** Longer than any single answer takes, however busy the machine. */
const ANSWER_MS = 60_000
/** An owner that is asked to end needs at most this long, its database included. */
const ENDED_MS = 30_000
/** The agents of the demo that `test/fault/owner.ts` runs. */
export const OWNED_AGENTS = 20
/** Processes that this test started and that are still running. */
const living = new Set<ChildProcess>()

export interface Owner {
  child: ChildProcess
  url: string
  said: () => string
}

/** Starts an owner: `quiet` or `busy`, on the given port. Resolves when it answers. */
export function startOwner(data: string, ...options: string[]): Promise<Owner> {
  return startNode(process.env, data, ...options)
}

/** The same with an environment, as one of several processes on the databases it names. */
export async function startNode(env: NodeJS.ProcessEnv, data: string, ...options: string[]): Promise<Owner> {
  const child = spawn(process.execPath, [...process.execArgv, OWNER, data, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  })
  living.add(child)
  child.once('exit', () => living.delete(child))
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const patience = new Patience(READY_MS)
    const late = setInterval(() => {
      if (!patience.over) return
      clearInterval(late)
      reject(new Error(`not ready in time:\n${said}`))
    }, 1_000)
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (!found) return
      clearInterval(late)
      resolve(found[0])
    }
    child.stdout!.on('data', hear)
    child.stderr!.on('data', hear)
    child.once('exit', (code) => {
      clearInterval(late)
      reject(new Error(`it ended with ${code}:\n${said}`))
    })
  })
  return { child, url, said: () => said }
}

/** A process that has one role only. */
export function startRole(role: NodeRole, env: NodeJS.ProcessEnv, data: string, ...options: string[]): Promise<Owner> {
  return startNode({ ...env, LEDGERLINE_ROLES: role }, data, ...options)
}

/** The health that a process reports; null if it does not answer. */
export async function healthOf({ url }: Pick<Owner, 'url'>): Promise<Health | null> {
  try {
    return (await (await fetch(`${url}/health`, { signal: AbortSignal.timeout(ANSWER_MS) })).json()) as Health
  } catch {
    return null
  }
}

/** Ends an owner and waits until it is gone. */
export async function gone(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exited
}

/** Ends what a failed test left running: asked first, so that an owner stops its database server too, then killed. */
export async function endOwners(): Promise<void> {
  for (const child of living) child.kill('SIGTERM')
  for (const patience = new Patience(ENDED_MS); living.size > 0 && !patience.over;) await patience.rest()
  for (const child of living) child.kill('SIGKILL')
}

/** Waits until no call is in progress and every signed-in agent is ready or away. */
export async function atRest(url: string): Promise<void> {
  const busy = ['ringing', 'in_call', 'on_hold', 'wrap_up']
  let left: unknown[] = []
  for (const patience = new Patience(20_000); !patience.over; await patience.rest()) {
    const calls = await rowsOf(url, 'calls?limit=200')
    const agents = await rowsOf(url, 'agent_monitor?limit=200')
    left = [
      ...calls.filter((call) => call['endedAt'] === null),
      ...agents.filter((agent) => busy.includes(agent['state'] as string) || agent['reserved'] === true),
    ]
    if (left.length === 0) return
  }
  throw new Error(`stuck: ${JSON.stringify(left)}`)
}

/** The role that a process reports for the switchboard. */
export async function switchboardOf(url: string): Promise<{ role: string; epoch: number; owner: string | null }> {
  const response = await fetch(`${url}/api/v1/status`, { signal: AbortSignal.timeout(ANSWER_MS) })
  const { switchboards } = (await response.json()) as {
    switchboards: { role: string; epoch: number; owner: string | null }[]
  }
  return switchboards[0] ?? { role: 'starting', epoch: 0, owner: null }
}

/** Waits until a process owns the switchboard; returns the epoch. */
export async function owns(node: Owner): Promise<number> {
  for (const patience = new Patience(READY_MS); !patience.over; await patience.rest()) {
    const switchboard = (await healthOf(node))?.switchboard
    if (switchboard?.role === 'owner') return switchboard.epoch
  }
  throw new Error(`it does not take over:\n${node.said()}`)
}

/**
 * Waits until someone has talked in a call that came after a given moment: the tables may still show calls of a dead owner.
 */
export async function works(node: Owner, since: number): Promise<void> {
  for (const patience = new Patience(READY_MS); !patience.over; await patience.rest()) {
    if (
      (await rowsOf(node.url, 'calls?limit=200')).some(
        (call) => (call['receivedAt'] as number) > since && call['answeredAt'] !== null,
      )
    )
      return
  }
  throw new Error('nobody is in a call')
}

/** The agents of a house that has just started, once the table holds all that its demo signs in. */
export async function agentsOf({ url }: Pick<Owner, 'url'>, count = OWNED_AGENTS): Promise<string[]> {
  let agents: string[] = []
  for (const patience = new Patience(READY_MS); agents.length < count; await patience.rest()) {
    if (patience.over) throw new Error(`of ${count} agents the table holds ${agents.length}`)
    agents = (await rowsOf(url, 'agent_monitor?limit=200')).map((row) => row['agentCode'] as string)
  }
  return agents
}

/**
 * Rows of a query. On a busy machine the server sometimes has no time for it and says that this is temporary; then the
 * query is repeated.
 */
export async function rowsOf(url: string, query: string): Promise<Record<string, unknown>[]> {
  for (const patience = new Patience(READY_MS); ; await patience.rest()) {
    const response = await fetch(`${url}/api/v1/${query}`, { signal: AbortSignal.timeout(ANSWER_MS) })
    if (response.ok) return ((await response.json()) as { rows: Record<string, unknown>[] }).rows
    const problem = await response.text()
    if (response.status !== 503 || patience.over) throw new Error(problem)
  }
}
