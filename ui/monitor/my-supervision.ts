/** The supervision that goes on for whoever looks at this page, as the server says: it outlives a reload and the page. */
import type { CallPartyRow } from '../live/protocol.ts'
import { SUPERVISOR } from './supervisor-commands.ts'

/** The latest, should there be several; null: none. */
export function mySupervision(parties: Iterable<CallPartyRow>): CallPartyRow | null {
  let mine: CallPartyRow | null = null
  for (const party of parties) {
    if (
      party.part === 'supervision' &&
      party.partyCode === SUPERVISOR &&
      (mine === null || party.startedAt > mine.startedAt)
    )
      mine = party
  }
  return mine
}
