/**
 * When an event of a copied log was recorded. Each log notes its own time beside an event, but the boards as of 10:42
 * are asked for by the original recording time, whatever log the events have been copied to since. So a copy carries
 * the first log's time at the front of the stored metadata (`{"r":1767225600000,"t":…`), and every log returns that in
 * place of its own. The rest of the text stays byte for byte the same.
 */

const MARK = '{"r":'

/** When an event was first recorded, UTC ms: the time in its metadata, else `own`, the log's time. */
export function firstRecordedAt(metadata: string, own: number): number {
  // Every event that is read passes here; one character settles most of them.
  if (metadata.charCodeAt(2) !== 0x72 || !metadata.startsWith(MARK)) return own
  const at = Number(metadata.slice(MARK.length, endOf(metadata)))
  return Number.isSafeInteger(at) ? at : own
}

/** Metadata with the time added; unchanged if already there. Null if the text is not our metadata. */
export function carrying(metadata: string, recordedAt: number): string | null {
  if (metadata.startsWith(MARK)) return metadata
  if (metadata === '{}') return `${MARK}${recordedAt}}`
  return metadata.startsWith('{"') ? `${MARK}${recordedAt},${metadata.slice(1)}` : null
}

/** Metadata without the time. */
export function bare(metadata: string): string {
  if (!metadata.startsWith(MARK)) return metadata
  const end = endOf(metadata)
  return metadata[end] === ',' ? `{${metadata.slice(end + 1)}` : metadata.slice(end).replace('}', '{}')
}

/** The index after the number. */
function endOf(metadata: string): number {
  let end = MARK.length
  while (metadata.charCodeAt(end) >= 0x30 && metadata.charCodeAt(end) <= 0x39) end++
  return end
}
