/** Texts of the report pages. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type ReportWords } from './words.zh.ts'

export const reportWords: Readonly<Record<LanguageCode, ReportWords>> = { 'zh-CN': zh, en }
