/**
 * Good-bye to a phone whose dialog is lost: the SIP server that held it began anew, and knows nothing of it. What a BYE must
 * say of its dialog (RFC 3261, 12.2.1.1) is kept with the leg, so that one can be made outside any dialog of the server's.
 *
 * Over UDP it reaches the phone. Over TCP and TLS it goes to where the phone said that it listens, since the connection by
 * which it was called is gone; most phones do not listen there, and notice by their session timer, or by silence.
 */
import { z } from 'zod'
import { within } from '../../postgres/line.ts'
import { addresses, listed } from '../sip/grammar.ts'
import { ask } from '../sip/requests.ts'
import type { OutgoingRequest, Srf } from '../sip/srf.ts'
import type { Dialog } from './dialogs.ts'

const text = z.string().max(512)
export const farewell = z.object({
  uri: text,
  proxy: text.nullable(),
  from: text,
  to: text,
  callId: text,
  route: z.array(text).max(10),
})
/** What a BYE says of its dialog. */
export type Farewell = z.infer<typeof farewell>

const ANSWER_MS = 5_000
/** Higher than any number that a request in the dialog can have had; the highest that is allowed is 2^31 - 1. */
const LAST_CSEQ = 2_000_000_000

/** What must be known of a dialog: of one that began with our request also what it was answered. */
type ToldOf = Pick<Dialog, 'req'> & { sip: Pick<Dialog['sip'], 'callId' | 'localTag'> } & (
    | { type: 'uac'; res: Fields }
    | { type: 'uas'; res: unknown }
    | Pick<Dialog, 'type' | 'res'>
  )
type Fields = Pick<Dialog['res'], 'get' | 'source_address' | 'source_port' | 'protocol'>

/** Null: the dialog lacks something that it should have. */
export function farewellOf(dialog: ToldOf): Farewell | null {
  const { type, req, sip } = dialog
  const theirs = type === 'uac' ? dialog.res : req
  const [target] = addresses(theirs.get('contact') ?? '') ?? []
  const from = type === 'uac' ? req.get('from') : `${untagged(req.get('to'))};tag=${sip.localTag}`
  const to = type === 'uac' ? theirs.get('to') : req.get('from')
  if (!target || !from || !to) return null
  const passed = listed(theirs.get('record-route') ?? '') ?? []
  const route = type === 'uac' ? passed.toReversed() : passed
  const { source_address: address, source_port: port, protocol } = theirs
  const host = address.includes(':') ? `[${address}]` : address
  const parsed = farewell.safeParse({
    uri: target.uri,
    // Behind address translation it is where it came from, whatever it says.
    proxy: route.length === 0 && protocol === 'udp' ? `sip:${host}:${port};transport=udp` : null,
    from,
    to,
    callId: sip.callId,
    route,
  })
  return parsed.success ? parsed.data : null
}

/** Says that it is over. Resolves when it was answered, or not in time; never throws. */
export function sayFarewell(srf: Srf, farewell: Farewell): Promise<void> {
  return sayIn(farewell, srf, { method: 'BYE', headers: {} })
}

/** The same for any other request in a dialog that the server does not know, or no longer. */
export async function sayIn(
  { uri, proxy, from, to, callId, route }: Farewell,
  srf: Srf,
  { method, headers = {}, ...more }: Pick<OutgoingRequest, 'method' | 'headers' | 'body'>,
): Promise<void> {
  const hop = proxy ?? addresses(route[0] ?? '')?.[0]?.uri
  const said = ask(srf, {
    ...more,
    method,
    uri,
    ...(hop !== undefined && { proxy: hop }),
    headers: {
      ...headers,
      From: from,
      To: to,
      'Call-ID': callId,
      CSeq: `${LAST_CSEQ} ${method}`,
      ...(route.length > 0 && { Route: route.join(', ') }),
    },
  })
  await within(ANSWER_MS, said).catch(() => {})
}

function untagged(field = ''): string {
  return field.replace(/;\s*tag=[^;]*/i, '')
}
