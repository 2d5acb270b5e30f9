/** Tasks of the asker: stop one, undo an import, fetch a file. The list of them is a query like any other. */
import { z } from 'zod'
import { demand, type Session } from '@ledgerline/core/access/session.ts'
import type { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { taskDecider, type Asked, type Task } from '@ledgerline/core/transfer/task.ts'
import { madeFile, refusedFile, registerOf, type TaskTools } from '../../transfer/context.ts'
import { bytesOf } from '../../transfer/files.ts'
import { refusedRows } from '../../transfer/refused-file.ts'
import { written } from '../../transfer/write-files.ts'
import { commandAnswer, commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { format, group, lang, send, started, who } from './sending.ts'

export interface TransferDependencies {
  tools: TaskTools
  once: AnsweredOnce
  /** There may be something to do. */
  nudge(): void
}

const taskId = z.uuid().meta({ description: 'id of the task' })

export function taskRoutes({ tools, once, nudge }: TransferDependencies): Route[] {
  /** A task of the asker's own. @throws Problem `task.unknown` */
  async function own(
    session: Session,
    id: string,
  ): Promise<{ task: Task & { asked: Asked }; running: ReturnType<typeof runningOf> }> {
    const running = runningOf(session, id)
    const { commands } = tools.of(session.tenant)
    const task = await commands.current(taskDecider, id, session.tenant)
    if (!task.asked || (await askerOf(tools, running)) !== running.actor) throw new Problem('task.unknown')
    return { task: { ...task, asked: task.asked }, running }
  }
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/tasks/cancel',
      permission: 'registers.list',
      group,
      about: 'Stops a task of yours. What it did before stays; an import can be undone.',
      request: { body: z.strictObject({ commandId, taskId }) },
      responses: { 200: { about: 'It stops.', schema: commandAnswer } },
      problems: ['task.unknown', 'task.over', 'command.reused'],
      async handle({ body, session }) {
        const { running } = await own(session, body.taskId)
        const { tenant, actor } = running
        const envelope = { tenant, actor, commandId: body.commandId }
        const command = { do: 'cancel', taskId: body.taskId } as const
        return once.answer(tenant, body.commandId, JSON.stringify(['cancel', body.taskId]), async () => {
          return (await tools.of(tenant).commands.carryOut(taskDecider, body.taskId, command, envelope)).answer
        })
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/tasks/undo',
      permission: 'registers.import',
      group,
      about: 'Undoes an import of yours, as far as nothing happened to its records since: a task of its own.',
      request: { body: z.strictObject({ commandId, taskId }) },
      responses: { 201: { about: 'It has begun.', schema: started } },
      problems: ['task.unknown', 'task.not_undone', 'command.reused'],
      async handle({ body, session, response }) {
        const { task } = await own(session, body.taskId)
        demand(session, registerOf(task.asked.register).edit)
        if (task.asked.kind !== 'import' || !task.ended) throw new Problem('task.not_undone')
        // One undoing for each import, whoever asks for it twice.
        const id = derivedId(body.taskId, 'undo')
        const running = runningOf(session, id)
        const before = await tools.of(session.tenant).commands.current(taskDecider, id, session.tenant)
        const asked: Asked = { kind: 'undo', taskId: id, register: task.asked.register, importId: body.taskId }
        const envelope = { ...running, commandId: body.commandId }
        const answer = await once.answer(
          session.tenant,
          body.commandId,
          JSON.stringify(['undo', body.taskId]),
          async () => {
            if (before.asked) throw new Problem('task.not_undone')
            return (await tools.of(session.tenant).commands.carryOut(taskDecider, id, { do: 'ask', asked }, envelope))
              .answer
          },
        )
        nudge()
        response.status(201)
        return { taskId: id, position: answer.position, events: answer.events }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/tasks/{taskId}/file',
      permission: 'registers.list',
      group,
      about:
        'The file of a task of yours: what was exported, or the rows that an import refused, in the layout of its file, with ' +
        'line, field, value and reason.',
      request: { params: z.object({ taskId }), query: z.strictObject({ format, lang }) },
      responses: { 200: { about: 'The file.', type: 'application/octet-stream' } },
      problems: ['task.unknown', 'task.no_file', 'request.forbidden'],
      async handle({ params, query, session, response }) {
        const { task, running } = await own(session, params.taskId)
        const kind = registerOf(task.asked.register)
        const exported = task.asked.kind === 'export' ? task.asked : null
        // What they may do now counts, not what they could when they began it.
        demand(session, exported ? 'registers.export' : 'registers.import')
        demand(session, exported ? kind.see : kind.edit)
        if (exported?.clear) demand(session, 'numbers.see')
        const { ended } = task
        if (!ended?.fileUntil || ended.fileUntil < tools.wall()) throw new Problem('task.no_file')
        const of = exported ? madeFile(running) : refusedFile(running)
        if ((await tools.files.lengths(of)).length === 0) throw new Problem('task.no_file')
        const fetched = { do: 'fetch', taskId: params.taskId, format: exported?.format ?? query.format } as const
        const day = new Date(tools.wall()).toISOString().slice(0, 10)
        await tools.of(session.tenant).commands.carryOut(taskDecider, params.taskId, fetched, {
          ...running,
          commandId: `${params.taskId}:fetched:${Math.floor(tools.wall() / 60_000)}`,
        })
        if (exported) await send(response, `${kind.table}-${day}`, exported.format, bytesOf(tools.files, of))
        else {
          const { heading, rows } = await refusedRows(tools.files, of, kind, query.lang)
          await send(response, `${kind.table}-refused-${day}`, query.format, written(query.format, heading, rows))
        }
      },
    }),
  ]
}

const runningOf = (session: Session, id: string) => ({ tenant: session.tenant, taskId: id, actor: who(session) })

/** Who asked for a task: the actor of its first event. */
async function askerOf(
  { log, codec }: TaskTools,
  { tenant, taskId: id }: { tenant: string; taskId: string },
): Promise<string | null> {
  const [first] = await codec.decodeAll(await log.readStream(`task-${tenant}.${id}`, 0, 1))
  return first?.actor ?? null
}
