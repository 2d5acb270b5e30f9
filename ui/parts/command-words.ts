/** Texts around a command. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'
import { en } from './command-words.en.ts'
import { zh, type CommandWords } from './command-words.zh.ts'

export const commandWords: Readonly<Record<LanguageCode, CommandWords>> = { 'zh-CN': zh, en }
