/** 语音留言页的文字。 */
export const zh = {
  title: '语音留言',
  time: '留言时间',
  from: '来电号码',
  box: '信箱',
  owner: '归属',
  length: '时长',
  state: '状态',
  by: '处理人',
  calledBack: '回拨',
  states: { new: '未听', heard: '已听', handled: '已处理', deleted: '已删除' },
  number: '来电号码',
  empty: '没有符合条件的留言',
  emptyHelp: '请放宽筛选条件。',
  emptyAll: '还没有留言',
  emptyAllHelp: '来电者在分机、菜单或技能组的信箱留言后，会显示在这里。',
  broken: '无法读取留言',
  choose: '选择一条留言收听和处理',
  chosen: '留言',
  noSound: (reason: string) => `没有声音：${reason}`,
  lost: '声音无法播放',
  download: '下载',
  open: (time: string) => `${time} 的留言`,
  act: { handled: '标为已处理', reopen: '标为未处理', new: '标为未听', delete: '删除' },
  confirm: '删除后声音无法恢复。删除这条留言？',
}

export type MessageWords = typeof zh
