/** Refusals of an agent's shift. */
import type { ProblemEntries } from '../kernel/problem.ts'
import type { Words } from '../kernel/words.ts'

export const agentProblems = {
  'agent.unknown': {
    status: 404,
    en: 'There is no agent {agent}.',
    zh: '没有工号为 {agent} 的坐席。',
    cure: {
      en: 'Check the number: agents come from the activated configuration.',
      zh: '请核对工号：坐席来自已生效的配置。',
    },
  },
  'agent.not_signed_in': {
    status: 409,
    en: 'Agent {agent} is not signed in.',
    zh: '坐席 {agent} 未签入。',
    cure: { en: 'Sign in first.', zh: '请先签入。' },
  },
  'agent.shift_set_aside': {
    status: 409,
    en: 'The shift of agent {agent} cannot continue: event {revision} of its stream ({type}) cannot be read ({why}).',
    zh: '坐席 {agent} 的班次无法继续：其事件流中版本 {revision} 的事件（{type}）无法读取（{why}）。',
    cure: {
      en:
        'Sign in again to begin a new shift. Tell the system administrator: unknown or newer events come from a ' +
        'later version; corrupt ones need a backup.',
      zh: '请重新签入，开始新的班次，并告知系统运维：unknown、newer 表示事件由更新的版本写入，corrupt 表示数据损坏，需要与备份比对。',
    },
  },
  'agent.already_signed_in': {
    status: 409,
    en: 'Agent {agent} is already signed in.',
    zh: '坐席 {agent} 已签入。',
    cure: {
      en: 'Continue at the desk where they work, or sign out there first.',
      zh: '请在其正在工作的坐席台继续，或先在那里签出。',
    },
  },
  'agent.not_available': {
    status: 409,
    en: 'Agent {agent} cannot take a call now: {why}.',
    zh: '坐席 {agent} 现在不能接听：{why}。',
    cure: { en: 'Choose another agent, or try again in a moment.', zh: '请选择其他坐席，或稍后再试。' },
  },
  'agent.not_in_call': {
    status: 409,
    en: 'Agent {agent} is not in a call.',
    zh: '坐席 {agent} 没有通话。',
    cure: { en: 'The call may have ended a moment ago.', zh: '通话可能刚刚结束。' },
  },
  'agent.not_in_wrap_up': {
    status: 409,
    en: 'Agent {agent} is not in wrap-up.',
    zh: '坐席 {agent} 不在话后处理中。',
    cure: { en: 'The time may have run out a moment ago.', zh: '时间可能刚刚用完。' },
  },
  'agent.form_not_sent': {
    status: 409,
    en: 'The form of this call has not been sent.',
    zh: '本次通话的表单尚未提交。',
    cure: { en: 'Send the form: that ends the wrap-up.', zh: '请提交表单，提交后话后处理即结束。' },
  },
  'agent.desk_lost': {
    status: 409,
    en: 'The desk of agent {agent} is not connected.',
    zh: '坐席 {agent} 的坐席台未连接。',
    cure: { en: 'Open the desk and press “Work as {agent}”.', zh: '请打开坐席台，并点击“以 {agent} 身份工作”。' },
  },
  'agent.in_call': {
    status: 409,
    en: 'Agent {agent} is in a call.',
    zh: '坐席 {agent} 正在通话中。',
    cure: { en: 'Do it after the call.', zh: '请在通话结束后再操作。' },
  },
  'agent.ordered_out': {
    status: 409,
    en: 'Agent {agent} will be signed out after this call, by order of a supervisor or a rule.',
    zh: '坐席 {agent} 已被班长或规则要求在本次通话后签出。',
    cure: {
      en: 'A supervisor can set the agent ready again, which cancels the order.',
      zh: '班长可将该坐席重新置为就绪，即撤回该要求。',
    },
  },
  'agent.no_phone': {
    status: 409,
    en: 'Agent {agent} has no phone.',
    zh: '坐席 {agent} 没有话机。',
    cure: { en: 'Enter the extension of a phone first.', zh: '请先输入话机的分机号。' },
  },
  'agent.desk_elsewhere': {
    status: 409,
    en: 'This browser is not the desk of agent {agent}.',
    zh: '本浏览器不是坐席 {agent} 的坐席台。',
    cure: {
      en: 'This page is view-only. To work here, press “Work as {agent}”.',
      zh: '本页仅供查看。要在此工作，请点击“以 {agent} 身份工作”。',
    },
  },
  'agent.phone_taken': {
    status: 409,
    en: 'Extension {extension} is the phone of agent {agent}.',
    zh: '分机 {extension} 是坐席 {agent} 的话机。',
    cure: {
      en: 'Enter the extension of your own phone, or of a free one.',
      zh: '请输入您自己的分机，或一个空闲的分机。',
    },
  },
  'agent.phone_unknown': {
    status: 422,
    en: 'There is no such extension.',
    zh: '没有这个分机。',
    cure: {
      en: 'Enter the number of an internal phone: up to six digits.',
      zh: '请输入内部话机的分机号，最多六位数字。',
    },
  },
  'agent.reason_unknown': {
    status: 422,
    en: 'This is not one of the configured reasons: {reasons}.',
    zh: '只能从已配置的原因中选择：{reasons}。',
    cure: { en: 'Choose one of them, or none.', zh: '请选择其中一项，或不填。' },
  },
  'supervisor.unknown': {
    status: 422,
    en: 'No supervisor has this code.',
    zh: '没有使用此工号的班长。',
    cure: {
      en: 'Use the code of an agent, or of a supervisor in the activated configuration.',
      zh: '请使用坐席工号，或已生效配置中的班长工号。',
    },
  },
  'agent.wrap_up_too_long': {
    status: 422,
    en: 'Wrap-up lasts at most {limit} s per call.',
    zh: '一通电话的话后处理最长 {limit} 秒。',
    cure: { en: 'Finish it, or set yourself busy.', zh: '请尽快完成，或置忙。' },
  },
} as const satisfies ProblemEntries

/** Why an agent is not available (`agent.not_available`), in words: the shift only gives a code. */
export const unavailableWords: Readonly<Record<string, Words>> = {
  talking: { en: 'they are in a call', zh: '正在通话' },
  wrap_up: { en: 'they are in wrap-up', zh: '话后处理中' },
  reserved: { en: 'their phone is about to ring', zh: '即将振铃' },
  phone_not_registered: { en: 'their phone is not registered', zh: '话机未注册' },
  previewing: { en: 'they are previewing a customer', zh: '正在预览客户' },
  not_ready: { en: 'they are busy', zh: '置忙' },
  away: { en: 'they are away', zh: '休息' },
  desk_lost: { en: 'their desk is not connected', zh: '坐席台未连接' },
  long_sign_in_pending: { en: 'their phone is ringing for a long sign-in', zh: '长签尚未接通' },
  wish_pending: { en: 'they asked for another state', zh: '已预约其他状态' },
  paused: { en: 'they left a call unanswered a moment ago', zh: '刚有未接来电' },
  overdue: { en: 'the offer expired before it could be recorded', zh: '分配时限在写入之前已过' },
}
