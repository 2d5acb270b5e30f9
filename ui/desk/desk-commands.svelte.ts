/**
 * What the buttons of a desk send: the fields they read, whether each is possible now, and the command of each. One per open desk.
 */
import { CommandSender } from '../http/command-sender.svelte.ts'
import { language } from '../language/language.svelte.ts'
import type { AgentRow, CallPartyRow } from '../live/protocol.ts'
import { deskButtons, shown, type DeskAct } from './desk-acts.ts'
import { identity } from '../identity/desk-identity.svelte.ts'
import { isNumber, type Reach, type Target } from './targets.ts'
import { deskWords } from './words.ts'

/** The desk as it is now. */
export interface DeskNow {
  agent: AgentRow | null
  /** Who is being consulted or has joined as a third party. */
  colleague: CallPartyRow | null
  /** Somebody works here. */
  works: boolean
}

export class DeskCommands {
  readonly sender = new CommandSender()
  reason = $state('')
  number = $state('')
  /** A phone other than the configured one. */
  extension = $state('')
  /** What the list of targets is open for; null: it is closed. */
  picking: Reach | null = $state(null)
  /** What is typed in it. */
  wanted = $state('')
  /** The agent is being asked whether to sign out. */
  confirming = $state(false)
  readonly #desk: () => DeskNow

  constructor(desk: () => DeskNow) {
    this.#desk = desk
  }

  /** Another agent's desk: start afresh. */
  forget(): void {
    this.sender.forget()
    this.confirming = false
    this.picking = null
    this.wanted = ''
    this.extension = ''
    this.reason = ''
  }

  possible(act: DeskAct): boolean {
    const { agent, colleague, works } = this.#desk()
    if (agent === null || !works || this.sender.sending !== null) return false
    if (!shown(act, agent) || !deskButtons[act].possible(agent, colleague)) return false
    return act !== 'dial' || isNumber(this.number)
  }

  /** Whether anybody can be reached in this way now. */
  reaches(how: Reach): boolean {
    const { agent, colleague, works } = this.#desk()
    return agent !== null && works && this.sender.sending === null && deskButtons[how].possible(agent, colleague)
  }

  /** Opens the list of targets for something, or closes it. */
  pick(how: Reach): void {
    this.picking = this.picking === how ? null : how
    this.wanted = ''
  }

  /** Transfers to a target, consults or calls it. */
  async reach(how: Reach, target: Target): Promise<void> {
    const { agent } = this.#desk()
    if (!agent || !this.reaches(how)) return
    const { agentCode, callId } = agent
    const body = how === 'dial' ? { number: dialled(target) } : { callId, ...addressee(how, target) }
    const { path } = deskButtons[how]
    const done = await this.sender.send(
      path,
      { agentCode, deskId: identity.deskId, ...body },
      deskWords[language.code].act[how],
    )
    if (done) this.picking = null
  }

  /** Does what a button says; signing out asks first. */
  async press(act: DeskAct): Promise<void> {
    const { agent } = this.#desk()
    if (!agent || !this.possible(act)) return
    if (act === 'transfer' || act === 'consult') return this.pick(act)
    if (act === 'sign_out' && !this.confirming) return void (this.confirming = true)
    this.confirming = false
    const done = await this.sender.send(
      deskButtons[act].path,
      { agentCode: agent.agentCode, deskId: identity.deskId, ...this.#bodyOf(act, agent) },
      deskWords[language.code].act[act],
    )
    if (!done) return
    if (act === 'dial') this.number = ''
    if (act === 'not_ready' || act === 'away' || act === 'sign_out') this.reason = ''
  }

  /** Cancels the state that was requested for after the call. */
  cancelRequest(): void {
    const { agent, works } = this.#desk()
    if (!agent || !works) return
    void this.sender.send(
      'agents/wish',
      { agentCode: agent.agentCode, deskId: identity.deskId, work: null },
      deskWords[language.code].cancelRequest,
    )
  }

  /** Says that somebody works here as this agent. */
  async workHere(): Promise<void> {
    const { agent } = this.#desk()
    if (!agent || this.sender.sending !== null) return
    const { agentCode } = agent
    const deskId = identity.own()
    const as = deskWords[language.code].workAs(agentCode)
    if (agent.state === 'signed_out' || (await this.sender.send('agents/desk/claim', { agentCode, deskId }, as)))
      identity.workAs(agentCode)
  }

  /** Shortcuts: Alt and the letter of the button. */
  byKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.confirming = false
    const { agent } = this.#desk()
    if (!agent || !event.altKey || event.ctrlKey || event.metaKey) return
    const own = (Object.keys(deskButtons) as DeskAct[]).filter((act) => `Key${deskButtons[act].key}` === event.code)
    if (own.length === 0) return
    event.preventDefault()
    // The shortcut for dialling focuses the number first.
    if (own[0] === 'dial' && this.number === '')
      return void document.querySelector<HTMLInputElement>('#desk-number')?.focus()
    const act = own.find((each) => shown(each, agent))
    if (act) void this.press(act)
  }

  /** The body of a button's command, beyond agent and desk. */
  #bodyOf(act: DeskAct, { callId }: AgentRow): object {
    switch (act) {
      case 'sign_in':
        return this.extension.trim() === '' ? {} : { extension: this.extension.trim() }
      case 'ready':
      case 'on_demand':
        return { reason: null }
      case 'sign_out':
      case 'not_ready':
      case 'away':
        return { reason: this.reason || null }
      case 'wrap_up_extend':
        return { byMs: 60_000 }
      case 'dial':
        return { number: this.number.trim() }
      default:
        return deskButtons[act].path.startsWith('calls/') ? { callId } : {}
    }
  }
}

/** What is dialled to call a target. */
function dialled(target: Target): string {
  return target.kind === 'number'
    ? target.number
    : target.kind === 'agent'
      ? (target.extension ?? target.code)
      : target.code
}

function addressee(how: 'transfer' | 'consult', target: Target): object {
  const { kind } = target
  if (how === 'transfer')
    return { to: kind === 'number' ? { kind, number: target.number } : { kind, code: target.code } }
  return kind === 'number' ? { toNumber: target.number } : { toAgentCode: target.code }
}
