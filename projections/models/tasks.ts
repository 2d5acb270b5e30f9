/** One row per task: an import, the undoing of one, an export, and how far it is. */
import { fileFormats, taskKinds, taskOutcomes } from '@ledgerline/core/transfer/events.ts'
import {
  count,
  flag,
  instant,
  instantOrNull,
  personalText,
  text,
  textOrNull,
  word,
  wordOrNull,
} from '../engine/model.ts'
import { entity } from '../entity.ts'

const statuses = ['waiting', 'running', ...taskOutcomes] as const

const columns = {
  kind: word(taskKinds, 'import, undo or export.'),
  register: text('The register, by its table.'),
  status: word(statuses, 'waiting, running, done, cancelled or failed.'),
  format: wordOrNull(fileFormats, 'Of its file: csv or xlsx.'),
  fileName: personalText('Name of the file that was imported.'),
  ofTask: textOrNull('The import that is undone.'),
  undoneBy: textOrNull('The task that undid it.'),
  rows: count('Rows or records that were looked at.'),
  added: count('Records added; rows written to a file; records taken away again.'),
  changed: count('Records changed, or put back as they were.'),
  leftAsIs: count('Records left as they are.'),
  refused: count('Rows that were refused.'),
  problem: textOrNull('Why it failed: the code of a problem.'),
  clear: flag('Its file shows numbers in the clear.'),
  bytes: count('Size of the file that it made.'),
  fileUntil: instantOrNull('Until when its file can be downloaded; null: it has none.'),
  askedBy: text('Who asked for it.'),
  askedAt: instant('When.'),
  changedAt: instant('When it last went on.'),
  endedAt: instantOrNull('When it was over; null: it is not.'),
}

const fresh = {
  format: null,
  fileName: null,
  ofTask: null,
  undoneBy: null,
  rows: 0,
  added: 0,
  changed: 0,
  leftAsIs: 0,
  refused: 0,
  problem: null,
  clear: false,
  bytes: 0,
  fileUntil: null,
  endedAt: null,
  status: 'waiting',
}

export const tasks = entity('tasks', {
  version: 1,
  about: 'Imports and exports of registers: one row for each.',
  key: { taskId: text('Id of the task.') },
  columns,
  keysOf: {
    UndoAsked: ({ data }) => [{ taskId: data.taskId }, { taskId: data.importId }],
  },
  begins: { ImportAsked: true, ExportAsked: true, UndoAsked: ({ taskId }, { data }) => taskId === data.taskId },
  on: {
    ImportAsked: (_, { at, actor, data }, { key }) => ({
      ...key,
      ...fresh,
      kind: 'import',
      register: data.register,
      format: data.format,
      fileName: data.name,
      askedBy: actor,
      askedAt: at,
      changedAt: at,
    }),
    ExportAsked: (_, { at, actor, data }, { key }) => ({
      ...key,
      ...fresh,
      kind: 'export',
      register: data.register,
      format: data.format,
      clear: data.clear,
      askedBy: actor,
      askedAt: at,
      changedAt: at,
    }),
    UndoAsked: (row, { at, actor, data }, { key }) =>
      key.taskId === data.importId
        ? row && { ...row, undoneBy: data.taskId }
        : {
            ...key,
            ...fresh,
            kind: 'undo',
            register: data.register,
            ofTask: data.importId,
            askedBy: actor,
            askedAt: at,
            changedAt: at,
          },
    TaskProgressed: (row, { at, data }) =>
      row && {
        ...row,
        status: 'running',
        rows: data.upTo,
        added: row.added + data.added,
        changed: row.changed + data.changed,
        leftAsIs: row.leftAsIs + data.left,
        refused: row.refused + data.refused,
        changedAt: at,
      },
    TaskCancelled: (row, { at }) => row && { ...row, changedAt: at },
    TaskEnded: (row, { at, data }) =>
      row && {
        ...row,
        status: data.outcome,
        problem: data.problem,
        bytes: data.bytes,
        fileUntil: data.fileUntil,
        changedAt: at,
        endedAt: at,
      },
  },
  finished: ({ endedAt }) => endedAt !== null,
  indexes: [['askedAt'], ['askedBy', 'askedAt']],
  partialIndexes: [{ name: 'unended', columns: ['askedAt'], where: 'ended_at is null' }],
})
