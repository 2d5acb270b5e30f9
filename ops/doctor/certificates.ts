/**
 * The certificate with which drachtio takes SIP over TLS and over secure WebSockets. It reads the file at its start only, so
 * what it shows is what counts, not what is on the disk.
 */
import { connect, type PeerCertificate } from 'node:tls'
import { isIP } from 'node:net'
import { within } from '@ledgerline/adapters/postgres/line.ts'
import type { SipContact } from '@ledgerline/adapters/telephony/sip/server-line.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { reasonOf } from './data.ts'
import { bad, good, hint, PATIENCE_MS, type Check } from './finding.ts'

/** Days before its end at which somebody should know. */
const SOON_DAYS = 21
const DAY_MS = 86_400_000

export async function* certificateCheck(contacts: readonly SipContact[], now: number, ofMs = PATIENCE_MS): Check {
  for (const contact of contacts.filter(({ transport }) => transport === 'tls' || transport === 'wss')) {
    const where = `${contact.host}:${contact.port}`
    let shown: Awaited<ReturnType<typeof certificateAt>>
    try {
      shown = await within(ofMs, certificateAt(contact))
    } catch (error) {
      yield bad('sip', new Problem('doctor.tls_silent', { where, reason: reasonOf(error) }))
      continue
    }
    const { certificate, distrust } = shown
    const until = Date.parse(certificate.valid_to)
    const day = new Date(until).toISOString().slice(0, 10)
    const days = Math.floor((until - now) / DAY_MS)
    if (until <= now) yield bad('sip', new Problem('doctor.certificate_expired', { where, day }))
    else if (days < SOON_DAYS) yield hint('sip', new Problem('doctor.certificate_ends', { where, day, days }))
    if (distrust !== null && until > now)
      yield hint('sip', new Problem('doctor.certificate_untrusted', { where, reason: distrust }))
    if (distrust === null && days >= SOON_DAYS)
      yield good('sip', `certificate at ${where}, good until ${day}`, `${where} 的证书有效期至 ${day}`)
  }
}

/** What it shows, whether we trust it or not. */
function certificateAt({ host, port }: SipContact): Promise<{ certificate: PeerCertificate; distrust: string | null }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 && { servername: host }),
      // Looked at, not used.
      rejectUnauthorized: false,
      // By which name phones reach it is not known here.
      checkServerIdentity: () => undefined,
    })
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      const error = socket.authorizationError as Error | string | null
      resolve({
        certificate: socket.getPeerCertificate(),
        distrust: error ? ((error as NodeJS.ErrnoException).code ?? String(error)) : null,
      })
      socket.destroy()
    })
  })
}
