/** Texts of recordings. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type RecordingWords } from './words.zh.ts'

export const recordingWords: Readonly<Record<LanguageCode, RecordingWords>> = { 'zh-CN': zh, en }
