/** Refusals of a call. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const callProblems = {
  'call.number_invalid': {
    status: 422,
    en: 'There is no number to call.',
    zh: '没有可拨打的号码。',
    cure: {
      en: 'Enter the digits of the number; spaces, hyphens and a leading + are fine.',
      zh: '请输入号码数字，可包含空格、连字符和开头的 +。',
    },
  },
  'call.not_eligible': {
    status: 409,
    en: 'The operation does not meet the conditions.',
    zh: '操作不符合条件。',
    cure: {
      en: 'A colleague can be called while they are signed in, idle, and their phone is registered.',
      zh: '只有已登入、空闲且话机已注册的同事才能被呼叫。',
    },
  },
  'call.refused': {
    status: 403,
    en: 'This number may not be called: {refusal}.',
    zh: '不能呼叫该号码：{refusal}。',
    cure: {
      en: 'Ask the administrator to look at the routes and limits; “what happens if” shows each step.',
      zh: '请联系管理员检查路由规则和限制，“路由查询”会显示每一步的原因。',
    },
  },
  'call.no_number_kept': {
    status: 409,
    en: 'There is no number to call back.',
    zh: '没有可回拨的号码。',
    cure: { en: 'It was withheld, or forgotten on request.', zh: '来电方隐藏了号码，或号码已按要求删除。' },
  },
  'call.not_missed': {
    status: 409,
    en: 'This call was not missed.',
    zh: '该通话不是未接来电。',
    cure: {
      en: 'Only calls that nobody answered, or that rang an agent in vain, can be marked or called back from here.',
      zh: '只有无人接听的通话，或曾振铃而坐席未接的通话，才能在这里处理或回拨。',
    },
  },
  'call.no_last_number': {
    status: 404,
    en: 'This agent has not talked to anybody yet.',
    zh: '该坐席尚无通话记录。',
    cure: { en: 'Ask again after a call.', zh: '请在通话后再查询。' },
  },
  'call.feature_unavailable': {
    status: 409,
    en: 'This function cannot be used from the phone yet.',
    zh: '该功能暂不能通过话机使用。',
    cure: { en: 'Use the screen of the desk.', zh: '请在坐席界面操作。' },
  },
  'call.unknown': {
    status: 404,
    en: 'This call is not in progress.',
    zh: '这通通话不在进行中。',
    cure: { en: 'It may have ended a moment ago: look at the call list.', zh: '可能刚刚结束，请查看通话记录。' },
  },
  'call.set_aside': {
    status: 410,
    en: 'Call {call} was closed: event {revision} of its stream ({type}) cannot be read ({why}).',
    zh: '通话 {call} 已关闭：其事件流中版本 {revision} 的事件（{type}）无法读取（{why}）。',
    cure: {
      en:
        'Its agents are free; carry on with the next call. Tell the system administrator: unknown or newer ' +
        'events come from a later version; corrupt ones need a backup.',
      zh: '坐席已释放，请继续处理下一通电话，并告知系统运维：unknown、newer 表示事件由更新的版本写入，corrupt 表示数据损坏，需要与备份比对。',
    },
  },
  'call.ended': {
    status: 409,
    en: 'The call has ended.',
    zh: '通话已结束。',
    cure: { en: 'Nothing more can be done with it.', zh: '无法再对其操作。' },
  },
  'call.not_waiting': {
    status: 409,
    en: 'This caller is no longer waiting in a queue.',
    zh: '该来电已不在排队。',
    cure: { en: 'They were answered, or left, a moment ago.', zh: '可能刚刚被接听或已离开。' },
  },
  'call.no_number': {
    status: 409,
    en: 'The caller withheld the number.',
    zh: '主叫未显示号码。',
    cure: { en: 'They cannot be called back and can only wait.', zh: '无法回拨，只能继续排队。' },
  },
  'call.offered': {
    status: 409,
    en: 'The call is already ringing at an agent.',
    zh: '这通来电正在振铃坐席。',
    cure: { en: 'Wait until that agent answers or the ringing ends.', zh: '请等待其接听或振铃结束。' },
  },
  'call.not_talking': {
    status: 409,
    en: 'Agent {agent} is not in this call.',
    zh: '坐席 {agent} 不在这通通话中。',
    cure: {
      en: 'Only someone talking to the customer can hold, transfer or consult.',
      zh: '只有正在与客户通话的坐席才能保持、转接或询转。',
    },
  },
  'call.held': {
    status: 409,
    en: 'The customer is on hold.',
    zh: '客户正在保持中。',
    cure: { en: 'Resume the call first.', zh: '请先恢复通话。' },
  },
  'call.not_held': {
    status: 409,
    en: 'The customer is not on hold.',
    zh: '客户没有被保持。',
    cure: { en: 'The call has already been resumed.', zh: '通话正在进行，无需恢复。' },
  },
  'call.consulting': {
    status: 409,
    en: 'A colleague is already being consulted.',
    zh: '已在咨询同事。',
    cure: {
      en: 'End the consultation, make it three-way, or complete the transfer first.',
      zh: '请先结束咨询、转为三方，或完成转接。',
    },
  },
  'call.not_consulting': {
    status: 409,
    en: 'No consulted colleague has answered yet.',
    zh: '没有已接通的咨询。',
    cure: { en: 'Consult a colleague and wait until they answer.', zh: '请先询转并等待对方接听。' },
  },
  'call.supervised': {
    status: 409,
    en: 'Supervisor {supervisor} is already taking part in this call.',
    zh: '班长 {supervisor} 已在这通通话中。',
    cure: { en: 'Use the bar at the top to change how you take part.', zh: '请在顶部的监控栏切换方式。' },
  },
  'call.supervisor_not_there': {
    status: 409,
    en: 'Supervisor {supervisor} has not answered the phone yet.',
    zh: '班长 {supervisor} 尚未接听话机。',
    cure: { en: 'Answer your phone first.', zh: '请先接听您的话机。' },
  },
  'call.no_supervisor_phone': {
    status: 422,
    en: 'There is no phone to call you on.',
    zh: '尚未设置您用来监听的话机。',
    cure: { en: 'Enter the extension you want to listen on.', zh: '请输入您要用来监听的分机。' },
  },
  'call.not_supervised': {
    status: 409,
    en: 'Supervisor {supervisor} is not taking part in this call.',
    zh: '班长 {supervisor} 未参与这通通话。',
    cure: { en: 'Listen first.', zh: '请先监听。' },
  },
} as const satisfies ProblemEntries
