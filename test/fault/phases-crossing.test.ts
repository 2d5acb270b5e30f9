/** Hanging up at the same moment as something else is done, and commands that are accepted but never carried out. */
import { armed, faultTable, legOf } from './phases.ts'

faultTable(
  'crossing',
  [
    {
      name: 'BYE at once',
      each: 'leg',
      agreeAfterMs: 5_000,
      async strike(stage, role) {
        const { telephony } = stage.house
        const leg = await legOf(stage, role!)
        // A party that is not connected yet hangs up at the moment it is connected.
        if (leg && leg.state !== 'ringing') telephony.act(stage.legs[role!]!, 'hang_up')
        else telephony.inject({ kind: 'bye-at-once', when: { nth: 1 }, of: { legId: stage.legs[role!]! } })
      },
    },
    armed('crossing', { called: 'our next command crosses with the hang-up of a party', each: 'call' }),
    armed('command-lost', { called: 'our next command is lost', each: 'call' }),
    armed('command-lost', { called: 'our hang-up is lost', each: 'call', of: { what: 'hang_up' } }),
    armed('crossing', { called: 'our hang-up crosses with that of a party', each: 'call', of: { what: 'hang_up' } }),
  ],
  2_000,
)
