/**
 * The telephone network: drachtio servers, FreeSWITCH servers, and what they must find. The doctor joins the control
 * port beside the running house without asking for calls, so that none of them comes to it.
 */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { basename, join } from 'node:path'
import { within } from '@ledgerline/adapters/postgres/line.ts'
import { EventSocket, type EventSocketAddress } from '@ledgerline/adapters/telephony/drachtio/event-socket.ts'
import {
  ServerLine,
  nameOf,
  type ServerAddress,
  type SipContact,
} from '@ledgerline/adapters/telephony/sip/server-line.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { GatewaySettings, MediaSettings } from '@ledgerline/core/network/settings.ts'
import { projectRoot, type TelephonySettings } from '../config.ts'
import { certificateCheck } from './certificates.ts'
import { bad, clockFinding, good, hint, PATIENCE_MS, type Check, type Finding } from './finding.ts'
import { reasonOf } from './data.ts'

/** @throws Problem `sip.server_away`, `sip.secret_refused` */
export async function* sipCheck(address: ServerAddress): Check {
  const server = nameOf(address)
  const from = performance.now()
  const contacts = await contactsOf(address)
  const ms = Math.round(performance.now() - from)
  const transports = [...new Set(contacts.map(({ transport }) => transport))]
  yield good(
    'sip',
    `drachtio at ${server}, ${ms} ms; takes SIP over ${transports.join(', ')}`,
    `drachtio（${server}），${ms} 毫秒；接受 ${transports.join('、')}`,
  )
  for (const needed of ['udp', 'tcp'] as const)
    if (!transports.includes(needed))
      yield hint('sip', new Problem('doctor.transport_missing', { server, transport: needed.toUpperCase() }))
  if (!transports.includes('tls')) yield hint('sip', new Problem('doctor.no_tls', { server }))
  if (!transports.includes('wss')) yield hint('sip', new Problem('doctor.no_browser_phones', { server }))
  yield* certificateCheck(contacts, Date.now())
  const udp = contacts.find(({ transport }) => transport === 'udp')
  if (udp && !(await answersOptions(udp)))
    yield bad('sip', new Problem('doctor.sip_silent', { server, where: `${udp.host}:${udp.port}` }))
}

/** Where it takes SIP: `udp/10.0.0.1:5060,tcp/10.0.0.1:5060`. */
async function contactsOf(address: ServerAddress): Promise<SipContact[]> {
  let line: ServerLine | undefined
  try {
    return await within(
      PATIENCE_MS,
      new Promise<SipContact[]>((resolve, reject) => {
        line = new ServerLine({
          address,
          dice: Math.random,
          prepare: () => {},
          onUp: () => resolve(line!.contacts),
          onTrouble: reject,
        })
      }),
    )
  } finally {
    await line?.close()
  }
}

