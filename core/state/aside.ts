/**
 * Streams that are set aside because one of their events cannot be read: what closes what they are about. One rule, for the switchboard,
 * which says so in its status, and for the tables, whose events count again from there on.
 */
import { isFinding } from '../findings/findings.ts'
import { OWNER_ID } from '../configuration/ownership.ts'

/**
 * From these events on all is known again. Mostly the switchboard writes them for this very reason (`CallSetAside`, `ShiftSetAside`); but
 * whoever could read the event after all ends a call or a shift with a plain end, and the next activation holds the whole configuration.
 */
export const CLOSES: ReadonlySet<string> = new Set([
  'CallSetAside',
  'CallEnded',
  'ShiftSetAside',
  'AgentSignedOut',
  'SwitchboardActivated',
])

/** Is there nothing to be closed? Each event about the owner stands for itself, and by findings nothing is decided. */
export function closesItself(stream: string): boolean {
  const id = idOf(stream)
  return stream.startsWith('switchboard-') && (id === OWNER_ID || isFinding(id))
}

/** Can it be set aside again, when it was closed? What is over stays so; a configuration is never over. */
export function opensAgain(stream: string): boolean {
  return stream.startsWith('switchboard-') && !closesItself(stream)
}

/** What a stream is about, by its name. */
export function idOf(stream: string): string {
  return stream.slice(stream.indexOf('.') + 1)
}
