/** Legs that vanish or end without notice, or at the same moment as something else happens to them. */
import { faultTable, legOf, RECONCILED_MS } from './phases.ts'

faultTable(
  'legs',
  [
    {
      name: 'leg lost',
      each: 'leg',
      agreeAfterMs: RECONCILED_MS,
      async strike(stage, role) {
        const { telephony } = stage.house
        const legId = stage.legs[role!]!
        // A leg that is about to be dialled is lost as soon as anything is reported of it.
        if (await legOf(stage, role!)) telephony.lose(legId)
        else telephony.inject({ kind: 'leg-lost', when: { nth: 1 }, lastsMs: 0, of: { legId } })
      },
    },
    {
      name: 'BYE lost',
      each: 'leg',
      agreeAfterMs: RECONCILED_MS,
      kind: 'bye-lost',
      async strike(stage, role) {
        const { telephony } = stage.house
        const legId = stage.legs[role!]!
        telephony.inject({ kind: 'bye-lost', when: { nth: 1 }, of: { legId } })
        if (await legOf(stage, role!)) telephony.act(legId, 'hang_up')
      },
    },
  ],
  1_000,
)
