/** What can go wrong between us and the telephone network. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const telephonyProblems = {
  'telephony.no_leg': {
    status: 409,
    en: 'The other side is gone.',
    zh: '对方已不在通话中。',
    cure: { en: 'They hung up a moment ago.', zh: '对方可能刚刚挂断。' },
  },
  'telephony.not_answered': {
    status: 409,
    en: 'Leg {leg} has not been answered: it cannot {what} yet.',
    zh: '话路 {leg} 尚未接通，无法执行 {what}。',
    cure: { en: 'Wait until it is answered.', zh: '请等待其接通。' },
  },
  'telephony.unavailable': {
    status: 503,
    passing: true,
    en: 'The telephone network is not answering: {reason}.',
    zh: '电话网络没有响应：{reason}。',
    cure: { en: 'Connected calls continue. Try again in a moment.', zh: '已接通的通话不受影响，请稍后重试。' },
  },
  'telephony.too_many': {
    status: 503,
    passing: true,
    en: 'No leg can be added: the cap of {limit} is reached.',
    zh: '话路数已达上限 {limit}，无法新建。',
    cure: {
      en: 'The cap protects the media server; the call is tried again.',
      zh: '该上限用于保护媒体服务器，系统会自动重试。',
    },
  },
  'telephony.media_unreachable': {
    status: 503,
    passing: true,
    en: 'The media server {where} cannot be reached: {reason}.',
    zh: '无法连接媒体服务器 {where}：{reason}。',
    cure: {
      en: 'Start FreeSWITCH, or correct FREESWITCH_URL. It is tried again by itself.',
      zh: '请启动 FreeSWITCH，或更正 FREESWITCH_URL。系统会自动重试。',
    },
  },
  'telephony.media_denied': {
    status: 503,
    passing: true,
    en: 'The media server {where} refuses the password of FREESWITCH_URL.',
    zh: '媒体服务器 {where} 拒绝 FREESWITCH_URL 中的密码。',
    cure: {
      en: 'Give the password of its event_socket.conf: esl://:password@host:8021.',
      zh: '请填写其 event_socket.conf 中的密码：esl://:密码@主机:8021。',
    },
  },
  'telephony.prompt_unknown': {
    status: 404,
    en: 'There is no prompt “{prompt}”: callers hear silence instead.',
    zh: '没有名为“{prompt}”的语音，来电者将听到静音。',
    cure: {
      en: 'Add its file to the directory of prompts (LEDGERLINE_PROMPTS) or to the media of the configuration, or correct its name.',
      zh: '请将该文件放入语音目录（LEDGERLINE_PROMPTS）或配置的媒体中，或更正其名称。',
    },
  },
} as const satisfies ProblemEntries
