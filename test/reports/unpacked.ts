/** The entries of a ZIP file, read by an independent reader (APPNOTE 4.3): the code that wrote a file cannot vouch for it. */
import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const ENTRY = 0x02014b50

export function unpacked(zip: Buffer): Map<string, string> {
  let end = zip.length - 22
  while (zip.readUInt32LE(end) !== END_OF_DIRECTORY) end--
  const parts = new Map<string, string>()
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== ENTRY) throw new Error('no entry of a directory')
    const [method, size, nameLength, extra, comment, local] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
      zip.readUInt32LE(at + 42),
    ]
    const begin = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const bytes = zip.subarray(begin, begin + size)
    parts.set(
      zip.toString('utf8', at + 46, at + 46 + nameLength),
      (method === 8 ? inflateRawSync(bytes) : bytes).toString(),
    )
    at += 46 + nameLength + extra + comment
  }
  return parts
}

/** A cell of the first sheet as stored: its number or text, and its number format. */
export function cellOf(parts: ReadonlyMap<string, string>, ref: string): { value: string; format: string } {
  const sheet = parts.get('xl/worksheets/sheet1.xml')!
  const [, attributes, inner] = new RegExp(`<c r="${ref}"([^>]*)>(.*?)</c>`).exec(sheet)!
  const style = Number(/ s="(\d+)"/.exec(attributes!)?.[1] ?? 0)
  const styles = parts.get('xl/styles.xml')!
  const formats = new Map(
    [...styles.matchAll(/<numFmt numFmtId="(\d+)" formatCode="([^"]*)"/g)].map((match) => [match[1]!, match[2]!]),
  )
  const used = [.../<cellXfs[^>]*>(.*)<\/cellXfs>/s.exec(styles)![1]!.matchAll(/<xf [^>]*?numFmtId="(\d+)"/g)][
    style
  ]![1]!
  return { value: inner!.replaceAll(/<[^>]*>/g, ''), format: formats.get(used) ?? used }
}
