/** `ops/ledgerline doctor`, with servers that are well, that are not, and that are not there. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createServer, type AddressInfo } from 'node:net'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@ledgerline/ops/config.ts'
import { withInstallation } from '@ledgerline/ops/installation/installation.ts'
import { clockFinding } from '@ledgerline/ops/doctor/finding.ts'
import { DrachtioStandIn } from '../drachtio/standin.ts'
import { eventSocketServer, response, type EventSocketServer } from '../support/event-socket-server.ts'
import { freshDatabase } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import { ledgerline, openDirectory } from './run.ts'

const test = suite('doctor')
const scratch = openDirectory()
const open: { close(): Promise<unknown> }[] = []
test.after.each(async () => {
  for (const each of open.splice(0)) await each.close()
})
test.after(() => scratch.remove())

const notes = { waitingForOthers() {}, waitingFor() {}, keyWasExposed() {}, trouble() {}, back() {} }

interface Found {
  well: boolean
  findings: { area: string; state: string; code?: string; details?: Record<string, unknown>; says: string }[]
}

async function examined(env: NodeJS.ProcessEnv): Promise<Found & { code: number }> {
  const { code, out } = await ledgerline(['doctor', '--json'], {
    LEDGERLINE_DATA: join(scratch.path, 'data'),
    LEDGERLINE_PORT: '0',
    ...env,
  })
  return { code, ...(JSON.parse(out) as Found) }
}

const codes = ({ findings }: Found, area?: string) =>
  findings.flatMap((each) => (each.code && (!area || each.area === area) ? [each.code] : []))

/** What FreeSWITCH would say; `than` says something else. */
async function media(than: (command: string) => string | undefined = () => undefined): Promise<EventSocketServer> {
  const usual = (command: string): string => {
    if (command === 'api strepoch') return String(Math.floor(Date.now() / 1000))
    if (command === 'api version') return 'FreeSWITCH Version 1.10.12-release~64bit (-release 64bit)\n'
    if (command === 'api status') return 'UP 0 years\n0 session(s) - peak 0, last 5min 0\n2000 session(s) max\n'
    if (command === 'api show codec')
      return 'type,name\ncodec,G.711 alaw\ncodec,G.711 ulaw\ncodec,G.722\ncodec,OPUS (STANDARD)\n'
    if (command.startsWith('api sofia status')) return 'SIP-IP 127.0.0.1\n'
    return 'true'
  }
  const server = await eventSocketServer((command) =>
    command.startsWith('api ') ? response(than(command) ?? usual(command)) : undefined,
  )
  open.push(server)
  return server
}

async function signalling(): Promise<DrachtioStandIn> {
  const standIn = await DrachtioStandIn.start()
  open.push({ close: () => standIn.kill() })
  return standIn
}

test('everything is well: log, tables, Redis, SIP and media are tried, and nothing is wrong', async () => {
  const [database, redis, sip, freeswitch] = [
    await freshDatabase('doctor'),
    await startRedis(),
    await signalling(),
    await media(),
  ]
  open.push({ close: () => redis.stop() }, { close: () => database.drop() })
  mkdirSync(join(scratch.path, 'data'), { recursive: true })
  const settings = {
    LEDGERLINE_DATA: join(scratch.path, 'data'),
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    DRACHTIO_URL: `drachtio://:cymru@127.0.0.1:${sip.controlPort}`,
    FREESWITCH_URL: `esl://:ClueCon@127.0.0.1:${freeswitch.port}`,
  }
  // Before its first start a house has no log yet.
  const before = await examined(settings)
  assert.ok(before.well)
  assert.ok(before.findings.some(({ area, says }) => area === 'tables' && says.startsWith('none yet')))
  await withInstallation({ config: readConfig(settings), use: 'write', notes }, async () => {})
  const found = await examined(settings)
  const hints = [
    'doctor.transport_missing',
    'doctor.no_tls',
    'doctor.no_browser_phones',
    'doctor.ffmpeg_missing',
    'disk.little',
  ]
  assert.equal(
    found.findings.filter(({ code }) => code && !hints.includes(code)),
    [],
  )
  assert.ok(found.well)
  assert.is(found.code, 0)
  const areas = new Set(found.findings.map(({ area }) => area))
  for (const area of ['settings', 'machine', 'data', 'log', 'tables', 'redis', 'sip', 'media', 'prompts'])
    assert.ok(areas.has(area), `${area} was looked at`)
  assert.not.match(JSON.stringify(found), /cymru|ClueCon/)
})

