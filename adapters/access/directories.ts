/**
 * The directory of a tenant as this process knows it: folded from the ledger, and followed. Whatever another process writes is
 * known here as soon as the log tells of it; if the log stops telling, it is read every second.
 */
import {
  ACCESS_CATEGORY,
  DIRECTORY,
  emptyDirectory,
  evolveDirectory,
  type Directory,
} from '@ledgerline/core/access/directory.ts'
import { accessDecider, type AccessCommand } from '@ledgerline/core/access/administration.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Answer, CommandEnvelope, Commands } from '@ledgerline/core/kernel/command.ts'
import { streamName, type Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { ServerLog } from '../server-log.ts'

/** Events read at a time. */
const PAGE = 2_000
/** How soon the log is asked again when it does not tell of itself. */
const AGAIN_MS = 1_000

interface Dependencies {
  log: EventLog
  codec: Codec
  commands: Commands
  tenant: string
  logger: ServerLog
}

export class LiveDirectory {
  readonly #with: Dependencies
  readonly #stream: string
  readonly #stopped = new AbortController()
  readonly #watchers = new Set<() => void>()
  #following: Promise<void> = Promise.resolve()
  #reading: Promise<void> = Promise.resolve()
  #revision = -1
  #lastAt = 0
  #now: Directory = emptyDirectory

  private constructor(dependencies: Dependencies) {
    this.#with = dependencies
    this.#stream = streamName(ACCESS_CATEGORY, dependencies.tenant, DIRECTORY)
  }

  /** Reads the directory, and follows it from there. @throws Problem `log.unavailable`, or why an event cannot be read */
  static async open(dependencies: Dependencies): Promise<LiveDirectory> {
    const directory = new LiveDirectory(dependencies)
    const head = await dependencies.log.head()
    await directory.refresh()
    directory.#following = directory.#follow(head)
    return directory
  }

  get now(): Directory {
    return this.#now
  }

  /** Counts the changes: the same number, the same directory. */
  get version(): number {
    return this.#revision
  }

  /** Called after each change. Returns how to stop that. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  /** Carries out a command; this process knows the result at once. @throws Problem the refusal, `log.unavailable` */
  async carryOut(command: AccessCommand, envelope: CommandEnvelope): Promise<Answer> {
    const { commands } = this.#with
    try {
      const known = { state: this.#now, revision: this.#revision, lastAt: this.#lastAt }
      return (await commands.carryOut(accessDecider, DIRECTORY, command, envelope, known)).answer
    } catch (error) {
      // Perhaps it was carried out before, its answer was lost, and now it no longer fits.
      const before = isProblem(error) ? await commands.written(accessDecider, DIRECTORY, envelope) : null
      if (before) return before
      throw error
    } finally {
      await this.refresh().catch(() => {})
    }
  }

  /** Reads on to the end of the stream. @throws Problem `log.unavailable`, or why an event cannot be read */
  refresh(): Promise<void> {
    const read = this.#reading.then(() => this.#read())
    this.#reading = read.catch(() => {})
    return read
  }

  async close(): Promise<void> {
    this.#stopped.abort()
    await this.#following
    await this.#reading
  }

  async #read(): Promise<void> {
    const { log, codec } = this.#with
    const before = this.#revision
    for (;;) {
      const stored = await log.readStream(this.#stream, this.#revision + 1, PAGE)
      for (const event of await codec.decodeAll(stored)) {
        this.#now = evolveDirectory(this.#now, event as never)
        this.#revision = event.revision
        this.#lastAt = event.at
      }
      if (stored.length < PAGE) break
    }
    if (this.#revision > before) for (const changed of [...this.#watchers]) changed()
  }

  async #follow(from: Position | null): Promise<void> {
    const { log, logger } = this.#with
    const { signal } = this.#stopped
    let after = from
    while (!signal.aborted) {
      try {
        for await (const page of log.subscribe(after, { signal, filter: { categories: [ACCESS_CATEGORY] } })) {
          after = page.position
          if (page.events.some(({ stream }) => stream === this.#stream)) await this.refresh()
        }
      } catch (error) {
        if (signal.aborted) return
        logger.warn({ error: String(error) }, 'the directory of users cannot be followed')
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
        await this.refresh().catch(() => {})
      }
    }
  }
}
