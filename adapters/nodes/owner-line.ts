/**
 * The line to the process that owns a switchboard. Whatever needs its network, or its memory of desks, is carried out
 * there; other processes send it. The ledger says which process that is and how to reach it (`SwitchboardTakenOver`),
 * so that nothing else needs to be up for this; a take-over in the middle is waited out, and the same order goes to the
 * new owner.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Owner } from '@ledgerline/core/configuration/ownership.ts'
import type { CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand } from '@ledgerline/core/telephony/port.ts'
import type { SealedMessages } from './sealed-messages.ts'

/** What may be asked of the owner. Idempotent by command id. */
export type AskedOfOwner =
  | { do: 'order'; tenant: string; commandId: string; command: LegCommand }
  | { do: 'here'; tenant: string; agentId: string; deskId: string; envelope: CommandEnvelope }

/** After this long without an answer there is none. */
const ANSWER_MS = 2_000
/** A take-over takes 5 s at most. */
const PATIENCE_MS = 6_000
const AGAIN_MS = 100

/** Longest message, bytes. */
export const LETTER_LIMIT = 64 * 1024
export const ASK_PATH = '/ask'
/** What a message to a node is bound to: one life of one process. */
export const toNode = (node: string): string => `to ${node}`
export const fromNode = (node: string, id: string): string => `from ${node} to ${id}`

const replySchema = z.union([
  z.object({ done: z.literal(true) }),
  z.object({
    refused: z.object({
      code: z.string(),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
      where: z.string().nullable(),
    }),
  }),
])
export type Reply = z.infer<typeof replySchema>

export interface OwnerLineOptions {
  messages: SealedMessages
  /** Who owns the switchboard, as far as the ledger has been read. */
  owner: () => Owner
  patienceMs?: number
}

export class OwnerLine {
  readonly #messages: SealedMessages
  readonly #owner: () => Owner
  readonly #patienceMs: number

  constructor({ messages, owner, patienceMs = PATIENCE_MS }: OwnerLineOptions) {
    this.#messages = messages
    this.#owner = owner
    this.#patienceMs = patienceMs
  }

  /**
   * Has the owner carry something out.
   * @throws Problem what the owner refuses; `switchboard.standby` if no owner answers
   */
  async ask(asked: AskedOfOwner): Promise<void> {
    for (const until = performance.now() + this.#patienceMs; ; await pause(AGAIN_MS)) {
      const left = until - performance.now()
      const reply = left > 0 ? await this.#reply(asked, Math.min(left, ANSWER_MS)) : null
      if (reply && 'done' in reply) return
      if (reply && reply.refused.code !== 'switchboard.standby') {
        const { code, details, where } = reply.refused
        throw new Problem(code, details, where === null ? {} : { where })
      }
      if (left <= AGAIN_MS) throw new Problem('switchboard.standby')
    }
  }

  /** The owner's reply; null if no owner answers. */
  async #reply(asked: AskedOfOwner, ms: number): Promise<Reply | null> {
    const { node, address } = this.#owner()
    if (node === null || !address) return null
    const id = randomUUID()
    try {
      const response = await fetch(`http://${address}${ASK_PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: new Uint8Array(this.#messages.seal(toNode(node), { id, asked })),
        signal: AbortSignal.timeout(ms),
        redirect: 'error',
      })
      if (!response.ok) return null
      return (
        replySchema.safeParse(this.#messages.open(fromNode(node, id), Buffer.from(await response.arrayBuffer())))
          .data ?? null
      )
    } catch {
      return null
    }
  }
}
