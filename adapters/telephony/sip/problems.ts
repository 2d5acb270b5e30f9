/** What can go wrong between us, the SIP server and the phones' registrations. */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const sipProblems = {
  'sip.server_away': {
    status: 503,
    passing: true,
    en: 'The SIP server {server} is not answering: {reason}.',
    zh: 'SIP 服务器 {server} 没有响应：{reason}。',
    cure: {
      en:
        'It is tried again by itself. Check that drachtio is running, and the address in DRACHTIO_URL. ' +
        'With a certificate and no chain file it ends at its start with exit code 0, so that nothing restarts it.',
      zh:
        '系统会自动重试。请检查 drachtio 是否运行以及 DRACHTIO_URL 中的地址。' +
        '配置了证书却没有证书链文件时，drachtio 启动即退出且退出码为 0，不会被自动重启。',
    },
  },
  'sip.secret_refused': {
    status: 503,
    passing: true,
    en: 'The SIP server {server} refuses the secret.',
    zh: 'SIP 服务器 {server} 拒绝了密钥。',
    cure: {
      en: 'It is tried again by itself. Make the secret in DRACHTIO_URL that of the admin element in drachtio.conf.xml.',
      zh: '系统会自动重试。请使 DRACHTIO_URL 中的密钥与 drachtio.conf.xml 中 admin 元素的密钥一致。',
    },
  },
  'sip.bindings_away': {
    status: 503,
    passing: true,
    en: 'The store of registrations is not answering: {reason}.',
    zh: '分机注册信息的存储没有响应：{reason}。',
    cure: {
      en: 'Registered phones stay reachable; others are asked to try again in a moment. Check REDIS_URL or DATABASE_URL.',
      zh: '已注册的话机仍可使用，其他话机会稍后自动重试。请检查 REDIS_URL 或 DATABASE_URL。',
    },
  },
} as const satisfies ProblemEntries
