/**
 * What commands work with, opened in order and closed in the opposite order whatever happens: an error, Ctrl-C, a
 * polite `kill`. `withDatabases` is for those that only read tables, `withInstallation` for those that use events.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openLog } from '@ledgerline/adapters/log/open.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Vault } from '@ledgerline/core/kernel/vault.ts'
import type { Config } from '../config.ts'
import { effectsOf, type Effects } from './effects.ts'
import { openDatabases, type Databases, type Use } from './databases.ts'
import { whenItAnswers, type Starting } from './server-wait.ts'

/** The databases, and a signal that aborts when the command is told to end. */
export interface OpenDatabases extends Omit<Databases, 'close'> {
  signal: AbortSignal
}

export interface Installation extends OpenDatabases {
  eventLog: EventLog
  vault: Vault
  codec: Codec
  /** Queued by every process that folds, even a command that only brings the tables up to date. */
  effects: Effects
}

export interface InstallationOptions {
  config: Config
  use: Use
  /** Called with what the user should know meanwhile. */
  notes: InstallationNotes
  /** How long the body may take to end by itself once told to, ms. Default: none. */
  graceMs?: number
}

export interface InstallationNotes {
  /** Closing is waiting for other commands that use the database. */
  waitingForOthers(): void
  /** A server does not answer yet; it is waited for this long, ms. */
  waitingFor(problem: Problem, forMs: number): void
  /** Others could read the key file; this has been corrected. */
  keyWasExposed(file: string): void
  /** The log was lost; it reconnects by itself. */
  trouble(problem: Problem): void
  /** The log answers again; how long it was away, ms. */
  back(awayMs: number): void
}

/** The command was told to end (Ctrl-C, kill) and has cleaned up. */
export class Interrupted extends Error {
  /** The shell's convention: 128 + the signal's number. */
  readonly exitCode: number
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
    this.exitCode = signal === 'SIGTERM' ? 143 : signal === 'SIGHUP' ? 129 : 130
  }
}

/**
 * Opens the databases, runs the body, closes them.
 * @throws Problem `data.*`, `postgres.*`; Interrupted; whatever the body throws
 */
export async function withDatabases<T>(
  options: InstallationOptions,
  body: (databases: OpenDatabases) => Promise<T>,
): Promise<T> {
  await using closing = new AsyncDisposableStack()
  const interrupt = listenForSignals(closing)
  const starting = startingOf(options, interrupt.signal)
  const { close, ...databases } = await openDatabases(
    options.config,
    options.use,
    () => options.notes.waitingForOthers(),
    starting,
  )
  closing.defer(close)
  return await interruptible(body({ ...databases, signal: interrupt.signal }), interrupt.signal, options.graceMs ?? 0)
}

/**
 * The same with the ledger: log, vault and codec.
 * @throws Problem `data.*`, `postgres.*`, `log.*`, `key.*`; Interrupted; whatever the body throws
 */
export async function withInstallation<T>(
  options: InstallationOptions,
  body: (installation: Installation) => Promise<T>,
): Promise<T> {
  return withDatabases(options, async (databases) => {
    await using closing = new AsyncDisposableStack()
    const starting = startingOf(options, databases.signal)
    const { directory, masterKey, eventStore } = options.config
    const open = () =>
      openLog({
        ...(eventStore ?? { url: databases.log }),
        onTrouble: (problem) => options.notes.trouble(problem),
        onBack: (awayMs) => options.notes.back(awayMs),
      })
    const eventLog = await (starting ? whenItAnswers(starting, open) : open())
    closing.defer(() => eventLog.close())
    const environment = masterKey === null ? {} : { LEDGERLINE_MASTER_KEY: masterKey }
    const vault = await openVault({
      url: databases.log,
      directory,
      environment,
      onExposed: (file) => options.notes.keyWasExposed(file),
    })
    closing.defer(() => vault.close())
    return await interruptible(
      body({
        ...databases,
        eventLog,
        vault,
        codec: new Codec(catalogue, vault, eventLog),
        effects: effectsOf(options.config),
      }),
      databases.signal,
      options.graceMs ?? 0,
    )
  })
}

/**
 * Only `up` waits for servers that are still starting: someone who runs a query wants to hear at once that no server is
 * there.
 */
function startingOf({ use, notes }: InstallationOptions, signal: AbortSignal): Starting | undefined {
  return use === 'own' ? { signal, onWaiting: (problem, forMs) => notes.waitingFor(problem, forMs) } : undefined
}

/**
 * For commands that need nothing of the house: the body ends when the command is told to end. @throws Interrupted;
 * whatever the body throws
 */
export async function untilInterrupted<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  await using closing = new AsyncDisposableStack()
  const { signal } = listenForSignals(closing)
  return await interruptible(body(signal), signal, 0)
}

/** The first signal asks, the second does not. */
function listenForSignals(closing: AsyncDisposableStack): AbortController {
  const interrupt = new AbortController()
  const asked = (signal: NodeJS.Signals) => {
    if (interrupt.signal.aborted) process.exit(new Interrupted(signal).exitCode)
    interrupt.abort(new Interrupted(signal))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, asked)
    closing.defer(() => void process.off(signal, asked))
  }
  return interrupt
}

/** The body's result; once the signal aborts, the body is waited for no longer than it was granted. */
async function interruptible<T>(body: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  body.catch(() => {})
  const over = new AbortController()
  const interrupted = new Promise<never>((_, reject) => {
    const asked = () =>
      void pause(graceMs, null, { signal: over.signal }).then(
        () => reject(signal.reason as Error),
        () => {},
      )
    if (signal.aborted) asked()
    else signal.addEventListener('abort', asked, { once: true })
  })
  try {
    return await Promise.race([body, interrupted])
  } finally {
    over.abort()
  }
}