/** Any answer to OPTIONS will do: somebody reads what arrives there. */
async function answersOptions({ host, port }: SipContact): Promise<boolean> {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
  try {
    await new Promise<void>((resolve, reject) => socket.once('error', reject).connect(port, host, resolve))
    const own = socket.address()
    const mark = randomBytes(8).toString('hex')
    const request = [
      `OPTIONS sip:doctor@${host}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own.address}:${own.port};branch=z9hG4bK${mark};rport`,
      'Max-Forwards: 1',
      `From: <sip:doctor@${own.address}>;tag=${mark}`,
      `To: <sip:doctor@${host}>`,
      `Call-ID: ${mark}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n')
    const answered = new Promise<boolean>((resolve) =>
      socket.on('message', (message) => message.toString('latin1').startsWith('SIP/2.0 ') && resolve(true)),
    )
    // A datagram may be lost.
    for (let tries = 0; tries < 3; tries++) {
      socket.send(request)
      const isThere = await within(PATIENCE_MS / 5, answered).catch(() => false)
      if (isThere) return true
    }
    return false
  } catch {
    return false
  } finally {
    socket.close()
  }
}

/** Codecs of phones and browsers, and how FreeSWITCH lists them. */
const CODECS = { PCMA: /G\.711 alaw/i, PCMU: /G\.711 ulaw/i, G722: /\bG\.?722\b/i, OPUS: /\bopus\b/i }
const MODULES = [
  'mod_sofia',
  'mod_commands',
  'mod_dptools',
  'mod_conference',
  'mod_sndfile',
  'mod_local_stream',
  'mod_tone_stream',
]
const PROFILE = 'drachtio_mrf'
const SESSIONS_WANTED = 1_000

/** @throws Problem `telephony.media_unreachable`, `telephony.media_denied`, `telephony.unavailable` */
export async function* mediaCheck(
  address: EventSocketAddress,
  { prompts, spool }: Pick<TelephonySettings, 'prompts' | 'spool'>,
  media: readonly MediaSettings[],
): Check {
  const server = `${address.host}:${address.port}`
  const socket = await EventSocket.open({ address, events: [], heard: () => {}, gone: () => {} })
  try {
    const from = Date.now()
    const theirs = Number((await socket.api('strepoch')).trim()) * 1000
    const to = Date.now()
    const version = /Version (\S+?)[-~+ ]/.exec(await socket.api('version'))?.[1] ?? ''
    const [most, now] = await sessionsOf(socket)
    yield good(
      'media',
      `FreeSWITCH ${version} at ${server}, ${to - from} ms; ${now} of ${most} sessions in use`,
      `FreeSWITCH ${version}（${server}），${to - from} 毫秒；${most} 个会话中已用 ${now} 个`,
    )
    // It tells whole seconds: it read its clock up to a second later than it says.
    const clock = clockFinding('media', server, theirs + 500, { from: from - 500, to: to + 500 })
    if (clock) yield clock
    if (most < SESSIONS_WANTED)
      yield hint('media', new Problem('doctor.sessions_few', { server, has: most, wants: SESSIONS_WANTED }))
    yield* capabilities(socket, server)
    yield* filesSeen(socket, server, { prompts, spool }, media)
  } finally {
    socket.close()
  }
}

async function sessionsOf(socket: EventSocket): Promise<[most: number, now: number]> {
  const status = await socket.api('status')
  const number = (pattern: RegExp): number => Number(pattern.exec(status)?.[1] ?? 0)
  return [number(/(\d+) session\(s\) max/), number(/(\d+) session\(s\) - peak/)]
}

async function* capabilities(socket: EventSocket, server: string): Check {
  const missing: string[] = []
  for (const name of MODULES) if ((await socket.api(`module_exists ${name}`)).trim() !== 'true') missing.push(name)
  if (missing.length > 0)
    yield bad('media', new Problem('doctor.module_missing', { server, modules: missing.join(', ') }))
  const codecs = await socket.api('show codec')
  const without = Object.entries(CODECS).flatMap(([name, listed]) => (listed.test(codecs) ? [] : [name]))
  if (without.length > 0)
    yield bad('media', new Problem('doctor.codec_missing', { server, codecs: without.join(', ') }))
  const profile = await socket.api(`sofia status profile ${PROFILE}`).catch((error: Error) => error.message)
  if (!profile.includes('SIP-IP'))
    yield bad('media', new Problem('doctor.profile_missing', { server, profile: PROFILE }))
}

/** Does FreeSWITCH see what it is to play, and where it is to record? */
async function* filesSeen(
  socket: EventSocket,
  server: string,
  { prompts, spool }: Pick<TelephonySettings, 'prompts' | 'spool'>,
  media: readonly MediaSettings[],
): Check {
  const exists = async (path: string): Promise<boolean> => (await socket.api(`file_exists ${path}`)).trim() === 'true'
  const names = [...(await housePrompts(prompts)), ...media.map(({ file }) => file)]
  const unseen: string[] = []
  for (const name of names) if (!(await exists(join(prompts, name)))) unseen.push(name)
  yield unseen.length === 0
    ? good(
        'prompts',
        `${server} finds all ${names.length} in ${prompts}`,
        `${server} 在 ${prompts} 中可读取全部 ${names.length} 个文件`,
      )
    : bad(
        'prompts',
        new Problem('doctor.prompts_unseen', {
          server,
          missing: unseen.length,
          of: names.length,
          file: join(prompts, unseen[0]!),
        }),
      )
  if (!(await exists(spool))) yield bad('media', new Problem('doctor.spool_unseen', { server, directory: spool }))
}

/** The prompts that the house ships in the language of a directory, as file names. */
async function housePrompts(directory: string): Promise<string[]> {
  const text = basename(directory) === 'en' ? 3 : 1
  const table = await readFile(join(projectRoot, 'fixtures/prompts/texts.tsv'), 'utf8')
  return table.split('\n').flatMap((line) => {
    const cells = line.split('\t')
    return line.startsWith('#') || !cells[text] ? [] : [`${cells[0]}.wav`]
  })
}

/** Names of gateways that cannot be looked up: no call goes there, and none from there is known. */
export async function* networkCheck(gateways: readonly GatewaySettings[]): Check {
  const names = [...new Set(gateways.map(({ address }) => address).filter((address) => isIP(address) === 0))]
  const lost: Finding[] = []
  await Promise.all(
    names.map((name) =>
      within(PATIENCE_MS, lookup(name)).catch((error: unknown) => {
        lost.push(bad('network', new Problem('doctor.name_unknown', { name, reason: reasonOf(error) })))
      }),
    ),
  )
  yield* lost
  if (gateways.length > 0 && lost.length === 0)
    yield good('network', `${gateways.length} gateways, all names known`, `共 ${gateways.length} 个网关，域名均可解析`)
}
