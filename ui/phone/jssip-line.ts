/**
 * The line by JsSIP, which is loaded only when a phone is switched on. Why this library: it is maintained (SIP.js had its
 * last release years ago), brings its own types, needs three small packages, and keeps a call through a lost connection.
 *
 * What it does not do is done here: it ends a call when ICE fails, which is given time instead, and a new way (ICE restart)
 * as soon as the connection is back; it does not try again after a refused registration.
 */
import JsSIP from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { RTCSessionEvent, UA } from 'jssip/lib/UA'
import {
  SILENT_MS,
  type CallEnd,
  type LineAccess,
  type LineCall,
  type LineEvent,
  type PhoneLine,
} from './phone-line.ts'
import { SipSocket } from './sip-socket.ts'

/** A binding that is not refreshed is over after this, s. */
const REGISTERED_S = 120
/** Pauses between attempts to connect, s. */
const RECOVERY = { connection_recovery_min_interval: 1, connection_recovery_max_interval: 4 }
/** The server took no registration: it is asked again, ms. */
const AGAIN_MS = 3_000
/** Candidates that come later are not waited for, ms. */
const GATHERING_MS = 500
const TONE = { duration: 120, interToneGap: 80 }
const BUSY = 486
/** What the end of a call says of a page that goes away (`adapters/telephony/drachtio/causes.ts`). */
const LEAVES = { status_code: 480, reason_phrase: 'left' }
const DECLINE = 603

/** SIP's words for why a call is over. */
const ends: Readonly<Record<string, CallEnd>> = {
  Terminated: 'hung_up',
  Canceled: 'cancelled',
  Busy: 'busy',
  Rejected: 'refused',
  'No Answer': 'no_answer',
  Unavailable: 'no_answer',
  Expires: 'no_answer',
  'Not Found': 'unreachable',
  'Address Incomplete': 'unreachable',
  'Connection Error': 'network',
  'Request Timeout': 'network',
  'Dialog Error': 'network',
  'RTP Timeout': 'no_sound',
}

export class JsSipLine implements PhoneLine {
  readonly #heard: (event: LineEvent) => void
  readonly #agent: UA
  readonly #domain: string
  #session: RTCSession | null = null
  #call: LineCall | null = null
  #microphone: MediaStream | null = null
  /** Calls that were given up without a connection: the other side learns of it as soon as there is one. */
  readonly #givenUp = new Set<RTCSession>()
  #again: ReturnType<typeof setTimeout> | undefined
  #givingUp: ReturnType<typeof setTimeout> | undefined
  /** The password was refused, and no other has come yet. */
  #refused = false
  #iceServers: readonly RTCIceServer[]

