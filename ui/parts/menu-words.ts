/** Texts of the main menu. A file of its own, so that a wall on a television does not load them. */
import type { LanguageCode } from '../language/format.ts'

const zh = {
  label: '主菜单',
  wall: '大屏',
  monitor: '坐席监控',
  desk: '坐席台',
  calls: '通话记录',
  missed: '未接来电',
  recordings: '录音清单',
  messages: '语音留言',
  history: '历史画面',
  extensions: '已注册分机',
  gateways: '网关状态',
  registers: '资料',
  reports: '统计报表',
  collapse: '收起菜单',
  expand: '展开菜单',
  skip: '跳到主要内容',
  past: '正在查看历史画面',
  newVersion: '有新版本，点击刷新',
}

export const menuWords: Readonly<Record<LanguageCode, typeof zh>> = {
  'zh-CN': zh,
  en: {
    label: 'Main menu',
    wall: 'Wallboard',
    monitor: 'Monitor',
    desk: 'Desk',
    calls: 'Calls',
    missed: 'Missed calls',
    recordings: 'Recordings',
    messages: 'Voice messages',
    history: 'History',
    extensions: 'Extensions',
    gateways: 'Gateways',
    registers: 'Registers',
    reports: 'Reports',
    collapse: 'Collapse menu',
    expand: 'Expand menu',
    skip: 'Skip to main content',
    past: 'Viewing a past moment',
    newVersion: 'New version: reload',
  },
}
