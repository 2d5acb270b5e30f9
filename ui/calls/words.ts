/** The words of the call list and of a call's page. Apart from the others, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type CallWords } from './words.zh.ts'

export const callWords: Readonly<Record<LanguageCode, CallWords>> = { 'zh-CN': zh, en }
