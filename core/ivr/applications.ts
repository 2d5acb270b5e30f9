/**
 * Applications that a menu can run (catalogue A3.2.4.3.4-exec-app): each turns its argument and the moment into prompts.
 * They are pure, and they know nothing of the caller: what they say may stand in the ledger.
 */
import { offsetAt } from '../kernel/time.ts'

/** A prompt that is composed of parts names at most this many digits. */
const LONGEST_SPOKEN = 32

interface Facts {
  /** UTC ms. */
  at: number
  zone: string
}

const applications: Readonly<Record<string, (argument: string, facts: Facts) => readonly string[]>> = {
  /** The time of day: hour and minute. */
  say_time(_, { at, zone }) {
    const minutes = Math.floor((at + offsetAt(at, zone)) / 60_000)
    return [`hours/${Math.floor(minutes / 60) % 24}`, `minutes/${minutes % 60}`]
  },
  /** A number of the house, digit by digit: `say_number 95500`. */
  say_number(argument) {
    const keys = argument.replace(/[^\d*#]/g, '').slice(0, LONGEST_SPOKEN)
    return keys === '' ? [] : [spokenKeys(keys)]
  },
}

/** Is there an application of this name? Takes it with its argument, as a menu names it. */
export function isApplication(asked: string): boolean {
  return Object.hasOwn(applications, nameOf(asked))
}

/** The prompts of an application; null: there is none of this name. */
export function promptsOf(asked: string, facts: Facts): readonly string[] | null {
  if (!isApplication(asked)) return null
  return applications[nameOf(asked)]!(asked.slice(nameOf(asked).length).trim(), facts)
}

function nameOf(asked: string): string {
  return asked.split(/\s/, 1)[0]!
}

/** The prompt that speaks keys one by one. */
export function spokenKeys(keys: string): string {
  return `digits/${keys}`
}
