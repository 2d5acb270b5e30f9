/** A task's life: asked for, carried out part by part, ended. Parts are counted, so that none is done twice. */
import type { Decider } from '../kernel/decider.ts'
import type { DataOf, EventsOf } from '../kernel/event.ts'
import { Problem } from '../kernel/problem.ts'
import type { taskEvents } from './events.ts'

type Of<T extends keyof typeof taskEvents> = DataOf<typeof taskEvents, T>
export type TaskEvent = EventsOf<typeof taskEvents>
export type Asked =
  | ({ kind: 'import' } & Of<'ImportAsked'>)
  | ({ kind: 'undo' } & Of<'UndoAsked'>)
  | ({ kind: 'export' } & Of<'ExportAsked'>)

export interface Task {
  readonly asked: Asked | null
  /** How many parts are done, and how many rows those looked at. */
  readonly parts: number
  readonly upTo: number
  readonly refused: number
  readonly cancelled: boolean
  readonly ended: Of<'TaskEnded'> | null
}

export type TaskCommand =
  | { do: 'ask'; asked: Asked }
  | { do: 'progress'; progress: Of<'TaskProgressed'> }
  | { do: 'cancel'; taskId: string }
  | { do: 'end'; end: Of<'TaskEnded'> }
  | { do: 'fetch'; taskId: string; format: string }

export type TaskDecider = Decider<Task, TaskCommand, TaskEvent>

/** For how long a file can be downloaded, or an uploaded one be imported. */
export const FILE_KEPT_MS = 7 * 24 * 3_600_000

export const taskDecider: TaskDecider = {
  category: 'task',
  initial: { asked: null, parts: 0, upTo: 0, refused: 0, cancelled: false, ended: null },
  decide(command, task) {
    if (command.do === 'ask') return task.asked ? [] : [askedEvent(command.asked)]
    if (!task.asked) throw new Problem('task.unknown')
    switch (command.do) {
      case 'progress':
        // Two processes may believe that it is theirs: the first one counts, and the other finds out.
        if (task.ended || command.progress.part !== task.parts) throw new Problem('task.elsewhere')
        return [{ type: 'TaskProgressed', data: command.progress }]
      case 'cancel':
        if (task.ended) throw new Problem('task.over')
        return task.cancelled ? [] : [{ type: 'TaskCancelled', data: { taskId: command.taskId } }]
      case 'end':
        return task.ended ? [] : [{ type: 'TaskEnded', data: command.end }]
      case 'fetch':
        return [{ type: 'TaskFileFetched', data: { taskId: command.taskId, format: command.format } }]
    }
  },
  evolve(task, recorded) {
    const event = recorded as TaskEvent
    switch (event.type) {
      case 'ImportAsked':
        return { ...task, asked: { kind: 'import', ...event.data } }
      case 'UndoAsked':
        return { ...task, asked: { kind: 'undo', ...event.data } }
      case 'ExportAsked':
        return { ...task, asked: { kind: 'export', ...event.data } }
      case 'TaskProgressed': {
        const { part, upTo, refused } = event.data
        return { ...task, parts: part + 1, upTo, refused: task.refused + refused }
      }
      case 'TaskCancelled':
        return { ...task, cancelled: true }
      case 'TaskEnded':
        return { ...task, ended: event.data }
      case 'TaskFileFetched':
        return task
    }
  },
}

function askedEvent({ kind, ...data }: Asked): TaskEvent {
  const types = { import: 'ImportAsked', undo: 'UndoAsked', export: 'ExportAsked' } as const
  return { type: types[kind], data } as TaskEvent
}
