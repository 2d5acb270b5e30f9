/** Texts of the call list and the call page. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type CallWords } from './words.zh.ts'

export const callWords: Readonly<Record<LanguageCode, CallWords>> = { 'zh-CN': zh, en }
