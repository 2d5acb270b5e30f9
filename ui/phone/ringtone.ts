/** The ring of the browser's phone: two tones, a second on and two off, until it is stopped. Nothing is loaded for it. */

const TONES = [440, 554]
const ON_S = 1
const EVERY_MS = 3_000
const SOFT_S = 0.03
const VOLUME = 0.15

/** @param speaker id of the loudspeaker; empty: the system's */
export function ring(speaker: string): () => void {
  const context = new AudioContext()
  const choosing = context as AudioContext & { setSinkId?: (id: string) => Promise<void> }
  // One that is gone: the system's own will do.
  if (speaker !== '') choosing.setSinkId?.(speaker).catch(() => {})
  const once = (): void => {
    const from = context.currentTime
    const volume = new GainNode(context, { gain: 0 })
    volume.gain.linearRampToValueAtTime(VOLUME, from + SOFT_S)
    volume.gain.setValueAtTime(VOLUME, from + ON_S - SOFT_S)
    volume.gain.linearRampToValueAtTime(0, from + ON_S)
    volume.connect(context.destination)
    for (const frequency of TONES) {
      const tone = new OscillatorNode(context, { frequency })
      tone.connect(volume)
      tone.start(from)
      tone.stop(from + ON_S)
    }
  }
  once()
  const again = setInterval(once, EVERY_MS)
  return () => {
    clearInterval(again)
    void context.close()
  }
}
