/** How the server is: lanes, lag, parked keys, versions. What a monitor asks every few seconds. */
import { z } from 'zod'
import { VERSION } from './openapi.ts'
import type { ReadSide } from './read-side.ts'
import { defineRoute, type Route } from './route.ts'

export interface ServerFacts {
  /** Version of the program. */
  version: string
  /** Hash of the screens that are served. */
  build(): string
  startedAt: number
  /** Browsers connected live. */
  listeners(): number
}

const modelStatus = z.object({
  model: z.string(),
  lane: z.string(),
  version: z.number().int().describe('version of the table in use'),
  position: z.string().nullable(),
  at: z.number().int().nullable().describe('when the log took what stands there (UTC ms)'),
  lagMs: z.number().int(),
  behind: z.number().int().nullable().describe('events not yet taken, where the log can count them'),
  parked: z.number().int().describe('keys whose rows stand still because of an event that could not be folded'),
  lastError: z.string().nullable(),
})

export function statusRoute(readSide: ReadSide, facts: ServerFacts): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/status',
    permission: 'server.see',
    group: 'Server',
    about: 'How the server is: what each read model has taken, how far it is behind, and what is parked.',
    request: {},
    responses: {
      200: {
        about: 'The state of the server.',
        schema: z.object({
          version: z.string(),
          api: z.string(),
          build: z.string().describe('changes when other screens are served'),
          startedAt: z.number().int(),
          live: z.object({ listeners: z.number().int() }),
          worstLagMs: z.number().int(),
          parked: z.number().int(),
          models: z.array(modelStatus),
        }),
      },
    },
    async handle() {
      const models = await readSide.status()
      return {
        version: facts.version,
        api: VERSION,
        build: facts.build(),
        startedAt: facts.startedAt,
        live: { listeners: facts.listeners() },
        worstLagMs: Math.max(0, ...models.map((model) => model.lagMs)),
        parked: models.reduce((sum, model) => sum + model.parked, 0),
        models,
      }
    },
  })
}
