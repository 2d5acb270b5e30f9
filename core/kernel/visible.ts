/**
 * Text from outside (a file's header, a value someone typed, a table column) on its way to a terminal or into a
 * message. Characters that would control the terminal, or change the direction of the text after them, are escaped.
 */

/**
 * C0, DEL and C1, which terminals obey; direction marks and overrides, and separators, which are invisible. Line feed
 * and tab are text.
 */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** The text with such characters as `\u001b`, which JSON reads back as the original. */
export function visible(text: string): string {
  return text.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
