/** The work that a browser does before another try, when too many have failed: `adapters/access/work.ts` says what it is. */

/** A text whose SHA-256 together with the task begins with so many zero bits. */
export async function solve(task: string, bits: number): Promise<string> {
  const encoder = new TextEncoder()
  for (let text = 0; ; text++) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(`${task}${text}`)))
    if (beginsWithZeros(digest, bits)) return String(text)
  }
}

function beginsWithZeros(digest: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit++) if ((digest[bit >> 3]! >> (7 - (bit & 7))) & 1) return false
  return true
}