test('servers that are away or refuse the secret are one line each, and the exit code says so', async () => {
  const [sip, freeswitch] = [await signalling(), await media()]
  const away = createServer()
  await new Promise<void>((listening) => away.listen(0, '127.0.0.1', listening))
  const { port } = away.address() as AddressInfo
  await new Promise((closed) => away.close(closed))
  const found = await examined({
    DRACHTIO_URL: `drachtio://:wrong@127.0.0.1:${sip.controlPort},drachtio://:x@127.0.0.1:${port}`,
    FREESWITCH_URL: `esl://:wrong@127.0.0.1:${freeswitch.port},esl://:x@127.0.0.1:${port}`,
    REDIS_URL: `redis://127.0.0.1:${port}`,
    CALL_RECORD_HOOK_URL: `http://127.0.0.1:${port}/calls`,
    CALL_RECORD_HOOK_SECRET: 'sixteen characters',
  })
  assert.is(found.code, 1)
  assert.equal(codes(found, 'sip'), ['sip.secret_refused', 'sip.server_away'])
  assert.equal(codes(found, 'media'), ['telephony.media_denied', 'telephony.media_unreachable'])
  assert.equal(codes(found, 'redis'), ['doctor.unreachable'])
  assert.equal(codes(found, 'hook'), ['doctor.unreachable'])
})

test('a media server without codecs, modules, files or the right time is told what it lacks', async () => {
  const sip = await signalling()
  const lame = await media((command) => {
    if (command === 'api strepoch') return String(Math.floor(Date.now() / 1000) - 90)
    if (command === 'api show codec') return 'codec,G.711 alaw\n'
    if (command === 'api module_exists mod_conference') return 'false'
    if (command.startsWith('api sofia')) return 'Invalid Profile!'
    if (command.startsWith('api file_exists')) return 'false'
    return command === 'api status' ? '0 session(s) - peak 0\n100 session(s) max\n' : undefined
  })
  const { findings } = await examined({
    DRACHTIO_URL: `drachtio://:cymru@127.0.0.1:${sip.controlPort}`,
    FREESWITCH_URL: `esl://:ClueCon@127.0.0.1:${lame.port}`,
  })
  const said = (code: string) => findings.find((each) => each.code === code)
  assert.match(said('doctor.clock_behind')!.says, /(89|90)\.\d s behind ours/)
  assert.is(said('doctor.codec_missing')!.details!['codecs'], 'PCMU, G722, OPUS')
  assert.is(said('doctor.module_missing')!.details!['modules'], 'mod_conference')
  for (const code of ['profile_missing', 'prompts_unseen', 'spool_unseen', 'sessions_few'])
    assert.ok(said(`doctor.${code}`), code)
})

test('settings that cannot be read end it with that one line, in either language', async () => {
  const { code, out } = await ledgerline(['doctor', '--lang', 'zh'], { DRACHTIO_URL: 'drachtio://host' })
  assert.is(code, 1)
  assert.match(out, /故障 {2}设置/)
  assert.match(out, /DRACHTIO_URL/)
})

test('clocks are compared within what the answer took', () => {
  const at = (theirs: number, from = 0, to = 0) => clockFinding('log', 'db', theirs, { from, to })
  assert.is(at(1_900), null)
  assert.is(at(5_000, 0, 10_000), null)
  assert.is(at(9_000, 0, 10_000), null, 'it may have read its clock at the end')
  const ahead = at(3_000)
  assert.ok(ahead && 'problem' in ahead)
  assert.is(ahead.problem.code, 'doctor.clock_ahead')
  const behind = at(-3_000)
  assert.ok(behind && 'problem' in behind && behind.problem.code === 'doctor.clock_behind')
})

test.run()
