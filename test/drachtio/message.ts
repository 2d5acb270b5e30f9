/** SIP messages as text, for the stand-in and the phones of tests: written apart from our own reading of them. */

export interface SipText {
  /** `REGISTER sip:pbx.example SIP/2.0` or `SIP/2.0 200 OK` */
  start: string
  /** As they stand, in order. */
  fields: [name: string, value: string][]
  body: string
}

const COMPACT: Record<string, string> = {
  i: 'call-id',
  m: 'contact',
  f: 'from',
  t: 'to',
  v: 'via',
  l: 'content-length',
  c: 'content-type',
  k: 'supported',
}
const long = (name: string): string => COMPACT[name.toLowerCase()] ?? name.toLowerCase()

export function parse(text: string): SipText {
  const end = text.indexOf('\r\n\r\n')
  const [start, ...lines] = (end === -1 ? text : text.slice(0, end)).split(/\r\n(?![ \t])/)
  return {
    start: start!,
    fields: lines
      .filter((line) => line !== '')
      .map((line) => {
        const colon = line.indexOf(':')
        return colon === -1 ? ['', line] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
      }),
    body: end === -1 ? '' : text.slice(end + 4),
  }
}

export function compose({ start, fields, body }: SipText): string {
  const kept = fields.filter(([name]) => long(name) !== 'content-length')
  const lines = [...kept, ['Content-Length', String(Buffer.byteLength(body))] as const]
  return [start, ...lines.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n')
}

/** The first field of that name. */
export function field(message: SipText, name: string): string | undefined {
  return message.fields.find(([one]) => long(one) === long(name))?.[1]
}

export function fieldsOf(message: SipText, name: string): string[] {
  return message.fields.filter(([one]) => long(one) === long(name)).map(([, value]) => value)
}

/** 0 for a request. */
export function statusOf({ start }: SipText): number {
  return Number(/^SIP\/2\.0 (\d{3})/.exec(start)?.[1] ?? 0)
}

export function branchOf(message: SipText): string {
  return /;\s*branch=([^;,\s]+)/i.exec(field(message, 'via') ?? '')?.[1] ?? ''
}
