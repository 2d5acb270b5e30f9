/** Ids of shifts: an agent's first, second, third. They are part of stream names, so they never change. */

/** The id of an agent's n-th shift. */
export function shiftIdOf(agentId: string, number: number): string {
  return `${agentId}-${number}`
}

export function shiftNumber(shiftId: string): number {
  return Number(shiftId.slice(shiftId.lastIndexOf('-') + 1))
}

/** The agent whose shift it is. */
export function agentOfShift(shiftId: string): string {
  return shiftId.slice(0, shiftId.lastIndexOf('-'))
}
