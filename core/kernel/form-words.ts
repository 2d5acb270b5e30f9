/**
 * What a form says of a setting, in every language: declared beside the settings of each concept, by path (`[]` goes
 * through a list). The schema says the rest: kind, whether it may be empty, bounds. A test walks the schemas and expects
 * words for each setting.
 */
import type { Words } from './words.ts'

export interface FieldWords {
  label: Words
  help: Words | null
  /** The sections whose items it may name. */
  to?: readonly string[]
  /** Of a choice: each value in words. */
  choices?: Readonly<Record<string, Words>>
  /** Rarely changed: it is shown on request. */
  advanced?: true
  /** Of a number: a share of one, shown as a percentage. */
  ratio?: true
}

export type FormWords = Readonly<Record<string, FieldWords>>

type More = Omit<FieldWords, 'label' | 'help'>

/** A setting with its label. */
export const named = (en: string, zh: string, more: More = {}): FieldWords => ({
  label: { en, zh },
  help: null,
  ...more,
})

/** A setting with its label and what it does. */
export const told = (
  label: readonly [en: string, zh: string],
  help: readonly [en: string, zh: string],
  more: More = {},
): FieldWords => ({
  label: { en: label[0], zh: label[1] },
  help: { en: help[0], zh: help[1] },
  ...more,
})

/** The values of a choice. */
export const choices = (all: Readonly<Record<string, readonly [en: string, zh: string]>>): Record<string, Words> =>
  Object.fromEntries(Object.entries(all).map(([value, [en, zh]]) => [value, { en, zh }]))
