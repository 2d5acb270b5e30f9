/**
 * One browser that listens: server-sent events over one response. It receives only its topics, masked for its viewer.
 *
 * Nothing is queued for a browser that reads slowly: while the socket is full nothing is written, and once it has
 * drained the browser gets the frames it missed or, if a snapshot is shorter or those frames are gone, the boards anew.
 * The memory for one listener is therefore bounded by one snapshot.
 */
import type { Response } from 'express'
import {
  BehaviorSubject,
  distinctUntilChanged,
  EMPTY,
  from,
  fromEvent,
  merge,
  startWith,
  Subject,
  switchMap,
  take,
  takeUntil,
  tap,
  timer,
  type Observable,
} from 'rxjs'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import type { Frame, TenantBoard } from './board.ts'
import type { Beat, Hello } from './messages.ts'
import type { Topic } from './topics.ts'

/** A socket that has taken nothing for this long is cut off; a live browser reconnects by itself. */
const STALLED_MS = 30_000
/** How long a browser waits before it reconnects, ms. */
const RETRY_MS = 500

export interface ListenerOptions {
  response: Response
  board: TenantBoard
  topics: readonly Topic[]
  /** The row as this viewer may see it. */
  show: (topic: Topic, row: Row) => Row
  /** Identifies what {@link show} does: listeners of the same view share their texts. */
  view: string
  texts: FrameTexts
  /** The `Last-Event-ID` of a browser that was here before. */
  last: string | undefined
  hello: () => Hello
  beat: () => Beat
  /** When a sign of life is due. */
  beats: Observable<unknown>
}

export class Listener {
  readonly #options: ListenerOptions
  /** Number of the last frame that is on its way to the browser; null before the first snapshot. */
  #sent: number | null = null
  /** The socket takes no more at present. */
  readonly #full = new BehaviorSubject(false)
  readonly #closing = new Subject<void>()
  #gone = false

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** Sends what there is, and from then on what changes, until the browser goes. */
  begin(): void {
    const { response, board, last, hello, beat, beats } = this.#options
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    })
    response.socket?.setNoDelay(true)
    response.flushHeaders()
    const resumed = this.#numberIn(last)
    if (resumed === null || board.since(resumed) === null)
      this.#write(`retry: ${RETRY_MS}\n${message('hello', hello())}`)
    else this.#sent = resumed
    this.#write(message('beat', beat()))
    const told = from(board.loaded).pipe(
      switchMap(() => {
        board.frame()
        const drained = fromEvent(response, 'drain').pipe(tap(() => this.#full.next(false)))
        return merge(
          board.frames.pipe(tap((frame) => this.#follow(frame))),
          drained.pipe(
            startWith(null),
            tap(() => this.#catchUp()),
          ),
        )
      }),
    )
    // A socket that stays full for too long is cut off; when it drains, the wait is over.
    const stalled = this.#full.pipe(
      distinctUntilChanged(),
      switchMap((full) => (full ? timer(STALLED_MS) : EMPTY)),
      tap(() => response.destroy()),
    )
    merge(told, stalled, beats.pipe(tap(() => this.#beat())))
      .pipe(takeUntil(this.#closing))
      .subscribe()
    fromEvent(response, 'close')
      .pipe(take(1))
      .subscribe(() => this.close())
  }

  /** Ends the stream. */
  close(): void {
    if (this.#gone) return
    this.#gone = true
    this.#closing.next()
    this.#options.response.end()
  }

  /** Sends a sign of life, unless the socket is full. */
  #beat(): void {
    if (!this.#full.value)
      this.#write(message('beat', this.#options.beat(), this.#sent === null ? undefined : this.#id(this.#sent)))
  }

  #follow(frame: Frame): void {
    if (!this.#full.value && this.#sent === frame.number - 1) this.#send(frame)
  }

  #send(frame: Frame): void {
    this.#sent = frame.number
    const { topics, texts, show, view } = this.#options
    const parts = topics.flatMap((topic) => texts.of(frame, topic, view, show) ?? [])
    if (parts.length > 0)
      this.#write(
        parts
          .map((part, index) => `${index === parts.length - 1 ? `id: ${this.#id(frame.number)}\n` : ''}${part}`)
          .join(''),
      )
  }

  /** Sends what is missing: frame by frame if that is less than the boards themselves. */
  #catchUp(): void {
    const { board, topics } = this.#options
    const missed = this.#sent === null ? null : board.since(this.#sent)
    const changed = missed?.reduce(
      (sum, { deltas }) => sum + topics.reduce((rows, topic) => rows + (deltas.get(topic)?.upserts.length ?? 0), 0),
      0,
    )
    const standing = topics.reduce((sum, topic) => sum + board.size(topic), 0)
    if (missed === null || changed! > standing) return this.#snapshot()
    for (const frame of missed) {
      if (this.#full.value) return
      this.#send(frame)
    }
  }

  /**
   * A new snapshot of the boards. Written in one go, even if the socket is full: this is the most that is ever kept for
   * a listener.
   */
  #snapshot(): void {
    const { board, topics, show } = this.#options
    // Time may have moved rows out of view since the last beat.
    board.expire()
    // Pending changes are already in the rows: framing them first avoids sending them twice.
    board.frame()
    this.#sent = board.number
    const boards = topics.map((topic) =>
      message('snapshot', { topic: topic.name, rows: board.rows(topic).map((row) => show(topic, row)) }),
    )
    this.#write(`${boards.join('')}${message('ready', {}, this.#id(board.number))}`)
  }

  #write(text: string): void {
    if (!this.#gone && !this.#options.response.write(text)) this.#full.next(true)
  }

  /** Frame numbers hold for one board and one view of it. */
  #id(number: number): string {
    return `${this.#options.board.epoch}.${number}.${this.#scope}`
  }

  get #scope(): string {
    return `${this.#options.topics.map((topic) => topic.name).join('+')}.${this.#options.view}`
  }

  #numberIn(id: string | undefined): number | null {
    const match = /^([^.]+)\.(\d{1,15})\.(.*)$/.exec(id ?? '')
    return match && match[1] === this.#options.board.epoch && match[3] === this.#scope ? Number(match[2]) : null
  }
}

/** One message of the stream. */
function message(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Texts of the newest frame, written once no matter how many listen. */
export class FrameTexts {
  #frame: Frame | null = null
  readonly #texts = new Map<string, string>()

  /** The delta of a topic as a message without an id; null if the frame does not touch it. */
  of(frame: Frame, topic: Topic, view: string, show: (topic: Topic, row: Row) => Row): string | null {
    const delta = frame.deltas.get(topic)
    if (!delta) return null
    if (this.#frame !== frame) {
      this.#frame = frame
      this.#texts.clear()
    }
    const id = `${topic.name} ${view}`
    let text = this.#texts.get(id)
    if (text === undefined) {
      text = message('delta', {
        topic: topic.name,
        upserts: delta.upserts.map((row) => show(topic, row)),
        removes: delta.removes,
      })
      this.#texts.set(id, text)
    }
    return text
  }
}
