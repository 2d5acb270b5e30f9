/** What can be wrong with importing, exporting, and the tasks that do so. */
import type { ProblemEntries } from '../kernel/problem.ts'

const asUtf8 = {
  en: 'Save it as CSV in UTF-8, or as a workbook (.xlsx).',
  zh: '请另存为 UTF-8 编码的 CSV，或 Excel 工作簿（.xlsx）。',
}
export const taskProblems = {
  'task.unknown': {
    status: 404,
    en: 'There is no such task of yours.',
    zh: '您没有该任务。',
    cure: { en: 'Look at the list of tasks.', zh: '请查看任务列表。' },
  },
  'task.over': {
    status: 409,
    en: 'The task is over already.',
    zh: '该任务已结束。',
    cure: { en: 'An import can be undone.', zh: '导入任务可以撤销。' },
  },
  'task.elsewhere': {
    status: 409,
    en: 'Another process goes on with this task.',
    zh: '该任务正由另一进程执行。',
    cure: { en: 'Nothing is to be done.', zh: '无需处理。' },
  },
  'task.not_undone': {
    status: 409,
    en: 'Only an import that is over, and that was not undone before, can be undone.',
    zh: '只能撤销已结束且未撤销过的导入。',
    cure: { en: 'Wait for its end, or look for the task that undid it.', zh: '请等待其结束，或查看已有的撤销任务。' },
  },
  'task.no_file': {
    status: 410,
    en: 'The task has no file, or no longer.',
    zh: '该任务没有文件，或文件已过期。',
    cure: { en: 'Start it again.', zh: '请重新执行。' },
  },
  'transfer.no_file': {
    status: 404,
    en: 'There is no such uploaded file, or not all of it.',
    zh: '没有该上传文件，或文件不完整。',
    cure: { en: 'Upload it again.', zh: '请重新上传。' },
  },
  'transfer.no_room': {
    status: 507,
    passing: true,
    en: 'Files of imports and exports take all the room they may have ({most} MB).',
    zh: '导入导出文件已占满允许的空间（{most} MB）。',
    cure: {
      en: 'Wait until earlier ones are done; files are deleted after a few days.',
      zh: '请等待此前的任务完成；文件会在数天后删除。',
    },
  },
  'transfer.encoding': {
    status: 422,
    en: 'The file is neither UTF-8 nor GB18030 text, and no workbook.',
    zh: '文件既不是 UTF-8 或 GB18030 文本，也不是工作簿。',
    cure: asUtf8,
  },
  'transfer.broken': {
    status: 422,
    en: 'The file cannot be read: {reason}.',
    zh: '无法读取文件：{reason}。',
    cure: asUtf8,
  },
  'transfer.too_many_rows': {
    status: 422,
    en: 'The file has more than {most} rows.',
    zh: '文件超过 {most} 行。',
    cure: { en: 'Split it into several files.', zh: '请拆分为多个文件。' },
  },
  'transfer.no_heading': {
    status: 422,
    en: 'The first row names no field of the register.',
    zh: '首行没有该资料的任何字段名。',
    cure: { en: 'Begin with the template, or choose what each column is.', zh: '请使用模板，或为每一列选择字段。' },
  },
} as const satisfies ProblemEntries
