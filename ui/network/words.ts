/** Texts of the pages about the telephone network. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type NetworkWords } from './words.zh.ts'

export const networkWords: Readonly<Record<LanguageCode, NetworkWords>> = { 'zh-CN': zh, en }
