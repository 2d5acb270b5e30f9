/**
 * The desk of an agent who has a phone and no computer: feature codes, carried out by the commands of the desk
 * (catalogue C21). Each is answered: by a tone, or by the number that was asked for.
 */
import type { FeatureSay } from '../call/events.ts'
import type { CommandEnvelope } from '../kernel/command.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { Feature } from '../routing/feature-codes.ts'
import type { SwitchboardFact } from '../state/switchboard-fact.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import type { Desk } from './desk.ts'

/** What was keyed in, and where. */
export interface FeatureAsked {
  feature: Feature
  /** The phone; null: not known, as for a leg that was put through on another. */
  extension: string | null
  /** Whose phone it is in a call; null: it was dialled, and means the agent who is signed in there. */
  agentId: string | null
  at: number
  /** The leg on which it was dialled; null: it was keyed in during a call. */
  legId: string | null
  /** Where the phone talks to the person it is about, if it does: its leg in another call. */
  other?: { callId: string; legId: string } | null
  envelope: CommandEnvelope
}

export interface FeatureAnswer {
  /** `done`, or the code of the problem. */
  result: string
  say: FeatureSay
  /** The number that is read out, if `say` is `last_number`. */
  number: string | null
  /** The agent that it was about. */
  agentId: string | null
  agentCode: string | null
}

/** So many agents' last numbers are remembered. */
const MOST_REMEMBERED = 20_000

export class PhoneDesk {
  readonly #desk: Desk
  readonly #switchboard: SwitchboardState
  /** The number that each agent last talked to. */
  readonly #lastNumbers = new Map<string, string>()

  constructor(desk: Desk, switchboard: SwitchboardState) {
    this.#desk = desk
    this.#switchboard = switchboard
  }

  /** Notes whom agents talk to. */
  noted({ type, data }: Pick<SwitchboardFact, 'type' | 'data'>): void {
    if (type !== 'CallAnswered') return
    const { callId, agentId } = data as { callId: string; agentId: string | null }
    const number = this.#switchboard.call(callId)?.number ?? null
    if (agentId === null || number === null) return
    this.#lastNumbers.delete(agentId)
    this.#lastNumbers.set(agentId, number)
    if (this.#lastNumbers.size > MOST_REMEMBERED) this.#lastNumbers.delete(this.#lastNumbers.keys().next().value!)
  }

  /** Carries out a function. Whatever is refused is the answer. */
  async use(asked: FeatureAsked): Promise<FeatureAnswer> {
    const agentId = this.#agentOf(asked)
    const agentCode =
      agentId === null ? null : (this.#switchboard.configuration.state.agents[agentId]?.agentCode ?? null)
    const about = { number: null, agentId, agentCode }
    try {
      if (agentId === null) throw new Problem('agent.unknown', { agent: asked.extension ?? '' })
      const actor = agentCode === null ? asked.envelope.actor : `agent:${agentCode}`
      const envelope = { ...asked.envelope, actor }
      return { ...about, ...(await this.#carryOut({ ...asked, envelope }, agentId)) }
    } catch (error) {
      if (!isProblem(error)) throw error
      return { ...about, result: error.code, say: 'refused' }
    }
  }

  /** Who is signed in at the phone; to sign in, whose phone it is. */
  #agentOf({ agentId, extension }: FeatureAsked): string | null {
    if (agentId !== null) return agentId
    if (extension === null) return null
    return this.#switchboard.agentOfExtension(extension) ?? this.#switchboard.ownerOfExtension(extension)
  }

  async #carryOut(
    { feature, extension, at, envelope, legId, other }: FeatureAsked,
    agentId: string,
  ): Promise<Pick<FeatureAnswer, 'result' | 'say'> & { number?: string }> {
    const desk = this.#desk
    const done = { result: 'done', say: 'done' } as const
    switch (feature.action) {
      case 'sign_in':
        await desk.signIn(agentId, { via: 'phone', registered: true, extension }, envelope)
        return done
      case 'sign_out':
        await desk.agent(agentId, { do: 'sign_out', by: 'agent' }, envelope)
        return done
      case 'ready':
      case 'not_ready':
        await desk.setWork(agentId, feature.action, null, envelope)
        return done
      case 'long_sign_in':
        await desk.longSignIn(agentId, null, envelope, legId)
        return done
      case 'end_long_sign_in':
        await desk.endLongSignIn(agentId, null, envelope)
        return done
      case 'blind_transfer':
        if (other && this.#isTalking(other.callId)) await desk.handOverTo(agentId, other, envelope)
        else
          await this.#turnTo(feature, {
            colleague: (agentCode) => desk.transferToAgent(agentId, agentCode, envelope),
            number: (number) => desk.transferToNumber(agentId, number, at, envelope),
          })
        return done
      case 'consult':
        await this.#turnTo(feature, {
          colleague: (agentCode) => desk.consult(agentId, agentCode, at, envelope),
          number: (number) => desk.consultNumber(agentId, number, at, envelope),
        })
        return done
      case 'hang_up':
        // An agent who hangs up on a consulted colleague hands the customer over (catalogue C3.5-consult-transfer).
        if (this.#consults(agentId)) await desk.handOver(agentId, envelope)
        else await desk.hangUp(agentId, envelope)
        return done
      case 'agent_number':
        return { result: 'done', say: 'agent_number' }
      case 'extension_number':
        return { result: 'done', say: 'extension_number' }
      case 'last_number': {
        const number = this.#lastNumbers.get(agentId)
        if (number === undefined) throw new Problem('call.no_last_number')
        return { result: 'done', say: 'last_number', number }
      }
      case 'balance':
      case 'mark':
      case 'mark_announce':
      case 'mark_last':
      case 'mark_last_announce':
        throw new Problem('call.feature_unavailable')
    }
  }

  /** The agent whose number was keyed in, or who is signed in at the extension that was; otherwise anyone who can be dialled. */
  #turnTo(
    { party }: Feature,
    { colleague, number }: Record<'colleague' | 'number', (keyed: string) => Promise<unknown>>,
  ): Promise<unknown> {
    const keyed = party ?? ''
    const { agents } = this.#switchboard.configuration.state
    if (this.#switchboard.agentOfCode(keyed) !== null) return colleague(keyed)
    const agentId = this.#switchboard.agentOfExtension(keyed)
    const agentCode = agentId === null ? undefined : agents[agentId]?.agentCode
    return agentCode === undefined ? number(keyed) : colleague(agentCode)
  }

  /** Is somebody there, or does it still ring? */
  #isTalking(callId: string): boolean {
    const legs = Object.values(this.#switchboard.call(callId)?.legs ?? {})
    return legs.filter(({ state }) => state === 'answered').length > 1
  }

  #consults(agentId: string): boolean {
    const engagement = this.#switchboard.shift(agentId)?.engagement
    const call = engagement?.kind === 'talking' ? this.#switchboard.call(engagement.callId) : null
    return call?.consultation?.answered === true && call.consultation.agentId === agentId
  }
}
