/**
 * When an event of a copied log was recorded. Each log notes its own time beside an event, but the boards of
 * 10:42 are asked by the time that they were recorded then, in whatever log they have been copied to since. So a
 * copy carries the first log's time in front of the stored metadata (`{"r":1767225600000,"t":…`), and every log
 * gives that out in place of its own. The rest of the text stays as it was, to the byte.
 */

const MARK = '{"r":'

/** When an event was first recorded, UTC ms: what its metadata carries, else `own`, the log's time. */
export function firstRecordedAt(metadata: string, own: number): number {
  // Every event that is read comes by here: most are told by one character.
  if (metadata.charCodeAt(2) !== 0x72 || !metadata.startsWith(MARK)) return own
  const at = Number(metadata.slice(MARK.length, endOf(metadata)))
  return Number.isSafeInteger(at) ? at : own
}

/** Metadata that carry the time; those that do already stay as they are. Null for what are no metadata of ours. */
export function carrying(metadata: string, recordedAt: number): string | null {
  if (metadata.startsWith(MARK)) return metadata
  if (metadata === '{}') return `${MARK}${recordedAt}}`
  return metadata.startsWith('{"') ? `${MARK}${recordedAt},${metadata.slice(1)}` : null
}

/** Metadata as they were before they carried a time. */
export function bare(metadata: string): string {
  if (!metadata.startsWith(MARK)) return metadata
  const end = endOf(metadata)
  return metadata[end] === ',' ? `{${metadata.slice(end + 1)}` : metadata.slice(end).replace('}', '{}')
}

/** The place behind the number. */
function endOf(metadata: string): number {
  let end = MARK.length
  while (metadata.charCodeAt(end) >= 0x30 && metadata.charCodeAt(end) <= 0x39) end++
  return end
}
