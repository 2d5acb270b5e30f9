/** How loud a stream is, for a meter. */
import { loudness } from './loudness.ts'

export class SoundLevel {
  readonly #context = new AudioContext()
  readonly #samples: Float32Array<ArrayBuffer>
  readonly #analyser: AnalyserNode

  constructor(stream: MediaStream) {
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 1024 })
    this.#samples = new Float32Array(this.#analyser.fftSize)
    this.#context.createMediaStreamSource(stream).connect(this.#analyser)
  }

  get now(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples)
    return loudness(this.#samples)
  }

  close(): void {
    void this.#context.close()
  }
}
