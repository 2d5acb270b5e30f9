/** Texts of the queue table and the caller list that the wall does not need; a file of its own, so that a wall does not load them. */
import type { LanguageCode } from '../language/format.ts'

export const queueWords: Readonly<
  Record<
    LanguageCode,
    { starving: (time: string) => string; mended: (time: string) => string; fresh: (n: string) => string; gone: string }
  >
> = {
  'zh-CN': {
    starving: (time) => `已被跳过 ${time}：坐席被分配给更高优先级技能组中后到的来电`,
    mended: (time) => `交换机发现该技能组的分配名单有误，已于 ${time} 前修正`,
    fresh: (n) => `${n} 个新来电`,
    gone: '已离开',
  },
  en: {
    starving: (time) => `Passed over for ${time}: its agents go to later callers in higher-priority queues`,
    mended: (time) => `The switchboard found an error in its lists for this queue and corrected it ${time} ago`,
    fresh: (n) => `${n} new`,
    gone: 'left',
  },
}
