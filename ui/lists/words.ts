/** Texts that all lists share. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type ListWords } from './words.zh.ts'

export const listWords: Readonly<Record<LanguageCode, ListWords>> = { 'zh-CN': zh, en }
