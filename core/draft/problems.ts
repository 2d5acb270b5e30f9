/** What can be wrong with a command on the draft of a configuration. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const draftProblems = {
  'draft.unknown': {
    status: 404,
    en: 'The draft has no {key} among its {section}.',
    zh: '草稿的{section}中没有 {key}。',
    cure: { en: 'Somebody may have removed it: load the list again.', zh: '可能已被他人删除，请刷新列表。' },
  },
  'draft.taken': {
    status: 409,
    en: 'There is {key} already among the {section}.',
    zh: '{section}中已有 {key}。',
    cure: { en: 'Choose another, or change the one that is there.', zh: '请换一个，或修改已有的项目。' },
  },
  'draft.key_fixed': {
    status: 422,
    en: '{key} cannot be renamed to {other}: others refer to it.',
    zh: '{key} 不能改名为 {other}：其他设置引用了它。',
    cure: {
      en: 'Add {other}, lead everything there, and remove {key}.',
      zh: '请新增 {other}，改好引用后再删除 {key}。',
    },
  },
  'draft.key_missing': {
    status: 422,
    en: 'Something among the {section} has no name.',
    zh: '{section}中有项目没有编号。',
    cure: { en: 'Enter one.', zh: '请填写编号。' },
  },
  'draft.changed_meanwhile': {
    status: 412,
    en: '{key} was changed while it was being edited.',
    zh: '编辑期间，{key} 已被修改。',
    cure: { en: 'Load it again, and repeat what is still wanted.', zh: '请重新加载后再修改。' },
  },
  'draft.moved_on': {
    status: 412,
    en: 'The pending changes are no longer those that were looked at.',
    zh: '待激活的改动与查看时不同。',
    cure: {
      en: 'Somebody edited or activated meanwhile: look again, and activate.',
      zh: '期间有人编辑或激活，请重新查看后再激活。',
    },
  },
  'draft.version_missing': {
    status: 428,
    en: 'The request does not say what it is based on.',
    zh: '请求未指明所依据的版本。',
    cure: {
      en: 'Send the version that was read, or its ETag in the header If-Match.',
      zh: '请提供读取时的版本，或在 If-Match 请求头中提供其 ETag。',
    },
  },
  'draft.too_many': {
    status: 409,
    en: 'There can be {most} {section}, and no more.',
    zh: '{section}最多 {most} 项。',
    cure: { en: 'Remove some that are no longer needed.', zh: '请删除不再需要的项目。' },
  },
  'draft.too_many_at_once': {
    status: 413,
    en: 'One command changes at most {most} items, not {asked}.',
    zh: '一次最多修改 {most} 项，而非 {asked} 项。',
    cure: { en: 'Do it in several steps.', zh: '请分几次进行。' },
  },
  'draft.nothing_pending': {
    status: 409,
    en: 'Nothing waits to be activated.',
    zh: '没有待激活的改动。',
    cure: { en: 'Everything is in force already.', zh: '所有设置均已生效。' },
  },
  'draft.version_unknown': {
    status: 404,
    en: 'There is no version {version} that can be read.',
    zh: '没有可读取的版本 {version}。',
    cure: { en: 'Choose one of the list of versions.', zh: '请从版本列表中选择。' },
  },
  'draft.warnings_unread': {
    status: 409,
    en: 'The check has {warnings} warnings, and only {read} were read.',
    zh: '检查有 {warnings} 条提醒，而已确认 {read} 条。',
    cure: { en: 'Read them, and activate again.', zh: '请阅读提醒后重新激活。' },
  },
} as const satisfies ProblemEntries
