/** Texts of a supervisor's actions. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type SupervisorWords } from './words.zh.ts'

export const supervisorWords: Readonly<Record<LanguageCode, SupervisorWords>> = { 'zh-CN': zh, en }
