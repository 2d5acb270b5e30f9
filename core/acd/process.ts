/**
 * The process that owns a tenant's switchboard: folds the ledger, and from what it knows does what
 * follows. What has to be looked at is the business of `attention.ts`, doing it that of `stepper.ts`
 * and `hands.ts`; `intake.ts` turns the network's reports into events, `reconcile.ts` compares the
 * ledger with what the network really holds. Here: reading, folding, snapshots, beginning and end.
 *
 * Everything it needs is handed in, so that it runs live, in a demo ten times as fast, and in a
 * simulation on a virtual clock, unchanged. Its own appends are folded as soon as the log has taken
 * them; the log gives them back later, and they are then no news.
 */
import type { Clock, Dice, NewId } from '../kernel/clock.ts'
import type { Codec } from '../kernel/codec.ts'
import type { Carried, CommandEnvelope, Commands } from '../kernel/command.ts'
import { tenantOf, type NewEvent, type Origin, type Position } from '../kernel/event.ts'
import type { EventLog, LogPage } from '../kernel/log.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { LegEnd, Telephony } from '../telephony/port.ts'
import { Attention } from './attention.ts'
import { agentKey, callKey, Hands, noop, type ProcessLog, type Target } from './hands.ts'
import { Intake } from './intake.ts'
import { LOST, MEDIA_LOST, reconcile } from './reconcile.ts'
import { Stepper } from './stepper.ts'
import { Switchboard, type SwitchboardFact, type SwitchboardSnapshot } from './switchboard.ts'

export type { ProcessLog }

/** Keeps a process's last snapshot; losing one costs only time. */
export interface SnapshotStore {
  load(name: string): Promise<{ position: Position; state: string } | null>
  save(name: string, position: Position, state: string): Promise<void>
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
  snapshots: SnapshotStore
  notes: ProcessLog
  origin?: Origin
  /** Is told of every event after it was folded, live ones only. */
  onFact?: (fact: SwitchboardFact) => void
}

const CATEGORIES = ['call', 'shift', 'switchboard'] as const
/** How often the ledger is compared with the legs that really exist. */
const RECONCILE_EVERY_MS = 15_000
/** A leg this young may not have reached the network yet: dialling it is tried for so long. */
const YOUNG_LEG_MS = 20_000
const SNAPSHOT_EVERY_EVENTS = 5_000

export class SwitchboardProcess {
  readonly board: Switchboard
  readonly #with: SwitchboardDependencies
  readonly #hands: Hands
  readonly #stepper: Stepper
  readonly #attention: Attention
  readonly #intake: Intake
  #position: Position | null = null
  #sinceSnapshot = 0
  #live = false

  constructor(dependencies: SwitchboardDependencies) {
    this.#with = dependencies
    const { tenant, commands, telephony, clock, dice, newId, notes, origin = 'live' } = dependencies
    const board = new Switchboard(dice)
    this.board = board
    const look = (entity: string): void => this.#attention.look(entity)
    this.#hands = new Hands({ tenant, board, commands, telephony, clock, notes, origin, onCarried: (carried) => this.#foldOwn(carried), onIdle: look })
    this.#stepper = new Stepper({ hands: this.#hands, board, notes, look })
    this.#attention = new Attention({ board, hands: this.#hands, stepper: this.#stepper, clock, newId })
    this.#intake = new Intake({ tenant, hands: this.#hands, board, notes, onMedia: (up) => this.#hands.track(this.#reconcile(up ? 'now and then' : 'media lost')) })
  }

  /** Where it has read the log to. */
  get position(): Position | null {
    return this.#position
  }

