/**
 * Changes of a session under way (RFC 3261, 14; RFC 3311): a phone's own hold, another codec, a new address. What one side
 * asks is passed on to the other, and its answer back. A refusal is passed back as it came and changes nothing; two
 * changes at once are refused, so that each side asks again.
 */
import { within } from '../../postgres/line.ts'
import type { SipRequest, SipResponse } from '../sip/srf.ts'
import { statusOfRefusal, type Dialog } from './dialogs.ts'
import { answerToHold, isSameSession, laterBy, saysHold } from './held-sdp.ts'

/** How long a phone may take to agree to a change, ms; it would be asked again and again for half a minute. */
const CHANGE_MS = 5_000

class Refusal extends Error {
  readonly status: number

  constructor({ status, reason }: Pick<SipResponse, 'status' | 'reason'>) {
    super(reason)
    this.status = status
  }
}

export interface SessionChanges {
  /**
   * Is it for the switchboard what the key for hold does at the outer end? Then the media server is not told: it would play
   * music of its own, and could no longer be told to do something else. Else it does as it likes.
   */
  decidesHold(): boolean
  /** The party at the outer end has put us on hold by its own key, or taken us back. */
  held(isHeld: boolean): void
}

/** Passes on what the far ends of two dialogs ask of their session. */
export function passOn(outer: Dialog, inner: Dialog, changes: SessionChanges): void {
  const asked = new Set<Dialog>()
  const hold = new OwnHold(outer, changes)
  const follow = (from: Dialog, to: Dialog): void => {
    let last = from.remote.sdp
    const change = (request: SipRequest, response: SipResponse): void => {
      const sdp = request.body
      if (!to.connected) return response.send(481, 'Gone')
      // We have asked them, and they us: both are told to wait, and to ask again (RFC 3261, 14.2).
      if (asked.has(from)) return response.send(491, 'Request Pending')
      if (asked.has(to)) return response.send(500, 'One change at a time', { headers: { 'Retry-After': '1' } })
      // Without an offer, or the same again (RFC 4028): what was agreed holds. By its text: not all phones count versions.
      if (!sdp || sdp === last) return response.send(200, 'OK', { body: from.local.sdp })
      const own = from === outer ? hold.answer(sdp) : null
      if (own !== null) {
        last = sdp
        return response.send(200, 'OK', { body: own })
      }
      asked.add(to)
      ask(to, from === outer ? sdp : hold.forPhone(sdp))
        .then(
          (answer) => {
            from.local.sdp = from === outer ? hold.forPhone(answer) : answer
            if (from === outer) hold.passed(sdp)
            last = sdp
            response.send(200, 'OK', { body: from.local.sdp })
          },
          (error: unknown) => {
            const status = statusOfRefusal(error)
            // The side that asked us cannot answer a challenge of the other one.
            if (status === 401 || status === 407) response.send(488, 'Not Acceptable Here')
            else response.send(status ?? 504, status === null ? 'Server Time-out' : 'Refused')
          },
        )
        .finally(() => asked.delete(to))
    }
    from.on('modify', change)
    from.on('update', (request: SipRequest, response: SipResponse) => {
      if (request.body) change(request, response)
      else response.send(200, 'OK')
    })
  }
  follow(outer, inner)
  follow(inner, outer)
}

/** A phone's own key for hold, answered in place of the media server. */
class OwnHold {
  readonly #outer: Dialog
  readonly #changes: SessionChanges
  /** The phone's session as the media server knows it. */
  #known: string
  #isHeld = false
  /** So many versions of our side were written by us and not by the media server. */
  #ours = 0

  constructor(outer: Dialog, changes: SessionChanges) {
    this.#outer = outer
    this.#changes = changes
    this.#known = outer.remote.sdp
  }

  /** Our answer to what the phone asks; null: it is not ours to answer. */
  answer(sdp: string): string | null {
    const { local } = this.#outer
    const isHeld = saysHold(sdp)
    if (isHeld ? !this.#changes.decidesHold() : !this.#isHeld || !isSameSession(sdp, this.#known)) return null
    this.#ours++
    // What the media server said last is good as it stands: both may speak again.
    if (isHeld) local.sdp = laterBy(answerToHold(local.sdp, sdp), 1)
    else local.sdp = laterBy(local.sdp.replace(/^a=(recvonly|inactive)(?=[ \t]*\r?$)/m, 'a=sendrecv'), 1)
    this.#turn(isHeld)
    return local.sdp
  }

  /** The media server has taken it. */
  passed(sdp: string): void {
    this.#known = sdp
    this.#turn(saysHold(sdp))
  }

  /** What the media server says, as the phone may hear it. */
  forPhone(sdp: string): string {
    return laterBy(sdp, this.#ours)
  }

  #turn(isHeld: boolean): void {
    if (isHeld !== this.#isHeld) this.#changes.held(isHeld)
    this.#isHeld = isHeld
  }
}

/**
 * Asks the far end for another session; what it answers. Not by the library's own `modify`: after a refusal that never
 * settles again.
 * @throws Refusal, Error when no answer comes in time
 */
async function ask(dialog: Dialog, sdp: string): Promise<string> {
  const asked = new Promise<SipResponse>((resolve, reject) =>
    dialog.agent.request(
      {
        method: 'INVITE',
        stackDialogId: dialog.id,
        body: sdp,
        _socket: dialog.socket,
        headers: { Contact: dialog.local.contact },
      },
      (error, request) => {
        if (error || !request) return reject(error ?? new Error('not sent'))
        request.on('response', (response, acknowledge) => {
          if (response.status < 200) return
          acknowledge()
          resolve(response)
        })
      },
    ),
  )
  const response = await within(CHANGE_MS, asked)
  if (response.status >= 300) throw new Refusal(response)
  dialog.local.sdp = sdp
  dialog.remote.sdp = response.body ?? ''
  return dialog.remote.sdp
}
