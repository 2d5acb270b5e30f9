/** The part of a file that a `Range` header asks for (RFC 9110, section 14). */

/** `whole`: there is no such header, or one that may be ignored; null: nothing of it is in the file. */
export function rangeOf(header: string | undefined, bytes: number): { from: number; to: number } | 'whole' | null {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!asked) return 'whole'
  const [, first = '', last = ''] = asked
  if (first === '') {
    if (last === '') return 'whole'
    const length = Math.min(Number(last), bytes)
    return length === 0 ? null : { from: bytes - length, to: bytes - 1 }
  }
  const from = Number(first)
  const to = last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1)
  if (last !== '' && Number(last) < from) return 'whole'
  return from >= bytes ? null : { from, to }
}
