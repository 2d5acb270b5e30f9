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
      en: 'A recording can be heard from when it is kept until its time is over; the list says which it is.',
      zh: '录音入库后、到期删除前可以播放，状态见录音清单。',
    },
  },
  'recording.range': {
    status: 416,
    en: 'The recording has {bytes} bytes; the range asked for lies outside.',
    zh: '该录音共 {bytes} 字节，请求的范围超出。',
    cure: { en: 'Ask for bytes before its end.', zh: '请求其末尾之前的字节。' },
  },
  'recording.store_away': {
    status: 503,
    passing: true,
    en: 'The store of recordings takes none: {reason}. They wait in {spool}.',
    zh: '录音存储不可用：{reason}。录音暂存于 {spool}。',
    cure: {
      en: 'Make the store reachable, or make room in it; nothing is lost, and what waits is taken by itself.',
      zh: '请恢复存储或清理空间；录音不会丢失，恢复后自动入库。',
    },
  },
  'recording.no_mp3': {
    status: 501,
    passing: true,
    en: 'This server cannot turn the recording into MP3.',
    zh: '本服务器无法将录音转换为 MP3。',
    cure: {
      en: 'Download it as WAV, or install ffmpeg where the server runs.',
      zh: '请下载 WAV，或在服务器上安装 ffmpeg。',
    },
  },
  'recording.busy': {
    status: 503,
    passing: true,
    en: 'Too many recordings are being played just now: {limit}.',
    zh: '正在播放的录音过多：{limit}。',
    cure: { en: 'Try again in a moment.', zh: '请稍后重试。' },
  },
} as const satisfies ProblemEntries
