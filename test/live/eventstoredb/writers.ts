/** Writes to a real server while something happens to it, and remembers the answers. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { Appended, EventLog, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { until } from '../../support/gate.ts'
import { everything } from '../../support/log-reading.ts'

const WRITERS = 8
const PATIENCE_MS = 60_000
const dice = seededDice(7)

/** Writers that each append to streams of their own, repeat what was not answered, and keep the answers. */
export class Writers {
  /** Appends that were answered. */
  acknowledged = 0
  /** Attempts that were not. */
  lost = 0
  readonly #log: EventLog
  readonly #answers = new Map<string, { ids: string[]; answer: Appended }[]>()
  readonly #writing: Promise<unknown>
  #stopped = false

  constructor(log: EventLog) {
    this.#log = log
    this.#writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#write(`call-t.writer-${writer}`)))
    this.#writing.catch(() => {})
  }

  /** Waits for a result of the writing; a writer that fails ends the wait. */
  async until(what: string, is: () => boolean): Promise<void> {
    await Promise.race([until(what, is), this.#writing])
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#writing
  }

  async #write(stream: string): Promise<void> {
    const answers: { ids: string[]; answer: Appended }[] = []
    this.#answers.set(stream, answers)
    let revision = -1
    while (!this.#stopped) {
      const asked = events(1 + Math.floor(dice() * 4))
      const expected = revision < 0 ? 'none' : revision
      const answer = await insist(
        () => this.#log.append(stream, expected, asked),
        () => this.lost++,
      )
      revision += asked.length
      assert.is(answer.revision, revision, `${stream} is where it must be`)
      answers.push({ ids: asked.map(({ id }) => id), answer })
      this.acknowledged++
    }
  }

  /** The log contains what was acknowledged, and nothing else. */
  async check(log: EventLog): Promise<void> {
    const byStream = Map.groupBy(await everything(log), ({ stream }) => stream)
    assert.is(byStream.size, WRITERS)
    for (const [stream, answers] of this.#answers) {
      const found = byStream.get(stream)!
      assert.equal(
        found.map(({ id }) => id),
        answers.flatMap(({ ids }) => ids),
        stream,
      )
      assert.equal(
        found.map(({ revision }) => revision),
        found.map((_, index) => index),
      )
      for (const { answer } of answers) assert.is(found[answer.revision]!.position, answer.position)
    }
  }
}

export function events(count: number): StoredEvent[] {
  return Array.from({ length: count }, () => ({
    id: randomUUID(),
    type: 'Happened',
    data: '{"a":"通话"}',
    metadata: '{"t":"t","a":"test","at":0}',
  }))
}

/** Repeats what was not answered until it is. */
export async function insist<T>(ask: () => Promise<T>, onLost: () => void = () => {}): Promise<T> {
  for (const late = Date.now() + PATIENCE_MS; ; await pause(20)) {
    try {
      return await ask()
    } catch (error) {
      if (!isProblem(error, 'log.unavailable') || Date.now() > late) throw error
      onLost()
    }
  }
}
