/** Texts of the desk. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type DeskWords } from './words.zh.ts'

export const deskWords: Readonly<Record<LanguageCode, DeskWords>> = { 'zh-CN': zh, en }
