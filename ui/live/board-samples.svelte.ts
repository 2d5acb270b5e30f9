/**
 * The samples that sparklines of the moment are drawn from, kept for this tab over a reload: a wall that loads a
 * new version keeps its half hour.
 */
import { Samples, type Sample } from './series.ts'

const KEPT = 'ledgerline.samples'

export const boardSamples = new Samples()
try {
  boardSamples.restore(JSON.parse(sessionStorage.getItem(KEPT) ?? 'null'))
} catch {
  sessionStorage.removeItem(KEPT)
}

addEventListener('pagehide', () => sessionStorage.setItem(KEPT, JSON.stringify(boardSamples)))

export function noteSample(sample: Sample): void {
  boardSamples.note(sample)
}
