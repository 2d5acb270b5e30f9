/**
 * Several processes for one switchboard, on a virtual clock: one log, one network that all of them see,
 * and leases. A node can be killed, can read the log late, and can have a clock or a lease that lies.
 */
import { MachineClock } from '@ledgerline/adapters/clock/machine.ts'
import { MemoryLeases } from '@ledgerline/adapters/lease/memory.ts'
import { ReportQueue } from '@ledgerline/adapters/telephony/reports.ts'
import type { Desk } from '@ledgerline/core/desk/desk.ts'
import type { Role, SwitchboardProcess } from '@ledgerline/core/switchboard/process.ts'
import { seededDice, uuid7, type Clock } from '@ledgerline/core/kernel/clock.ts'
import type { Leases } from '@ledgerline/core/kernel/lease.ts'
import type { EventLog, LogPage, ReadOptions } from '@ledgerline/core/kernel/log.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Telephony } from '@ledgerline/core/telephony/port.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { composeSwitchboard } from '@ledgerline/ops/switchboard.ts'
import { tenant, VirtualHouse, type HouseOptions } from './house.ts'

export interface NodeOptions {
  /** By default, the leases shared by all nodes. */
  leases?: Leases
  /** How much later pages of the log arrive, in ms of the virtual clock. */
  lag?: () => number
  /** How far its machine's time of day is ahead of the virtual clock, in ms. */
  wallAhead?: () => number
  /** Called with the event types before each append, which waits for the result, as in a process stopped at that moment. */
  held?: (types: readonly string[]) => Promise<void> | null
}

export interface Node {
  name: string
  process: SwitchboardProcess
  desk: Desk
  /** Its past roles, in order. */
  roles: Role[]
  /** Advances the clock by which it measures its lease, as a process finds it after being stopped. */
  jump(ms: number): void
  /** Sets whether its lease store answers. */
  cutOff(off: boolean): void
  /** Like `kill -9`: nothing it does has any effect from now on. */
  kill(): void
  /** Like `kill`: it finishes what is in progress and releases its lease. */
  stop(): Promise<void>
}

export class Nodes {
  readonly house: VirtualHouse
  readonly nodes: Node[] = []
  /** How far the clock of the leases is ahead of the virtual one. */
  leaseClockAhead = 0
  readonly leases: MemoryLeases
  readonly #seed: number
  readonly #queues: ReportQueue[] = []
  readonly #hearing = new AbortController()

  constructor(options: HouseOptions = {}) {
    this.house = new VirtualHouse(options)
    this.#seed = options.seed ?? 1
    this.leases = new MemoryLeases(() => this.house.clock.now() + this.leaseClockAhead)
    void this.#hear()
  }

  /** Every node hears every report. */
  async #hear(): Promise<void> {
    for await (const report of this.house.telephony.reports(this.#hearing.signal))
      for (const queue of this.#queues) queue.push(report)
  }

  /** Starts a node, which goes on standby, or takes over if no other has the lease. */
  start(options: NodeOptions = {}): Node {
    const { house } = this
    const { clock, codec, telephony: network } = house
    const name = `node-${this.nodes.length + 1}`
    const stop = new AbortController()
    const dice = seededDice(this.#seed * 31 + this.nodes.length)
    const newId = uuid7(dice)
    let dead = false
    let cut = false
    let ahead = 0
    const gate = (): void => {
      if (dead) throw new Problem('log.unavailable', { reason: `${name} is dead` })
    }
    const log = late(house.log, clock, options.lag ?? (() => 0), options.held ?? (() => null), gate)
    const queue = new ReportQueue()
    this.#queues.push(queue)
    const telephony: Telephony = {
      async command(...asked) {
        gate()
        await network.command(...asked)
      },
      reports: (signal) => queue.read(signal),
      legs: () => network.legs(),
      async close() {},
    }
    const leases = options.leases ?? this.leases
    const asked: Leases = {
      acquire: async (lease) => (check(), leases.acquire(lease)),
      renew: async (lease) => (check(), leases.renew(lease)),
      release: async (lease) => (check(), leases.release(lease)),
    }
    const check = (): void => {
      gate()
      if (cut) throw new Problem('log.unavailable', { reason: 'the leases do not answer' })
    }
    const { wallAhead } = options
    const own = wallAhead
      ? new MachineClock({
          wall: () => clock.now() + wallAhead(),
          steady: () => clock.now(),
          after: (ms, wake) => clock.at(clock.now() + ms, wake),
        })
      : clock
    const steady: Clock = { now: () => clock.now() + ahead, at: (at, wake) => clock.at(at - ahead, wake) }
    const roles: Role[] = []
    const { process, desk } = composeSwitchboard({
      tenant,
      log,
      codec,
      answers: memoryAnswers(() => clock.now()),
      telephony,
      clock: own,
      dice,
      newId,
      snapshots: { load: async () => null, save: async () => {} },
      notes: { warn: (message, details) => void house.notes.push(`${name}: ${message} ${JSON.stringify(details)}`) },
      ownership: { leases: asked, steady, node: name, address: null },
      onRole: (role) => void roles.push(role),
    })
    const done = process.run(stop.signal)
    const node: Node = {
      name,
      process,
      desk,
      roles,
      jump: (ms) => void (ahead += ms),
      cutOff: (off) => void (cut = off),
      kill() {
        dead = true
        stop.abort()
      },
      async stop() {
        stop.abort()
        await house.until(done)
      },
    }
    this.nodes.push(node)
    return node
  }

  /** The node that owns the switchboard. */
  owner(): Node {
    const owners = this.nodes.filter(({ process }) => process.role === 'owner')
    if (owners.length !== 1) throw new Error(`${owners.length} owners`)
    return owners[0]!
  }

  /** Routes people's actions through a node and points the audit at its state. */
  use(node: Node): VirtualHouse {
    this.house.process = node.process
    this.house.desk = node.desk
    return this.house
  }

  async close(): Promise<void> {
    for (const { kill } of this.nodes) kill()
    this.#hearing.abort()
    await this.house.pass(10_000)
    await this.house.close()
  }
}

/** A log whose pages arrive late and that a dead node can no longer reach. */
function late(
  log: EventLog,
  clock: Clock,
  lag: () => number,
  held: NonNullable<NodeOptions['held']>,
  gate: () => void,
): EventLog {
  return {
    async append(stream, expected, events) {
      gate()
      await held(events.map(({ type }) => type))
      return log.append(stream, expected, events)
    },
    appendMany: async (...asked) => (gate(), log.appendMany(...asked)),
    readStream: (...asked) => log.readStream(...asked),
    readAll: (...asked) => log.readAll(...asked),
    head: () => log.head(),
    identity: () => log.identity(),
    awayMs: () => log.awayMs(),
    close: async () => {},
    async *subscribe(after: Position | null, options?: ReadOptions): AsyncIterable<LogPage> {
      for await (const page of log.subscribe(after, options)) {
        const ms = lag()
        if (ms > 0) await new Promise<void>((resolve) => clock.at(clock.now() + ms, resolve))
        yield page
      }
    },
  }
}
