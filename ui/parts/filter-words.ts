/** Texts of filters. A file of its own, because a wall needs none of them. */
import type { LanguageCode } from '../language/format.ts'

const zh = {
  title: '筛选',
  queue: '技能组',
  group: '班组',
  state: '状态',
  clear: '清除筛选',
  wrong: '筛选条件有误，未显示任何数据',
  leaveOut: '去掉该条件',
  only: '仅',
  all: '全部',
}

const en: typeof zh = {
  title: 'Filters',
  queue: 'Queue',
  group: 'Group',
  state: 'State',
  clear: 'Clear filters',
  wrong: 'A filter is invalid, so nothing is shown',
  leaveOut: 'Remove it',
  only: 'Only',
  all: 'All',
}

export const filterWords: Readonly<Record<LanguageCode, typeof zh>> = { 'zh-CN': zh, en }
