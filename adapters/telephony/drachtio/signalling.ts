/**
 * The dialogs of legs: an outer one to the phone or trunk, an inner one to the media server, and what is asked in them. They
 * belong to a connection to a SIP server, and are lost with it; their sound is not.
 */
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import { within } from '../../postgres/line.ts'
import type { SipRequest, SipResponse, Srf } from '../sip/srf.ts'
import { dialogsOf } from './call-names.ts'
import { endOfBye, PHONE_GONE, saysThatItLeft } from './causes.ts'
import { api } from './connections.ts'
import { end, endById, takeBackById, turnAwayById, type Dialog } from './dialogs.ts'
import { farewellOf, sayFarewell, sayIn } from './farewell.ts'
import type { Leg } from './leg.ts'
import { NODE_LOST, type Legs } from './legs.ts'
import type { Listening } from './listening.ts'
import { Probes, type ProbesOptions } from './probes.ts'
import { passOn } from './session-changes.ts'
import { ANSWERED_TAG, dialogsTagOf } from './tags.ts'
import { acceptRefer, referredTo, replacedBy, type PendingRefer, type Telling } from './transfer-key.ts'
import type { Unsignalled } from './unsignalled.ts'

export interface SignallingOptions {
  legs: Legs
  listening: Listening
  unsignalled: Unsignalled
  /** A phone has put the other party on hold, or taken them back. */
  heldAside(leg: Leg, isHeld: boolean): void
  /** A browser's page, and its phone with it, is gone from this address. */
  phoneLeft(phone: Pick<Leg, 'tenant' | 'extension'>, from: { address: string; port: number }): Promise<void>
  /** How often a phone in a call is asked whether it is there, and how long it may take, ms. */
  probe?: Pick<ProbesOptions, 'everyMs' | 'answerMs'>
}

/** Whichever SIP server is there first. */
const ANY = ''
/** What the server calls a request. */
const IS_NAME = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/
/** How long it may take to forget where a phone was, ms. */
const GONE_MS = 1_000
/** So much is remembered for a SIP server that is away. */
const MOST_AWAITED = 1_000

export class Signalling {
  readonly #with: SignallingOptions
  /** Connections to SIP servers, by the server's name. */
  readonly #servers = new Map<string, Srf>()
  readonly #probes: Probes
  /** Transfers that phones asked for and wait for, by their leg, which may have ended. */
  readonly #refers = new Map<string, PendingRefer>()
  /** What is to be said once a SIP server is there, by its name. */
  readonly #awaits = new Map<string, ((srf: Srf) => void)[]>()

