/** Refusals of the switchboard as a whole: who owns it, and who does not. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const switchboardProblems = {
  'switchboard.superseded': {
    status: 409,
    en: 'Owner number {epoch} of the switchboard may not do this any more: number {later} has taken over.',
    zh: '第 {epoch} 任交换主控已无权执行此操作：第 {later} 任已接管。',
    cureEn: 'Nothing to do: the new owner goes on from the ledger.',
    cureZh: '无需处理：新的主控将依据账本继续。',
  },
  'switchboard.standby': {
    status: 503,
    en: 'This process stands by; it does not own the switchboard.',
    zh: '本进程处于热备状态，不是交换主控。',
    cureEn: 'Ask the process that owns it; /api/v1/status of each one says which it is.',
    cureZh: '请访问主控进程；各进程的 /api/v1/status 会说明其角色。',
  },
} as const satisfies ProblemEntries
