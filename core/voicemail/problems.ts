/** What can go wrong with voice messages. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const voicemailProblems = {
  'voicemail.unknown': {
    status: 404,
    en: 'There is no message {message} in call {call}.',
    zh: '通话 {call} 中没有留言 {message}。',
    cure: { en: 'Take the message from the list.', zh: '请从留言列表中选择。' },
  },
  'voicemail.deleted': {
    status: 410,
    en: 'Message {message} was deleted.',
    zh: '留言 {message} 已删除。',
    cure: {
      en: 'Who deleted it, and when, is on the page of its call.',
      zh: '删除人和时间见该通话的详情页。',
    },
  },
} as const satisfies ProblemEntries
