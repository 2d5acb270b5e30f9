/** What routing asks about the moment: gateways, phones, and who has been calling. */

/** Gateways and phones as they are at the moment of a call. */
export interface Lines {
  /** Does the gateway answer? True if nothing is known of it. */
  isUp(gateway: string): boolean
  /** Calls on it now. */
  callsOn(gateway: string): number
  /** New calls on it within the second before. */
  newCallsOn(gateway: string, at: number): number
  /** Outside calls that an extension began within the minute before. */
  callsOf(extension: string, at: number): number
  /** The number (工号) of the agent who is signed in at the phone; null: nobody is. */
  agentAt(extension: string): string | null
  /** Why the phone cannot be rung: `phone_not_registered`, `talking` …; null: it can, or nothing is known of it. */
  occupied(extension: string): string | null
}

/** All gateways up, all phones there, nobody calling: what is asked about a configuration alone. */
export const quietLines: Lines = {
  isUp: () => true,
  callsOn: () => 0,
  newCallsOn: () => 0,
  callsOf: () => 0,
  agentAt: () => null,
  occupied: () => null,
}
