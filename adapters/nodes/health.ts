/**
 * How a process of the house is: what it does, whether it owns or stands by, how late it is. Asked every few
 * seconds by whoever restarts processes; it names no tenant and nobody's data.
 */
import { z } from 'zod'
import { strayKinds } from '@ledgerline/core/findings/events.ts'
import type { MendedLately } from '@ledgerline/core/findings/mendings.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { describe } from '@ledgerline/core/problems.ts'

/** What a process of the house does. */
export const roles = ['api', 'switchboard', 'projector'] as const
export type NodeRole = (typeof roles)[number]

/** Behind by more than this a process that folds is not well. */
const LATE_MS = 60_000
/** Without its log for longer than this a process is not well: from then on the boards say that they are late. */
const LOG_AWAY_MS = 5_000

export const healthSchema = z
  .object({
    node: z.string().describe('the process: its machine, its number there, and a mark of its life'),
    version: z.string(),
    roles: z.array(z.enum(roles)),
    well: z.boolean().describe('false: it is starting, or cannot do what it is for; the answer’s status is then 503'),
    switchboard: z
      .object({
        role: z.enum(['starting', 'standby', 'owner']),
        epoch: z.number().int(),
        owner: z.string().nullable(),
        aside: z.number().int(),
        mended: z
          .object({
            what: z
              .array(z.object({ kind: z.enum(strayKinds), entries: z.number().int() }))
              .describe('wrong entries by kind, as the event SwitchboardListsMended names them'),
            entries: z.number().int().describe('all of them'),
            times: z.number().int().describe('how often something was found'),
            since: z.string().describe('when first, UTC'),
            lastAt: z.string().describe('when last, UTC'),
            problem: z.object({ code: z.string(), en: z.string(), zh: z.string() }),
          })
          .nullable()
          .optional()
          .describe(
            'what the switchboard found wrong in its own lists within the last day and put right: nobody has to act, and the process is well, ' +
              'but it is a defect. Null: nothing, as it should be',
          ),
      })
      .nullable()
      .describe(
        'aside: streams with an event that this version cannot read and that nobody has closed yet (/api/v1/status names them). Null: it has nothing to do with one',
      ),
    lanes: z
      .array(z.object({ lane: z.string(), state: z.string(), lagMs: z.number().int() }))
      .describe('standby: another process folds, and this one goes on when it is gone'),
    log: z
      .object({
        awayMs: z.number().int(),
        refusesMs: z.number().int(),
        reason: z.string().nullable(),
        clockBehindMs: z.number().int().optional(),
      })
      .describe(
        'clockBehindMs: how far the clock of its server stands behind what it noted already (it was set back, or is another node’s): nothing is lost by it. The others: how long the event log has not answered, and how long it has taken nothing that it was given (its disk is full), ms; from 5,000 on the process is not well',
      ),
    clockHeldMs: z
      .number()
      .int()
      .optional()
      .describe(
        'so far did the clock of this process’s machine leap ahead while it ran, ms: that is not believed, its time goes on as before, and the process is not well until the clock is right or somebody who has looked at it starts it anew',
      ),
    disk: z
      .object({ state: z.enum(['enough', 'little', 'full']), freeBytes: z.number().int(), database: z.boolean() })
      .nullable()
      .describe(
        'room in the data directory. Full, and its database lies there: nothing more can be acknowledged, and the process is not well. Null: not looked at yet',
      ),
    journal: z
      .object({ state: z.enum(['written', 'lost']), unwritten: z.number().int(), reason: z.string().nullable() })
      .nullable()
      .describe(
        'lost: the journal cannot be written at present (reason), so many entries are not in it; everything else goes on. Null: it keeps none',
      ),
    warnings: z
      .array(z.object({ code: z.string(), what: z.string() }))
      .optional()
      .describe(
        'what somebody should put right though the house goes on: clocks that were found wrong, recorded time that stands still and until when, bounds that an administrator of the database can set and how. Each was told in the journal too',
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
        'effects that wait to leave the house, and those that were given up; runner: they leave from here. Null: this process has no part in them, or the tables do not answer',
      ),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof healthSchema>

type Mended = NonNullable<NonNullable<Health['switchboard']>['mended']>

/** Lists that had to be mended, as whoever watches over processes reads it; null: there were none. */
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

/** Is it able to do what it is for? Standing by is. */
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
