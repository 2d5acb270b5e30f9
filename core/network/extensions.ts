/** Extensions as a person writes them: one number, or a range of numbers that share their settings (A3.2.1-bulk). */
import { Problem } from '../kernel/problem.ts'
import { hint, type Remark } from '../kernel/remark.ts'
import { isEmergency } from '../number/number.ts'
import type { NetworkInput } from './settings.ts'

type ExtensionInput = NonNullable<NetworkInput['extensions']>[number]

/** How many numbers one range may have. */
const LONGEST_RANGE = 10_000

/** What can be dialled and can be the name of a phone. */
const NUMBER = /^\d{2,10}$/
const RANGE = /^(\d+)-(\d+)$/

/** Can this be an extension's number? */
export function isExtensionNumber(number: string): boolean {
  return NUMBER.test(number)
}

/**
 * Each extension by itself: `201-210` becomes ten. Zeros in front are kept; whatever is no range stays as it is. An
 * emergency number within a range is left out, as the check says: of the manual's `101-110`, 110 is the police.
 * @throws Problem `network.range_invalid`
 */
export function eachExtension(extensions: readonly ExtensionInput[]): ExtensionInput[] {
  return extensions.flatMap((extension, index) => {
    const numbers = numbersOf(extension.number, index)
    return numbers?.filter((number) => !isEmergency(number)).map((number) => ({ ...extension, number })) ?? [extension]
  })
}

/** What {@link eachExtension} leaves out. */
export function* leftOut(extensions: readonly ExtensionInput[]): Generator<Remark> {
  for (const [index, { number: range }] of extensions.entries())
    for (const number of numbersOf(range, index) ?? [])
      if (isEmergency(number))
        yield hint('network.range_skips', { range, extension: number }, `network.extensions.${index}.number`)
}

/** The numbers of a range; null: it is a single number. @throws Problem `network.range_invalid` */
function numbersOf(number: string, index: number): string[] | null {
  const range = RANGE.exec(number)
  if (!range) return null
  const [, first, last] = range as unknown as [string, string, string]
  const count = Number(last) - Number(first) + 1
  if (first.length !== last.length || !NUMBER.test(first) || !(count >= 1 && count <= LONGEST_RANGE))
    throw new Problem(
      'network.range_invalid',
      { range: number, most: LONGEST_RANGE },
      { where: `network.extensions.${index}.number` },
    )
  return Array.from({ length: count }, (_, step) => String(Number(first) + step).padStart(first.length, '0'))
}
