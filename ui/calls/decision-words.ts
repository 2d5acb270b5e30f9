/** Texts that explain an offer, in both languages: strategies, what each compares, and what rules an agent out. */
import type { Strategy } from '@ledgerline/core/queue/strategies.ts'
import { formatClock, formatCount, formatDuration, type LanguageCode } from '../language/format.ts'

/** Why an agent was ruled out: the results of `unavailable`, and those of the explanation. An unknown one is shown as it is. */
type RuledOut =
  | 'not_ready'
  | 'away'
  | 'talking'
  | 'wrap_up'
  | 'reserved'
  | 'phone_not_registered'
  | 'previewing'
  | 'desk_lost'
  | 'long_sign_in_pending'
  | 'wish_pending'
  | 'paused'
  | 'signed_out'
  | 'not_member'
  | 'tier'
  | 'matched'
  | 'unlisted'
  | 'unrecorded'

interface DecisionWords {
  strategy: Record<Strategy, string>
  ruledOut: Record<RuledOut, string>
  idle: (time: string) => string
  talk: (time: string) => string
  calls: (n: string) => string
  lastOffered: (clock: string) => string
  neverOffered: string
  /** "ranked 2nd of 7 available" */
  place: (place: string, of: string) => string
}

const words: Record<LanguageCode, DecisionWords> = {
  'zh-CN': {
    strategy: {
      'ring-all': '全部振铃',
      'longest-idle-agent': '最长空闲优先',
      'round-robin': '轮询',
      'top-down': '自上而下',
      'agent-with-least-talk-time': '通话时长最少优先',
      'agent-with-fewest-calls': '通话次数最少优先',
      'sequentially-by-agent-order': '按坐席顺序',
      random: '随机',
      'ring-progressively': '逐步增加振铃',
    },
    ruledOut: {
      not_ready: '置忙',
      away: '休息',
      talking: '通话中',
      wrap_up: '话后处理中',
      reserved: '已分配另一通来电',
      phone_not_registered: '话机未注册',
      previewing: '正在预览客户',
      desk_lost: '坐席台连接中断',
      long_sign_in_pending: '长签尚未接通',
      wish_pending: '已预约通话后离开',
      paused: '未接来电后暂停分配',
      signed_out: '未签入',
      not_member: '已不在该技能组',
      tier: '所在层级尚未轮到',
      matched: '此刻正被分配另一通来电',
      unlisted: '就绪，但当时不在交换机的可选名单中',
      unrecorded: '当时是否可选未作记录',
    },
    idle: (time) => `空闲 ${time}`,
    talk: (time) => `已通话 ${time}`,
    calls: (n) => `已接 ${n} 通`,
    lastOffered: (clock) => `上次分配 ${clock}`,
    neverOffered: '尚未分配过',
    place: (place, of) => `第 ${place} 位，共 ${of} 位可选`,
  },
  en: {
    strategy: {
      'ring-all': 'Ring all',
      'longest-idle-agent': 'Longest idle first',
      'round-robin': 'Round robin',
      'top-down': 'Top down',
      'agent-with-least-talk-time': 'Least talk time first',
      'agent-with-fewest-calls': 'Fewest calls first',
      'sequentially-by-agent-order': 'In agent order',
      random: 'Random',
      'ring-progressively': 'Ring progressively',
    },
    ruledOut: {
      not_ready: 'busy',
      away: 'away',
      talking: 'in a call',
      wrap_up: 'in wrap-up',
      reserved: 'another call was being offered to them',
      phone_not_registered: 'phone not registered',
      previewing: 'previewing a customer',
      desk_lost: 'desk lost',
      long_sign_in_pending: 'long sign-in not connected yet',
      wish_pending: 'had asked to leave after the call',
      paused: 'paused after a missed offer',
      signed_out: 'signed out',
      not_member: 'no longer in the queue',
      tier: 'their level had not been reached',
      matched: 'was being given another call at that moment',
      unlisted: 'ready, but not on the switchboard’s lists at that moment',
      unrecorded: 'availability was not recorded at the time',
    },
    idle: (time) => `idle ${time}`,
    talk: (time) => `talked ${time}`,
    calls: (n) => `${n} calls`,
    lastOffered: (clock) => `last offered ${clock}`,
    neverOffered: 'not offered a call yet',
    place: (place, of) => `ranked ${place} of ${of} available`,
  },
}

export function strategyInWords(code: LanguageCode, strategy: string): string {
  return words[code].strategy[strategy as Strategy] ?? strategy
}

export function ruledOutInWords(code: LanguageCode, why: string): string {
  return words[code].ruledOut[why as RuledOut] ?? why
}

const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }
const rule = new Intl.PluralRules('en', { type: 'ordinal' })
/** 1st, 2nd, 3rd, 4th. */
function ordinal(n: number): string {
  return `${formatCount('en', n)}${endings[rule.select(n)] ?? 'th'}`
}

export function placeInWords(code: LanguageCode, place: number, of: number): string {
  return words[code].place(code === 'en' ? ordinal(place + 1) : formatCount(code, place + 1), formatCount(code, of))
}

/** What the strategy compared, for one agent. @param at moment of the decision, UTC ms */
export function measureInWords(
  code: LanguageCode,
  zone: string,
  strategy: string,
  measure: number | null,
  at: number,
): string {
  const say = words[code]
  if (measure === null) return ''
  switch (strategy as Strategy) {
    case 'longest-idle-agent':
      return say.idle(formatDuration(at - measure, code))
    case 'agent-with-least-talk-time':
      return say.talk(formatDuration(measure, code))
    case 'agent-with-fewest-calls':
      return say.calls(formatCount(code, measure))
    case 'round-robin':
    case 'sequentially-by-agent-order':
      return measure === 0 ? say.neverOffered : say.lastOffered(formatClock(code, zone, measure))
    default:
      return ''
  }
}
