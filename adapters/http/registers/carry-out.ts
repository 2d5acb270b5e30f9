/** How routes of registers carry a command out: once, however often it is sent, and in the sender's name. */
import { actorName, type Session } from '@ledgerline/core/access/session.ts'
import type { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { RecordCommand } from '@ledgerline/core/record/book.ts'
import type { RecordCommands } from '@ledgerline/core/record/commands.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import type { Done } from '@ledgerline/core/record/large-commands.ts'
import type { ReadSide } from '../../queries/read-side.ts'

export interface RegisterDependencies {
  readSide: ReadSide
  log: EventLog
  codec: Codec
  once: AnsweredOnce
  recordsOf(tenant: string): RecordCommands
  /** Records were removed, to which others may refer. */
  removed(): void
}

/** @param command made when it is carried out, and not if it was before */
export async function carryOut(
  { once, codec, recordsOf, removed }: RegisterDependencies,
  kind: Kind,
  session: Session,
  id: string,
  content: object,
  command: RecordCommand | (() => Promise<RecordCommand>),
): Promise<Done> {
  const { tenant } = session
  const actor = actorName(session.actor('operator', {}))
  const envelope: CommandEnvelope = { tenant, commandId: id, actor }
  // Kept as a keyed hash: nobody finds out by it what was said of whom.
  const asked = codec.digest(tenant, JSON.stringify([kind.table, content]))
  const answer = await once.answer(tenant, id, asked, async () => {
    const wanted = typeof command === 'function' ? await command() : command
    const done = await recordsOf(tenant).carryOut(kind, wanted, envelope)
    if (wanted.do === 'remove') removed()
    return done
  })
  return answer as Done
}
