/**
 * A browser whose microphone says a tone, and what it takes to see which tones arrive in it: for tests of the desk's phone.
 * Chromium's own fake device plays a file; a tone is what its noise suppression takes away, so that is left out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launch } from './browser.ts'

const RATE = 48_000

/** Chromium with a fake microphone that says this tone. */
export async function speakingBrowser(tone: number): Promise<Browser> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-voice-'))
  const file = join(directory, 'voice.wav')
  writeFileSync(file, wave(tone))
  const browser = await launch([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${file}`,
    '--autoplay-policy=no-user-gesture-required',
  ])
  browser.on('disconnected', () => rmSync(directory, { recursive: true, force: true }))
  return browser
}

/** Before the page is opened: its microphone is taken as it is. */
export async function unprocessed(page: Page): Promise<void> {
  await page.addInitScript(`{
    const devices = navigator.mediaDevices
    const open = devices.getUserMedia.bind(devices)
    devices.getUserMedia = ({ audio }) => open({
      audio: { ...audio, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    })
  }`)
}

/** Which of these tones the page's phone hears: those that stand out from everything else. */
export async function browserHears(page: Page, ...tones: number[]): Promise<number[]> {
  return page.evaluate(`(async (tones) => {
    const stream = document.querySelector('[data-phone] audio')?.srcObject
    if (!stream) return []
    const heard = (globalThis.phoneEar ??= {})
    if (heard.stream !== stream) {
      await heard.context?.close()
      heard.stream = stream
      heard.context = new AudioContext()
      heard.analyser = new AnalyserNode(heard.context, { fftSize: 8192, smoothingTimeConstant: 0 })
      heard.context.createMediaStreamSource(stream).connect(heard.analyser)
      await new Promise((done) => setTimeout(done, 300))
    }
    await heard.context.resume()
    const { analyser, context } = heard
    const levels = new Float32Array(analyser.frequencyBinCount)
    analyser.getFloatFrequencyData(levels)
    const around = (frequency) => {
      const bin = Math.round((frequency * analyser.fftSize) / context.sampleRate)
      return Math.max(...levels.subarray(bin - 1, bin + 2))
    }
    return tones.filter((tone) => around(tone) > -50)
  })(${JSON.stringify(tones)})`)
}

/** Somebody at the other end of a call, in a page of their own: says a tone, and hears. */
export class FarSide {
  readonly #page: Page

  private constructor(page: Page) {
    this.#page = page
  }

  static async open(page: Page, tone: number): Promise<FarSide> {
    await page.evaluate(`(() => {
      const context = new AudioContext()
      const said = new MediaStreamAudioDestinationNode(context)
      const voice = new OscillatorNode(context, { frequency: ${tone} })
      voice.connect(new GainNode(context, { gain: 0.3 })).connect(said)
      voice.connect(said)
      voice.start()
      const far = (globalThis.far = { context })
      far.begin = () => {
        far.connection?.close()
        far.connection = new RTCPeerConnection()
        far.connection.addTrack(said.stream.getAudioTracks()[0], said.stream)
        far.connection.addEventListener('track', ({ streams }) => {
          // Without an element that plays it, nothing of it arrives.
          far.audio = Object.assign(new Audio(), { srcObject: streams[0], muted: true })
          far.audio.play()
          far.analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 })
          context.createMediaStreamSource(streams[0]).connect(far.analyser)
        })
      }
      far.described = async (make) => {
        await far.connection.setLocalDescription(await make())
        if (far.connection.iceGatheringState !== 'complete')
          await new Promise((done) => far.connection.addEventListener('icegatheringstatechange',
            () => far.connection.iceGatheringState === 'complete' && done()))
        return far.connection.localDescription.sdp
      }
    })()`)
    return new FarSide(page)
  }

  offer(): Promise<string> {
    return this.#page.evaluate(`(far.begin(), far.described(() => far.connection.createOffer()))`)
  }

  async accept(answer: string): Promise<void> {
    await this.#page.evaluate(`far.connection.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(answer)} })`)
  }

  answer(offer: string): Promise<string> {
    return this.#page.evaluate(`(async () => {
      far.begin()
      await far.connection.setRemoteDescription({ type: 'offer', sdp: ${JSON.stringify(offer)} })
      return far.described(() => far.connection.createAnswer())
    })()`)
  }

  hears(tone: number): Promise<boolean> {
    return this.#page.evaluate(`(() => {
      if (!far.analyser) return false
      const levels = new Float32Array(far.analyser.frequencyBinCount)
      far.analyser.getFloatFrequencyData(levels)
      const bin = Math.round((${tone} * far.analyser.fftSize) / far.context.sampleRate)
      return Math.max(...levels.subarray(bin - 1, bin + 2)) > -50
    })()`)
  }
}

/** Ten seconds of a tone that can be repeated without a click. */
function wave(tone: number): Buffer {
  const samples = RATE * 10
  const bytes = Buffer.alloc(44 + samples * 2)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + samples * 2, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(RATE, 24)
  bytes.writeUInt32LE(RATE * 2, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(samples * 2, 40)
  for (let index = 0; index < samples; index++)
    bytes.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * tone * index) / RATE)), 44 + index * 2)
  return bytes
}
