/** The words in which calls are told apart: by events, by tables, by what lists can be filtered by. Free of dependencies, for browsers. */

export const callDirections = ['inbound', 'outbound', 'internal'] as const

/** How a call ended for its customer. */
export const callOutcomes = [
  'answered',
  'abandoned',
  'pre_queue',
  'timed_out',
  'left_by_key',
  'no_agent',
  'overflowed',
  'called_back',
  'message',
  'feature',
  'rejected',
  'failed',
] as const
export type CallOutcome = (typeof callOutcomes)[number]

/** Nobody talked to the customer; a function that was keyed in is no call to anybody. */
export const unansweredOutcomes = callOutcomes.filter((outcome) => outcome !== 'answered' && outcome !== 'feature')

/** Whether there is somebody to be called back: nobody, somebody, or that is done. */
export const followUps = ['none', 'needed', 'handled'] as const
