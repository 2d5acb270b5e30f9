/** Texts of the request log. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type RequestWords } from './words.zh.ts'

export const requestWords: Readonly<Record<LanguageCode, RequestWords>> = { 'zh-CN': zh, en }
