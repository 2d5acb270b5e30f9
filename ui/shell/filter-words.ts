/** What is said of filters that are wrong, and of what they narrow; apart from the other words, because a wall needs none of them. */
import type { LanguageCode } from '../language/format.ts'

export const filterWords: Readonly<Record<LanguageCode, { wrong: string; leaveOut: string; only: string }>> = {
  en: { wrong: 'A filter cannot be right: nothing is shown', leaveOut: 'Leave it out', only: 'Only' },
  'zh-CN': { wrong: '筛选条件有误，未显示任何数据', leaveOut: '去掉该条件', only: '仅' },
}
