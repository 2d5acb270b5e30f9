/** Telephones in browsers: the process with the desk issues passwords, the one with the registrar accepts them. */
import { randomBytes } from 'node:crypto'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import type { WebPhones } from '@ledgerline/adapters/http/commands/web-phone-route.ts'
import { derive } from '@ledgerline/adapters/keys/sealing.ts'
import { iceAccess, type IceServer } from '@ledgerline/adapters/telephony/sip/ice-servers.ts'
import { WebCredentials } from '@ledgerline/adapters/telephony/sip/web-credentials.ts'

/** The same in all processes of a house, since it follows from the master key. */
export function webCredentials(masterKey: Buffer): WebCredentials {
  return new WebCredentials(derive(masterKey, 'web phones'), randomBytes)
}

/** @param url where browsers register */
export function webPhones(url: string, masterKey: Buffer, iceServers: readonly IceServer[]): WebPhones {
  const credentials = webCredentials(masterKey)
  return {
    url,
    issue: (phone) => {
      const now = realClock.now()
      return { ...credentials.issue(phone, now), iceServers: iceAccess(iceServers, phone.extension, now) }
    },
  }
}
