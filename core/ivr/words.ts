/** What forms say of a voice menu (catalogue A3.2.4.2, A3.2.4.3). */
import { choices, named, told, type FieldWords, type FormWords } from '../kernel/form-words.ts'

const actions = choices({
  extension: ['to an extension', '转内线'],
  number: ['to an outside number', '转外线'],
  queue: ['to a queue', '转技能组'],
  agent: ['to an agent', '转坐席'],
  robot: ['to a robot', '转机器人'],
  voicemail: ['to a voice box', '转语音信箱'],
  menu: ['to a sub-menu', '转子菜单'],
  back: ['to the menu above', '转上级'],
  top: ['to the root', '转根目录'],
  play: ['play a prompt', '播放语音文件'],
  application: ['run an application', '执行应用操作'],
  hang_up: ['hang up', '挂断'],
})
const TARGETS = ['extensions', 'queues', 'agents', 'media'] as const
const prompt = (en: string, zh: string, helpEn: string, helpZh: string): FieldWords =>
  told([en, zh], [helpEn, helpZh], { to: ['media'] })

export const ivrWords: FormWords = {
  code: named('Number', '接入号码'),
  name: named('Name', '名称'),
  root: named('Root menu', '根菜单'),
  longestMs: told(
    ['Longest stay', '最长停留'],
    ['Whoever has been in here this long is given up.', '停留超过此时间即离开菜单。'],
    { advanced: true },
  ),
  menus: named('Menus', '菜单'),
  'menus[].code': named('Code', '编号'),
  'menus[].name': named('Name', '名称'),
  'menus[].greetLong': prompt(
    'Welcome prompt',
    '欢迎提示音',
    'On entry: greeting and choices.',
    '进入时播放：欢迎词和选项。',
  ),
  'menus[].greetShort': prompt(
    'Short welcome prompt',
    '欢迎短提示音',
    'After no key; empty: the long one.',
    '无按键后播放；为空时播放欢迎提示音。',
  ),
  'menus[].invalid': prompt('Invalid-input prompt', '无效输入提示音', 'After a wrong key.', '按键错误后播放。'),
  'menus[].exit': prompt('Leave prompt', '离开提示音', 'Before the menu is left.', '离开菜单前播放。'),
  'menus[].transfer': prompt('Transfer prompt', '转接提示音', 'Before the caller is put through.', '转接前播放。'),
  'menus[].confirmKey': told(
    ['Confirm key', '确认按键'],
    ['Ends the entry of several digits; # is advised.', '结束多位输入，建议使用 #。'],
  ),
  'menus[].confirmMacro': prompt(
    'Confirm macro',
    '确认宏指令',
    'What the caller hears of their entry.',
    '输入后向来电复述的内容。',
  ),
  'menus[].timeoutMs': told(['Time-out', '超时时间'], ['One wait for a key.', '每次等待按键的时间。']),
  'menus[].interDigitMs': told(
    ['Between digits', '位间等待'],
    ['Wait for a further digit.', '等待下一位数字的时间。'],
    { advanced: true },
  ),
  'menus[].maxFailures': told(
    ['Maximum failures', '最大失败次数'],
    ['Wrong entries; then the menu is left.', '允许的错误输入次数，之后离开。'],
  ),
  'menus[].maxTimeouts': told(
    ['Maximum time-outs', '最大超时次数'],
    ['Waits without a key; then the menu is left.', '允许的无按键次数，之后离开。'],
  ),
  'menus[].digitLen': told(
    ['Key length', '数字按键长度'],
    ['1: keys only; more: callers may dial an extension.', '1：只收单键；更多：可直拨分机。'],
  ),
  'menus[].exhausted': told(
    ['Then', '之后'],
    ['Where the caller goes once a counter is used up.', '次数用尽后的去向。'],
  ),
  'menus[].exhausted.do': named('Action', '类型', { choices: actions }),
  'menus[].exhausted.to': named('Whom', '参数', { to: TARGETS }),
  'menus[].nodes': named('Keys', '按键'),
  'menus[].nodes[].key': named('Dial key', '拨号键'),
  'menus[].nodes[].name': named('Name', '名称'),
  'menus[].nodes[].action': named('Action', '动作'),
  'menus[].nodes[].action.do': named('Type', '类型', { choices: actions }),
  'menus[].nodes[].action.to': named('Whom', '参数', { to: TARGETS }),
}