  /**
   * Runs until the signal aborts. Resolves after the last step under way has ended and a snapshot was taken.
   * @param onReady called once, when the ledger has been read to its end and reconciled
   */
  async run(signal: AbortSignal, onReady?: () => void): Promise<void> {
    const { log, telephony, clock, snapshots } = this.#with
    const kept = await snapshots.load(this.#name)
    if (kept) {
      this.board.restore(JSON.parse(kept.state) as SwitchboardSnapshot, clock.now())
      this.#position = kept.position
    }
    this.#hands.track(this.#intake.read(telephony.reports(signal)))
    let cancelReconcile = (): void => {}
    const reconcileAgain = (): void => {
      cancelReconcile = clock.at(clock.now() + RECONCILE_EVERY_MS, () => {
        this.#hands.track(this.#reconcile())
        reconcileAgain()
      })
    }
    try {
      for await (const page of log.subscribe(this.#position, { filter: { categories: CATEGORIES }, signal })) {
        await this.#read(page)
        if (page.atHead && !this.#live) {
          await this.#reconcile('after a start')
          this.#live = true
          this.#attention.wake()
          reconcileAgain()
          onReady?.()
        }
        if (this.#live) this.#attention.schedule()
        else this.#attention.pass()
        if (this.#sinceSnapshot >= SNAPSHOT_EVERY_EVENTS && this.#live) await this.#snapshot()
      }
    } finally {
      cancelReconcile()
      this.#attention.rest()
      await this.#hands.stop()
      if (this.#position !== null && this.#live) await this.#snapshot()
    }
  }

  /**
   * Handles a command from outside at once and folds what came of it, in line with what the process itself does.
   * @throws Problem the refusal
   */
  async command(target: Target, envelope: CommandEnvelope): Promise<Carried<NewEvent>> {
    const entity = 'callId' in target ? callKey(target.callId) : agentKey(target.agentId)
    return this.#hands.inLine(entity, () => this.#hands.carryOut(target, envelope))
  }

  // ── facts ──────────────────────────────────────────────────────────────────────────────────────

  /** Folds what is news in a page of the log. */
  async #read(page: LogPage): Promise<void> {
    const { codec, notes, tenant } = this.#with
    const mine = page.events.filter(({ stream, revision }) => {
      if (tenantOf(stream) !== tenant) return false
      if (this.board.isNews(stream, revision)) return true
      this.board.confirm(stream, revision)
      return false
    })
    if (mine.length > 0) {
      const { events, failures } = await codec.decode(mine)
      for (const { problem } of failures) notes.warn('an event cannot be read', { code: problem.code, ...problem.details })
      for (const event of events) {
        // Our own append of a moment ago may have overtaken the decoding.
        if (this.board.isNews(event.stream, event.revision)) this.#fold(event as unknown as SwitchboardFact)
        this.board.confirm(event.stream, event.revision)
      }
    }
    this.#position = page.position
    this.#sinceSnapshot += page.events.length
  }

  #fold(fact: SwitchboardFact): void {
    this.#attention.note(this.board.fold(fact, this.#with.clock.now()))
    if (!this.#live) return
    this.#with.onFact?.(fact)
    if (fact.type === 'AgentLongSignInEnded') this.#letGo((fact.data as { legId: string | null }).legId)
  }

  /** A phone that was kept connected is hung up. Should this be lost, the reconciler finds a leg that nobody has. */
  #letGo(legId: string | null): void {
    if (legId === null) return
    const end: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
    this.#hands.track(this.#hands.order(`${legId}:let_go`, { do: 'hang_up', legId, end }).catch(noop))
  }

  /** Folds an own append at once, if nothing is missing in between; else the log will bring it. */
  #foldOwn(carried: Carried<NewEvent>): void {
    const { events, answer, at, stream } = carried
    const first = answer.revision - events.length + 1
    if (events.length === 0 || !this.board.follows(stream, first)) return
    events.forEach((event, index) => this.#fold({ ...event, at, stream, revision: first + index } as unknown as SwitchboardFact))
    this.#attention.schedule()
  }

  // ── small things ───────────────────────────────────────────────────────────────────────────────

  get #name(): string {
    return `switchboard-${this.#with.tenant}`
  }

  /** When the network cannot say what it holds, the next time will have to do. */
  async #reconcile(why: 'now and then' | 'after a start' | 'media lost' = 'now and then'): Promise<void> {
    const { tenant, telephony, clock, notes } = this.#with
    const before = clock.now() - (why === 'after a start' ? 0 : YOUNG_LEG_MS)
    try {
      await reconcile({ tenant, hands: this.#hands, board: this.board, telephony }, { before, end: why === 'media lost' ? MEDIA_LOST : LOST, patient: why === 'now and then' })
    } catch (error) {
      if (!isProblem(error)) throw error
      notes.warn('the network does not say what it holds', { code: error.code })
    }
    this.#stepper.review()
  }

  async #snapshot(): Promise<void> {
    this.#sinceSnapshot = 0
    try {
      await this.#with.snapshots.save(this.#name, this.#position!, JSON.stringify(this.board.snapshot()))
    } catch (error) {
      this.#with.notes.warn('no snapshot could be kept', { error: error instanceof Problem ? error.code : String(error) })
    }
  }
}
