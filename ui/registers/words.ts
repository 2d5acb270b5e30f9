/** Texts of the pages of registers. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type RegisterWords } from './words.zh.ts'

export const registerWords: Readonly<Record<LanguageCode, RegisterWords>> = { 'zh-CN': zh, en }
