/**
 * What a browser needs to be an agent's phone. Issued to the desk of a shift, good for minutes, and kept nowhere: it is no
 * command, whose answers are remembered for repetition.
 */
import { z } from 'zod'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Phone } from '../../telephony/sip/bindings.ts'
import type { IceAccess } from '../../telephony/sip/ice-servers.ts'
import { WEB_PASSWORD_MS, type WebPassword } from '../../telephony/sip/web-credentials.ts'
import type { CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { webPhoneSchema, type WebPhone } from './answers.ts'
import { agentCode, agentOf, deskId, notSignedIn } from './command-route.ts'

/** Where browsers register, and what with. */
export interface WebPhones {
  /** `wss://…`: the SIP server’s WebSocket. */
  url: string
  issue(phone: Phone): Pick<WebPassword, 'user' | 'password'> & { iceServers: IceAccess[] }
}

/** The browser asks for the next password when so much of this one’s time is left, ms. */
const EARLY_MS = 4 * 60_000

/** @param phones null: browsers cannot be phones here */
export function webPhoneRoute({ deskOf }: CommandDependencies, phones: WebPhones | null): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/desk/phone',
    permission: 'agents.web_phone',
    group: 'Agent commands',
    about:
      'Where and with which password this browser registers as the agent’s phone.\n\nRefused while another ' +
      'browser is the desk of the agent’s shift. The password expires after minutes, and is no longer accepted from the moment ' +
      'that the extension’s `webPhone` is switched off. The extension’s own password is never part of an answer.',
    request: { body: z.strictObject({ agentCode, deskId }) },
    responses: {
      200: { about: 'A new password; those issued before stay good until they expire.', schema: webPhoneSchema },
    },
    problems: [
      'agent.unknown',
      ...notSignedIn,
      'agent.desk_elsewhere',
      'phone.none',
      'phone.no_extension',
      'phone.not_enabled',
    ],
    async handle({ body, session }): Promise<WebPhone> {
      const { tenant } = session
      const at = deskOf(tenant)
      const { code } = session.actor('agent', body)
      const { agentId } = agentOf(code, at)
      const shift = at.state.shift(agentId)
      if (!shift) throw new Problem('agent.not_signed_in', { agent: code })
      await at.desk.from(body.deskId).demandDesk(agentId, { tenant })
      if (!phones) throw new Problem('phone.none')
      const { extension } = shift
      if (extension === null) throw new Problem('phone.no_extension', { agent: code })
      const settings = at.state.configuration.state.network.extensions.find(({ number }) => number === extension)
      if (settings?.type !== 'line' || !settings.webPhone) throw new Problem('phone.not_enabled', { extension })
      const { user, password, iceServers } = phones.issue({ tenant, extension })
      return {
        extension,
        address: `sip:${encodeURIComponent(extension)}@${new URL(phones.url).hostname}`,
        url: phones.url,
        user,
        password,
        iceServers,
        renewInMs: WEB_PASSWORD_MS - EARLY_MS,
      }
    },
  })
}
