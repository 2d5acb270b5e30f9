/** What can be wrong with a command on a record. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const recordProblems = {
  'record.unknown': {
    status: 404,
    en: 'There is no such {what}.',
    zh: '该{what}不存在。',
    cure: { en: 'Somebody may have removed it: load the list again.', zh: '可能已被他人删除，请刷新列表。' },
  },
  'record.taken': {
    status: 409,
    en: 'There is a {what} with this already: {label}.',
    zh: '已存在相同的{what}：{label}。',
    cure: { en: 'Choose another value, or change the one that is there.', zh: '请换一个值，或修改已有的记录。' },
  },
  'record.changed_meanwhile': {
    status: 412,
    en: 'Somebody changed this {what} while it was being edited.',
    zh: '编辑期间，该{what}已被他人修改。',
    cure: {
      en: 'Load it again, and repeat what is still wanted.',
      zh: '请重新加载后再修改。',
    },
  },
  'record.key_taken': {
    status: 409,
    en: 'There is such a {what} already.',
    zh: '该{what}已存在。',
    cure: { en: 'Change the one that is there.', zh: '请修改已有的记录。' },
  },
  'record.version_missing': {
    status: 428,
    en: 'The request does not say which version of the record it is about.',
    zh: '请求未指明针对记录的哪个版本。',
    cure: {
      en: 'Send the version that was read, or its ETag in the header If-Match.',
      zh: '请提供读取时的版本，或在 If-Match 请求头中提供其 ETag。',
    },
  },
  'record.in_use': {
    status: 409,
    en: 'It is still used by {label}; {all} records refer to it.',
    zh: '仍在使用中：{label} 等共 {all} 条记录引用了它。',
    cure: { en: 'Change or remove those first.', zh: '请先修改或删除这些记录。' },
  },
  'record.touches_others': {
    status: 409,
    en: 'Other records depend on it: {removed} would go with it, and {cleared} would lose their reference.',
    zh: '有其他记录依赖它：将一并删除 {removed} 条，并清空 {cleared} 条记录的引用。',
    cure: { en: 'Look at what depends on it, and agree to that.', zh: '请查看受影响的记录并确认。' },
  },
  'record.selection_changed': {
    status: 409,
    en: 'The search now finds {now} records; it was {told} when you chose them.',
    zh: '查询结果现为 {now} 条，选择时为 {told} 条。',
    cure: { en: 'Look at the list again, and repeat it.', zh: '请刷新列表后重新操作。' },
  },
  'record.selection_too_large': {
    status: 409,
    en: 'The search finds more than {most} records, the most that can be changed at once.',
    zh: '查询结果超过 {most} 条，一次最多处理这么多。',
    cure: { en: 'Narrow the search.', zh: '请缩小查询范围。' },
  },
  'record.takes_along': {
    status: 409,
    en: 'Records that refer to it would be removed, too: {all} of {what}.',
    zh: '将一并删除引用它的{what}：{all} 条。',
    cure: { en: 'Agree to that, or change those first.', zh: '请确认，或先修改这些记录。' },
  },
  'record.refers_to_nothing': {
    status: 422,
    en: 'There is no such {what} to refer to.',
    zh: '所引用的{what}不存在。',
    cure: { en: 'Choose one of those that are there.', zh: '请从现有记录中选择。' },
  },
  'record.too_many': {
    status: 409,
    en: 'There are {most} already, and no more fit.',
    zh: '已达上限 {most} 条。',
    cure: { en: 'Remove some that are no longer needed.', zh: '请删除不再需要的记录。' },
  },
  'record.nothing_to_review': {
    status: 409,
    en: 'Nothing waits for approval in this {what}.',
    zh: '该{what}没有待审核的内容。',
    cure: { en: 'Somebody may have decided already: load it again.', zh: '可能已被他人审核，请重新加载。' },
  },
} as const satisfies ProblemEntries
