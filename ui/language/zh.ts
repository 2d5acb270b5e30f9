/**
 * Words of the wall and of what every page shares, in Chinese: the catalogue whose type the English one satisfies. A sentence with a
 * value is a function, so that each language puts it where it belongs.
 */
export const zh = {
  product: 'Ledgerline 呼叫中心',
  none: '–',
  listOf: (items: readonly string[]) => items.join('、'),

  language: { switchTo: 'English', switchToLabel: 'Switch to English' },
  theme: { label: '主题', dark: '深色', light: '浅色', system: '跟随系统' },

  live: {
    waiting: '正在连接…',
    live: '实时',
    noData: '数据中断',
    notConnected: '未连接服务器',
    since: (age: string) => `已 ${age}`,
    lastSeen: (at: string) => `最后更新 ${at}`,
    late: (age: string) => `数据延迟 ${age}`,
    stale: (age: string, at: string) => `数据中断 ${age} · 最后更新 ${at}`,
    lagging: '服务器处理滞后',
    delayed: '数据延迟：推送中断，每秒刷新',
    speed: (n: string) => `${n} 倍速`,
    behind: (n: string, asked: string) => `当前 ${n} 倍速，低于设定的 ${asked} 倍`,
  },

  state: {
    ready: '就绪',
    ringing: '振铃',
    in_call: '通话中',
    on_hold: '保持中',
    wrap_up: '话后处理',
    previewing: '预览',
    on_demand: '接一通',
    not_ready: '置忙',
    away: '休息',
    not_responding: '无应答',
    signed_out: '未签入',
  },
  phoneMissing: '话机未注册',
  longStay: '处于该状态的时间偏长',
  leftOut: '就绪时间远长于其他坐席',
  longSignIn: '长签',

  level: { good: '正常', warning: '注意', critical: '告警' },

  tile: {
    waiting: '排队来电',
    longest: '最长等待',
    serviceLevel: '服务水平 今日',
    abandoned: '放弃率 今日',
    ready: '就绪坐席',
    inCall: '通话中',
    last30Short: '30 分钟',
    last30: '近 30 分钟',
    targetWithin: (share: string, seconds: string) => `目标 ${share} / ${seconds} 秒`,
    targetByQueue: (share: string) => `目标 ${share}，阈值按技能组`,
    below: (value: string) => `< ${value}`,
    was: (value: string) => `曾达 ${value}`,
    ruleBelow: (warning: string, critical: string) =>
      `达到 ${warning} 注意，达到 ${critical} 告警；持续 3 秒生效，恢复 10 秒后解除`,
    ruleAbove: (warning: string, critical: string) =>
      `低于 ${warning} 注意，低于 ${critical} 告警；持续 3 秒生效，恢复 10 秒后解除`,
    ruleReady: '有来电排队而无人就绪时注意',
    halfHourBelow: '近 30 分钟未达标',
    online: (n: string) => `签入 ${n} 人`,
    occupancy: (share: string) => `占用 ${share}`,
    met: '达标',
    noneReady: '无人就绪',
    noCallsYet: '今日暂无来电',
    ringingNow: (n: string) => `其中振铃 ${n}`,
  },

  queue: {
    title: '技能组',
    waiting: '排队',
    longest: '最长等待',
    states: '坐席状态',
    serviceLevel: '服务水平',
    offered: '呼入',
    abandoned: '放弃',
    ready: '就绪',
    all: '全部技能组',
    count: (n: string) => `${n} 个技能组`,
    others: (n: string) => `其余 ${n} 个技能组`,
    empty: '还没有技能组',
    emptyHelp: '激活技能组配置后，这里显示每个技能组的排队与坐席。',
    statesOf: (parts: string) => parts || '无坐席',
  },

  agents: {
    title: '坐席',
    online: (n: string) => `签入 ${n} 人`,
    empty: '无人签入',
    emptyHelp: '坐席签入后显示在这里。',
    group: '班组',
    longFor: (state: string, time: string) => `${state} ${time}`,
  },

  waitingCallers: {
    title: '排队来电',
    empty: '无人排队',
    unknown: '未知号码',
    ringing: '正在振铃',
    more: (n: string) => `另有 ${n} 个排队`,
  },

  footer: {
    today: '今日',
    offered: '呼入',
    answered: '接听',
    abandoned: '放弃',
    shortAbandoned: '短时放弃',
    quiet: '暂无告警',
    alarms: '告警',
    serviceLevel: (share: string) => `服务水平 ${share}`,
    longestWait: (time: string) => `最长等待 ${time}`,
    moreAlarms: (n: string) => `另有 ${n} 条告警`,
    starving: (time: string) => `已被跳过 ${time}：坐席被更高优先级的技能组占用`,
    mended: (time: string) => `${time} 前修正过分配名单`,
    leftOut: (time: string) => `已就绪 ${time}，远长于其他坐席`,
  },

  wall: {
    title: '大屏',
    settings: '大屏设置',
    fullScreen: '全屏',
    toMonitor: '返回坐席监控',
  },
}

/** What every language has to say. */
export type Messages = typeof zh
