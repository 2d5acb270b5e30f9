/** Names of columns and tables as SQL has them. */

/** `callId` → `call_id`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
