/** What routing looked at, in words. Browser-safe. */
import type { Language, Words } from '../kernel/words.ts'
import type { Outcome, Refusal, Step, StepCode } from './outcome.ts'

const stepWords: Readonly<Record<StepCode, Words>> = {
  from_extension: { en: 'Extension {extension} calls.', zh: '分机 {extension} 呼叫。' },
  from_gateway: { en: 'The call comes from outside by gateway {gateway}.', zh: '外线经网关 {gateway} 呼入。' },
  from_outside: { en: 'The call comes from outside.', zh: '外线呼入。' },
  from_house: { en: 'The house itself calls.', zh: '系统自身发起呼叫。' },
  called: { en: 'Called: {number}.', zh: '被叫号码：{number}。' },
  emergency: {
    en: '{number} is an emergency number: it goes outside first, and no limit applies.',
    zh: '{number} 是紧急号码：最先呼出，不受任何限制。',
  },
  emergency_after_strip: {
    en: 'Without the digits for an outside line it is the emergency number {number}: no limit applies.',
    zh: '去掉出局码后是紧急号码 {number}：不受任何限制。',
  },
  feature_code: { en: 'A feature code: {action}.', zh: '功能键：{action}。' },
  rules_elsewhere: { en: 'Rules for other numbers: {count}.', zh: '针对其他号码的规则：{count} 条。' },
  rule_does_not_match: { en: 'Rule {rule} ({to}) does not match.', zh: '规则 {rule}（{to}）不匹配。' },
  rule_pattern_unusable: {
    en: 'Rule {rule} cannot be used: its expression {to} is wrong or could take too long.',
    zh: '规则 {rule} 无法使用：表达式 {to} 有误或匹配耗时过长。',
  },
  rule_other_gateway: {
    en: 'Rule {rule} matches, but is only for calls by gateway {gateway}.',
    zh: '规则 {rule} 匹配，但仅用于来自网关 {gateway} 的呼叫。',
  },
  rule_outside_only: {
    en: 'Rule {rule} matches, but is only for calls from outside.',
    zh: '规则 {rule} 匹配，但仅用于外线呼入。',
  },
  rule_inside_only: {
    en: 'Rule {rule} matches, but only our own phones may call outside.',
    zh: '规则 {rule} 匹配，但只有本方分机可以呼出。',
  },
  rule_every_number: {
    en: 'Rule {rule} takes every number that is called from outside, but none that our own phones dial.',
    zh: '规则 {rule} 接收外线拨打的所有号码，但不接收本方分机拨打的号码。',
  },
  rule_matches: { en: 'Rule {rule} matches ({type}).', zh: '规则 {rule} 匹配（{type}）。' },
  rule_record: { en: 'The rule has its calls recorded.', zh: '该规则的通话将录音。' },
  no_rule: { en: 'No rule takes this call.', zh: '没有规则接收此呼叫。' },
  no_such_extension: { en: 'There is no extension {number}.', zh: '没有分机 {number}。' },
  own_number: { en: '{number} is the number of a {type}.', zh: '{number} 是 {type} 的号码。' },
  target_missing: { en: 'There is no {kind} {code}.', zh: '不存在{kind} {code}。' },
  no_target: { en: '{rule} leads nowhere.', zh: '{rule} 没有指向任何目标。' },
  leads_to: { en: 'It goes to {kind} {code}.', zh: '转到{kind} {code}。' },
  calendar_missing: {
    en: 'There is no calendar {calendar}, so the rule is always open.',
    zh: '没有日历 {calendar}，规则始终生效。',
  },
  calendar_always: { en: 'The rule is always open.', zh: '规则始终生效。' },
  calendar_open: { en: 'Calendar {calendar} is open.', zh: '日历 {calendar} 处于工作时间。' },
  calendar_closed: { en: 'Calendar {calendar} is closed.', zh: '日历 {calendar} 处于非工作时间。' },
  day_open: { en: 'Calendar {calendar} is open: {day}.', zh: '日历 {calendar} 处于工作时间：{day}。' },
  day_closed: { en: 'Calendar {calendar} is closed: {day}.', zh: '日历 {calendar} 处于非工作时间：{day}。' },
  closed_prompt: { en: 'The caller hears {media}.', zh: '播放 {media}。' },
  closed_no_prompt: { en: 'No prompt is set for closed hours.', zh: '未设置下班提示音。' },
  phone_of: {
    en: 'Extension {extension} is the phone of agent {agent}.',
    zh: '分机 {extension} 是坐席 {agent} 的话机。',
  },
  phone_of_nobody: { en: 'Nobody is signed in at extension {extension}.', zh: '分机 {extension} 没有坐席登入。' },
  phone_occupied: {
    en: 'Extension {extension} cannot be rung now: {why}.',
    zh: '分机 {extension} 现在无法振铃：{why}。',
  },
  to_voicemail: {
    en: 'Callers may leave a message for extension {extension}.',
    zh: '可在分机 {extension} 的语音信箱留言。',
  },
  may_not_call_outside: { en: 'Extension {extension} may not call outside.', zh: '分机 {extension} 不允许呼出外线。' },
  barred: { en: 'Numbers that begin with {prefix} are barred.', zh: '以 {prefix} 开头的号码禁止呼叫。' },
  abroad_off: { en: 'Foreign numbers may not be called.', zh: '不允许呼叫境外号码。' },
  abroad_off_extension: {
    en: 'Extension {extension} may not call foreign numbers.',
    zh: '分机 {extension} 不允许呼叫境外号码。',
  },
  too_many_calls: {
    en: 'Extension {extension} has already begun {limit} outside calls within a minute.',
    zh: '分机 {extension} 一分钟内已发起 {limit} 次外呼。',
  },
  within_limits: { en: 'No limit forbids the call.', zh: '没有限制阻止此呼叫。' },
  number_sent: { en: 'The gateway is sent {dialled}.', zh: '发往网关的号码为 {dialled}。' },
  gateway_unknown: { en: 'There is no gateway {gateway}.', zh: '没有网关 {gateway}。' },
  gateway_down: { en: 'Gateway {gateway} is down.', zh: '网关 {gateway} 不可用。' },
  gateway_full: { en: 'Gateway {gateway} already has its {limit} calls.', zh: '网关 {gateway} 已达 {limit} 路并发。' },
  gateway_too_fast: {
    en: 'Gateway {gateway} has already had its {limit} new calls within a second.',
    zh: '网关 {gateway} 一秒内已有 {limit} 个新呼叫。',
  },
  gateway_usable: { en: 'Gateway {gateway} can carry the call.', zh: '网关 {gateway} 可以承载此呼叫。' },
  gateway_tried_anyway: {
    en: 'Gateway {gateway} seems to be down; it is tried all the same.',
    zh: '网关 {gateway} 似乎不可用，仍会尝试。',
  },
  no_gateway: { en: 'No gateway can carry the call now.', zh: '目前没有网关可以承载此呼叫。' },
  no_network: {
    en: 'No gateway is configured: the network dials the number itself.',
    zh: '未配置网关：由网络直接拨出。',
  },
  caller_number_foreign: {
    en: 'Numbers bound to the extension that gateway {gateway} may not show: {count}.',
    zh: '分机绑定的 {count} 个号码不能由网关 {gateway} 显示。',
  },
  caller_number_drawn: {
    en: 'By gateway {gateway} the other side sees {shown}, drawn from {count}.',
    zh: '经网关 {gateway} 显示主叫号码 {shown}（共 {count} 个可选）。',
  },
  caller_number_none: {
    en: 'By gateway {gateway} the other side sees whatever number the gateway has.',
    zh: '经网关 {gateway} 显示网关自身的号码。',
  },
}

