/**
 * The health of a process: what it does, whether it is owner or standby, how late it is. Polled every few seconds by
 * whatever restarts processes; it names no tenant and nobody's data.
 */
import { z } from 'zod'
import { strayKinds } from '@ledgerline/core/findings/events.ts'
import type { MendedLately } from '@ledgerline/core/findings/mendings.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { describe } from '@ledgerline/core/problems.ts'

/** What a process of the house does. */
export const roles = ['api', 'switchboard', 'projector'] as const
export type NodeRole = (typeof roles)[number]

/** A folding process that is further behind than this is unhealthy. */
const LATE_MS = 60_000
/** A process without its log for longer than this is unhealthy: from then on the boards say that they are late. */
const LOG_AWAY_MS = 5_000

export const healthSchema = z
  .object({
    node: z.string().describe('the process: its machine, its process number, and a mark unique to its life'),
    version: z.string(),
    roles: z.array(z.enum(roles)),
    well: z.boolean().describe('false: it is starting, or unable to do its job; the status of the answer is then 503'),
    switchboard: z
      .object({
        role: z.enum(['starting', 'standby', 'owner']),
        epoch: z.number().int(),
        owner: z.string().nullable(),
        aside: z.number().int(),
        legs: z
          .number()
          .int()
          .nullable()
          .optional()
          .describe('telephone connections that it holds; null: not known now'),
        mended: z
          .object({
            what: z
              .array(z.object({ kind: z.enum(strayKinds), entries: z.number().int() }))
              .describe('wrong entries by kind, as the event SwitchboardListsMended names them'),
            entries: z.number().int().describe('total number'),
            times: z.number().int().describe('how often something was found'),
            since: z.string().describe('first time, UTC'),
            lastAt: z.string().describe('last time, UTC'),
            problem: z.object({ code: z.string(), en: z.string(), zh: z.string() }),
          })
          .nullable()
          .optional()
          .describe(
            'what the switchboard found wrong in its own lists within the last day and corrected: no action is ' +
              'needed, and the process is healthy, ' +
              'but it is a defect. Null: nothing, as it should be',
          ),
      })
      .nullable()
      .describe(
        'aside: streams with an event that this version cannot read and that are not closed yet (/api/v1/status ' +
          'lists them). Null: this process has no switchboard',
      ),
    lanes: z
      .array(z.object({ lane: z.string(), state: z.string(), lagMs: z.number().int() }))
      .describe('standby: another process folds, and this one takes over when it is gone'),
    log: z
      .object({
        awayMs: z.number().int(),
        refusesMs: z.number().int(),
        reason: z.string().nullable(),
        clockBehindMs: z.number().int().optional(),
      })
      .describe(
        'clockBehindMs: how far its server’s clock is behind what it has already noted (it was set back, or is ' +
          'another node’s): nothing is lost. The others: how long the event log has not answered, and how long it ' +
          'has accepted no writes (its disk is full), ms; from 5,000 on the process is unhealthy',
      ),
    clockHeldMs: z
      .number()
      .int()
      .optional()
      .describe(
        'how far the clock of this process’s machine leapt ahead while it ran, ms: the leap is not believed, its ' +
          'time continues as before, and the process is unhealthy until the clock is right or someone who has ' +
          'checked it restarts it',
      ),
    disk: z
      .object({ state: z.enum(['enough', 'little', 'full']), freeBytes: z.number().int(), database: z.boolean() })
      .nullable()
      .describe(
        'room in the data directory. Full, and its database is there: no more can be acknowledged, and the process ' +
          'is unhealthy. Null: not checked yet',
      ),
    journal: z
      .object({ state: z.enum(['written', 'lost']), unwritten: z.number().int(), reason: z.string().nullable() })
      .nullable()
      .describe(
        'lost: the journal cannot be written at present (reason), and this many entries are not in it; everything ' +
          'else continues. Null: there is no journal',
      ),
    warnings: z
      .array(z.object({ code: z.string(), what: z.string() }))
      .optional()
      .describe(
        'what someone should fix although everything works: clocks found wrong, recorded time that stands still ' +
          'and until when, limits that a database administrator can set and how. Each is in the journal too',
      ),
    push: z
      .enum(['within', 'redis', 'lost'])
      .describe(
        'how boards of different processes hear of changes: not at all (they are read every second), by Redis, or not now because Redis is away',
      ),
    jobs: z
      .object({ runner: z.boolean(), waiting: z.number().int(), dead: z.number().int(), oldestMs: z.number().int() })
      .nullable()
      .describe(
        'effects waiting to be delivered, and those that were given up; runner: this process delivers them. Null: ' +
          'it has no part in them, or the tables are not answering',
      ),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof healthSchema>

type Mended = NonNullable<NonNullable<Health['switchboard']>['mended']>

/** Lists that had to be corrected, for process monitoring; null: there were none. */
export function toldOf(mended: MendedLately | null): Mended | null {
  if (!mended) return null
  const { what, entries, times } = mended
  const [since, lastAt] = [mended.since, mended.lastAt].map((at) => new Date(at).toISOString()) as [string, string]
  const kinds = what.map((each) => `${each.kind} ${each.entries}`).join(', ')
  const problem = new Problem('switchboard.lists_mended', { times, entries, since, lastAt, kinds })
  return {
    what,
    entries,
    times,
    since,
    lastAt,
    problem: { code: problem.code, en: describe(problem, 'en'), zh: describe(problem, 'zh') },
  }
}

/** Can it do its job? Standing by counts. */
export function isWell(
  health: Pick<Health, 'roles' | 'switchboard' | 'lanes' | 'log' | 'disk' | 'clockHeldMs'>,
): boolean {
  if (health.switchboard?.role === 'starting') return false
  if (Math.max(health.log.awayMs, health.log.refusesMs) >= LOG_AWAY_MS) return false
  if ((health.clockHeldMs ?? 0) > 0) return false
  if (health.disk?.state === 'full' && health.disk.database) return false
  if (!health.roles.includes('projector')) return true
  return health.lanes.every(({ state, lagMs }) => state !== 'broken' && state !== 'starting' && lagMs < LATE_MS)
}
