/** What is said when the server gave no answer. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'

const zh = {
  timeout: '服务器 10 秒内没有响应。',
  offline: '连接不上服务器。',
  unknown: (status: string) => `服务器返回错误 ${status}。`,
}

const en: typeof zh = {
  timeout: 'The server did not answer within 10 seconds.',
  offline: 'The server cannot be reached.',
  unknown: (status) => `The server answered with error ${status}.`,
}

export const problemWords: Readonly<Record<LanguageCode, typeof zh>> = { 'zh-CN': zh, en }
