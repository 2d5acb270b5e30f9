/** Texts of importing and exporting. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type TransferWords } from './words.zh.ts'

export const transferWords: Readonly<Record<LanguageCode, TransferWords>> = { 'zh-CN': zh, en }
