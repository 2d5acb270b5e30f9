/**
 * Answers to commands, kept for 24 hours beside the log, so that a repeated command (a browser that heard nothing, a
 * load balancer that tried again) gets the same answer, even after a restart.
 */
import type { Pool } from 'pg'
import type { AnswerBook, KeptAnswer } from '@ledgerline/core/kernel/command.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { answered, DEADLINE_MS } from '../../postgres/answered.ts'
import { withOwnTables } from '../../postgres/own-tables.ts'

const KEPT_MS = 24 * 60 * 60 * 1000
const PRUNE_EVERY_MS = 10 * 60 * 1000

const layout: Layout = {
  schema: 'answers',
  newer: (found, known) => new Problem('log.newer', { found, known }),
  migrations: {
    1: `
create table if not exists answers.kept (
  tenant text not null,
  command_id text not null,
  digest text not null,
  answer text,
  refusal text,
  kept_at timestamptz not null,
  primary key (tenant, command_id)
);
comment on table answers.kept is 'What commands were answered in the last 24 hours: a repeated command changes nothing.';
create index if not exists kept_at on answers.kept (kept_at);
`,
  },
}

/** A book that is closed with its process. */
export interface OpenAnswerBook extends AnswerBook {
  /** Deletes what is older than 24 hours; also done periodically. */
  prune(): Promise<number>
  close(): Promise<void>
}

/**
 * Opens the book in the log's database.
 * @param now UTC milliseconds
 * @throws Problem `log.unavailable`
 */
export async function openAnswers(url: string, now: () => number): Promise<OpenAnswerBook> {
  const pool = await withOwnTables(url, { application: 'ledgerline answers', statementMs: DEADLINE_MS, max: 2 }, layout)
  return new PostgresAnswers(pool, now)
}

class PostgresAnswers implements OpenAnswerBook {
  readonly #pool: Pool
  readonly #now: () => number
  #prunedAt = Number.NEGATIVE_INFINITY
  #pruning: Promise<unknown> | null = null

  constructor(pool: Pool, now: () => number) {
    this.#pool = pool
    this.#now = now
  }

  async find(tenant: string, commandId: string): Promise<KeptAnswer | null> {
    const { rows } = await answered(
      this.#pool.query<{ digest: string; answer: string | null; refusal: string | null }>({
        name: 'kept answer',
        text: 'select digest, answer, refusal from answers.kept where tenant = $1 and command_id = $2 and kept_at > $3',
        values: [tenant, commandId, new Date(this.#now() - KEPT_MS)],
      }),
    )
    const row = rows[0]
    if (!row) return null
    return {
      digest: row.digest,
      answer: row.answer === null ? null : (JSON.parse(row.answer) as KeptAnswer['answer']),
      refusal: row.refusal === null ? null : (JSON.parse(row.refusal) as KeptAnswer['refusal']),
    }
  }

  async keep(tenant: string, commandId: string, { digest, answer, refusal }: KeptAnswer): Promise<void> {
    const now = this.#now()
    await answered(
      this.#pool.query({
        name: 'keep answer',
        // The first answer stays, unless it has expired.
        text: `insert into answers.kept as k (tenant, command_id, digest, answer, refusal, kept_at) values ($1, $2, $3, $4, $5, $6)
          on conflict (tenant, command_id) do update set digest = excluded.digest, answer = excluded.answer, refusal = excluded.refusal, kept_at = excluded.kept_at
          where k.kept_at <= $7`,
        values: [
          tenant,
          commandId,
          digest,
          answer && JSON.stringify(answer),
          refusal && JSON.stringify(refusal),
          new Date(now),
          new Date(now - KEPT_MS),
        ],
      }),
    )
    if (now - this.#prunedAt < PRUNE_EVERY_MS || this.#pruning) return
    // Nobody waits for it, and whatever it fails to delete the next one will.
    this.#pruning = this.prune()
      .catch(() => {})
      .finally(() => (this.#pruning = null))
  }

  async prune(): Promise<number> {
    const now = this.#now()
    this.#prunedAt = now
    const { rowCount } = await answered(
      this.#pool.query('delete from answers.kept where kept_at <= $1', [new Date(now - KEPT_MS)]),
    )
    return rowCount ?? 0
  }

  async close(): Promise<void> {
    await this.#pruning
    await this.#pool.end()
  }
}

/** A book that lives with the process: for simulations and tests. */
export function memoryAnswers(now: () => number): AnswerBook {
  // In the order of keeping, so that the oldest come first.
  const kept = new Map<string, { kept: KeptAnswer; at: number }>()
  const strikeOut = () => {
    for (const [key, { at }] of kept) {
      if (at > now() - KEPT_MS) return
      kept.delete(key)
    }
  }
  return {
    async find(tenant, commandId) {
      strikeOut()
      return kept.get(`${tenant}\0${commandId}`)?.kept ?? null
    },
    async keep(tenant, commandId, answer) {
      strikeOut()
      const key = `${tenant}\0${commandId}`
      if (!kept.has(key)) kept.set(key, { kept: answer, at: now() })
    },
  }
}
