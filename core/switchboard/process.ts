/**
 * The process that owns a tenant's switchboard: it folds the ledger and does what follows from its state. `work-list.ts`
 * decides what has to be looked at, `stepper.ts` and `executor.ts` carry it out; `intake.ts` turns the network's reports
 * into events, `reconcile.ts` compares the ledger with what the network really holds. This file reads, folds, keeps
 * snapshots, and knows who may act.
 *
 * Where several processes may own the switchboard, one does and the others stand by: they fold the same events and do
 * nothing. A process that wins the lease (`kernel/lease.ts`) writes to the ledger that it takes over, and begins to act when
 * it reads that event back, because by then it has folded everything written before. A process that loses the lease stops
 * acting at that moment and stands by. A process that only serves people (HTTP, screens) folds the same events and never asks
 * for the lease.
 *
 * Everything it needs is handed in, so it runs unchanged live, in a demo ten times as fast, and in a simulation on a virtual
 * clock. Its own appends are folded as soon as the log has taken them; when the log gives them back later, they are skipped.
 */
import { asOfNow, isAhead } from '../kernel/ahead.ts'
import type { Clock, Dice, NewId } from '../kernel/clock.ts'
import type { Codec, Decoded } from '../kernel/codec.ts'
import { unreadOf } from '../kernel/stored-event.ts'
import type { Carried, CommandEnvelope, Commands } from '../kernel/command.ts'
import { tenantOf, type NewEvent, type Origin, type Position } from '../kernel/event.ts'
import { Tenure, type Leases } from '../kernel/lease.ts'
import type { EventLog, LogPage } from '../kernel/log.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { Unread } from '../kernel/unread.ts'
import type { LegEnd, Telephony } from '../telephony/port.ts'
import { Bookmarks, type Beginning } from './bookmarks.ts'
import { WorkList } from './work-list.ts'
import { Executor, noop, RETRY_MS, type ProcessLog } from './executor.ts'
import { agentEntity, callEntity, type Entity } from './entity.ts'
import type { FeatureAnswer, FeatureAsked } from '../desk/phone-desk.ts'
import { Intake } from './intake.ts'
import { OWNER_ID, ownerDecider } from '../configuration/ownership.ts'
import { LOST, MEDIA_LOST, reconcile } from './reconcile.ts'
import type { Target } from './report-commands.ts'
import { Stepper } from './stepper.ts'
import type { SwitchboardFact } from '../state/switchboard-fact.ts'
import { SwitchboardState, type SwitchboardSnapshot } from '../state/switchboard-state.ts'

export type { ProcessLog }

/** Keeps a process's last snapshot; losing one costs only time. */
export interface SnapshotStore {
  load(name: string): Promise<{ position: Position; state: string } | null>
  save(name: string, position: Position, state: string): Promise<void>
}

/** A process's part. `starting`: it has not read the ledger to its end yet, or does not know yet who owns the switchboard. */
export type Role = 'starting' | 'standby' | 'owner'

export interface OwnershipDependencies {
  /** Null: there can be no other process, but the ledger records who this one is. */
  leases: Leases | null
  /** A clock that nobody sets and that goes on while this process is stopped. */
  steady: Clock
  /** Names this process, and this run of it, for auditors. */
  node: string
  /** Where other processes reach this one; null: they do not. */
  address: string | null
}

export interface SwitchboardDependencies {
  tenant: string
  log: EventLog
  codec: Codec
  commands: Commands
  telephony: Telephony
  clock: Clock
  dice: Dice
  newId: NewId
  /** Null: none are kept, nor bookmarks (`bookmarks.ts`), as in a simulation that nobody takes over. */
  snapshots: SnapshotStore | null
  notes: ProcessLog
  /** How often the ledger is compared with the legs that really exist, ms; by default every 15 s. */
  reconcileEveryMs?: number
  /** How often the switchboard's lists are checked against its state, ms; by default every second. */
  watchEveryMs?: number
  origin?: Origin
  /** Who this process is, and how it comes to own the switchboard. Absent: it owns it without saying so. `never`: it only folds. */
  ownership?: OwnershipDependencies | 'never'
  /** Called for every event after it was folded; live events only. */
  onFact?: (fact: SwitchboardFact) => void
  /** Carries out functions that are keyed in on phones (catalogue C21). Absent: nobody does. */
  features?: (asked: FeatureAsked) => Promise<FeatureAnswer>
  onRole?: (role: Role) => void
  /** Called for every event that cannot be read: its stream was set aside. */
  onAside?: (unread: Unread & { position: Position }) => void
}

