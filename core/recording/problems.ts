/** What can go wrong with recordings. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const recordingProblems = {
  'recording.not_running': {
    status: 409,
    en: 'Call {call} is not being recorded.',
    zh: '通话 {call} 未在录音。',
    cure: { en: 'Start the recording first.', zh: '请先开始录音。' },
  },
} as const satisfies ProblemEntries
