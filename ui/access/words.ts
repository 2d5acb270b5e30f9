/** Texts of log-in. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type AccessWords } from './words.zh.ts'

export const accessWords: Readonly<Record<LanguageCode, AccessWords>> = { 'zh-CN': zh, en }
