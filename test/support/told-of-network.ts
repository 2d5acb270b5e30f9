/** Says of gateways and phones, to a house's ledger, what its network would have reported. */
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { Commands } from '@ledgerline/core/kernel/command.ts'
import type { PhoneContact } from '@ledgerline/core/registration/events.ts'
import {
  gatewayDecider,
  gatewayId,
  phoneDecider,
  phoneId,
  type GatewayState,
} from '@ledgerline/core/registration/reported.ts'
import { tenant, type VirtualHouse } from './house.ts'

export const contactOf = (extension: string, change: Partial<PhoneContact> = {}): PhoneContact => ({
  contact: `sip:${extension}@10.0.3.${Number(extension) % 200}:5060`,
  userAgent: 'eyeBeam release 1011d',
  host: '10.0.0.1:5060',
  address: `10.0.3.${Number(extension) % 200}`,
  port: 5060,
  protocol: 'udp',
  behindNat: false,
  reach: 'reachable',
  pingMs: 12,
  ...change,
})

export function tellingOf({ log, codec, clock }: Pick<VirtualHouse, 'log' | 'codec' | 'clock'>) {
  const commands = new Commands({ log, codec, clock, dice: () => 0, answers: memoryAnswers(() => clock.now()) })
  let told = 0
  const envelope = () => ({ tenant, commandId: `told-${told++}`, actor: 'test', origin: 'live' as const })
  return {
    phone: (extension: string, contacts: readonly PhoneContact[]) =>
      commands.carryOut(phoneDecider, phoneId(extension), { do: 'phone', extension, contacts }, envelope()),
    gateway: (gateway: string, state: GatewayState) =>
      commands.carryOut(gatewayDecider, gatewayId(gateway), { do: 'gateway', gateway, ...state }, envelope()),
  }
}
