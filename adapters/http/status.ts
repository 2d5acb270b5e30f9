/**
 * The state of the server: who owns the switchboards, lanes, lag, parked keys, versions. Monitoring asks for it every
 * few seconds.
 */
import { z } from 'zod'
import { VERSION } from './routing/openapi.ts'
import type { TenantClock } from '../live/source.ts'
import type { ReadSide } from '../queries/read-side.ts'
import { defineRoute, type Route } from './routing/route.ts'

export interface ServerFacts {
  /** Version of the program. */
  version: string
  /** Hash of the screens being served. */
  build(): string
  startedAt: number
  /** Browsers with a live connection. */
  listeners(): number
  /** A tenant's clock. */
  clockOf(tenant: string): TenantClock
  /** The switchboards that this process owns or is on standby for. */
  switchboards(): readonly SwitchboardState[]
  /** How far the clock of the log's server is behind what it has already noted, ms. */
  logClockBehindMs(): number
}

const switchboardSchema = z.object({
  tenant: z.string(),
  role: z
    .enum(['starting', 'standby', 'owner'])
    .describe(
      'owner: calls are switched here. standby: another process does it, and this one takes over when it is gone',
    ),
  epoch: z.number().int().describe('number of owners so far; 0: none yet'),
  owner: z.string().nullable().describe('the process that owns it'),
  aside: z
    .array(
      z.object({
        stream: z.string(),
        revision: z.number().int().describe('place in it of the event that cannot be read'),
        type: z.string(),
        why: z
          .enum(['unknown', 'newer', 'corrupt'])
          .describe('unknown, newer: a later version wrote it, start that one. corrupt: compare with a backup'),
        closed: z.boolean().describe('what the stream was about is closed, and people can carry on'),
      }),
    )
    .describe('streams set aside because of an event that this version cannot read, latest last, 200 at most'),
})
export type SwitchboardState = z.infer<typeof switchboardSchema>

const laneSchema = z.object({
  lane: z.string().describe('switchboard: what happens now; bulk: imported history'),
  state: z
    .string()
    .describe(
      'running, starting, standby (another process has it), waiting (its tables are being built), broken, stopped',
    ),
  position: z.string().nullable(),
  at: z.number().int().nullable().describe('when the log took the event at that position (UTC ms)'),
  lagMs: z
    .number()
    .int()
    .describe('how long the oldest event not yet in the tables has been waiting, or how long the log has been away'),
  events: z.number().int().describe('events processed since the start'),
  lastError: z.object({ code: z.string(), at: z.number().int() }).nullable(),
})

const modelSchema = z.object({
  model: z.string(),
  version: z.number().int().nullable().describe('of the table in use; null: none yet'),
  declared: z
    .number()
    .int()
    .describe('version declared by this program; if different from the one in use, it is being built'),
  parked: z.number().int().describe('keys whose rows are parked because of an event that could not be folded'),
})

export function statusRoute(readSide: ReadSide, facts: ServerFacts): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/status',
    permission: 'server.see',
    group: 'Server',
    about: 'The state of the server: what each read model has processed, how far it is behind, and what is parked.',
    request: {},
    responses: {
      200: {
        about: 'The state of the server.',
        schema: z.object({
          version: z.string(),
          api: z.string(),
          build: z.string().describe('changes when different screens are served'),
          startedAt: z.number().int(),
          live: z.object({ listeners: z.number().int() }),
          clock: z
            .object({ now: z.number().int(), speed: z.number(), asked: z.number(), behind: z.boolean() })
            .describe(
              'the tenant’s clock: UTC ms, its seconds per real second as measured, as intended, and whether it ' +
                'cannot keep up (a demo slows down rather than piling up work)',
            ),
          worstLagMs: z.number().int(),
          logClockBehindMs: z
            .number()
            .int()
            .describe(
              'how far the clock of the event log’s server is behind what it has already noted; recorded time ' +
                'waits for it',
            ),
          parked: z.number().int(),
          switchboards: z.array(switchboardSchema),
          lanes: z.array(laneSchema),
          models: z.array(modelSchema),
        }),
      },
    },
    async handle({ session }) {
      const { lanes, models } = await readSide.status()
      const clock = facts.clockOf(session.tenant)
      return {
        version: facts.version,
        api: VERSION,
        build: facts.build(),
        startedAt: facts.startedAt,
        live: { listeners: facts.listeners() },
        clock: {
          now: clock.now(),
          speed: clock.speed,
          asked: clock.asked ?? clock.speed,
          behind: clock.behind ?? false,
        },
        logClockBehindMs: facts.logClockBehindMs(),
        worstLagMs: Math.max(0, ...lanes.map((lane) => lane.lagMs)),
        parked: models.reduce((sum, model) => sum + model.parked, 0),
        switchboards: [...facts.switchboards()],
        lanes,
        models,
      }
    },
  })
}
