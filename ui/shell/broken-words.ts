/** What a page that broke says; loaded only then. */
import type { LanguageCode } from '../language/format.ts'

export const words: Record<LanguageCode, { title: string; help: string; again: string; reload: string; what: string }> =
  {
    en: {
      title: 'This page broke',
      help: 'The rest goes on: every other page works, and nothing that was done is lost. Try again; if it breaks again, reload, or tell whoever operates the program what stands below.',
      again: 'Try again',
      reload: 'Reload',
      what: 'What broke:',
    },
    'zh-CN': {
      title: '此页面出错了',
      help: '其余部分不受影响：其他页面可正常使用，已完成的操作不会丢失。请重试；若再次出错，请刷新页面，或将下方信息告知系统运维。',
      again: '重试',
      reload: '刷新',
      what: '错误信息：',
    },
  }
