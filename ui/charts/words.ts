/** Words of charts, in both languages. */
import type { LanguageCode } from '../language/format.ts'

const zh = {
  by: (what: string, over: string) => `${what} · 按${over}`,
  asTable: '以表格查看',
  asChart: '以图形查看',
  hide: '收起图表',
  show: '显示图表',
  leftOut: (n: string) => `另有 ${n} 项未显示`,
  target: (share: string) => `目标 ${share}`,
  threshold: '阈值',
  seconds: (n: string) => `${n} 秒`,
  chooseThreshold: '点击或按回车，查看该阈值下的技能组报表',
}

export type ChartWords = typeof zh

const en = {
  by: (what, over) => `${what} by ${over.toLowerCase()}`,
  asTable: 'As a table',
  asChart: 'As a chart',
  hide: 'Hide the chart',
  show: 'Show the chart',
  leftOut: (n) => `${n} more not shown`,
  target: (share) => `target ${share}`,
  threshold: 'Limit',
  seconds: (n) => `${n} s`,
  chooseThreshold: 'Click or press Enter to see the queue report with that limit',
} satisfies ChartWords

export const chartWords: Readonly<Record<LanguageCode, ChartWords>> = { 'zh-CN': zh, en }
