/** What forms say of agents, supervisors, reasons and the rules of shifts (catalogue A3.2.2.4). */
import { choices, named, told, type FormWords } from '../kernel/form-words.ts'

export const agentWords: FormWords = {
  agentCode: told(
    ['Agent number', '工号'],
    ['What the agent signs in with. It cannot be changed later.', '坐席签入使用的工号，保存后不可修改。'],
  ),
  name: told(
    ['Name', '姓名'],
    ['Kept encrypted; masked for those who may not see it.', '加密保存，无权限者看到的是掩码。'],
  ),
  extension: told(
    ['Extension', '分机'],
    ['Their phone; empty: they choose one when they sign in.', '坐席的话机；为空时签入时选择。'],
    { to: ['extensions'] },
  ),
  group: named('Group', '班组'),
  department: named('Department', '部门'),
  queues: told(
    ['Queues', '技能组'],
    [
      'Queues that the agent serves when they sign in. Who is signed in keeps theirs until then.',
      '签入时服务的技能组；已签入者在下次签入时生效。',
    ],
  ),
  'queues[].queueCode': named('Queue', '技能组', { to: ['queues'] }),
  'queues[].level': told(['Level', '等级'], ['Smaller goes first.', '数值小的优先。']),
  'queues[].position': told(['Position', '地位'], ['Within the level; smaller goes first.', '同等级内数值小的优先。']),
  'queues[].ringMs': told(['Ring time', '振铃时长'], ['Empty: as the queue says.', '为空表示按技能组设置。'], {
    advanced: true,
  }),
  'queues[].wrapUpMs': told(
    ['After-call time', '话后处理时间'],
    ['Empty: as the queue says.', '为空表示按技能组设置。'],
    { advanced: true },
  ),
  'queues[].maxNoAnswer': told(
    ['Maximum unanswered calls', '最大无应答次数'],
    ['Empty: as the queue says.', '为空表示按技能组设置。'],
    { advanced: true },
  ),
  'queues[].noAnswerDelayMs': told(
    ['Pause after no answer', '未接后延迟时间'],
    ['Empty: as the queue says.', '为空表示按技能组设置。'],
    { advanced: true },
  ),
  'queues[].rejectDelayMs': told(
    ['Delay after rejection', '拒绝后延迟时间'],
    ['Empty: as the queue says.', '为空表示按技能组设置。'],
    { advanced: true },
  ),
  'queues[].busyDelayMs': told(['Busy delay', '忙延迟时间'], ['Empty: as the queue says.', '为空表示按技能组设置。'], {
    advanced: true,
  }),
}

export const supervisorWords: FormWords = {
  code: named('Number', '工号'),
  name: named('Name', '姓名'),
  extension: told(['Extension', '分机'], ['The phone to listen on if none is given.', '监听时默认使用的话机。'], {
    to: ['extensions'],
  }),
}

export const reasonWords: FormWords = {
  code: told(['Code', '代码'], ['Lower-case letters, digits and _.', '小写字母、数字和下划线。']),
  zh: named('In Chinese', '中文'),
  en: named('In English', '英文'),
  for: named('Offered for', '适用状态', {
    choices: choices({ not_ready: ['not ready', '示忙'], away: ['away', '离席'], signed_out: ['signed out', '签出'] }),
  }),
}

export const shiftWords: FormWords = {
  deskGraceMs: told(
    ['Wait for a lost desk', '坐席台断开等待'],
    ['Then its agent is set away.', '超时后坐席置为离席。'],
  ),
  deskSignOutMs: told(['Sign out a lost desk after', '坐席台断开签出'], ['0: never.', '0 表示不签出。']),
  phoneGraceMs: told(
    ['Wait for a lost phone', '话机断开等待'],
    [
      'Then its agent is set not ready; 0: never. Offers stop at once.',
      '超时后坐席置忙；0 表示不置忙。断开后立即停止分配。',
    ],
  ),
  rejoinMs: told(
    ['A customer waits for a lost phone', '通话中话机断开等待'],
    [
      'With music; then they go back to their queue, first in line. 0: the call ends.',
      '客户听音乐等待，超时后回到队首；0 表示直接结束通话。',
    ],
  ),
  maxShiftMs: told(
    ['Longest shift', '最长班次'],
    ['A longer one was forgotten and is ended; 0: never.', '超过即视为忘记签出并结束；0 表示不限。'],
  ),
  previewMs: told(['Longest preview', '最长预览'], ['Of a customer before the call.', '呼叫前预览客户资料的时限。']),
  longSignInRingMs: named('A long sign-in rings', '长签振铃时长'),
  longSignInMusic: told(
    ['Music in long sign-in', '长签等待音乐'],
    ['Between calls; empty: silence.', '两次通话之间播放；为空表示静音。'],
    { to: ['media'] },
  ),
  hangUpKeepsLongSignIn: told(
    ['Hanging up keeps the long sign-in', '挂机保持长签'],
    ['The button at the desk ends the call only.', '坐席台挂机按钮只结束通话。'],
  ),
}
