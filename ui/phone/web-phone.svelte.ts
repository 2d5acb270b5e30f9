/**
 * The desk's telephone: switched on and off by the agent, registered as long as they work here, and never in two tabs at
 * once. Everything that is shown of it is here, and it says what is: a connection that is gone, a microphone that was
 * refused, a call on which nothing arrives.
 */
import type { WebPhone as Access } from '@ledgerline/adapters/http/commands/answers.ts'
import { post, Refusal } from '../http/requests.ts'
import type { CallEnd, LineAccess, LineCall, LineEvent, OpenLine, PhoneLine } from './phone-line.ts'
import { ring } from './ringtone.ts'
import { NoMicrophone, soundDevices, type MicrophoneFault } from './sound-devices.svelte.ts'

export type PhoneState =
  | 'off'
  /** The browser asks whether the page may use the microphone. */
  | 'asking'
  | 'connecting'
  | 'registered'
  /** There is no connection, or the server takes no registration. */
  | 'lost'
  /** Another tab, or browser, has the phone. */
  | 'elsewhere'
  /** The microphone cannot be had: {@link DeskPhone.fault}. */
  | 'no_microphone'
  /** The server says no: {@link DeskPhone.refusal}. */
  | 'refused'

/** Whose phone it is, and the browser that is their desk. */
export interface PhoneOwner {
  agentCode: string
  deskId: string
}

const KEPT = 'ledgerline.phone'
/** This tab was left in the middle of a call: told when it is back. */
const LEFT = 'ledgerline.phone.left'
/** A server that did not answer is asked again, ms. */
const AGAIN_MS = 3_000
/** A password that was refused although it was new is asked for anew, ms. */
const REFUSED_MS = 30_000
/** How long the end of a call is shown, ms. */
const SHOWN_MS = 8_000
const LEFT_SHOWN_MS = 60_000

const openJsSip: OpenLine = async (access, heard) => new (await import('./jssip-line.ts')).JsSipLine(access, heard)

export class DeskPhone {
  state: PhoneState = $state('off')
  call: LineCall | null = $state.raw(null)
  /** When it began to talk, by `performance.now()`. */
  talksSince: number | null = $state(null)
  /** Since when there has been no connection, by `performance.now()`. */
  lostSince: number | null = $state(null)
  fault: MicrophoneFault | null = $state(null)
  refusal: Refusal | null = $state.raw(null)
  extension = $state('')
  /** What is heard; null: no call. */
  sound: MediaStream | null = $state.raw(null)
  /** What is said. */
  voice: MediaStream | null = $state.raw(null)
  /** How the last call ended, for a while. */
  ended: CallEnd | null = $state(null)
  /** Keys pressed in this call. */
  keys = $state('')

  readonly #open: OpenLine
  #owner: PhoneOwner | null = $state.raw(null)
  #line: PhoneLine | null = null
  /** The present time of being switched on. */
  #turn = new AbortController()
  #renewing: ReturnType<typeof setTimeout> | undefined
  #showing: ReturnType<typeof setTimeout> | undefined
  #quiet: () => void = () => {}
  /** Where it goes when the conversation is over. */
  #leaving: PhoneState | null = null

  constructor(open: OpenLine = openJsSip) {
    this.#open = open
  }

  /** They want a phone here: it is switched on by itself at their next shift, and after a reload. */
  get wanted(): boolean {
    return localStorage.getItem(KEPT) === 'on'
  }

  get on(): boolean {
    return this.#owner !== null
  }

  /** Their phone from now on, until the returned function is called; it is on if it was when they were here last. */
  belongTo(owner: PhoneOwner): () => void {
    if (sessionStorage.getItem(LEFT) !== null) {
      sessionStorage.removeItem(LEFT)
      this.#tell('left', LEFT_SHOWN_MS)
    }
    if (this.wanted) void this.switchOn(owner)
    return () => this.#leave('off')
  }

