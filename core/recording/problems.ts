/** What can go wrong with recordings. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const recordingProblems = {
  'recording.not_running': {
    status: 409,
    en: 'Call {call} is not being recorded.',
    zh: '通话 {call} 未在录音。',
    cure: { en: 'Start the recording first.', zh: '请先开始录音。' },
  },
  'recording.no_audio': {
    status: 404,
    en: 'Recording {recording} has no sound to play: {reason}.',
    zh: '录音 {recording} 没有可播放的声音：{reason}。',
    cure: {
      en: 'Recordings of simulated calls have no file; those of real calls have one as soon as they are kept.',
      zh: '模拟通话的录音没有文件；真实通话的录音在保存后即可播放。',
    },
  },
  'recording.range': {
    status: 416,
    en: 'The recording has {bytes} bytes; the range asked for lies outside.',
    zh: '该录音共 {bytes} 字节，请求的范围超出。',
    cure: { en: 'Ask for bytes before its end.', zh: '请求其末尾之前的字节。' },
  },
  'recording.busy': {
    status: 503,
    passing: true,
    en: 'Too many recordings are being played just now: {limit}.',
    zh: '正在播放的录音过多：{limit}。',
    cure: { en: 'Try again in a moment.', zh: '请稍后重试。' },
  },
} as const satisfies ProblemEntries
