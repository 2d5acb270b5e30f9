/**
 * The sound of a recording. Its file is found by the row of the recording in the asker's own tenant, never by anything in
 * the request, and that somebody listens is in the ledger before the first byte is sent.
 */
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { actorName } from '@ledgerline/core/access/session.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { selectPage } from '../../queries/select.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { isKey, type RecordingFiles } from '../../recordings/files.ts'
import { agentCode } from '../commands/command-route.ts'
import type { CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { rangeOf } from './range.ts'

/** At most this many are sent at once; each holds a file open. */
const AT_ONCE = 100
/** Sent within this time, or given up, ms. */
const SEND_MS = 300_000
/** Somebody who listens again or jumps about within this time listens once, ms. */
const ONCE_IN_MS = 600_000

export function audioRoute(
  readSide: ReadSide,
  { deskOf }: Pick<CommandDependencies, 'deskOf'>,
  files: RecordingFiles,
  now: () => number = Date.now,
): Route {
  const model = readSide.models.find(({ name }) => name === 'recordings')!
  let sending = 0
  return defineRoute({
    method: 'get',
    path: '/api/v1/recordings/{id}/audio',
    permission: 'recordings.hear',
    group: 'Queries',
    about: 'The sound of a recording, all of it or a range of bytes. That somebody listened is recorded.',
    request: {
      params: z.object({ id: z.string().min(1).max(100).meta({ description: 'id of the recording' }) }),
      query: z.strictObject({
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
      'recording.range',
      'recording.busy',
      'voicemail.deleted',
      'log.unavailable',
    ],
    async handle({ params: { id }, query: { download, agentCode }, session, request, response }) {
      const { tenant } = session
      const conditions = [{ column: 'recordingId', is: 'one_of' as const, values: [id] }]
      const asked = { tenant, conditions, sort: 'recordingId', limit: 1 }
      const { rows } = await selectPage(await readSide.tablesOf(tenant), model, asked)
      const [row] = rows
      if (!row) throw new Problem('request.not_found', { what: 'recording', id })
      const { file, callId, status, simulated } = row
      if (typeof file !== 'string' || !isKey(file))
        throw new Problem('recording.no_audio', { recording: id, reason: simulated ? 'simulated' : String(status) })
      const bytes = await files.size(file)
      if (bytes === null) throw new Problem('recording.no_audio', { recording: id, reason: 'missing' })
      const range = rangeOf(request.headers.range, bytes)
      response.set({ 'Accept-Ranges': 'bytes' })
      if (range === null) {
        response.set('Content-Range', `bytes */${bytes}`)
        throw new Problem('recording.range', { bytes })
      }
      const { from, to } = range === 'whole' ? { from: 0, to: bytes - 1 } : range
      if (range !== 'whole') response.status(206).set('Content-Range', `bytes ${from}-${to}/${bytes}`)
      response.set({ 'Content-Type': 'audio/wav', 'Content-Length': String(to - from + 1) })
      if (download) response.set('Content-Disposition', `attachment; filename="${id.replace(/[^\w-]/g, '_')}.wav"`)
      if (request.method === 'HEAD') return void response.end()
      if (sending >= AT_ONCE) throw new Problem('recording.busy', { limit: AT_ONCE })
      sending++
      try {
        const { desk } = deskOf(tenant)
        const actor = agentCode === undefined ? session.actor('operator', {}) : session.actor('agent', { agentCode })
        const time = Math.floor(now() / ONCE_IN_MS)
        const command = { do: 'play_recording' as const, recordingId: id, by: actor.code, download }
        const commandId = `played:${id}:${actorName(actor)}:${download}:${time}`
        await desk.call(String(callId), command, { tenant, commandId, actor: actorName(actor) })
        const source = await files.read(file, { from, to })
        void pipeline(source, response, { signal: AbortSignal.timeout(SEND_MS) })
          .catch(() => response.destroy())
          .finally(() => sending--)
      } catch (error) {
        sending--
        // The answer is a problem now, and no sound.
        for (const header of ['Content-Range', 'Content-Length', 'Content-Disposition']) response.removeHeader(header)
        throw error
      }
    },
  })
}