  /** Another tab or browser has the desk now, and with it the phone. */
  takenOver(): void {
    if (this.wanted && this.state === 'off') this.state = 'elsewhere'
    if (this.#leaving !== null) this.#leaving = 'elsewhere'
  }

  async switchOn(owner: PhoneOwner): Promise<void> {
    this.#off('off')
    localStorage.setItem(KEPT, 'on')
    this.#owner = owner
    const { signal } = (this.#turn = new AbortController())
    this.state = 'connecting'
    this.#hold(owner, signal)
    await this.#connect(owner, signal)
  }

  switchOff(): void {
    localStorage.removeItem(KEPT)
    this.#off('off')
  }

  async dial(number: string): Promise<void> {
    const microphone = await this.#microphone()
    if (microphone) this.#line?.dial(number, microphone)
  }

  async answer(): Promise<void> {
    if (this.call?.phase !== 'ringing') return
    this.#quiet()
    const { id } = this.call
    const microphone = await this.#microphone()
    if (!microphone) return
    if (this.call?.id === id) this.#line?.answer(microphone)
    else for (const track of microphone.getTracks()) track.stop()
  }

  hangUp(): void {
    this.#line?.hangUp()
  }

  mute(on: boolean): void {
    this.#line?.mute(on)
  }

  press(key: string): void {
    if (this.call?.phase !== 'talking') return
    this.keys += key
    this.#line?.press(key)
  }

  /** Another microphone, in the middle of a call too. */
  async chooseMicrophone(id: string): Promise<void> {
    soundDevices.chooseMicrophone(id)
    if (!this.call) return
    const microphone = await this.#microphone()
    if (microphone) await this.#line?.speakInto(microphone)
  }

  /** One tab of this browser is an agent's phone. The newest one is it, since somebody has just said so there. */
  #hold({ agentCode }: PhoneOwner, signal: AbortSignal): void {
    const locks = navigator.locks as LockManager | undefined
    const until = new Promise<void>((done) => signal.addEventListener('abort', () => done()))
    locks
      ?.request(`${KEPT} ${agentCode}`, { steal: true }, () => until)
      .catch(() => {
        // Taken by another tab.
        if (!signal.aborted) this.#leave('elsewhere')
      })
  }

  async #connect(owner: PhoneOwner, signal: AbortSignal): Promise<void> {
    try {
      // The server first: where it permits no phone, there is no microphone to ask for.
      const access = await this.#ask(owner, signal)
      this.state = 'asking'
      await soundDevices.ask()
      if (signal.aborted) return
      this.state = 'connecting'
      const line = await this.#open(access, (event) => signal.aborted || this.#heard(event))
      if (signal.aborted) return
      this.#line = line
      line.start()
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Refusal) || !error.passing) return this.#broken(error)
      this.#later(AGAIN_MS, () => this.#connect(owner, signal))
    }
  }

  async #ask(owner: PhoneOwner, signal: AbortSignal): Promise<LineAccess> {
    const access = await post<Access>('/api/v1/desk/phone', owner, signal)
    signal.throwIfAborted()
    this.extension = access.extension
    this.#later(access.renewInMs, () => this.#renew())
    return access
  }

  async #renew(): Promise<void> {
    const { signal } = this.#turn
    if (!this.#owner) return
    try {
      const access = await this.#ask(this.#owner, signal)
      this.#line?.renew(access)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Refusal) || !error.passing) return this.#broken(error)
      this.#later(AGAIN_MS, () => this.#renew())
    }
  }

  #later(ms: number, act: () => Promise<void>): void {
    clearTimeout(this.#renewing)
    this.#renewing = setTimeout(() => void act(), ms)
  }

  #heard(event: LineEvent): void {
    switch (event.is) {
      case 'registered':
        this.state = 'registered'
        this.lostSince = null
        return
      case 'away':
        if (this.state === 'registered' || this.state === 'connecting') {
          this.state = 'lost'
          this.lostSince = performance.now()
        }
        return
      case 'refused':
        // It expired while there was no connection; a second time, something else is wrong.
        this.#later(this.state === 'refused' ? REFUSED_MS : 0, () => this.#renew())
        if (this.state !== 'lost') this.state = 'refused'
        return
      case 'call':
        return this.#turned(event.call)
      case 'ended':
        this.#over(event.why)
        if (this.#leaving !== null) this.#off(this.#leaving)
        return
      case 'sound':
        this.sound = event.stream
    }
  }

  #turned(call: LineCall): void {
    const before = this.call
    this.call = call
    if (before?.id !== call.id) {
      this.keys = ''
      this.ended = null
      if (call.phase === 'ringing' && !call.answersItself) this.#quiet = ring(soundDevices.speaker)
      if (call.answersItself) void this.answer()
    }
    if (call.phase !== 'ringing') this.#quiet()
    if (call.phase === 'talking') this.talksSince ??= performance.now()
  }

  #over(why: CallEnd | null): void {
    this.#quiet()
    this.#quiet = () => {}
    this.call = null
    this.talksSince = null
    this.sound = null
    this.voice = null
    if (why === null) this.ended = null
    else this.#tell(why, SHOWN_MS)
  }

  #tell(why: CallEnd, ms: number): void {
    this.ended = why
    clearTimeout(this.#showing)
    this.#showing = setTimeout(() => (this.ended = null), ms)
  }

  /** The page goes away, and with it the phone: nobody is left in silence, or rings here in vain. */
  leavePage(): void {
    if (this.call && this.call.phase !== 'ringing') sessionStorage.setItem(LEFT, '')
    if (this.on) this.#off('off', true)
  }

  async #microphone(): Promise<MediaStream | null> {
    const { signal } = this.#turn
    try {
      const stream = await soundDevices.open()
      if (!signal.aborted) return (this.voice = stream)
      for (const track of stream.getTracks()) track.stop()
    } catch (error) {
      if (!signal.aborted) this.#broken(error)
    }
    return null
  }

  /** It cannot go on without somebody doing something. */
  #broken(error: unknown): void {
    if (error instanceof NoMicrophone) {
      this.#off('no_microphone')
      this.fault = error.fault
    } else {
      this.#off('refused')
      this.refusal = error instanceof Refusal ? error : new Refusal(0, 'offline')
    }
  }

  /** Somebody else has the desk, or the phone, now: a conversation is brought to its end here all the same. */
  #leave(state: PhoneState): void {
    if (this.call?.phase !== 'talking') return this.#off(state)
    this.#leaving = state
  }

  #off(state: PhoneState, leaves = false): void {
    this.#leaving = null
    this.#turn.abort()
    clearTimeout(this.#renewing)
    this.#line?.stop(leaves)
    this.#line = null
    this.#owner = null
    if (this.call) this.#over(null)
    this.state = state
    this.fault = null
    this.refusal = null
    this.lostSince = null
    this.extension = ''
  }
}
