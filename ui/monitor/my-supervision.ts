/** The ongoing supervision by the user of this page, as the server reports it: it survives a reload and the page itself. */
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
