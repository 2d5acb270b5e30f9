/** What can go wrong with a recorded call log as a whole. An odd row is not a problem: it is loaded or listed. */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const historyProblems = {
  'history.no_file': {
    status: 400,
    en: 'The file {file} cannot be read: {reason}.',
    zh: '无法读取文件 {file}：{reason}。',
    cure: { en: 'Check the name and that this user may read it.', zh: '请检查文件名以及当前用户是否有读取权限。' },
  },
  'history.not_this_log': {
    status: 400,
    en: '{file} is not an AnonymousBank call log: it begins with {found}.',
    zh: '{file} 不是 AnonymousBank 通话记录：其开头为 {found}。',
    cure: {
      en:
        'Give a month file as published by the Technion (17 columns separated by TAB, with their names in the first ' +
        'line), plain or compressed with gzip.',
      zh: '请提供 Technion 发布的月度文件（以制表符分隔的 17 列，首行为列名），可为纯文本或 gzip 压缩。',
    },
  },
  'history.broken_file': {
    status: 400,
    en: '{file} breaks off after line {line}: {reason}.',
    zh: '{file} 在第 {line} 行之后中断：{reason}。',
    cure: {
      en: 'What was read is loaded. Get the complete file and import it again: calls already loaded are not loaded twice.',
      zh: '已读取的部分已导入。请获取完整文件后重新导入，已存在的记录不会重复。',
    },
  },
  'history.bomb': {
    status: 400,
    en: '{file} unpacks to more than {times} times its size: given up after line {line}.',
    zh: '{file} 解压后超过其大小的 {times} 倍，已在第 {line} 行之后放弃读取。',
    cure: {
      en: 'No call log does that. What was read is loaded; download the file again from its source.',
      zh: '通话记录不会如此。已读取的部分已导入，请重新获取该文件。',
    },
  },
  'history.not_for_history': {
    status: 409,
    en: 'Tenant {tenant} is not for imported history: {reason}.',
    zh: '企业 {tenant} 不能用于导入历史：{reason}。',
    cure: { en: 'Import into a separate tenant, with --tenant.', zh: '请用 --tenant 指定单独的企业进行导入。' },
  },
  'history.no_day': {
    status: 400,
    en: '{file} contains no calls to replay.',
    zh: '{file} 中没有可回放的通话。',
    cure: { en: 'Give a file with at least one day of calls.', zh: '请提供至少包含一天通话的文件。' },
  },
} as const satisfies ProblemEntries