export const refusalWords: Readonly<Record<Refusal, Words>> = {
  no_route: { en: 'no rule takes the call', zh: '没有规则接收此呼叫' },
  no_target: { en: 'the rule leads nowhere', zh: '规则没有有效目标' },
  not_allowed: { en: 'this phone may not call outside', zh: '该分机不允许呼出外线' },
  barred: { en: 'the number is barred', zh: '该号码禁止呼叫' },
  abroad: { en: 'foreign numbers may not be called', zh: '不允许呼叫境外号码' },
  too_many_calls: { en: 'too many outside calls within a minute', zh: '一分钟内外呼次数过多' },
  no_gateway: { en: 'no gateway can carry the call now', zh: '目前没有可用网关' },
  not_eligible: { en: 'the operation does not meet the conditions', zh: '操作不符合条件' },
}

/** A step as a sentence. */
export function stepInWords({ code, values }: Step, language: Language): string {
  return filled(stepWords[code][language], values, language)
}

/** Where the call goes, as a sentence. */
export function outcomeInWords(outcome: Outcome, language: Language): string {
  const say = (words: Words, values: Step['values'] = {}): string => filled(words[language], values, language)
  switch (outcome.do) {
    case 'queue':
      return say({ en: 'It waits in queue {code}.', zh: '进入技能组 {code} 排队。' }, { code: outcome.queueCode })
    case 'extension':
      return outcome.agentCode === null
        ? say({ en: 'Extension {extension} rings.', zh: '分机 {extension} 振铃。' }, { extension: outcome.extension })
        : say(
            { en: 'Extension {extension} rings: agent {agent}.', zh: '分机 {extension} 振铃：坐席 {agent}。' },
            { extension: outcome.extension, agent: outcome.agentCode },
          )
    case 'agent':
      return say({ en: 'It is put through to agent {agent}.', zh: '接通坐席 {agent}。' }, { agent: outcome.agentCode })
    case 'ivr':
      return say({ en: 'It enters menu {code}.', zh: '进入 IVR {code}。' }, { code: outcome.code })
    case 'robot':
      return say({ en: 'It is taken by robot {code}.', zh: '由机器人 {code} 接听。' }, { code: outcome.code })
    case 'voicemail':
      return say(
        { en: 'The caller may leave a message for {extension}.', zh: '可给分机 {extension} 留言。' },
        { extension: outcome.extension },
      )
    case 'outside':
      return outcome.ways.length === 0
        ? say({ en: 'The network dials {number}.', zh: '由网络拨打 {number}。' }, { number: outcome.dialled })
        : say(
            { en: '{number} is dialled by gateway {gateways}.', zh: '经网关 {gateways} 拨打 {number}。' },
            { number: outcome.dialled, gateways: outcome.ways.map(({ gateway }) => gateway).join(' → ') },
          )
    case 'feature':
      return say({ en: 'The function {action} is carried out.', zh: '执行功能 {action}。' }, { action: outcome.action })
    case 'closed':
      return say({ en: 'It is closed. ', zh: '处于非工作时间。' }) + outcomeInWords(outcome.then, language)
    case 'hang_up':
      return say({ en: 'The caller is disconnected.', zh: '挂断。' })
    case 'refused':
      return say(
        { en: 'It is refused: {reason}.', zh: '拒绝：{reason}。' },
        { reason: refusalWords[outcome.reason][language] },
      )
  }
}

