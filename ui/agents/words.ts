/** Texts about agents. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './words.en.ts'
import { zh, type AgentWords } from './words.zh.ts'

export const agentWords: Readonly<Record<LanguageCode, AgentWords>> = { 'zh-CN': zh, en }
