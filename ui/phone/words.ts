/** Texts of the browser's phone. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type PhoneWords } from './words.zh.ts'

export const phoneWords: Readonly<Record<LanguageCode, PhoneWords>> = { 'zh-CN': zh, en }
