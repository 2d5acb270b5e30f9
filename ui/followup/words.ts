/** Texts of the panel that missed calls and voice messages share. */
import type { LanguageCode } from '../language/format.ts'

const zh = {
  openCall: '查看通话',
  openCallback: '查看回拨',
  callBack: '回拨',
  asAgent: (code: string) => `以坐席 ${code} 处理`,
  asNobody: '以管理员处理；回拨需要先在坐席台开始工作',
}
const en: typeof zh = {
  openCall: 'Open call',
  openCallback: 'Open the call back',
  callBack: 'Call back',
  asAgent: (code) => `Acting as agent ${code}`,
  asNobody: 'Acting as operator; to call back, work as an agent at the desk first',
}

export const followUpWords: Readonly<Record<LanguageCode, typeof zh>> = { 'zh-CN': zh, en }
