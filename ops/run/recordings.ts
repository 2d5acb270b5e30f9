/** Recordings in a running process: their store, how the ledger learns that one is kept, and how long they are kept. */
import { EngineReadSide } from '@ledgerline/adapters/queries/engine-read-side.ts'
import type { RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { localFiles } from '@ledgerline/adapters/recordings/local.ts'
import { RecordingRetention } from '@ledgerline/adapters/recordings/retention.ts'
import type { SpoolOptions } from '@ledgerline/adapters/recordings/spool.ts'
import { withTones } from '@ledgerline/adapters/recordings/tones.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { callOfRecording } from '@ledgerline/core/recording/state.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { RecordingStore } from '../settings.ts'
import type { Node } from './node.ts'
import type { RunningSwitchboard } from './switchboard.ts'

/** What keeps recordings does so under this name. */
const ACTOR = 'system:recordings'

export async function openRecordings(store: RecordingStore): Promise<RecordingFiles> {
  if (store.kind === 'directory') return withTones(localFiles(store.directory))
  const { s3Files } = await import('@ledgerline/adapters/recordings/s3.ts')
  return withTones(s3Files(store))
}

/** Writes into the ledger what became of a recording of which nobody was told: its call may have left memory long ago. */
export function confirmedBy(switchboard: () => RunningSwitchboard): SpoolOptions['confirm'] {
  return async (tenant, recordingId, file) => {
    const callId = callOfRecording(recordingId)
    if (callId === null) throw new Error('not a recording of a call')
    const commandId = `${recordingId}:swept:${typeof file === 'string' ? file : 'kept'}`
    const command = { do: 'recorded' as const, recordingId, file }
    await switchboard().desk.call(callId, command, { tenant, commandId, actor: ACTOR })
  }
}

/** Does a recording still run, as the ledger has it? A call may have been taken over from a process that died. */
export function runsIn(switchboard: () => RunningSwitchboard): SpoolOptions['isRunning'] {
  return (recordingId) => {
    const call = switchboard().process.switchboard.call(callOfRecording(recordingId) ?? '')
    return call?.recordings?.[recordingId]?.stoppedAt === null
  }
}

/** Deletes recordings whose time is over, while this process owns the switchboard. */
export function keepForAsLongAsAsked(
  node: Node,
  sources: { engine: Engine; files: RecordingFiles; switchboard: RunningSwitchboard },
): void {
  const { engine, files, switchboard } = sources
  const { installation, closing, logger } = node
  const { tenant, desk, process, clock } = switchboard
  const readSide = new EngineReadSide(engine, installation.tables)
  closing.defer(() => readSide.close())
  const retention = new RecordingRetention({
    tenant,
    readSide,
    files,
    rules: () => process.switchboard.configuration.state,
    clock,
    async deleted(callId, recordingId, keptDays) {
      const command = { do: 'recording_deleted' as const, recordingId, keptDays }
      await desk.call(callId, command, { tenant, commandId: `${recordingId}:deleted`, actor: ACTOR })
    },
    onTrouble: (error) =>
      logger.warn(
        isProblem(error) ? { code: error.code, ...error.details } : { error: String(error) },
        'recordings whose time is over could not be deleted; it will be tried again',
      ),
  })
  closing.defer(() => retention.stop())
  switchboard.watch((role) => (role === 'owner' ? retention.start() : void retention.stop()))
}
