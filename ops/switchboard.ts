/**
 * A tenant's switchboard, assembled from its parts: the process, the commands with which people act on its calls and
 * shifts, their desk, and the presence of its browsers. Running, simulating and testing all assemble it here.
 */
import { Desk } from '@ledgerline/core/desk/desk.ts'
import { PhoneDesk } from '@ledgerline/core/desk/phone-desk.ts'
import { DeskPresence } from '@ledgerline/core/desk/presence.ts'
import { SwitchboardProcess, type SwitchboardDependencies } from '@ledgerline/core/switchboard/process.ts'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { Commands, type AnswerBook } from '@ledgerline/core/kernel/command.ts'
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import type { Telephony } from '@ledgerline/core/telephony/port.ts'

export interface SwitchboardParts extends Omit<SwitchboardDependencies, 'commands'> {
  answers: AnswerBook
  /** Every possible refusal of a command; by default the kernel's own. */
  problems?: ProblemEntries
  /** How the commands of desks reach the network; by default `telephony` itself. */
  network?: Pick<Telephony, 'command'>
  /** The clock of the people at the desks; by default the tenant's. */
  deskClock?: Clock
}

export interface ComposedSwitchboard {
  process: SwitchboardProcess
  commands: Commands
  desk: Desk
  /** Counts the silence of desks once it is started. */
  presence: DeskPresence
}

/** Nothing runs yet: the process is started by its `run`, the presence of desks by its `start`. */
export function composeSwitchboard(parts: SwitchboardParts): ComposedSwitchboard {
  const { answers, problems, network, deskClock, ...dependencies } = parts
  const { tenant, log, codec, clock, dice, telephony, notes, onFact } = dependencies
  const commands = new Commands({
    log,
    codec,
    clock,
    dice,
    answers,
    ...(problems && { problems }),
    // An agent who signs in and goes ready at once must not wait until the log tells of the sign-in.
    onHandled: (carried) => process.noticed(carried),
  })
  const process = new SwitchboardProcess({
    ...dependencies,
    commands,
    features: (asked) => phones.use(asked),
    onFact(fact) {
      presence.noted(fact)
      phones.noted(fact)
      onFact?.(fact)
    },
  })
  const desk = new Desk({ switchboard: process.switchboard, commands, telephony: network ?? telephony })
  const phones = new PhoneDesk(desk, process.switchboard)
  const presence = new DeskPresence({
    tenant,
    desk,
    switchboard: process.switchboard,
    clock: deskClock ?? clock,
    onTrouble: (agentId, error) =>
      notes.warn('the loss of a desk could not be recorded yet', { agent: agentId, error: String(error) }),
  })
  return { process, commands, desk, presence }
}
