/** How the command is written: values of options, and what commander finds wrong, as problems. */
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommanderError } from 'commander'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** Reads an option's text. Given to commander; the option is named in the problem. */
export type Reader<T> = (text: string) => T

/** A whole number between two. @throws Problem `usage.value` */
export function wholeNumber(option: string, from: number, to: number): Reader<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= from && value <= to)) throw wrong(option, text, `it takes a whole number from ${from} to ${to}`)
    return value
  }
}

/** A number above 0, up to a limit. @throws Problem `usage.value` */
export function positiveNumber(option: string, to: number): Reader<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
    if (!(value > 0 && value <= to)) throw wrong(option, text, `it takes a number above 0, at most ${to}`)
    return value
  }
}

/** A day, `YYYY-MM-DD`. @throws Problem `usage.value` */
export function calendarDay(option: string): Reader<string> {
  return (text) => {
    const read = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN)
    if (Number.isNaN(read.getTime()) || read.toISOString().slice(0, 10) !== text) throw wrong(option, text, 'it takes a day such as 2026-01-31')
    return text
  }
}

/** The name of a tenant. @throws Problem `usage.value` */
export function tenantName(option: string): Reader<string> {
  return (text) => {
    if (!/^[a-z0-9][a-z0-9_]{0,62}$/.test(text)) throw wrong(option, text, 'it takes small letters, digits and underscores')
    return text
  }
}

/** One of a few words. @throws Problem `usage.value` */
export function oneOf<const W extends readonly string[]>(option: string, words: W): Reader<W[number]> {
  return (text) => {
    if (!words.includes(text)) throw wrong(option, text, `it takes ${words.join(' or ')}`)
    return text
  }
}

function wrong(option: string, value: string, reason: string): Problem {
  return new Problem('usage.value', { option, value: value === '' ? '""' : value, reason, help: helpOf() })
}

/** A file that can be read, as an absolute path. @throws Problem `file.missing`, `file.not_readable` */
export function readableFile(file: string): string {
  const path = resolve(file)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new Problem('file.missing', { file })
  if (!stat.isFile()) throw new Problem('file.not_readable', { file, reason: stat.isDirectory() ? 'it is a directory' : 'it is no plain file' })
  try {
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new Problem('file.not_readable', { file, reason: (cause as Error).message }, { cause })
  }
  return path
}

/** What commander refuses, as a problem; null for what is no error (help was shown). */
export function usageProblem(error: CommanderError): Problem | null {
  const help = helpOf()
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? ''
  const near = /Did you mean (?:one of )?([^,)?]+)/.exec(error.message)?.[1]
  switch (error.code) {
    case 'commander.help':
    case 'commander.helpDisplayed':
    case 'commander.version':
      return null
    case 'commander.unknownOption':
      return near ? new Problem('usage.misspelt', { given: quoted, near, help }) : new Problem('usage.unknown_option', { option: quoted, help })
    case 'commander.unknownCommand':
      return near ? new Problem('usage.misspelt', { given: quoted, near, help }) : new Problem('usage.unknown_command', { command: quoted, help })
    case 'commander.missingArgument':
    case 'commander.missingMandatoryOptionValue':
      return new Problem('usage.missing', { what: quoted, help })
    case 'commander.optionMissingArgument':
      return new Problem('usage.missing', { what: quoted.replace(/^-\w, /, '').replace(/^\S+ /, ''), help }, { where: quoted.replace(/^-\w, /, '').split(' ')[0]! })
    case 'commander.excessArguments':
      return new Problem('usage.too_many', { what: /: ([^:]*)\.$/.exec(error.message)?.[1]?.split(', ').at(-1) ?? '', help })
    case 'commander.conflictingOption': {
      const [one, other] = [...error.message.matchAll(/'(-[^' ]*)/g)].map(([, flag]) => flag!)
      return new Problem('usage.conflict', { one: one ?? '', other: other ?? '' })
    }
    default:
      return new Problem('usage.unknown_option', { option: error.message.replace(/^error: /, ''), help })
  }
}

/** The nearest of some names to one that is not among them, null when none is near. */
export function nearest(given: string, names: readonly string[]): string | null {
  const ranked = names.map((name) => ({ name, away: distance(given.toLowerCase(), name.toLowerCase()) })).sort((a, b) => a.away - b.away)
  const best = ranked[0]
  return best && best.away <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : null
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}

const commands = ['up', 'import', 'simulate', 'sql', 'replay', 'rebuild', 'verify', 'bench', 'docs']

/** How the help of the command that was typed is asked for. */
function helpOf(): string {
  const typed = process.argv.slice(2).find((word) => commands.includes(word))
  return `ops/ledgerline ${typed ? `${typed} ` : ''}--help`
}
