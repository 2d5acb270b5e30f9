/** What the tables of queues and of waiting callers say beyond the wall's few words; apart, so that a wall does not load it. */
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
    starving: (time) => `Passed over for ${time}: callers of higher queues who came later are given its agents`,
    mended: (time) => `The switchboard found its lists of this queue wrong and mended them ${time} ago`,
    fresh: (n) => `${n} new`,
    gone: 'left',
  },
}
