/** What forms say of a queue's settings (catalogue A3.2.2.1). */
import { choices, named, told, type FieldWords, type FormWords } from '../kernel/form-words.ts'

const destinations = choices({
  queue: ['to a queue', '转技能组'],
  agent: ['to an agent', '转坐席'],
  extension: ['to an extension', '转分机'],
  number: ['to an outside number', '转外线号码'],
  voicemail: ['to a voice box', '转语音信箱'],
  hang_up: ['hang up', '挂断'],
})

/** A way out of the queue, and where it leads. */
function exit(path: string, en: string, zh: string): FormWords {
  return {
    [path]: named(en, zh),
    [`${path}.kind`]: named('Leads', '去向', { choices: destinations }),
    [`${path}.code`]: named('Whom', '目标', { to: ['queues', 'agents', 'extensions'] }),
    [`${path}.keepPlace`]: told(
      ['Keeps the wait', '保留等待时长'],
      [
        'In the next queue, the wait still counts from joining this one.',
        '转到其他技能组后，等待时长从进入本组起计算。',
      ],
    ),
  }
}

const prompt = (en: string, zh: string, helpEn: string, helpZh: string): FieldWords =>
  told([en, zh], [helpEn, helpZh], { to: ['media'] })

export const queueWords: FormWords = {
  code: told(
    ['Code', '代码'],
    [
      'What routes, reports and other systems call it. It cannot be changed later.',
      '路由、报表和其他系统使用的代码，保存后不可修改。',
    ],
  ),
  name: told(['Name', '技能组名称'], ['What people see on every screen.', '各页面显示的名称。']),
  strategy: told(['Strategy', '策略模式'], ['In which order free agents are tried.', '空闲坐席的振铃顺序。'], {
    choices: choices({
      'ring-all': ['All ring', '所有振铃'],
      'longest-idle-agent': ['Longest idle', '空闲时长最长振铃'],
      'round-robin': ['Round robin', '轮循振铃'],
      'top-down': ['In order', '顺序振铃'],
      'agent-with-least-talk-time': ['Least talk time', '通话时长最小振铃'],
      'agent-with-fewest-calls': ['Fewest answered calls', '接听最小振铃'],
      'sequentially-by-agent-order': ['By level and position', '优先级振铃'],
      random: ['At random', '随机振铃'],
      'ring-progressively': ['One more after each ring time', '逐个增加振铃'],
    }),
  }),
  ringMs: told(
    ['Ring time', '振铃时长'],
    ['How long one attempt rings at an agent before the next is tried.', '每次振铃坐席的时长，超时后尝试下一位。'],
  ),
  wrapUpMs: told(
    ['After-call time', '话后处理时间'],
    ['Time kept free after a call; 0: none.', '通话结束后预留的处理时间；0 表示不预留。'],
  ),
  wrapUpForm: told(
    ['Until the form is sent', '提交小结后结束话后'],
    [
      'After-call work ends when the form is sent; the time above is then its limit.',
      '提交小结后结束话后处理，上面的时间为其上限。',
    ],
    { advanced: true },
  ),
  priority: told(
    ['Priority', '优先级'],
    ['Between queues that want the same agent; higher goes first.', '多个技能组争用同一坐席时，数值大的优先。'],
  ),
  ageingMs: told(
    ['Priority rises every', '优先级递增间隔'],
    [
      'Each time its first in line has waited this long, the priority rises by one; 0: never.',
      '队首每等待这么久，优先级加一；0 表示不递增。',
    ],
    { advanced: true },
  ),
  targetMs: told(
    ['Service-level limit', '服务水平时限'],
    ['Calls answered within this time count as in time.', '在此时限内接起的来电计为达标。'],
  ),
  targetRatio: told(
    ['Service-level target', '服务水平目标'],
    ['Share of calls to be answered in time.', '应在时限内接起的来电比例。'],
    { ratio: true },
  ),
  maxWaitMs: told(
    ['Maximum waiting time', '最大等待时间'],
    [
      'A caller not answered within it leaves the queue; 0: they wait for ever.',
      '超时未接的来电离开队列；0 表示一直等待。',
    ],
  ),
  shortAbandonMs: told(
    ['Short abandonment', '短时放弃'],
    ['Callers who hang up sooner do not count as abandoned.', '在此时间内挂断的来电不计为放弃。'],
    { advanced: true },
  ),
  maxNoAnswer: told(
    ['Maximum unanswered calls', '最大无应答次数'],
    [
      'An agent who leaves this many in a row is set not responding; 0: never.',
      '连续未接达到此次数后，坐席置为无响应；0 表示不启用。',
    ],
  ),
  noAnswerDelayMs: told(
    ['Pause after no answer', '未接后延迟时间'],
    ['No offers to an agent for this long after one they did not answer.', '坐席未接后，在此时间内不再分配来电。'],
    { advanced: true },
  ),
  rejectDelayMs: told(
    ['Delay after rejection', '拒绝后延迟时间'],
    ['No offers to an agent for this long after one they rejected.', '坐席拒接后，在此时间内不再分配来电。'],
    { advanced: true },
  ),
  busyDelayMs: told(
    ['Busy delay', '忙延迟时间'],
    ['How long an agent whose phone was busy is left alone.', '坐席话机占线后，再次分配前的等待时间。'],
    { advanced: true },
  ),
  workWindow: told(
    ['Work counts over', '工作量统计窗口'],
    ['The time over which least talk and fewest calls are counted.', '统计通话时长、接听次数所用的时间范围。'],
    {
      advanced: true,
      choices: choices({
        today: ['today', '当天'],
        '15m': ['the last 15 minutes', '最近 15 分钟'],
        '30m': ['the last 30 minutes', '最近 30 分钟'],
        '60m': ['the last hour', '最近一小时'],
        '8h': ['the last 8 hours', '最近 8 小时'],
        '24h': ['the last 24 hours', '最近 24 小时'],
      }),
    },
  ),
  idleFrom: told(
    ['Idle counts from', '空闲起算点'],
    ['The moment from which the longest idle time is counted.', '计算最长空闲时的起始时刻。'],
    {
      advanced: true,
      choices: choices({ available: ['becoming available', '变为可用'], last_call: ['the last call', '上次通话'] }),
    },
  ),
  timeBase: told(
    ['Time-base score', '时基分数'],
    ['Whether the time before this queue counts as waiting, too.', '进入本组之前的时间是否也计入等待。'],
    {
      advanced: true,
      choices: choices({
        queue: ['from joining the queue', '从进入本组起'],
        system: ['from the start of the call', '从来电接入起'],
      }),
    },
  ),
  tiers: named('Levels', '等级规则'),
  'tiers.apply': told(
    ['Apply levels', '等级规则应用'],
    [
      'Agents of the next level are asked after a wait; off: all levels at once, in order.',
      '等待一段时间后才分配给下一等级；关闭时各等级按序同时可用。',
    ],
  ),
  'tiers.waitMs': told(
    ['Wait for the next level', '等级规则设置的时间'],
    ['How long a caller waits before the next level is asked.', '分配给下一等级前的等待时间。'],
  ),
  'tiers.multiply': told(
    ['Once for each level', '等级规则级别'],
    ['Level n after n times the wait.', '第 n 级等待 n 倍时间。'],
  ),
  'tiers.skipEmpty': told(
    ['Skip empty levels', '是否跳过等级规则'],
    ['At once, if nobody is signed in at a lower level.', '前面的等级无人签入时立即分配。'],
  ),
  noAgent: named('With no agent', '无坐席时'),
  'noAgent.afterMs': told(
    ['Maximum wait with no agent', '最大等待时间与无代理'],
    [
      'Callers leave when nobody has been signed in for this long; 0: off.',
      '无人签入达到此时间后来电离开；0 表示不启用。',
    ],
  ),
  'noAgent.rejectMs': told(
    ['At least', '拒绝新来电间隔时间'],
    ['Each caller waits at least this long in such a queue.', '此情形下每个来电至少等待的时间。'],
  ),
  'noAgent.restCounts': named('Agents on a break count as signed in', '小休坐席视为已签入'),
  overflow: named('Overflow', '溢出'),
  'overflow.length': told(
    ['From this many waiting', '排队人数达到'],
    [
      'A caller who finds this many in the queue moves on at once; 0: off.',
      '排队人数达到此数时，新来电立即溢出；0 表示不启用。',
    ],
  ),
  'overflow.afterMs': told(
    ['After a wait of', '等待时间达到'],
    ['A caller who has waited this long moves on; 0: off.', '等待达到此时间的来电溢出；0 表示不启用。'],
  ),
  hours: told(
    ['Open', '服务时间'],
    [
      'When the queue takes callers; empty: always. Who waits at closing time is still served.',
      '可进入队列的时间；为空表示全天。停止时仍在排队的来电继续服务。',
    ],
  ),
  'hours[].days': named('Days', '星期'),
  'hours[].from': named('From', '从'),
  'hours[].to': named('To', '至'),
  exitKey: told(['Key to leave', '离开按键'], ['With this key a caller leaves the queue.', '来电按此键离开队列。']),
  callback: named('Call-back', '回呼'),
  'callback.key': told(
    ['Key for a call-back', '回呼按键'],
    [
      'With this key a caller asks to be called back and keeps their place; empty: not offered.',
      '来电按此键登记回呼并保留位置；为空表示不提供。',
    ],
  ),
  'callback.media': prompt('Prompt', '提示音', 'What the caller then hears.', '登记后播放的提示音。'),
  'callback.attempts': named('Attempts', '回呼次数'),
  'callback.retryMs': named('Between attempts', '回呼间隔'),
  exits: named('Where callers go', '离开去向'),
  ...exit('exits.timed_out', 'Waited too long', '等待超时'),
  ...exit('exits.no_agent', 'With no agent', '无坐席'),
  ...exit('exits.left_by_key', 'Left by key', '按键离开'),
  ...exit('exits.overflowed', 'Overflowed', '溢出'),
  ...exit('exits.closed', 'Closed', '非服务时间'),
  resume: named('Callers who come back', '重新进入队列'),
  'resume.allowed': told(
    ['Get their place back', '恢复原位置'],
    ['A caller who hung up gets their place back if they call again.', '挂断后再次来电的主叫恢复原来的排队位置。'],
  ),
  'resume.withinMs': named('Within', '最大放弃时长'),
  music: prompt('Waiting music', '等待音乐', 'What callers hear while they wait.', '来电等待时播放的音乐。'),
  announcements: told(
    ['Announcements', '播报语音'],
    ['What a waiting caller hears from time to time.', '等待期间定时播报的内容。'],
  ),
  'announcements[].kind': named('What', '内容', {
    choices: choices({
      sound: ['a prompt', '提示音'],
      place: ['place in line', '排队位置'],
      expected_wait: ['expected wait', '预计等待时间'],
    }),
  }),
  'announcements[].media': prompt(
    'Prompt',
    '语音',
    '{value} stands for the place, or the wait in minutes.',
    '{value} 表示位置或等待分钟数。',
  ),
  'announcements[].firstAfterMs': named('First after', '首次播报'),
  'announcements[].everyMs': named('Every', '播报频率'),
  record: told(
    ['Record', '是否录音'],
    ['Its calls are recorded, whatever the phones say.', '本组通话录音，不受分机设置影响。'],
  ),
  keepRecordingsDays: told(
    ['Keep recordings, days', '录音保留天数'],
    ['Empty: as long as the whole house does.', '为空表示按全局设置。'],
    { advanced: true },
  ),
  survey: told(
    ['Satisfaction survey', '满意度调查'],
    ['What callers are asked after the talk.', '通话结束后的调查。'],
    { advanced: true },
  ),
  'survey.when': named('When', '调查时机', {
    choices: choices({
      asked: ['when the agent sends the caller there', '坐席转接时'],
      every_call: ['after every call', '每次通话后'],
    }),
  }),
  'survey.question': prompt('Question', '调查语音', 'Prompt with the question.', '调查提问的语音。'),
  'survey.invalid': prompt(
    'After a wrong key',
    '按键无效语音',
    'Before the question is asked again.',
    '再次提问之前播放。',
  ),
  'survey.silent': prompt('After no key', '无按键语音', 'Before the question is asked again.', '再次提问之前播放。'),
  'survey.thanks': prompt('Thanks', '感谢语音', 'After the rating.', '评价后播放。'),
  'survey.keys': named('Keys', '按键'),
  'survey.keys[].key': named('Key', '按键'),
  'survey.keys[].rating': named('Rating', '评价', {
    choices: choices({
      satisfied: ['satisfied', '满意'],
      fair: ['fair', '一般'],
      dissatisfied: ['dissatisfied', '不满意'],
    }),
  }),
  'survey.waitMs': named('Wait for a key', '等待按键时间'),
}
