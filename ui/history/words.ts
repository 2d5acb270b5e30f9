/** Texts of the history pages. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type HistoryWords } from './words.zh.ts'

export const historyWords: Readonly<Record<LanguageCode, HistoryWords>> = { 'zh-CN': zh, en }
