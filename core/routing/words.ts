/** What forms say of routes (catalogue A3.2.3). */
import { choices, named, told, type FormWords } from '../kernel/form-words.ts'

const kinds = choices({
  extension: ['to an extension', '转分机'],
  queue: ['to a queue', '转技能组'],
  ivr: ['to a voice menu', '转 IVR'],
  robot: ['to a robot', '转机器人'],
  agent: ['to an agent', '转坐席'],
  number: ['to an outside number', '转外线号码'],
  voicemail: ['to a voice box', '转语音信箱'],
  hang_up: ['hang up', '挂断'],
})
const TARGETS = ['extensions', 'queues', 'ivrs', 'agents'] as const

export const routeWords: FormWords = {
  code: told(
    ['Name', '名称'],
    ['Letters and digits; it cannot be changed later.', '建议使用字母和数字，保存后不可修改。'],
  ),
  to: told(
    ['Number pattern', '号码规则'],
    [
      'The called number: literally, as a regular expression that begins with ^, or * for every number.',
      '被叫号码：具体号码、以 ^ 开头的正则表达式，或 * 表示所有号码。',
    ],
  ),
  order: told(
    ['Sequence number', '序号'],
    [
      'Smaller goes first; empty: 100. Rules can be dragged in the list.',
      '数值小的先匹配；为空表示 100。可在列表中拖动排序。',
    ],
  ),
  type: named('Type', '类型', {
    choices: choices({
      basic: ['basic: internal extensions', '基本规则：内部分机'],
      inbound: ['inbound', '呼入规则'],
      outbound: ['outbound', '呼出规则'],
      queue: ['queue', '队列规则'],
      ivr: ['IVR', 'IVR 规则'],
      robot: ['robot', '机器人规则'],
    }),
  }),
  queueCode: told(['To queue', '转队列'], ['Of a queue rule.', '队列规则的目标技能组。'], { to: ['queues'] }),
  target: told(
    ['Transfer to', '转号码'],
    [
      'Of an inbound, IVR or robot rule. A basic rule always leads to the extension that was dialled.',
      '呼入、IVR、机器人规则的目标；基本规则总是转到所拨分机。',
    ],
  ),
  'target.kind': named('Leads', '去向', { choices: kinds }),
  'target.code': named('Whom', '目标', { to: TARGETS }),
  fromGateway: told(['Only from gateway', '来源网关'], ['Empty: any way.', '为空表示不限。'], {
    to: ['gateways'],
    advanced: true,
  }),
  calendar: told(
    ['Effective time', '生效时间'],
    ['Of an inbound rule: when it puts calls through; empty: always.', '呼入规则接通来电的时间；为空表示全天。'],
    { to: ['calendars'] },
  ),
  closed: told(['Outside these times', '下班处理'], ['Of an inbound rule.', '呼入规则在生效时间之外的处理。']),
  'closed.media': named('Off-hours prompt', '下班提示音', { to: ['media'] }),
  'closed.target': told(['Then', '之后转'], ['Empty: they are disconnected.', '为空表示挂断。']),
  'closed.target.kind': named('Leads', '去向', { choices: kinds }),
  'closed.target.code': named('Whom', '目标', { to: TARGETS }),
  gateways: told(
    ['Gateways', '网关'],
    [
      'Of an outbound rule: tried in this order; empty: the extension’s own.',
      '呼出规则依次尝试的网关；为空表示使用分机绑定的网关。',
    ],
    { to: ['gateways'] },
  ),
  strip: told(
    ['Remove digits', '删除前缀位数'],
    ['From the front of the called number.', '从被叫号码前面删除的位数。'],
    { advanced: true },
  ),
  prefix: told(['Add prefix', '增加前缀'], ['Put before the number on the way out.', '呼出时加在号码前面。']),
  timeoutMs: told(
    ['Outbound time-out', '呼出超时'],
    ['How long the other side may ring; empty: 60 s.', '对方振铃的最长时间；为空表示 60 秒。'],
  ),
  record: told(
    ['Record', '是否录音'],
    ['Its calls are recorded, whatever the extension says.', '本规则的通话录音，不受分机设置影响。'],
  ),
}
