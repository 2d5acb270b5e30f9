/** Texts of the pages of the voice platform, by language. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type VoiceWords } from './words.zh.ts'

export const voiceWords: Readonly<Record<LanguageCode, VoiceWords>> = { 'zh-CN': zh, en }
