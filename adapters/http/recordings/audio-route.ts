/**
 * The sound of a recording. Its file is found by the row of the recording in the asker's own tenant, never by anything in
 * the request, and that somebody listens is in the ledger before the first byte is sent. Nothing of it is kept by browsers:
 * what they keep, they would play without asking.
 */
import type { Response } from 'express'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { actorName, type Actor, type Session } from '@ledgerline/core/access/session.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { selectPage, type Row } from '../../queries/select.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { isKey, type RecordingFiles } from '../../recordings/files.ts'
import { toMp3 } from '../../recordings/mp3.ts'
import { agentCode } from '../commands/command-route.ts'
import type { CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { rangeOf } from './range.ts'

/** At most this many are sent at once; each holds a file open. */
const AT_ONCE = 100
/** Each of these has a program run. */
const MP3_AT_ONCE = 4
/** Sent within this time, or given up, ms. */
const SEND_MS = 300_000
/** Somebody who listens again or jumps about within this time listens once, ms. */
const ONCE_IN_MS = 600_000
const FORMATS = ['wav', 'mp3'] as const
const types = { wav: 'audio/wav', mp3: 'audio/mpeg' }

export function audioRoute(
  readSide: ReadSide,
  { deskOf }: Pick<CommandDependencies, 'deskOf'>,
  files: RecordingFiles,
  now: () => number = Date.now,
): Route {
  const model = readSide.models.find(({ name }) => name === 'recordings')!
  const sending = { wav: 0, mp3: 0 }

  async function found(id: string, { tenant }: Session): Promise<Row & { file: string; bytes: number }> {
    const conditions = [{ column: 'recordingId', is: 'one_of' as const, values: [id] }]
    const asked = { tenant, conditions, sort: 'recordingId', limit: 1 }
    const [row] = (await selectPage(await readSide.tablesOf(tenant), model, asked)).rows
    if (!row) throw new Problem('request.not_found', { what: 'recording', id })
    const { file, status, simulated } = row
    if (typeof file !== 'string' || !isKey(file) || status === 'deleting') {
      const reason = status === 'kept' && simulated ? 'simulated' : String(status)
      throw new Problem('recording.no_audio', { recording: id, reason })
    }
    const bytes = await files.size(file)
    if (bytes === null) throw new Problem('recording.no_audio', { recording: id, reason: 'missing' })
    return { ...row, file, bytes }
  }

  /** The ledger says that they listened, or downloaded it. */
  async function noted(id: string, callId: string, tenant: string, actor: Actor, download: boolean): Promise<void> {
    const command = { do: 'play_recording' as const, recordingId: id, by: actor.code, download }
    const commandId = `played:${id}:${actorName(actor)}:${download}:${Math.floor(now() / ONCE_IN_MS)}`
    await deskOf(tenant).desk.call(callId, command, { tenant, commandId, actor: actorName(actor) })
  }

  return defineRoute({
    method: 'get',
    path: '/api/v1/recordings/{id}/audio',
    permission: 'recordings.hear',
    group: 'Queries',
    about:
      'The sound of a recording, all of it or a range of bytes: the customer left, everybody else right.\n\n' +
      'That somebody listened is recorded, at most once every ten minutes each. As MP3 it has no ranges.',
    request: {
      params: z.object({ id: z.string().min(1).max(100).meta({ description: 'id of the recording' }) }),
      query: z.strictObject({
        format: z.enum(FORMATS).default('wav').meta({ description: 'mp3: where the server has ffmpeg' }),
        download: z.stringbool().default(false).meta({ description: 'as a file to be saved' }),
        agentCode: agentCode.optional().meta({ description: 'the agent who listens; without it, the operator does' }),
      }),
    },
    responses: {
      200: { about: 'The file.', type: 'audio/wav' },
      206: { about: 'The range that was asked for.', type: 'audio/wav' },
    },
    problems: [
      'request.not_found',
      'recording.no_audio',
      'recording.no_mp3',
      'recording.range',
      'recording.busy',
      'voicemail.deleted',
      'log.unavailable',
    ],
    async handle({ params: { id }, query: { download, format, agentCode }, session, request, response, signal }) {
      const row = await found(id, session)
      const { file, bytes } = row
      const etag = `"${String(row['sha256'])}"`
      response.set('Content-Type', types[format])
      if (download) response.set('Content-Disposition', `attachment; filename="${safeName(row)}.${format}"`)
      const range = format === 'wav' ? rangeAsked(request.headers, bytes, etag) : 'whole'
      if (format === 'wav') response.set({ 'Accept-Ranges': 'bytes', ETag: etag })
      if (range === null) {
        clear(response)
        response.set('Content-Range', `bytes */${bytes}`)
        throw new Problem('recording.range', { bytes })
      }
      const { from, to } = range === 'whole' ? { from: 0, to: bytes - 1 } : range
      if (format === 'wav') response.set('Content-Length', String(to - from + 1))
      if (range !== 'whole') response.status(206).set('Content-Range', `bytes ${from}-${to}/${bytes}`)
      if (request.method === 'HEAD') return void response.end()
      const limit = format === 'mp3' ? MP3_AT_ONCE : AT_ONCE
      if (sending[format] >= limit) {
        clear(response)
        throw new Problem('recording.busy', { limit })
      }
      sending[format]++
      const over = AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)])
      try {
        const actor = agentCode === undefined ? session.actor('operator', {}) : session.actor('agent', { agentCode })
        await noted(id, String(row['callId']), session.tenant, actor, download)
        const source = await files.read(file, { from, to })
        if (format === 'mp3') {
          const { first, rest } = await toMp3(source, over).catch(() => {
            source.destroy()
            throw new Problem('recording.no_mp3')
          })
          response.write(first)
          void send(rest, response, over).finally(() => sending.mp3--)
        } else void send(source, response, over).finally(() => sending.wav--)
      } catch (error) {
        sending[format]--
        clear(response)
        throw error
      }
    },
  })
}

/** Never rejects: the receiver sees that it breaks off. */
async function send(source: NodeJS.ReadableStream, response: Response, signal: AbortSignal): Promise<void> {
  await pipeline(source, response, { signal }).catch(() => response.destroy())
}

/** The answer is a problem, and no sound. */
function clear(response: Response): void {
  response.status(200)
  for (const header of ['Content-Type', 'Content-Range', 'Content-Length', 'Content-Disposition', 'ETag'])
    response.removeHeader(header)
}

/** A range of a file that has changed meanwhile is of no use: then all of it is sent (RFC 9110, 13.1.5). */
function rangeAsked(headers: { range?: string; 'if-range'?: string | string[] }, bytes: number, etag: string) {
  const expected = headers['if-range']
  return expected !== undefined && expected !== etag ? 'whole' : rangeOf(headers.range, bytes)
}

/** Says when and who, and no number of a customer. */
function safeName({ startedAt, agentCode, recordingId }: Row): string {
  const at = new Date(Number(startedAt)).toISOString().slice(0, 19).replace(/[:T]/g, '-')
  const parts = ['recording', at, agentCode, String(recordingId).slice(-8)]
  return parts
    .filter((part) => part !== null)
    .join('_')
    .replace(/[^\w-]/g, '_')
}
