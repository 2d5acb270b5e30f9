/** What can go wrong with the ledger's chain and has to be told. */
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
