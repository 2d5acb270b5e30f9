/** Texts of a page that broke; loaded only then. */
import type { LanguageCode } from '../language/format.ts'

export const words: Record<LanguageCode, { title: string; help: string; again: string; reload: string; what: string }> =
  {
    en: {
      title: 'This page failed',
      help: 'Everything else still works, and nothing you did is lost. Try again. If it fails again, reload, or send the text below to your administrator.',
      again: 'Try again',
      reload: 'Reload',
      what: 'What failed:',
    },
    'zh-CN': {
      title: '此页面出错了',
      help: '其余部分不受影响：其他页面可正常使用，已完成的操作不会丢失。请重试；若再次出错，请刷新页面，或将下方信息告知系统运维。',
      again: '重试',
      reload: '刷新',
      what: '错误信息：',
    },
  }
