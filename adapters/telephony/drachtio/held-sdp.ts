/** What an SDP says of hold (RFC 3264, 8.4), and how one is written that answers it. */

const DIRECTION = /^a=(sendrecv|sendonly|recvonly|inactive)[ \t]*\r?$/m
const DIRECTIONS = new RegExp(DIRECTION, 'gm')
const OLD_HOLD = '0.0.0.0'

/** Does this description put the other side on hold: by an attribute, or by an address, as RFC 2543 did? */
export function saysHold(sdp: string): boolean {
  const direction = inForce(sdp, DIRECTION)
  return direction === 'sendonly' || direction === 'inactive' || inForce(sdp, /^c=IN IP4 (\S+)/m) === OLD_HOLD
}

/** Our side of the session as it was, in answer to a hold. */
export function answerToHold(ours: string, held: string): string {
  const direction = inForce(held, DIRECTION) === 'inactive' ? 'inactive' : 'recvonly'
  return `${ours.replace(/^a=(?:sendrecv|sendonly|recvonly|inactive)[ \t]*\r?\n/gm, '').trimEnd()}\r\na=${direction}\r\n`
}

/** Is it the same session, but for its version and who may speak? */
export function isSameSession(one: string, other: string): boolean {
  const plain = (sdp: string): string =>
    sdp
      .replace(/^[os]=.*$/gm, '')
      .replace(DIRECTIONS, '')
      .replace(/\s+/g, '\n')
      .trim()
  return plain(one) === plain(other)
}

/** A session description with a later version (RFC 3264, 8): somebody else has counted on meanwhile. */
export function laterBy(sdp: string, versions: number): string {
  return sdp.replace(
    /^(o=\S+ \S+ )(\d+)/m,
    (_, before: string, version: string) => before + String(BigInt(version) + BigInt(versions)),
  )
}

/** What holds for the sound: a line of its own section, else of the session's. */
function inForce(sdp: string, line: RegExp): string | undefined {
  const [session = '', ...media] = sdp.split(/^(?=m=)/m)
  const audio = media.find((each) => each.startsWith('m=audio')) ?? ''
  return (line.exec(audio) ?? line.exec(session))?.[1]
}
