/**
 * Recorded history of a tenant. Stream `imported_history-<tenant>.history`, written before its first call,
 * so that whoever folds the history knows in which zone to cut its days.
 */
import { z } from 'zod'
import { clearText, codeText as code, defineEvents, event, idText, personalDetail } from '../kernel/event.ts'

export const historyEvents = defineEvents({
  HistoryOpened: event('Recorded calls of this tenant are about to be loaded.', {
    source: clearText('setting', 100).describe('where they come from: anonymous-bank'),
    /** IANA name; days and hours of this tenant are cut in it. */
    zone: clearText('setting', 64),
    ids: z
      .enum(['clear', 'keyed'])
      .default('clear')
      .describe(
        'by what agents and rows are recognised: `keyed`, hashes under the master key; `clear`, in histories opened by earlier versions, names and plain hashes',
      ),
  }),
  HistoryAgentNamed: event('Somebody who served recorded calls: from now on calls name them by this id and number.', {
    agentId: idText.describe('a hash of the name under the master key: the next import meets it again'),
    agentCode: code.describe('工号 in this history: counted in the order in which they were met'),
    name: personalDetail('as the source has it', 'agentId'),
  }),
})
