/** A SIP server of ours in front of a drachtio (the stand-in, or a real one), with a few extensions and a trunk. */
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import type { Bindings } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import { SipServer, type Invite, type SipServerOptions } from '@ledgerline/adapters/telephony/sip/server.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { TelephonyReport } from '@ledgerline/core/telephony/port.ts'
import { until } from '../support/gate.ts'
import { TestPhone, type PhoneSettings } from './phone.ts'

/** Where a drachtio is. */
export interface Drachtio {
  control: number
  sip: number
  secret: string
}

export interface SipHouse {
  sip: SipServer
  reports: TelephonyReport[]
  calls: Invite[]
  troubles: Problem[]
  back: string[]
  /** Everything that was logged, as text. */
  logged: string[]
  /** A phone of an extension, at an address of this machine. */
  phone(extension: string, settings?: Partial<PhoneSettings>, address?: string): Promise<TestPhone>
  close(): Promise<void>
}

/** Calls from here are the trunk's. */
export const TRUNK = '127.0.0.50'
export const TENANT = 'bank'

export async function sipHouse(
  drachtio: Drachtio,
  store: Bindings,
  options: Partial<SipServerOptions> = {},
): Promise<SipHouse> {
  const [reports, calls, troubles, back, logged, phones]: [
    TelephonyReport[],
    Invite[],
    Problem[],
    string[],
    string[],
    TestPhone[],
  ] = [[], [], [], [], [], []]
  const note = (details: object, message: string): void => void logged.push(`${message} ${JSON.stringify(details)}`)
  const gateways = [{ tenant: TENANT, gateway: 'gw1', addresses: ['127.0.0.48/29', 'sip.example.com'] }]
  const sip = await SipServer.open({
    servers: [{ host: '127.0.0.1', port: drachtio.control, secret: drachtio.secret }],
    realm: 'ledgerline',
    nonceKey: Buffer.alloc(32, 7),
    account: (user) =>
      /^[1-8]\d\d$/.test(user) ? { tenant: TENANT, extension: user, secret: `secret of ${user}` } : null,
    gateways: () => gateways,
    store,
    clock: realClock,
    dice: Math.random,
    logger: { warn: note, error: note },
    onTrouble: (problem) => troubles.push(problem),
    onBack: (what) => back.push(what),
    rules: { shortest: 60, usual: 3_600, longest: 3_600, contacts: 10 },
    ...options,
  })
  sip.onInvite((invite) => {
    calls.push(invite)
    invite.response.send(486, 'Busy Here')
  })
  const over = new AbortController()
  const reading = (async () => {
    for await (const report of sip.reports(over.signal)) reports.push(report)
  })()
  return {
    sip,
    reports,
    calls,
    troubles,
    back,
    logged,
    async phone(extension, settings, address) {
      const phone = await TestPhone.start(
        { port: drachtio.sip },
        { extension, secret: `secret of ${extension}`, ...settings },
        address,
      )
      phones.push(phone)
      return phone
    },
    async close() {
      over.abort()
      for (const phone of phones) phone.close()
      await sip.close()
      await reading
    },
  }
}

/** Resolves when it is connected to its drachtio. */
export async function connected({ sip }: SipHouse): Promise<void> {
  await until('a connection to drachtio', () => sip.connected.length > 0)
}