  constructor({ url, address, user, password, iceServers }: LineAccess, heard: (event: LineEvent) => void) {
    this.#heard = heard
    this.#iceServers = iceServers
    this.#domain = address.split('@').at(-1)!
    this.#agent = new JsSIP.UA({
      sockets: [new SipSocket(url)],
      uri: address,
      authorization_user: user,
      password,
      register_expires: REGISTERED_S,
      session_timers: false,
      user_agent: 'Ledgerline',
      ...RECOVERY,
    })
    this.#agent.on('registered', () => {
      this.#heard({ is: 'registered' })
      for (const session of this.#givenUp) ended(session)
      this.#givenUp.clear()
      if (this.#call?.silentSince != null) this.#restart()
    })
    this.#agent.on('disconnected', () => this.#heard({ is: 'away' }))
    this.#agent.on('registrationFailed', ({ response }) => {
      const status = response?.status_code ?? 0
      this.#refused = status === 401 || status === 403
      if (this.#refused) return this.#heard({ is: 'refused' })
      this.#heard({ is: 'away' })
      // Without a connection there will be a registration as soon as there is one.
      if (!this.#agent.isConnected()) return
      clearTimeout(this.#again)
      this.#again = setTimeout(() => this.#agent.register(), AGAIN_MS)
    })
    this.#agent.on('newRTCSession', ({ session, originator, request }: RTCSessionEvent) => {
      if (originator === 'local') return
      if (this.#session) return session.terminate({ status_code: BUSY })
      const info = request.getHeader('call-info') as string | undefined
      const answersItself = /;\s*answer-after\s*=\s*0\b/i.test(info ?? '')
      this.#follow(session, { phase: 'ringing', number: session.remote_identity.uri.user ?? '', answersItself })
    })
  }

  start(): void {
    this.#agent.start()
  }

  renew({ user, password, iceServers }: LineAccess): void {
    this.#iceServers = iceServers
    this.#agent.set('authorization_user', user)
    this.#agent.set('password', password)
    if (!this.#refused) return
    this.#refused = false
    this.#agent.register()
  }

  dial(number: string, microphone: MediaStream): void {
    if (this.#session) return stopped(microphone)
    this.#microphone = microphone
    // It begins while this runs: its first events come before it is returned.
    const session = this.#agent.call(`sip:${encodeURIComponent(number)}@${this.#domain}`, {
      mediaStream: microphone,
      pcConfig: this.#ways,
    })
    this.#follow(session, { phase: 'calling', number, answersItself: false })
    this.#connects(session.connection)
  }

  answer(microphone: MediaStream): void {
    if (this.#session === null || this.#call?.phase !== 'ringing') return stopped(microphone)
    this.#microphone = microphone
    this.#session.answer({ mediaStream: microphone, pcConfig: this.#ways })
  }

  hangUp(): void {
    if (!this.#session) return
    const refuses = this.#call?.phase === 'ringing'
    this.#session.terminate(refuses ? { status_code: DECLINE } : undefined)
  }

  mute(on: boolean): void {
    if (on) this.#session?.mute({ audio: true })
    else this.#session?.unmute({ audio: true })
    this.#change({ muted: on })
  }

  press(key: string): void {
    if (this.#call?.phase !== 'talking') return
    this.#session?.sendDTMF(key, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833, ...TONE })
  }

  async speakInto(microphone: MediaStream): Promise<void> {
    const sender = this.#session?.connection?.getSenders().find(({ track }) => track?.kind === 'audio')
    if (!sender) return stopped(microphone)
    const [track = null] = microphone.getAudioTracks()
    if (track) track.enabled = !this.#call?.muted
    await sender.replaceTrack(track)
    stopped(this.#microphone)
    this.#microphone = microphone
  }

  stop(leaves = false): void {
    clearTimeout(this.#again)
    // Nobody has hung up: the customer waits for the phone that comes after this one.
    if (leaves && this.#call?.phase === 'talking') this.#session?.terminate(LEAVES)
    this.#agent.stop()
    this.#over()
  }

  get #ways(): RTCConfiguration {
    return { iceServers: [...this.#iceServers] }
  }

  #follow(session: RTCSession, call: Pick<LineCall, 'phase' | 'number' | 'answersItself'>): void {
    this.#session = session
    this.#call = { ...call, id: session.id, muted: false, silentSince: null }
    this.#heard({ is: 'call', call: this.#call })
    const over = ({ cause }: { cause: string }): void => {
      if (this.#session !== session) return
      const { id } = this.#call!
      this.#over()
      this.#heard({ is: 'ended', id, why: ends[cause] ?? 'failed' })
    }
    session.on('ended', over)
    session.on('failed', over)
    session.on('accepted', () => this.#session === session && this.#change({ phase: 'talking' }))
    session.on('peerconnection', ({ peerconnection }) => this.#connects(peerconnection))
    let gathering: ReturnType<typeof setTimeout> | undefined
    session.on('icecandidate', ({ ready }) => {
      clearTimeout(gathering)
      gathering = setTimeout(ready, GATHERING_MS)
    })
    session.on('sdp', () => clearTimeout(gathering))
  }

  #connects(connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ streams: [stream], track }) => {
      this.#heard({ is: 'sound', stream: stream ?? new MediaStream([track]) })
    })
    connection.addEventListener(
      'iceconnectionstatechange',
      (event) => {
        if (this.#session?.connection !== connection) return
        const state = connection.iceConnectionState
        if (state === 'connected' || state === 'completed') this.#soundIsBack()
        if (state !== 'disconnected' && state !== 'failed') return
        // JsSIP, which listens after us, would hang up.
        event.stopImmediatePropagation()
        this.#soundIsGone()
        if (state === 'failed' && this.#agent.isRegistered()) this.#restart()
      },
      { capture: true },
    )
  }

  #soundIsGone(): void {
    if (this.#call === null || this.#call.silentSince !== null) return
    this.#change({ silentSince: performance.now() })
    this.#givingUp = setTimeout(() => this.#giveUp(), SILENT_MS)
  }

  /** It is over here, whether the other side can be told now or not. */
  #giveUp(): void {
    const session = this.#session
    if (!session) return
    const { id } = this.#call!
    if (!this.#agent.isConnected()) this.#givenUp.add(session)
    this.#over()
    this.#heard({ is: 'ended', id, why: 'no_sound' })
    if (!this.#givenUp.has(session)) ended(session)
  }

  #soundIsBack(): void {
    clearTimeout(this.#givingUp)
    if (this.#call?.silentSince != null) this.#change({ silentSince: null })
  }

  /** Looks for a new way to the other side: the address may be another one now. */
  #restart(): void {
    this.#session?.renegotiate({ rtcOfferConstraints: { iceRestart: true } })
  }

  #change(change: Partial<LineCall>): void {
    if (!this.#call) return
    this.#call = { ...this.#call, ...change }
    this.#heard({ is: 'call', call: this.#call })
  }

  #over(): void {
    clearTimeout(this.#givingUp)
    this.#session = null
    this.#call = null
    stopped(this.#microphone)
    this.#microphone = null
  }
}

/** Tells the other side that a call is over, if it does not know. */
function ended(session: RTCSession): void {
  if (!session.isEnded()) session.terminate({ cause: JsSIP.C.causes.RTP_TIMEOUT })
}

function stopped(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop()
}
