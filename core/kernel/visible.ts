/**
 * Text from outside (a file's header, a value that somebody typed, a column of a table) on its way to a terminal or
 * into a message: what would steer the terminal, or turn the direction of what follows, is written out.
 */

/** C0, DEL and C1, which terminals obey; marks and overrides of direction, and separators, which nobody sees. Line feed and tab are text. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** The text with such characters as `\u001b`, which JSON reads as what they were. */
export function visible(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
