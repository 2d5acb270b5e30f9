/** The command's syntax: values of options, and commander's errors, as problems. */
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CommanderError } from 'commander'
import type { Note } from '@ledgerline/adapters/log/chain/chain.ts'
import { faultKinds, readFaults, type Fault } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { FIRST_DAY, isDay, isInCalendar, LAST_DAY, withinReach } from '@ledgerline/core/kernel/calendar.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** Parses an option's text. Given to commander; the problem names the option. */
export type Reader<T> = (text: string) => T

/** A whole number within bounds. @throws Problem `usage.not_whole` */
export function wholeNumber(option: string, from: number, to: number): Reader<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= from && value <= to)) throw new Problem('usage.not_whole', { option, value: quoted(text), from, to })
    return value
  }
}

/** A number above 0, up to a limit. @throws Problem `usage.not_positive` */
export function positiveNumber(option: string, to: number): Reader<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
    if (!(value > 0 && value <= to)) throw new Problem('usage.not_positive', { option, value: quoted(text), to })
    return value
  }
}

/** A day, `YYYY-MM-DD`. @throws Problem `usage.not_a_day`, `usage.out_of_reach` */
export function calendarDay(option: string): Reader<string> {
  return (text) => {
    if (!isInCalendar(text)) throw new Problem('usage.not_a_day', { option, value: quoted(text) })
    if (!isDay(text))
      throw new Problem('usage.out_of_reach', { option, value: quoted(text), first: FIRST_DAY, last: LAST_DAY })
    return text
  }
}

/** A moment, as UTC milliseconds. @throws Problem `usage.not_a_moment`, `usage.out_of_reach` */
export function moment(option: string): Reader<number> {
  return (text) => {
    const written = /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(text)
    // The engine would take 31 February for 3 March.
    const at = written && isInCalendar(written[1]!) ? Date.parse(text.replace(' ', 'T')) : Number.NaN
    if (Number.isNaN(at)) throw new Problem('usage.not_a_moment', { option, value: quoted(text) })
    if ('fault' in withinReach(at))
      throw new Problem('usage.out_of_reach', { option, value: quoted(text), first: FIRST_DAY, last: LAST_DAY })
    return at
  }
}

/** A moment, or a time on a clock whose zone is found out later. */
export type ClockTime = { at: number } | { local: number }

/** A moment as {@link moment}; without an offset it is a time on the tenant's clock. @throws Problem `usage.not_a_moment` */
export function clockTime(option: string): Reader<ClockTime> {
  const read = moment(option)
  return (text) => {
    const zoned = /(Z|[+-]\d{2}:\d{2})$/.test(text)
    return zoned ? { at: read(text) } : { local: read(/[T ]/.test(text) ? `${text}Z` : text) }
  }
}

/** The name of a tenant. @throws Problem `usage.not_a_name` */
export function tenantName(option: string): Reader<string> {
  return (text) => {
    if (!/^[a-z0-9][a-z0-9_]{0,62}$/.test(text)) throw new Problem('usage.not_a_name', { option, value: quoted(text) })
    return text
  }
}

/** A place and a digest of the ledger's chain, as printed by `verify --chain`. @throws Problem `usage.not_a_note` */
export function chainNote(option: string): Reader<Note> {
  return (text) => {
    const [, position, digest] = /^([0-9]{1,20}(?:\.[0-9]{1,20})?):([0-9a-f]{64})$/.exec(text.trim()) ?? []
    if (!position || !digest) throw new Problem('usage.not_a_note', { option, value: quoted(text) })
    return { position: position as Position, digest }
  }
}

/** A plan of network faults (`adapters/telephony/simulator/faults.ts`). @throws Problem `usage.not_faults` */
export function faultPlan(option: string): Reader<Fault[]> {
  return (text) => {
    const read = readFaults(text)
    if ('wrong' in read)
      throw new Problem('usage.not_faults', {
        option,
        value: quoted(read.wrong),
        kinds: Object.keys(faultKinds).join(', '),
      })
    return read.plan
  }
}

/** One of a few words. @throws Problem `usage.not_one_of` */
export function oneOf<const W extends readonly string[]>(option: string, words: W): Reader<W[number]> {
  return (text) => {
    if (!words.includes(text))
      throw new Problem('usage.not_one_of', { option, value: quoted(text), words: words.join(', ') })
    return text
  }
}

