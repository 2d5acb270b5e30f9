/** Texts of the page of voice messages. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type MessageWords } from './words.zh.ts'

export const messageWords: Readonly<Record<LanguageCode, MessageWords>> = { 'zh-CN': zh, en }
