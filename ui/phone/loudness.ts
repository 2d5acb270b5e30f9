/** How loud samples are, for a meter: 0 is silence, 1 as loud as it gets. */

/** Softer than this is silence, dB of full scale. */
const FLOOR_DB = -60

/** Root mean square on a scale of decibels, as people hear it. */
export function loudness(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  const db = 10 * Math.log10(sum / samples.length)
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB))
}
