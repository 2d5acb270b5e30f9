/** A house with voice menus, callers in it, and what happened to them, each step in a few letters. */
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import type { IvrSettings } from '@ledgerline/core/ivr/settings.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { KeyPress } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { inHouse } from '../acd/in-house.ts'
import { callerTo, tenant, type HouseOptions, type VirtualHouse } from '../support/house.ts'
import { houseWith } from './menus.ts'

/** A caller who presses these keys, each this long after they could. */
export const keys = (digits: string, afterMs = 1_000): { keys: KeyPress[]; patienceMs: number } => ({
  patienceMs: 600_000,
  keys: [...digits].map((digit) => ({ when: 'asked', digit, afterMs })),
})

export function inMenus(
  settings: IvrSettings,
  body: (house: VirtualHouse) => Promise<void>,
  { network = {}, ...more }: HouseOptions & { network?: NetworkInput } = {},
): Promise<void> {
  return inHouse({ ...houseWith(settings, network), ...more }, body)
}

/** The events of a call, in order. */
export async function eventsOf(house: VirtualHouse, callId: string): Promise<AnyEvent[]> {
  return (await house.ledger()).filter(({ stream }) => stream === `call-${tenant}.${callId}`)
}

/** What happened in the menus, each in a few letters. */
export async function told(house: VirtualHouse, callId: string): Promise<string[]> {
  return (await eventsOf(house, callId)).flatMap((event): string[] => {
    switch (event.type) {
      case 'IvrEntered':
        return [`in ${event.data.menu}`]
      case 'IvrKeyPressed':
        return [`key ${event.data.key}`]
      case 'IvrEntryRead':
        return [`reads ${event.data.says.join()}`]
      case 'IvrInvalidInput':
        return [`wrong ${event.data.failures}`]
      case 'IvrInputTimedOut':
        return [`late ${event.data.timeouts}`]
      case 'IvrTimeUp':
        return ['time up']
      case 'IvrRemoved':
        return ['gone']
      case 'VoicemailReached':
        return [`box ${event.data.box}`]
      case 'VoiceMessageLeft':
        return ['message']
      case 'IvrSubmenuEntered':
        return [`sub ${event.data.menu}`]
      case 'IvrReturnedToParent':
        return [`back ${event.data.menu}`]
      case 'IvrReturnedToRoot':
        return [`top ${event.data.menu} ${event.data.why}`]
      case 'IvrPromptPlayed':
        return [event.data.complete ? `heard ${event.data.media}` : `cut ${event.data.media}`]
      case 'IvrTransferred':
        return [`to ${event.data.to.do} ${event.data.to.to}`]
      case 'IvrTransferRefused':
        return [`refused ${event.data.reason}`]
      case 'IvrExited':
        return [`out ${event.data.reason}`]
      case 'CallAnswered':
        return [`talks ${event.data.agentCode}`]
      case 'CallQueued':
        return [`queued ${event.data.queueCode}`]
      case 'CallEnded':
        return [`ended ${event.data.reason}`]
      default:
        return []
    }
  })
}

/** A caller who waits this long before each key; then time passes. */
export async function story(house: VirtualHouse, digits: string, ms = 300_000, afterMs = 7_000): Promise<string[]> {
  const { legId, callId } = house.telephony.arrive(callerTo('95500', { patienceMs: 600_000 }))!
  for (const digit of digits) {
    await house.pass(afterMs)
    house.telephony.press(legId, digit)
  }
  await house.pass(ms)
  return told(house, callId)
}
