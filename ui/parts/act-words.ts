/** What buttons of any page say. Apart from the other words, because a wall has none of them. */
import type { LanguageCode } from '../language/format.ts'

const zh = { close: '关闭', retry: '重试' }
const en: typeof zh = { close: 'Close', retry: 'Try again' }

export const actWords: Readonly<Record<LanguageCode, typeof zh>> = { 'zh-CN': zh, en }