/** Words that stand for themselves in the configuration, as a reader knows them. */
const valueWords: Readonly<Record<string, Words>> = {
  basic: { en: 'basic', zh: '基本规则' },
  inbound: { en: 'inbound', zh: '呼入' },
  outbound: { en: 'outbound', zh: '呼出' },
  queue: { en: 'queue', zh: '技能组' },
  ivr: { en: 'menu', zh: 'IVR' },
  robot: { en: 'robot', zh: '机器人' },
  line: { en: 'phone', zh: '话机' },
  extension: { en: 'extension', zh: '分机' },
  agent: { en: 'agent', zh: '坐席' },
  number: { en: 'number', zh: '号码' },
  voicemail: { en: 'voicemail', zh: '语音信箱' },
  phone_not_registered: { en: 'it is not registered', zh: '未注册' },
  talking: { en: 'in a call', zh: '通话中' },
  wrap_up: { en: 'in wrap-up', zh: '整理中' },
  reserved: { en: 'about to ring', zh: '即将振铃' },
  previewing: { en: 'previewing a customer', zh: '预览客户中' },
  balance: { en: 'query balance', zh: '查询余额' },
  sign_in: { en: 'agent sign-in', zh: '坐席登入' },
  sign_out: { en: 'agent sign-out', zh: '坐席登出' },
  ready: { en: 'set idle', zh: '坐席置闲' },
  not_ready: { en: 'set busy', zh: '坐席置忙' },
  long_sign_in: { en: 'long sign-in', zh: '坐席长签' },
  end_long_sign_in: { en: 'leave long sign-in', zh: '退出长签' },
  blind_transfer: { en: 'blind transfer', zh: '盲转' },
  consult: { en: 'consult transfer', zh: '协商转' },
  mark: { en: 'mark customer', zh: '标记客户' },
  mark_announce: { en: 'mark customer and read out the number', zh: '标记客户并播放号码' },
  mark_last: { en: 'mark the previous customer', zh: '标记上一个客户' },
  mark_last_announce: { en: 'mark the previous customer and read out the number', zh: '标记上一个客户并播放号码' },
  last_number: { en: 'query the last number', zh: '查询上次通话号码' },
  hang_up: { en: 'hang up', zh: '挂断电话' },
  agent_number: { en: 'query agent number', zh: '查询工号' },
  extension_number: { en: 'query extension', zh: '查询分机号' },
}
/** Values that are words of ours, not codes that people gave. */
const worded: ReadonlySet<string> = new Set(['type', 'kind', 'why', 'action'])

function filled(text: string, values: Step['values'], language: Language): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => {
    const value = values[name]
    if (value === undefined) return braces
    return (worded.has(name) && valueWords[String(value)]?.[language]) || String(value)
  })
}
