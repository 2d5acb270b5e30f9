/** Texts around a command (asked, sent, answered), in Chinese: the catalogue whose type the English one satisfies. */
export const zh = {
  past: '历史画面中不能操作坐席。',
  title: '操作',
  to: { ready: '置闲', not_ready: '置忙', away: '休息', signed_out: '签出' },
  reason: '原因',
  optional: '可不填',
  sending: '正在提交…',
  done: (what: string) => `已${what}`,
  failed: '服务器没有响应，操作可能未执行。请查看状态是否变化，再重试。',
  cancel: '取消',
}

export type CommandWords = typeof zh
