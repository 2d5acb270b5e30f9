/**
 * Long tasks on registers: importing a file, undoing an import, exporting to a file. Stream `task-<tenant>.<taskId>`. What
 * a task has done is in its stream, so that any process can go on where another was killed.
 */
import { z } from 'zod'
import { clearText, codeText as code, defineEvents, event, idText as id, personalDetail } from '../kernel/event.ts'

export const taskKinds = ['import', 'undo', 'export'] as const
export const taskOutcomes = ['done', 'cancelled', 'failed'] as const
export const fileFormats = ['csv', 'xlsx'] as const
export type FileFormat = (typeof fileFormats)[number]

const taskId = id.describe('id of the task')
const count = z.number().int().min(0)

export const taskEvents = defineEvents({
  ImportAsked: event('Somebody imports a file into a register.', {
    taskId,
    register: code.describe('the register, by its table'),
    fileId: id.describe('the file, as it was uploaded'),
    name: personalDetail('name of the file', 'fileId'),
    format: z.enum(fileFormats),
    encoding: code.describe('utf-8 or gb18030; of a workbook: utf-8'),
    fields: z.array(code.nullable()).describe('for each column the field that it fills; null: none'),
    conflict: code.describe('what is done with records that are there: skip, update or report'),
    fileUntil: z.number().int().describe('the file is deleted at this moment (UTC ms)'),
  }),
  UndoAsked: event('Somebody undoes an import, as far as nothing happened to its records since.', {
    taskId,
    register: code.describe('the register, by its table'),
    importId: id.describe('the task that imported them'),
  }),
  ExportAsked: event('Somebody exports records of a register to a file.', {
    taskId,
    register: code.describe('the register, by its table'),
    format: z.enum(fileFormats),
    language: code.describe('of headings and words: en or zh'),
    recordIds: z.array(id).nullable().describe('these records; null: those that the search finds'),
    search: personalDetail('the filters of the search, as JSON', 'taskId'),
    clear: z.boolean().describe('numbers and what is about people are not masked'),
  }),
  TaskProgressed: event('A part of a task is done.', {
    taskId,
    part: count.describe('which part, from 0'),
    upTo: count.describe('rows that have been looked at in all'),
    added: count.describe('records added in this part; rows written; records taken away again'),
    changed: count.describe('records changed, or put back as they were'),
    left: count.describe('records left as they are'),
    refused: count.describe('rows that were refused'),
  }),
  TaskCancelled: event('Somebody stops a task. What it did before stays.', { taskId }),
  TaskEnded: event('A task is over.', {
    taskId,
    outcome: z.enum(taskOutcomes),
    problem: code.nullable().describe('why it failed: the code of a problem'),
    bytes: count.describe('size of the file that it made'),
    fileUntil: z
      .number()
      .int()
      .nullable()
      .describe('until when its file can be downloaded (UTC ms); null: it has none'),
  }),
  TaskFileFetched: event('Somebody downloaded the file of a task.', {
    taskId,
    format: clearText('code', 10),
  }),
})
