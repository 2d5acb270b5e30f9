/**
 * Recorded history of a tenant. Stream `imported_history-<tenant>.history`, written before the first call, so that
 * anything folding the history knows in which zone to cut its days.
 */
import { z } from 'zod'
import { clearText, codeText as code, defineEvents, event, idText, personalDetail } from '../kernel/event.ts'

export const historyEvents = defineEvents({
  HistoryOpened: event('Recorded calls of this tenant are about to be loaded.', {
    source: clearText('setting', 100).describe('where they come from: anonymous-bank'),
    /** IANA name; this tenant's days and hours are cut in it. */
    zone: clearText('setting', 64),
    ids: z
      .enum(['clear', 'keyed'])
      .default('clear')
      .describe(
        'how agents and rows are recognised: `keyed`, hashes under the master key; `clear`, in histories opened by ' +
          'earlier versions, names and plain hashes',
      ),
  }),
  HistoryAgentNamed: event('An agent in the recorded calls: from now on calls name them by this id and number.', {
    agentId: idText.describe('a hash of the name under the master key, the same at every import'),
    agentCode: code.describe('工号 in this history: numbered in order of first appearance'),
    name: personalDetail('as the source gives it', 'agentId'),
  }),
})
