/** What can go wrong with the ledger's chain, and with a copy of the ledger, and has to be told. */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const chainProblems = {
  'chain.broken': {
    status: 500,
    en: 'The ledger is not what was sealed: page {page} of its chain, up to position {position}.',
    zh: '账本与封存内容不一致：链的第 {page} 页，截至位置 {position}。',
    cureEn: 'Nothing more is sealed until somebody has looked: ops/ledgerline verify --chain names the event; compare with a backup.',
    cureZh: '在查明之前不再继续封存。请运行 ops/ledgerline verify --chain 找出具体事件，并与备份比对。',
  },
} as const satisfies ProblemEntries

export const transferProblems = {
  'log.same': {
    status: 409,
    en: 'Both addresses lead to the same log.',
    zh: '两个地址指向同一个日志。',
    cureEn: 'Name another log to copy to.',
    cureZh: '请指定另一个目标日志。',
  },
  'log.empty': {
    status: 409,
    en: 'The log to be copied holds no events.',
    zh: '要复制的日志中没有事件。',
    cureEn: 'Check its address: a log on PostgreSQL has a database of its own, beside that of the tables (…_log).',
    cureZh: '请检查地址：PostgreSQL 上的日志有独立的数据库，位于数据表数据库旁（…_log）。',
  },
  'log.not_a_copy': {
    status: 409,
    en: 'The target holds other events: {type} {id} ({stream} {revision}, position {position}) is not what stands in the original after {after} events.',
    zh: '目标日志中存在其他事件：{type} {id}（{stream} {revision}，位置 {position}），与原日志第 {after} 个事件之后的内容不符。',
    cureEn: 'Nothing was written. Copy to an empty log, or to one that was copied from this one.',
    cureZh: '未写入任何内容。请复制到空日志，或此前由该日志复制而来的日志。',
  },
  'log.copy_disturbed': {
    status: 409,
    en: 'Somebody else writes to the target: stream {stream} is at revision {revision}.',
    zh: '有其他程序正在写入目标日志：流 {stream} 的版本为 {revision}。',
    cureEn: 'Stop whatever uses the target, then run the copy again: it tells whether it can go on.',
    cureZh: '请停止使用目标日志的程序，然后重新运行复制，它会判断能否继续。',
  },
} as const satisfies ProblemEntries
