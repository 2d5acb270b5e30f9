/**
 * The desk of the switchboard: what people may ask of it over HTTP, from a phone or in a simulation. It knows each
 * agent's current shift and the settings of queues, and leaves every decision to the deciders. What agents ask of their
 * shifts is in `shift-desk.ts`, what they ask of calls in `call-desk.ts`; this file has what supervisors and operators ask.
 */
import type { Answer, CommandEnvelope } from '../kernel/command.ts'
import { CONFIGURATION_ID, configurationDecider, type Activate } from '../configuration/configuration.ts'
import { planSupervision, type Supervising } from './supervision.ts'
import { CallDesk } from './call-desk.ts'

/** What a supervisor may do to an agent's shift. */
export type ForcedState = 'ready' | 'not_ready' | 'away' | 'signed_out'

export class Desk extends CallDesk {
  /**
   * The same desk for one browser: what it asks for an agent is refused with `agent.desk_elsewhere` while another
   * browser is the desk of the shift.
   */
  from(browser: string | undefined): Desk {
    if (browser === undefined) return this
    const desk = new Desk({ switchboard: this.switchboard, commands: this.commands, telephony: this.telephony })
    desk.browser = browser
    return desk
  }

  /** Activates a configuration; activating the same one again changes nothing. */
  activate(command: Omit<Activate, 'do'>, envelope: CommandEnvelope): Promise<Answer> {
    const digest = this.digest(envelope.tenant, JSON.stringify(command))
    return this.commands.handle(
      configurationDecider,
      CONFIGURATION_ID,
      { do: 'activate', ...command },
      envelope,
      digest,
    )
  }

  /** A keyed hash, in place of a text that contains passwords: answers are kept with a hash that anyone could guess by trying. */
  digest(tenant: string, text: string): string {
    return this.commands.digest(tenant, text)
  }

  /** A supervisor sets an agent's state (catalogue C5.0, C5.1). */
  force(
    agentId: string,
    state: ForcedState,
    supervisorCode: string,
    reason: string | null,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const change = { by: 'supervisor' as const, byCode: supervisorCode, reason }
    return this.agent(
      agentId,
      state === 'signed_out' ? { do: 'sign_out', ...change } : { do: 'set_work', work: state, ...change },
      envelope,
    )
  }

  /**
   * Listen, whisper, three-way or take over (catalogue C5.2–C5.4): the supervisor's phone rings, and they join the
   * agent when they answer; a supervisor who already takes part changes mode. The phone is the one given (catalogue
   * C5.0-number-*), else that of their own shift, else the one configured for them. Supervisors who are signed in as
   * agents are reserved for it, so that no queue offers them a call.
   * @throws Problem `agent.not_in_call`, `agent.not_available` (the supervisor), `call.no_supervisor_phone` and what
   * the call refuses
   */
  async supervise(agentId: string, by: Supervising, at: number, envelope: CommandEnvelope): Promise<Answer> {
    const call = this.callOf(agentId)
    const { callId } = call
    const legId = `${envelope.commandId}:leg`
    const { command, reserve } = planSupervision(this.switchboard, call, agentId, by, legId)
    if (reserve) await this.reserve(reserve.shiftId, callId, legId, 'internal', at, envelope)
    return this.call(callId, command, envelope)
  }

  /** Forced disconnect (catalogue C5.5). */
  disconnect(agentId: string, supervisorCode: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.callOf(agentId).callId, { do: 'force_disconnect', supervisorCode, agentId }, envelope)
  }

  /** Moves a waiting caller to another queue, where their wait starts anew. */
  move(callId: string, queueCode: string, envelope: CommandEnvelope): Promise<Answer> {
    const priority = this.switchboard.call(callId)?.queue?.priority ?? 0
    return this.call(callId, { do: 'move', queue: this.queueing(queueCode, priority) }, envelope)
  }
}
