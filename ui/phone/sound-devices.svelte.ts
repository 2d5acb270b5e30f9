/**
 * The microphone and the loudspeaker that somebody chose, remembered by this browser, and what may be wrong with them. A
 * device that was chosen and is not plugged in now gives way to the browser's own choice, and comes back with its plug.
 */

export type MicrophoneFault =
  /** The person, or the browser's settings, said no. */
  | 'denied'
  /** There is none. */
  | 'missing'
  /** Another program has it. */
  | 'busy'
  /** Browsers give a microphone to https and to this machine alone. */
  | 'insecure'

export class NoMicrophone extends Error {
  readonly fault: MicrophoneFault
  constructor(fault: MicrophoneFault) {
    super(fault)
    this.fault = fault
  }
}

const KEPT = 'ledgerline.sound'

interface Chosen {
  microphone: string
  speaker: string
}

/** What the other side should not hear: our loudspeaker, and the room. */
const CLEAN = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }

class SoundDevices {
  microphones: readonly MediaDeviceInfo[] = $state.raw([])
  speakers: readonly MediaDeviceInfo[] = $state.raw([])
  /** Device ids; empty: the browser's own choice. */
  microphone: string = $state('')
  speaker: string = $state('')
  /** May be heard elsewhere than where the system plays everything. */
  readonly canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype

  constructor() {
    const { microphone = '', speaker = '' } = kept()
    this.microphone = microphone
    this.speaker = speaker
    // Absent on an insecure origin.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    devices?.addEventListener('devicechange', () => void this.look())
  }

  /** Their names are known once the microphone was permitted. */
  async look(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices()
    // Chromium lists its own choice twice more, under these names.
    const own = (kind: MediaDeviceKind): MediaDeviceInfo[] =>
      all.filter((one) => one.kind === kind && !['', 'default', 'communications'].includes(one.deviceId))
    this.microphones = own('audioinput')
    this.speakers = own('audiooutput')
  }

  chooseMicrophone(id: string): void {
    this.microphone = id
    this.#keep()
  }

  chooseSpeaker(id: string): void {
    this.speaker = id
    this.#keep()
  }

  /** @throws NoMicrophone */
  async open(): Promise<MediaStream> {
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (!devices) throw new NoMicrophone('insecure')
    try {
      const wanted = this.microphone === '' ? {} : { deviceId: { ideal: this.microphone } }
      const stream = await devices.getUserMedia({ audio: { ...CLEAN, ...wanted } })
      void this.look()
      return stream
    } catch (error) {
      throw new NoMicrophone(faultOf((error as DOMException).name))
    }
  }

  /** Asks for permission, and lets go of the microphone again. @throws NoMicrophone */
  async ask(): Promise<void> {
    for (const track of (await this.open()).getTracks()) track.stop()
  }

  #keep(): void {
    localStorage.setItem(KEPT, JSON.stringify({ microphone: this.microphone, speaker: this.speaker } satisfies Chosen))
  }
}

function faultOf(name: string): MicrophoneFault {
  if (name === 'NotAllowedError') return 'denied'
  if (name === 'SecurityError') return 'insecure'
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'missing'
}

function kept(): Partial<Chosen> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Chosen>
  } catch {
    return {}
  }
}

export const soundDevices = new SoundDevices()
