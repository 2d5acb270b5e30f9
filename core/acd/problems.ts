/** Refusals of a configuration of the switchboard. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const switchboardProblems = {
  'switchboard.exit_unknown': {
    status: 422,
    en: 'Queue {queue} sends callers who leave it ({exit}) to {to}, which does not exist.',
    zh: '队列 {queue} 的出口（{exit}）指向不存在的 {to}。',
    cureEn: 'Name a queue or agent of this configuration, a phone, or hang_up.',
    cureZh: '请填写本配置中的队列或坐席、分机或号码，或选择挂断（hang_up）。',
  },
  'switchboard.exit_circle': {
    status: 422,
    en: 'A caller to queue {queue} could be sent in a circle in one moment: {to}.',
    zh: '队列 {queue} 的来电可能在瞬间循环转移：{to}。',
    cureEn: 'Let one of these queues keep its callers, or send them elsewhere when it is closed or full.',
    cureZh: '请让其中一个队列保留来电，或在关闭、排满时转到别处。',
  },
} as const satisfies ProblemEntries
