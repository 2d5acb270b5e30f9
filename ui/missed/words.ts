/** Texts of the page of missed calls. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type MissedWords } from './words.zh.ts'

export const missedWords: Readonly<Record<LanguageCode, MissedWords>> = { 'zh-CN': zh, en }
