/** Requests that we send outside a dialog. */
import type { OutgoingRequest, SipResponse, Srf } from './srf.ts'

/** The final answer, whatever it is; it may never come, so give it a time limit. @throws Error when it was not sent */
export function ask(srf: Srf, request: OutgoingRequest): Promise<SipResponse> {
  return new Promise((resolve, reject) =>
    srf.request(request, (error, sent) => {
      if (error || !sent) return reject(error ?? new Error('not sent'))
      sent.on('response', (response) => response.status >= 200 && resolve(response))
    }),
  )
}
