/** Texts of buttons that any page may have. A file of its own, because a wall has none of them. */
import type { LanguageCode } from '../language/format.ts'

const zh = { close: '关闭', retry: '重试', refresh: '刷新' }
const en: typeof zh = { close: 'Close', retry: 'Try again', refresh: 'Refresh' }

export const actWords: Readonly<Record<LanguageCode, typeof zh>> = { 'zh-CN': zh, en }
