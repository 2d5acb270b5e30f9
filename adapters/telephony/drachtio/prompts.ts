/**
 * What FreeSWITCH plays for a prompt. A name is, in this order: a medium of the configuration; one that the house composes
 * of parts (`place/23`, `wait/5`, `agent/1001`, `telephone/…`, `digits/…`, `number/…`, `seconds/…`, `minutes/…`, `hours/…`); a file of the house. What
 * is none of these is silence, so that a call goes on, and is told once.
 *
 * The parts and how they were spoken: `fixtures/prompts`.
 */
import { readdirSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { Language } from '@ledgerline/core/kernel/words.ts'
import type { MediaSettings } from '@ledgerline/core/network/settings.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { count, digits, ordinal } from './spoken-numbers.ts'

export interface PromptsOptions {
  /** The directory of one language's prompts, as FreeSWITCH sees it. */
  directory: string
  language: Language
  /** The media of the configuration in force. */
  media(): readonly MediaSettings[]
  /** Where the files of these media are, as FreeSWITCH sees it. Default: the directory of prompts. */
  mediaDirectory?: string
  /** Is this file (`all_busy.wav`) in the directory? Null: we cannot see it from here, so it is taken to be. */
  has: ((file: string) => boolean) | null
  /** A prompt that does not exist; told once for each. */
  onUnknown(problem: Problem): void
}

/** Names that are told as unknown are remembered up to this many. */
const MOST_TOLD = 1_000
/** Short enough to be cut off at once, and long enough not to be a busy loop when it is repeated. */
const SILENCE = 'silence_stream://1000'
const HOLD_MUSIC = 'local_stream://default'

export class Prompts {
  readonly #with: PromptsOptions
  readonly #told = new Set<string>()

  constructor(options: PromptsOptions) {
    this.#with = options
  }

  /** What FreeSWITCH's `playback` is given. */
  sourceOf(name: string): string {
    const medium = this.#with.media().find(({ code }) => code === name)
    if (medium) return this.#uploaded(medium) ?? this.#unknown(name)
    if (name === 'hold_music') return HOLD_MUSIC
    const files = (composed(name, this.#with.language) ?? [plainName(name)]).map((each) => `${each}.wav`)
    const { has, directory } = this.#with
    if (files.includes('.wav') || (has && !files.every((file) => has(file)))) return this.#unknown(name)
    const paths = files.map((file) => `${directory}/${file}`)
    return paths.length === 1 ? paths[0]! : `file_string://${paths.join('!')}`
  }

  #uploaded({ file }: MediaSettings): string | null {
    const { mediaDirectory = this.#with.directory } = this.#with
    const isInside = !isAbsolute(file) && /^[\p{L}\p{N} ._/-]+$/u.test(file) && !file.split('/').includes('..')
    return isInside ? `${mediaDirectory}/${file}` : null
  }

  #unknown(name: string): string {
    if (!this.#told.has(name) && this.#told.size < MOST_TOLD) {
      this.#told.add(name)
      this.#with.onUnknown(new Problem('telephony.prompt_unknown', { prompt: name }))
    }
    return SILENCE
  }
}

/** A directory is looked at again for a file that it did not have, but not more often than this, ms. */
const LOOK_AGAIN_MS = 10_000

/** Is a file in this directory, or below? Answered from memory, since it is asked before every prompt. */
export function filesIn(directory: string, clock: Pick<Clock, 'now'>): (file: string) => boolean {
  let known = new Set<string>()
  let lookedAt = Number.NEGATIVE_INFINITY
  return (file) => {
    if (!known.has(file) && clock.now() - lookedAt >= LOOK_AGAIN_MS) {
      lookedAt = clock.now()
      known = new Set(readdirSync(directory, { recursive: true, encoding: 'utf8' }))
    }
    return known.has(file)
  }
}

/** `tone:long_sign_in` is a file like any other. Nothing from outside becomes a path: '' if it would. */
function plainName(name: string): string {
  const plain = name.replace(/^tone:/, '')
  return /^[a-z0-9_]+(\/[a-z0-9_]+)*$/i.test(plain) ? plain : ''
}

/** The parts of a prompt that is composed; null if it is not one. */
export function composed(name: string, language: Language): string[] | null {
  const [, kind, text] = /^([a-z]+)\/([0-9*#]{1,32})$/.exec(name) ?? []
  if (kind === undefined || text === undefined) return null
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN
  switch (kind) {
    case 'place':
      return ['place_before', ...ordinal(value, language), 'place_after']
    case 'wait':
      return ['wait_before', ...count(value, language), unit('minute', value, language)]
    case 'seconds':
    case 'minutes':
    case 'hours':
      return [...count(value, language), unit(kind.slice(0, -1), value, language)]
    case 'agent':
      return ['agent_before', ...digits(text, language), 'agent_after']
    case 'telephone':
      return ['number_before', ...digits(text, language)]
    case 'digits':
      return digits(text, language)
    case 'number':
      return count(value, language)
    default:
      return null
  }
}

/** Chinese knows no plural. */
function unit(of: string, value: number, language: Language): string {
  return `units/${language === 'en' && value === 1 ? of : `${of}s`}`
}
