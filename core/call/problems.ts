/** Refusals of a call. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const callProblems = {
  'call.unknown': {
    status: 404,
    en: 'There is no call {call} under way.',
    zh: '没有正在进行的通话 {call}。',
    cureEn: 'It may have ended a moment ago: look at the call list.',
    cureZh: '通话可能刚刚结束，请查看通话清单。',
  },
  'call.ended': {
    status: 409,
    en: 'Call {call} has ended.',
    zh: '通话 {call} 已结束。',
    cureEn: 'Nothing more can be done with it.',
    cureZh: '无法再对其进行操作。',
  },
  'call.not_waiting': {
    status: 409,
    en: 'Call {call} is not waiting in a queue.',
    zh: '通话 {call} 不在排队中。',
    cureEn: 'It was answered or left the queue a moment ago.',
    cureZh: '通话可能刚刚被接听或已离开队列。',
  },
  'call.no_number': {
    status: 409,
    en: 'Call {call} has no number that could be called back.',
    zh: '通话 {call} 没有可回拨的号码。',
    cureEn: 'The caller withheld his number: he can only wait.',
    cureZh: '主叫未显示号码，只能继续排队等待。',
  },
  'call.offered': {
    status: 409,
    en: 'Call {call} is being offered to an agent already.',
    zh: '通话 {call} 正在呼叫坐席。',
    cureEn: 'Wait until that offer is answered or ends.',
    cureZh: '请等待该次呼叫被接听或结束。',
  },
  'call.not_talking': {
    status: 409,
    en: 'Agent {agent} does not talk in call {call}.',
    zh: '坐席 {agent} 不在通话 {call} 中。',
    cureEn: 'Only who talks to the customer can hold, transfer or consult.',
    cureZh: '只有正在与客户通话的坐席才能保持、转接或咨询。',
  },
  'call.held': {
    status: 409,
    en: 'The customer of call {call} is on hold.',
    zh: '通话 {call} 的客户正处于保持状态。',
    cureEn: 'Take the customer back first.',
    cureZh: '请先取回客户。',
  },
  'call.not_held': {
    status: 409,
    en: 'The customer of call {call} is not on hold.',
    zh: '通话 {call} 的客户未处于保持状态。',
    cureEn: 'Nothing to take back.',
    cureZh: '无需取回。',
  },
  'call.consulting': {
    status: 409,
    en: 'Call {call} has a consultation already.',
    zh: '通话 {call} 已在咨询中。',
    cureEn: 'End it, join it or hand the call over first.',
    cureZh: '请先结束咨询、转为三方或完成转接。',
  },
  'call.not_consulting': {
    status: 409,
    en: 'Call {call} has no consultation that has been answered.',
    zh: '通话 {call} 没有已接通的咨询。',
    cureEn: 'Start a consultation and wait for the other side.',
    cureZh: '请先发起咨询并等待对方接听。',
  },
  'call.supervised': {
    status: 409,
    en: 'Supervisor {supervisor} takes part in call {call} already.',
    zh: '班长 {supervisor} 已在通话 {call} 中。',
    cureEn: 'Change the mode instead.',
    cureZh: '请直接切换模式。',
  },
  'call.not_supervised': {
    status: 409,
    en: 'Supervisor {supervisor} takes no part in call {call}.',
    zh: '班长 {supervisor} 未参与通话 {call}。',
    cureEn: 'Listen first.',
    cureZh: '请先监听。',
  },
} as const satisfies ProblemEntries
