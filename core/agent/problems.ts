/** Refusals of an agent's shift. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const agentProblems = {
  'agent.unknown': {
    status: 404,
    en: 'There is no agent {agent}.',
    zh: '不存在坐席 {agent}。',
    cureEn: 'Agents come from the activated configuration of the switchboard.',
    cureZh: '坐席来自已生效的交换配置。',
  },
  'agent.not_signed_in': {
    status: 409,
    en: 'Agent {agent} is not signed in.',
    zh: '坐席 {agent} 未签入。',
    cureEn: 'Sign in first.',
    cureZh: '请先签入。',
  },
  'agent.already_signed_in': {
    status: 409,
    en: 'Agent {agent} is signed in already.',
    zh: '坐席 {agent} 已签入。',
    cureEn: 'Sign out the other shift first, or go on with it.',
    cureZh: '请先签出另一班次，或继续使用该班次。',
  },
  'agent.not_available': {
    status: 409,
    en: 'Agent {agent} cannot be offered a call now: {why}.',
    zh: '坐席 {agent} 目前不能接受来电：{why}。',
    cureEn: 'Choose another agent, or wait until he is ready.',
    cureZh: '请选择其他坐席，或等待其就绪。',
  },
  'agent.not_in_call': {
    status: 409,
    en: 'Agent {agent} is in no call.',
    zh: '坐席 {agent} 当前没有通话。',
    cureEn: 'The call may have ended a moment ago.',
    cureZh: '通话可能刚刚结束。',
  },
  'agent.not_in_wrap_up': {
    status: 409,
    en: 'Agent {agent} is not in wrap-up.',
    zh: '坐席 {agent} 不在整理状态。',
    cureEn: 'The time may have run out a moment ago.',
    cureZh: '整理时间可能刚刚结束。',
  },
  'agent.form_not_sent': {
    status: 409,
    en: 'Agent {agent} has not sent the form of this call.',
    zh: '坐席 {agent} 尚未提交本次通话的表单。',
    cureEn: 'Send the form; it ends the wrap-up.',
    cureZh: '请提交表单，提交后整理即结束。',
  },
  'agent.desk_lost': {
    status: 409,
    en: 'The desk of agent {agent} is not connected.',
    zh: '坐席 {agent} 的工作台未连接。',
    cureEn: 'Open the desk again; it connects by itself.',
    cureZh: '请重新打开工作台，连接会自动恢复。',
  },
  'agent.in_call': {
    status: 409,
    en: 'Agent {agent} is in a call.',
    zh: '坐席 {agent} 正在通话中。',
    cureEn: 'Do it after the call: hanging up the phone now would end the call too.',
    cureZh: '请在通话结束后再操作：此时挂断话机会同时结束通话。',
  },
  'agent.ordered_out': {
    status: 409,
    en: 'Agent {agent} is to be signed out after this call, by order of a supervisor or a rule.',
    zh: '坐席 {agent} 已被班长或规则要求在本次通话后签出。',
    cureEn: 'A supervisor can set the agent ready again; that takes the order back.',
    cureZh: '班长可将该坐席重新置为就绪，即撤回该要求。',
  },
  'agent.no_phone': {
    status: 409,
    en: 'Agent {agent} has no phone in this shift.',
    zh: '坐席 {agent} 本班次没有绑定分机。',
    cureEn: 'Sign in with an extension.',
    cureZh: '请使用分机签入。',
  },
  'agent.wrap_up_too_long': {
    status: 422,
    en: 'Wrap-up of one call may last {limit} s at most.',
    zh: '单次通话的整理时间最长为 {limit} 秒。',
    cureEn: 'Finish the form, or set yourself not ready.',
    cureZh: '请完成填写，或置忙。',
  },
} as const satisfies ProblemEntries
