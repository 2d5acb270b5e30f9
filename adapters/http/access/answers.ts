/** What the server says about sessions, to routes and screens. */
import { z } from 'zod'

export const sessionAnswer = z
  .object({
    tenant: z.string(),
    state: z
      .enum(['nobody', 'new_password', 'user', 'automatic'])
      .describe('nobody: log in first; new_password: choose one first; automatic: there are no log-ins here'),
    user: z
      .object({
        userId: z.string(),
        name: z.string().nullable(),
        displayName: z.string().nullable(),
        agentCode: z.string().nullable(),
        supervisorCode: z.string().nullable(),
      })
      .nullable()
      .describe('who is logged in'),
    permissions: z.array(z.string()).describe('what this session may do'),
  })
  .meta({ id: 'Session' })
export type SessionAnswer = z.infer<typeof sessionAnswer>

export const heldSession = z
  .object({
    sessionId: z.string(),
    startedAt: z.number(),
    usedAt: z.number().describe('last use, to the minute'),
    source: z.string().describe('the address that it was begun from'),
    program: z.string().describe('browser and system, as far as it said so'),
    isThis: z.boolean().describe('it is the one that asks'),
  })
  .meta({ id: 'HeldSession' })
