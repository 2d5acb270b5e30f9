/**
 * Chinese as it is read aloud: syllables without tones. The library and its dictionaries are loaded with the first
 * Chinese text, not with the process: most processes never see one.
 */
import { createRequire } from 'node:module'
import type { pinyin } from 'pinyin-pro'

let read: typeof pinyin | null = null

const chinese = /\p{Script=Han}/u

/** How a text is read: as words, and as a person's name, whose surname may be read in another way (单 shan, not dan). */
export interface Readings {
  /** A syllable for each Chinese character; anything else stands for itself. */
  words: readonly string[]
  name: readonly string[]
}

export function readingsOf(text: string): Readings {
  if (!chinese.test(text)) {
    const letters = [...text]
    return { words: letters, name: letters }
  }
  read ??= library()
  const asRead = (mode: 'normal' | 'surname') =>
    read!(text, { toneType: 'none', type: 'array', v: true, mode }).map((syllable) => syllable.toLowerCase())
  return { words: asRead('normal'), name: asRead('surname') }
}

function library(): typeof pinyin {
  const place = import.meta.resolve('pinyin-pro')
  return (createRequire(place)(place.slice('file://'.length)) as { pinyin: typeof pinyin }).pinyin
}