const CATEGORIES = ['call', 'shift', 'switchboard', 'network'] as const
const RECONCILE_EVERY_MS = 15_000
/** A leg younger than this may not have reached the network yet: dialling is retried this long. */
const YOUNG_LEG_MS = 20_000
const SNAPSHOT_EVERY_EVENTS = 5_000
/** What other processes write is read at most this often: its own events it has folded by then. */
const READ_EVERY_MS = 50

export class SwitchboardProcess {
  readonly switchboard: SwitchboardState
  readonly #dependencies: SwitchboardDependencies
  readonly #executor: Executor
  readonly #stepper: Stepper
  readonly #workList: WorkList
  readonly #intake: Intake
  readonly #tenure: Tenure | null
  readonly #bookmarks: Bookmarks
  #role: Role = 'starting'
  /** May it act, as far as it knows? It owns the switchboard, or is about to. */
  #acting = false
  /** The epoch of our last take-over. */
  #epoch = 0
  /** The epoch of the take-over that we are writing, or last wrote. */
  #claimed = 0
  #caughtUp = false
  /** The epoch of a take-over of ours that came back from the ledger. */
  #due: number | null = null
  #cancelReconcile = noop
  #position: Position | null = null
  #sinceSnapshot = 0

  constructor(dependencies: SwitchboardDependencies) {
    this.#dependencies = dependencies
    const { tenant, commands, telephony, clock, dice, newId, notes, origin = 'live', watchEveryMs } = dependencies
    const ownership = this.#ownership
    const switchboard = new SwitchboardState(dice)
    this.switchboard = switchboard
    const look = (entity: Entity): void => this.#workList.look(entity)
    this.#executor = new Executor({
      tenant,
      switchboard,
      commands,
      telephony,
      clock,
      notes,
      origin,
      mayAct: () => this.#mayAct(),
      onCarried: (carried) => this.#foldOwn(carried),
      onIdle: look,
    })
    this.#stepper = new Stepper({ executor: this.#executor, switchboard, notes, look })
    this.#workList = new WorkList({
      switchboard,
      executor: this.#executor,
      stepper: this.#stepper,
      notes,
      clock,
      newId,
      epoch: () => this.#epoch,
      ...(watchEveryMs !== undefined && { watchEveryMs }),
    })
    this.#bookmarks = new Bookmarks(
      { tenant, log: dependencies.log, codec: dependencies.codec, commands, notes },
      clock.now(),
    )
    const ownedElsewhere = (): boolean => switchboard.owner.state.node !== ownership?.node
    this.#intake = new Intake({
      tenant,
      executor: this.#executor,
      switchboard,
      notes,
      ownedElsewhere,
      features: dependencies.features ?? null,
      onPlaced: (callId, legId, to) => this.#stepper.placed(callId, legId, to),
      onMedia: (up) => this.#executor.track(this.#reconcile(up ? 'now and then' : 'media lost')),
    })
    this.#tenure = ownership?.leases
      ? new Tenure({
          leases: ownership.leases,
          steady: ownership.steady,
          name: this.#name,
          holder: ownership.node,
          above: () => switchboard.owner.state.epoch,
          won: (epoch) => this.#executor.track(this.#claim(epoch, ownership)),
          held: () => this.#become('standby'),
          lost: () => this.#standBy(),
          trouble: (reason) => notes.warn('the lease of the switchboard could not be asked for', { reason }),
        })
      : null
  }

  /** How far it has read the log. */
  get position(): Position | null {
    return this.#position
  }

  get role(): Role {
    return this.#role
  }

  /** The owner's epoch, as far as the ledger has been read. 0: it names no owner. */
  get epoch(): number {
    return this.switchboard.owner.state.epoch
  }

  /**
   * Runs until the signal aborts. Resolves after the last step under way has ended and a snapshot was taken.
   * @param onReady called each time it begins to act: the ledger has been read to its end and reconciled
   */
  async run(signal: AbortSignal, onReady?: () => void): Promise<void> {
    const { log, clock, snapshots, notes } = this.#dependencies
    const kept = await snapshots?.load(this.#name)
    if (kept) {
      const snapshot = JSON.parse(kept.state) as SwitchboardSnapshot
      let latest = 0
      for (const [, { lastAt }] of [...snapshot.calls, ...snapshot.shifts]) latest = Math.max(latest, lastAt)
      clock.skipTo?.(latest)
      // Its deadlines come from a clock that was wrong. The ledger shows this, so state is read from there instead.
      if (isAhead(latest, clock.now()))
        notes.warn('the snapshot of the switchboard was taken by a clock far ahead, and is not used', {
          latest: new Date(latest).toISOString(),
        })
      else {
        this.switchboard.restore(snapshot, clock.now())
        this.#position = kept.position
      }
    }
    if (this.#position === null && snapshots) await this.#openAt(await this.#bookmarks.beginning())
    const leaving = new AbortController()
    let tenure = Promise.resolve()
    let reading = false
    try {
      const wanted = { filter: { categories: CATEGORIES }, signal, paceMs: READ_EVERY_MS }
      for await (const page of log.subscribe(this.#position, wanted)) {
        await this.#read(page)
        if (page.atHead && !this.#caughtUp) {
          this.#caughtUp = true
          const ownership = this.#ownership
          if (this.#dependencies.ownership === 'never') this.#become('standby')
          else if (this.#tenure) tenure = this.#tenure.run(leaving.signal)
          else if (ownership) this.#executor.track(this.#claim(this.switchboard.owner.state.epoch + 1, ownership))
          else this.#due = 0
        }
        if (this.#due !== null) {
          this.#epoch = this.#due
          this.#due = null
          this.#acting = true
          if (!reading) this.#executor.track(this.#intake.read(this.#dependencies.telephony.reports(signal)))
          reading = true
          await this.#begin()
          if (this.#role === 'owner') onReady?.()
        }
        if (this.#role === 'owner') this.#workList.schedule()
        else this.#workList.pass()
        if (this.#sinceSnapshot >= SNAPSHOT_EVERY_EVENTS && this.#role === 'owner') await this.#snapshot()
        this.#bookmark()
      }
    } finally {
      this.#cancelReconcile()
      this.#workList.rest()
      await this.#executor.stop()
      leaving.abort()
      await tenure
      if (this.#position !== null && this.#role === 'owner') await this.#snapshot()
    }
  }

  /**
   * Handles a person's command at once and folds the result, in line with what the process itself does.
   * @throws Problem the refusal
   */
  async command(target: Target, envelope: CommandEnvelope): Promise<Carried<NewEvent>> {
    const entity = 'callId' in target ? callEntity(target.callId) : agentEntity(target.agentId)
    return this.#executor.inLine(entity, () => this.#executor.record(target, envelope))
  }

  /** Something that people did was written in this process, beside it: it need not wait for the log to learn of it. */
  noticed(carried: Carried<NewEvent>): void {
    this.#foldOwn(carried)
  }

  // ── ownership ──────────────────────────────────────────────────────────────────────────────────

  #mayAct(): boolean {
    return this.#acting && (this.#tenure?.holds() ?? true)
  }

  #become(role: Role): void {
    if (this.#role === role) return
    this.#role = role
    this.#dependencies.onRole?.(role)
  }

  /** The switchboard is ours: the ledger records it. */
  async #claim(epoch: number, { node, address }: OwnershipDependencies): Promise<void> {
    const { commands, notes } = this.#dependencies
    this.#claimed = epoch
    while (!this.#executor.stopped && (!this.#tenure || this.#tenure.epoch === epoch)) {
      try {
        await commands.carryOut(
          ownerDecider,
          OWNER_ID,
          { do: 'take_over', epoch, node, address },
          this.#executor.envelope(`${node}:${epoch}`, null),
        )
        return
      } catch (error) {
        if (!isProblem(error)) throw error
        if (error.code === 'switchboard.superseded') return this.#tenure?.yield()
        notes.warn('a take-over could not be written yet', { code: error.code })
        await this.#executor.pause(RETRY_MS)
      }
    }
  }

  /** The ledger says who owns the switchboard from now on. */
  #takenOver({ epoch, node }: { epoch: number; node: string }): void {
    const ownership = this.#ownership
    if (!ownership) return
    const ours = this.#tenure ? this.#tenure.epoch : this.#claimed
    if (epoch === ours && node === ownership.node) this.#due = epoch
    else if (epoch > (ours ?? 0)) {
      // Whatever the lease says, ours has ended.
      this.#tenure?.yield()
      this.#standBy()
    }
  }

  /** Everything written has been folded: it acts from now on. */
  async #begin(): Promise<void> {
    await this.#reconcile('after a start')
    if (!this.#acting) return
    this.#become('owner')
    this.#workList.wake()
    this.#reconcileAgain()
  }

  /** It stops acting. Whatever is in progress is abandoned; reports already received are still recorded. */
  #standBy(): void {
    this.#due = null
    if (!this.#acting) return
    this.#acting = false
    this.#cancelReconcile()
    this.#workList.rest()
    this.#stepper.forgetAll()
    this.#become('standby')
  }

  // ── facts ──────────────────────────────────────────────────────────────────────────────────────

  /** Folds what is new in a page of the log. */
  async #read(page: LogPage): Promise<void> {
    const { codec, tenant } = this.#dependencies
    const mine = page.events.filter(({ stream, revision, type }) => {
      if (tenantOf(stream) !== tenant) return false
      if (this.switchboard.isNews(stream, revision)) return true
      // Of a shift that has a successor, only that it is closed matters.
      if (type === 'ShiftSetAside') this.switchboard.closeAside(stream)
      this.switchboard.confirm(stream, revision)
      return false
    })
    if (mine.length > 0) {
      const { events, failures } = await codec.decode(mine)
      const failed = new Map(failures.map((failure) => [failure.stored, failure]))
      let read = 0
      for (const stored of mine) {
        const { stream, revision } = stored
        const failure = failed.get(stored)
        const event = failure ? null : events[read++]!
        // One of our own appends may have been folded while this was decoded.
        if (this.switchboard.isNews(stream, revision)) {
          if (event) this.#fold(event as unknown as SwitchboardFact)
          else this.#setAside(failure!)
        }
        this.switchboard.confirm(stream, revision)
      }
    }
    this.#position = page.position
    this.#sinceSnapshot += page.events.length
  }

  /** What was open at a bookmark, as of which everything is read. */
  async #openAt({ events, after }: Beginning): Promise<void> {
    if (after !== null) await this.#read({ events, position: after, atHead: false })
  }

  #bookmark(): void {
    const { snapshots, clock } = this.#dependencies
    const now = clock.now()
    if (snapshots === null || !this.#mayAct() || this.#role !== 'owner' || !this.#bookmarks.isDue(now)) return
    this.#executor.track(
      this.#bookmarks.leave(this.switchboard, now, this.#executor.envelope(`bookmark:${this.#epoch}:${now}`, null)),
    )
  }

  /** An event cannot be read: its stream is set aside, with a warning, and the people it concerns can carry on. */
  #setAside(failure: Decoded['failures'][number]): void {
    const { notes, clock, onAside } = this.#dependencies
    const { problem, stored } = failure
    const unread = unreadOf(failure)
    if (!unread) return notes.warn('an event cannot be read', { code: problem.code, ...problem.details })
    const { stream, revision, why } = unread
    notes.warn('a stream is set aside: one of its events cannot be read', {
      code: problem.code,
      ...problem.details,
      stream,
      revision,
      why,
    })
    clock.skipTo?.(unread.at)
    const now = clock.now()
    this.#workList.note(
      this.switchboard.setAside(isAhead(unread.at, now) ? { ...unread, at: now } : unread, now, unread.at),
    )
    onAside?.({ ...unread, position: stored.position })
  }

  #fold(fact: SwitchboardFact): void {
    const { clock } = this.#dependencies
    clock.skipTo?.(fact.at)
    const now = clock.now()
    this.#workList.note(this.switchboard.fold(asOfNow(fact, now), now, fact.at))
    if (fact.type === 'SwitchboardTakenOver') this.#takenOver(fact.data as { epoch: number; node: string })
    if (!this.#caughtUp) return
    this.#dependencies.onFact?.(fact)
    if (this.#acting && fact.type === 'AgentLongSignInEnded') this.#letGo((fact.data as { legId: string | null }).legId)
  }

  /** Hangs up a phone that was kept connected. Should this fail, the reconciler finds a leg that belongs to nobody. */
  #letGo(legId: string | null): void {
    if (legId === null) return
    const end: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
    this.#executor.track(this.#executor.order(`${legId}:let_go`, { do: 'hang_up', legId, end }).catch(noop))
  }

  /** Folds one of our own appends at once if nothing is missing in between; otherwise the log will bring it. */
  #foldOwn(carried: Carried<NewEvent>): void {
    const { events, answer, at, stream } = carried
    const first = answer.revision - events.length + 1
    if (events.length === 0 || !this.switchboard.follows(stream, first)) return
    events.forEach((event, index) =>
      this.#fold({ ...event, at, stream, revision: first + index } as unknown as SwitchboardFact),
    )
    this.#workList.schedule()
  }

  // ── helpers ───────────────────────────────────────────────────────────────────────────────

  get #ownership(): OwnershipDependencies | null {
    const { ownership } = this.#dependencies
    return ownership === 'never' ? null : (ownership ?? null)
  }

  get #name(): string {
    return `switchboard-${this.#dependencies.tenant}`
  }

  /** When the network cannot say what it holds, the next round will have to do. */
  async #reconcile(why: 'now and then' | 'after a start' | 'media lost' = 'now and then'): Promise<void> {
    if (!this.#acting) return
    const { tenant, telephony, clock, notes } = this.#dependencies
    const before = clock.now() - (why === 'after a start' ? 0 : YOUNG_LEG_MS)
    try {
      await reconcile(
        { tenant, executor: this.#executor, switchboard: this.switchboard, telephony },
        { before, end: why === 'media lost' ? MEDIA_LOST : LOST, patient: why === 'now and then' },
      )
    } catch (error) {
      if (!isProblem(error)) throw error
      notes.warn('the network does not say what it holds', { code: error.code })
    }
    this.#stepper.review()
  }

  #reconcileAgain(): void {
    const { clock, reconcileEveryMs = RECONCILE_EVERY_MS } = this.#dependencies
    this.#cancelReconcile = clock.at(clock.now() + reconcileEveryMs, () => {
      this.#executor.track(this.#reconcile())
      this.#reconcileAgain()
    })
  }

  async #snapshot(): Promise<void> {
    this.#sinceSnapshot = 0
    const { snapshots } = this.#dependencies
    if (!snapshots) return
    try {
      await snapshots.save(this.#name, this.#position!, JSON.stringify(this.switchboard.snapshot()))
    } catch (error) {
      this.#dependencies.notes.warn('no snapshot could be kept', {
        error: error instanceof Problem ? error.code : String(error),
      })
    }
  }
}
