/** Ids that follow from what they stand for, so that writing the same thing again writes nothing. */
import { hash } from 'node:crypto'

/** A UUID (version 8, RFC 9562) derived from a command id and a name within it. */
export function derivedId(commandId: string, name: string): string {
  const hex = hash('sha256', `${commandId} ${name}`, 'hex')
  const variant = (0x8 + (Number.parseInt(hex[16]!, 16) & 3)).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
