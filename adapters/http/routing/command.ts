/**
 * What every command over HTTP has: an id made by its sender, an answer that says where to read the result, and the
 * tenant's switchboard that carries it out. The same id again changes nothing and gets the same answer, so that a
 * browser may simply repeat a command that got no answer.
 */
import { z } from 'zod'
import type { SwitchboardState } from '@ledgerline/core/state/switchboard-state.ts'
import type { Desk } from '@ledgerline/core/desk/desk.ts'
import type { DeskPresence } from '@ledgerline/core/desk/presence.ts'
import type { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'

/** A tenant's switchboard, as far as commands need it. */
export interface CommandDesk {
  desk: Desk
  presence: Pick<DeskPresence, 'here'>
  state: Pick<
    SwitchboardState,
    'configuration' | 'owner' | 'calls' | 'agentOfCode' | 'agentOfExtension' | 'shift' | 'trunks' | 'phones'
  >
  /** The tenant's clock, UTC ms. */
  now(): number
}

export interface CommandDependencies {
  once: AnsweredOnce
  /** @throws Problem if the tenant has no switchboard here (imported history) */
  deskOf(tenant: string): CommandDesk
}

export const commandId = z
  .string()
  .regex(/^[\w.:-]{8,100}$/)
  .meta({ description: 'unique, made by the sender (a UUID): repeating it returns the same answer' })

export const commandAnswer = z
  .object({
    position: z
      .string()
      .nullable()
      .describe('pass it to any read in the header `X-Read-After` to read the result; null when nothing was written'),
    events: z.array(z.string()).describe('types of the events that were written'),
  })
  .meta({ id: 'CommandAnswer' })