  constructor(options: SignallingOptions) {
    this.#with = options
    const { legs, unsignalled, probe } = options
    this.#probes = new Probes({
      ...probe,
      clock: legs.clock,
      gone: (leg) => legs.finish(leg, hungUp(leg)),
      silent: (leg) => unsignalled.add(leg),
      back: (leg) => unsignalled.forget(leg),
    })
  }

  /**
   * A connection to a SIP server is there, or lost with all its dialogs. Who talks goes on talking, and so does who waits
   * and can be heard; a call that was not answered yet can no longer be.
   */
  server(name: string, srf: Srf | null): void {
    const { legs } = this.#with
    const lost = this.#servers.get(name)
    if (srf) {
      this.#servers.set(name, srf)
      for (const key of [name, ANY]) {
        for (const say of this.#awaits.get(key) ?? []) say(srf)
        this.#awaits.delete(key)
      }
    } else this.#servers.delete(name)
    if (!lost) return
    for (const leg of legs) {
      if (leg.srf !== lost || leg.on) continue
      if (leg.state !== 'ringing') {
        this.#detach(leg)
        continue
      }
      // Their phone rings on, and nobody would hear its answer.
      if (leg.dialogs && !leg.arrival) this.takeBack(leg.dialogs, false)
      leg.dialogs = null
      legs.finish(leg, NODE_LOST)
    }
  }

  /** The phone has answered, or the caller was answered: from now on both ends may ask for something. */
  connected(leg: Leg, outer: Dialog, inner: Dialog): void {
    leg.outer = outer
    leg.inner = inner
    this.#follow(leg)
    this.#writeDialogs(leg)
  }

  /** The network takes the call elsewhere; we are out of it then. @throws Problem `telephony.unavailable` */
  async refer(leg: Leg, uri: string | undefined): Promise<void> {
    if (uri === undefined || !leg.outer)
      throw new Problem('telephony.unavailable', { reason: 'there is nowhere to refer the call to' })
    const answer = await leg.outer.request({ method: 'REFER', headers: { 'Refer-To': `<${uri}>` } })
    if (answer.status >= 300)
      throw new Problem('telephony.unavailable', { reason: `REFER was refused: ${answer.status}` })
    this.#with.legs.finish(leg, { by: 'system', cause: 16, sip: null, reason: 'completed' })
  }

  /** Tells both ends of a leg that it is over. False: the media server has not confirmed it, if it could be told at all. */
  ended(leg: Leg, { cause }: LegEnd): Promise<boolean> {
    this.#probes.forget(leg)
    void end(leg.outer)
    // What still rings here is taken back by the part that called it.
    if (leg.dialogs && leg.dialogs.invite === undefined && !leg.outer) void this.#endLost(leg.dialogs)
    return end(leg.inner, { Reason: `Q.850;cause=${cause}` })
  }

  /** Tells a phone what came of the transfer that it asked for. @throws Problem `telephony.no_leg` */
  answerRefer(legId: string, status: number): void {
    const refer = this.#refers.get(legId)
    if (refer) refer.settle(status)
    else this.#with.legs.get(legId)
  }

  /** It is another process's from now on. */
  forget(leg: Leg): void {
    this.#probes.forget(leg)
  }

  /** Nothing more is said to anybody. */
  release(): void {
    for (const refer of this.#refers.values()) refer.drop()
    this.#refers.clear()
    this.#awaits.clear()
  }

  /** Dialogs of another connection, or of another process; the SIP server may have begun anew since. */
  async #endLost({ server, ids: [outer, inner], farewell }: NonNullable<Leg['dialogs']>): Promise<void> {
    const srf = this.#servers.get(server)
    if (!srf) return
    const known = outer !== undefined && endById(srf, outer)
    if (inner !== undefined) void endById(srf, inner)
    if (!(await known) && farewell) await sayFarewell(srf, farewell)
  }

  /**
   * A call that another process left unanswered is ended at its far end, as soon as its SIP server is there: a phone stops
   * ringing, or, if its answer came to nobody, is hung up; a caller is turned away.
   */
  takeBack({ server, ids: [outer], farewell, invite }: NonNullable<Leg['dialogs']>, isCaller: boolean): void {
    this.#when(server, async (srf) => {
      if (invite !== undefined && (await (isCaller ? turnAwayById : takeBackById)(srf, invite))) return
      if (outer !== undefined && (await endById(srf, outer))) return
      // The server began anew: a dialog may be ended before it is confirmed, too (RFC 3261, 15).
      if (farewell) await sayFarewell(srf, farewell)
    })
  }

  /**
   * A leg of which nothing else is left here: a caller may still wait for an answer, and a phone may have given one that
   * nobody heard.
   */
  endByName(legId: string): void {
    const say = async (srf: Srf): Promise<void> => {
      if (IS_NAME.test(legId)) return void (await turnAwayById(srf, legId))
      for (const dialog of dialogsOf(legId)) if (await endById(srf, dialog)) return
    }
    if (this.#servers.size === 0) this.#when(ANY, say)
    for (const server of this.#servers.keys()) this.#when(server, say)
  }

  #when(server: string, say: (srf: Srf) => Promise<void>): void {
    const said = (srf: Srf): void =>
      void say(srf).catch((error: unknown) => this.#with.legs.failed('ending what nobody answered', error))
    const srf = this.#servers.get(server)
    if (srf) said(srf)
    else this.#awaits.set(server, [...(this.#awaits.get(server) ?? []), said].slice(-MOST_AWAITED))
  }

  /** Its dialogs are of no use any more, except that a phone may still be told the end by their ids. */
  #detach(leg: Leg): void {
    for (const dialog of [leg.outer, leg.inner]) dialog?.removeAllListeners()
    leg.outer = null
    leg.inner = null
    leg.srf = null
    this.#probes.forget(leg)
    this.#with.unsignalled.add(leg)
  }

  /** The same of a phone that rings or answers at this moment, as text for the media server; null: it cannot be told. */
  written(leg: Leg, answer: SipResponse): string | null {
    const server = this.#nameOf(leg)
    const { req, stackDialogId } = answer
    if (server === undefined || !req || !stackDialogId) return null
    const sip = { callId: req.get('call-id') ?? '', localTag: '' }
    const farewell = farewellOf({ type: 'uac', req, res: answer, sip })
    const dialogs = { server, ids: [stackDialogId], farewell, invite: answer.status < 200 ? req.stackTxnId : undefined }
    leg.dialogs = dialogs
    return dialogsTagOf(dialogs)
  }

  /** The same of a caller who may be answered, but for the tag that their answer will have. */
  expected(leg: Leg, req: SipRequest): string | null {
    const server = this.#nameOf(leg)
    const callId = req.get('call-id') ?? ''
    const [, tag] = /;\s*tag=([^;\s]+)/i.exec(req.get('from') ?? '') ?? []
    if (server === undefined || tag === undefined) return null
    const farewell = farewellOf({ type: 'uas', req, res: null, sip: { callId, localTag: '' } })
    return dialogsTagOf({ server, ids: [`${callId};from-tag=${tag}`], farewell, invite: req.stackTxnId })
  }

  #nameOf(leg: Leg): string | undefined {
    return [...this.#servers].find(([, srf]) => srf === leg.srf)?.[0]
  }

  /** Writes down how its phone can be told that it is over, for a process that takes the leg over. */
  #writeDialogs(leg: Leg): void {
    const server = this.#nameOf(leg)
    if (leg.ended || !leg.outer || !leg.inner || server === undefined) return
    leg.dialogs = { server, ids: [leg.outer.id, leg.inner.id], farewell: farewellOf(leg.outer) }
    // A phone's answer has said all of it.
    if (leg.outer.type === 'uac') return
    api(leg, 'uuid_setvar', `${ANSWERED_TAG} ${leg.outer.sip.localTag}`).catch((error: unknown) => {
      if (!isProblem(error, 'telephony.no_leg')) this.#with.legs.failed('marking a leg', error)
    })
  }

  /** The party at the other end may hang up, or ask for another session. */
  #follow(leg: Leg): void {
    const { legs, listening } = this.#with
    const { inner, outer } = leg
    if (!inner || !outer) return
    const isOver = (): void => legs.finish(leg, hungUp(leg))
    outer.on('destroy', (request?: SipRequest) => {
      if (!request || leg.extension === null || !saysThatItLeft(request)) return isOver()
      // It is not rung again where it no longer is.
      void within(GONE_MS, this.#with.phoneLeft(leg, sourceOf(request)))
        .catch((error: unknown) => legs.failed('forgetting a phone that left', error))
        .then(() => legs.finish(leg, PHONE_GONE))
    })
    inner.on('destroy', (request?: SipRequest) => legs.finish(leg, endOfBye(request?.get('reason'))))
    passOn(outer, inner, {
      decidesHold: () => leg.purpose !== 'customer',
      held: (isHeld) => this.#ownHold(leg.carries ?? leg, isHeld),
    })
    outer.on('refer', (request: SipRequest, response: SipResponse) => this.#referred(leg, outer, request, response))
    outer.on('info', (request: SipRequest, response: SipResponse) => {
      response.send(200, 'OK')
      const digit = /^\s*Signal\s*=\s*([0-9A-D*#])/im.exec(request.body ?? '')?.[1]
      if (digit) listening.key(leg.carries ?? leg, digit)
    })
    this.#probes.add(leg)
    // Gone before we heard that they were there.
    if (!outer.connected) isOver()
  }

  /** The phone's own hold key. */
  #ownHold(leg: Leg, isHeld: boolean): void {
    const by = leg.purpose === 'customer' ? ('customer' as const) : ('agent' as const)
    if (leg.ended) return
    this.#with.legs.report(leg, isHeld ? { what: 'held', by } : { what: 'resumed' })
    this.#with.heldAside(leg, isHeld)
  }

  /** The transfer key of a phone of ours; what comes of it the switchboard decides. */
  #referred(on: Leg, outer: Dialog, request: SipRequest, response: SipResponse): void {
    const { legs } = this.#with
    const leg = on.carries ?? on
    const to = referredTo(request)
    if (leg.purpose === 'customer' && leg.extension === null) return response.send(403, 'Forbidden')
    if (to === null) return response.send(400, 'Refer-To names nobody')
    if (leg.refer && !leg.refer.isSettled) return response.send(491, 'Request Pending')
    const replaced = replacedBy(request)
    const other = replaced && this.#otherLineOf(on, replaced)
    if (replaced && !other) return response.send(481, 'Call/Transaction Does Not Exist')
    if (other && other.server !== leg.server) {
      // Nobody can be moved from one to the other in the middle of a talk.
      const reason = 'its two calls are on different media servers'
      legs.failed('connecting two calls of a phone', new Problem('telephony.unavailable', { reason }))
      return response.send(603, 'Decline')
    }
    // By which server it came: the dialog may be over by then, and another connection there.
    const [server, told] = [this.#nameOf(on), farewellOf(outer)]
    const afterwards: Telling['afterwards'] = (said) => {
      const srf = this.#servers.get(server ?? '')
      if (srf && told) void sayIn(told, srf, said)
    }
    const { legId } = leg
    const refer = acceptRefer({ dialog: outer, afterwards }, request, response, {
      clock: legs.clock,
      attended: replaced !== null,
      over: () => this.#refers.delete(legId),
    })
    this.#refers.set(legId, refer)
    leg.refer = refer
    legs.report(leg, { what: 'referred', to, other: other && { legId: other.legId, callId: other.callId } })
  }

  /** The leg of another call of the same phone, by its dialog. */
  #otherLineOf({ tenant, extension }: Leg, { callId, tags }: { callId: string; tags: string[] }): Leg | null {
    for (const leg of this.#with.legs) {
      const sip = leg.outer?.sip
      if (sip?.callId !== callId || leg.tenant !== tenant || leg.extension !== extension || extension === null) continue
      if (tags.every((tag) => tag === sip.localTag || tag === sip.remoteTag)) return leg.carries ?? leg
    }
    return null
  }
}

function sourceOf({ source_address: address, source_port: port }: SipRequest): { address: string; port: number } {
  return { address, port }
}

/** The party at the other end has hung up. */
function hungUp({ purpose }: Leg): LegEnd {
  const by = purpose === 'customer' || purpose === 'supervisor' ? purpose : 'agent'
  return { by, cause: 16, sip: null, reason: 'hung_up' }
}