/**
 * Some of a few words, separated by commas, in their own order; when repeated, these are added. @throws Problem
 * `usage.not_one_of`
 */
export function namesOf<const W extends readonly string[]>(
  option: string,
  words: W,
): (text: string, before?: W[number][]) => W[number][] {
  const one = oneOf(option, words)
  return (text, before = []) => {
    const named = new Set([...before, ...text.split(',').map((word) => one(word.trim()))])
    return words.filter((word) => named.has(word))
  }
}

/** The address of a log. @throws Problem `usage.not_a_log` */
export function logAddress(option: string): Reader<string> {
  return (text) => {
    // The value itself is not shown: it may contain a password.
    if (!/^(postgres|postgresql|(esdb|kurrentdb)(\+discover)?):\/\/./.test(text))
      throw new Problem('usage.not_a_log', { option })
    return text
  }
}

/** Makes an empty value visible. */
function quoted(text: string): string {
  return text === '' ? '""' : text
}

/**
 * A readable file, as an absolute path. A pipe or a device does not count: it may never end.
 * @throws Problem `file.missing`, `file.directory`, `file.no_file`, `file.not_readable`
 */
export function readableFile(file: string): string {
  const path = resolve(file)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new Problem('file.missing', { file })
  if (stat.isDirectory()) throw new Problem('file.directory', { file })
  if (!stat.isFile()) throw new Problem('file.no_file', { file })
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new Problem('file.not_readable', { file, reason: (cause as Error).message }, { cause })
  }
  return path
}

/** What commander refuses, as a problem; null if it is not an error (help was shown). */
export function usageProblem(error: CommanderError, args: readonly string[]): Problem | null {
  const help = helpOf(args)
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? ''
  const near = /Did you mean (?:one of )?([^,)?]+)/.exec(error.message)?.[1]
  switch (error.code) {
    case 'commander.helpDisplayed':
    case 'commander.version':
      return null
    case 'commander.unknownOption':
      return near
        ? new Problem('usage.misspelt', { given: named, near, help })
        : new Problem('usage.unknown_option', { option: named, help })
    case 'commander.unknownCommand': {
      const above = helpOf(args.slice(0, args.indexOf(named)))
      return near
        ? new Problem('usage.misspelt', { given: named, near, help: above })
        : new Problem('usage.unknown_command', { command: named, help: above })
    }
    case 'commander.help':
      return new Problem('usage.missing', { what: '<command>', help })
    case 'commander.missingArgument':
      return new Problem('usage.missing', { what: `<${named}>`, help })
    case 'commander.missingMandatoryOptionValue':
      return new Problem('usage.missing', { what: named.split(' ')[0]!, help })
    case 'commander.optionMissingArgument':
      return new Problem(
        'usage.missing',
        { what: named.replace(/^-\w, /, '').replace(/^\S+ /, ''), help },
        { where: named.replace(/^-\w, /, '').split(' ')[0]! },
      )
    case 'commander.excessArguments':
      return new Problem('usage.too_many', {
        what: /: ([^:]*)\.$/.exec(error.message)?.[1]?.split(', ').at(-1) ?? '',
        help,
      })
    case 'commander.conflictingOption': {
      const [one, other] = [...error.message.matchAll(/'(-[^' ]*)/g)].map(([, flag]) => flag!)
      return new Problem('usage.conflict', { one: one ?? '', other: other ?? '' })
    }
    default:
      return new Problem('usage.unknown_option', { option: error.message.replace(/^error: /, ''), help })
  }
}

/** The name most similar to one that does not exist; null if none is similar. */
export function nearest(given: string, names: readonly string[]): string | null {
  const ranked = names
    .map((name) => ({ name, away: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.away - b.away)
  const best = ranked[0]
  return best && best.away <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : null
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}

/** How to ask for the help of the command that was typed. */
function helpOf(args: readonly string[]): string {
  const typed = args.find((word, index) => /^[a-z]+$/.test(word) && args[index - 1] !== '--lang')
  return `ops/ledgerline ${typed ? `${typed} ` : ''}--help`
}
