/** What forms say of the telephone network: extensions, gateways, numbers, prompts, opening times, codes and limits. */
import { choices, named, told, type FormWords } from '../kernel/form-words.ts'

export const extensionWords: FormWords = {
  number: told(
    ['Extension number', '分机号'],
    [
      'Three or four digits are usual. A range such as 101-110 makes ten that share all settings.',
      '建议 3–4 位；101-110 这样的范围会一次创建多个分机，设置相同。',
    ],
  ),
  type: told(
    ['Extension type', '分机类型'],
    ['A phone, or the number of a menu, queue or robot.', '话机，或 IVR、队列、机器人的号码。'],
    {
      choices: choices({
        line: ['line', '直线'],
        ivr: ['IVR', 'IVR'],
        queue: ['queue', '队列'],
        robot: ['robot', '机器人'],
      }),
    },
  ),
  target: told(
    ['Behind it', '对应目标'],
    ['The menu, queue or robot; empty for a phone.', '对应的 IVR、技能组或机器人；话机为空。'],
    {
      to: ['ivrs', 'queues'],
    },
  ),
  secret: told(
    ['Extension password', '分机密码'],
    [
      'With which the phone registers. It is never shown: left empty, it stays as it is.',
      '话机注册密码，不会显示；留空表示保持不变。',
    ],
  ),
  gateway: told(
    ['Bound SIP gateway', '绑定SIP网关'],
    ['For its outside calls; empty: the one its route names.', '外呼使用的网关；为空时按路由规则。'],
    { to: ['gateways'] },
  ),
  callerNumbers: told(
    ['Numbers', '号码'],
    ['Shown to those it calls; of several one is drawn for each call.', '外呼显示的号码；多个时每次随机选取。'],
    { to: ['numbers'] },
  ),
  announceAgent: told(
    ['Announce agent number', '播报工号'],
    ['The caller hears the agent’s number first.', '接通后先向来电播报工号。'],
  ),
  outside: named('May call outside', '是否允许外呼'),
  abroad: told(['May call abroad', '是否允许国际'], ['Only if the whole house may.', '仅当全局允许国际呼叫时有效。']),
  record: named('Record', '是否录音'),
  autoAnswer: named('Auto-answer incoming calls', '自动接听来电', {
    choices: choices({ off: ['disabled', '禁用'], all: ['all calls', '全部来电'], queue: ['queue calls', '队列'] }),
  }),
  webPhone: told(['Enable WebRTC', '启用WebRTC'], ['A browser may be this phone.', '浏览器可作为该话机。']),
  voicemail: told(['Voice box', '语音信箱'], ['Who is not answered may leave a message.', '无人接听时可留言。']),
  'voicemail.afterMs': told(
    ['After ringing for', '振铃时长'],
    ['0: as long as a phone without a box.', '0 表示与无信箱话机相同。'],
  ),
  'voicemail.greeting': told(['Greeting', '问候语'], ['Empty: the one of the house.', '为空表示使用默认问候语。'], {
    to: ['media'],
  }),
  'voicemail.longestMs': named('Longest message', '最长留言'),
}

export const gatewayWords: FormWords = {
  code: told(['Name', '名称'], ['Letters and digits; it cannot be changed later.', '英文或拼音代码，保存后不可修改。']),
  remark: named('Remark', '备注'),
  mode: told(
    ['Mode', '接入方式'],
    [
      'NNI: a peer. UNI: we register there. IMS: we register with an IMS core.',
      'NNI：对等中继；UNI：向对方注册；IMS：向 IMS 核心注册。',
    ],
    {
      choices: choices({ nni: ['NNI', 'NNI'], uni: ['UNI', 'UNI'], ims: ['IMS', 'IMS'] }),
    },
  ),
  address: told(
    ['Gateway address', 'SIP网关地址'],
    ['Host name or address; for IMS its domain.', '主机名或 IP；IMS 填域名。'],
  ),
  port: named('Port', '端口'),
  transport: named('Transport', '传输协议', {
    choices: choices({ udp: ['UDP', 'UDP'], tcp: ['TCP', 'TCP'], tls: ['TLS', 'TLS'] }),
  }),
  user: told(['Auth user', '认证用户名'], ['For UNI and IMS.', 'UNI、IMS 使用。']),
  secret: told(
    ['Auth password', '认证密码'],
    ['It is never shown: left empty, it stays as it is.', '不会显示；留空表示保持不变。'],
  ),
  homeUser: told(['Home user name', '归属用户名'], ['IMS, in From.', 'IMS，用于 From。']),
  homeDomain: told(['Home domain', '归属域名'], ['IMS, in From.', 'IMS，用于 From。']),
  outboundProxy: told(
    ['Outbound proxy', '呼出代理'],
    ['Next hop of calls, host[:port].', '呼叫的下一跳，主机[:端口]。'],
  ),
  registerProxy: told(['Register proxy', '注册代理'], ['Next hop of registrations.', '注册的下一跳。']),
  allowed: told(
    ['Access list', '访问列表'],
    [
      'Further addresses or networks (CIDR) from which its calls come; its own address always is one. From anywhere else nothing is taken.',
      '允许来电的其他地址或网段（CIDR），网关地址本身始终允许，其余一律拒绝。',
    ],
  ),
  concurrency: told(['Most calls at once', '最大并发'], ['0: no limit.', '0 表示不限。']),
  callsPerSecond: told(['Most new calls a second', '每秒最大呼叫'], ['0: no limit.', '0 表示不限。']),
  codecs: told(['Codecs', '编码'], ['In order of preference.', '按优先顺序。'], {
    choices: choices({
      PCMA: ['PCMA', 'PCMA'],
      PCMU: ['PCMU', 'PCMU'],
      G722: ['G.722', 'G.722'],
      OPUS: ['Opus', 'Opus'],
    }),
  }),
  registerEveryMs: named('Register again every', '注册周期', { advanced: true }),
  pingEveryMs: told(['Ask every', '探测间隔'], ['OPTIONS; 0: never.', 'OPTIONS 探测；0 表示不探测。'], {
    advanced: true,
  }),
  pingMisses: told(['Down after', '判定故障次数'], ['Unanswered in a row; empty: 3.', '连续无应答次数；为空表示 3。'], {
    advanced: true,
  }),
  pingAnswers: told(['Up after', '判定恢复次数'], ['Answers in a row; empty: 2.', '连续应答次数；为空表示 2。'], {
    advanced: true,
  }),
  srv: told(['SRV records', 'SRV 解析'], ['Names are looked up by their SRV records.', '按 SRV 记录解析主机名。'], {
    advanced: true,
  }),
}

export const numberWords: FormWords = {
  number: told(['Number', '号码'], ['One of our own outside numbers.', '我方的外线号码。']),
  gateway: told(
    ['Gateway', '网关'],
    ['The only one that may show it; empty: any.', '唯一可显示该号码的网关；为空表示不限。'],
    { to: ['gateways'] },
  ),
}

export const mediaWords: FormWords = {
  code: named('Code', '编号'),
  name: named('Name', '名称'),
  file: told(['File', '资源文件'], ['Its path in the prompt directory.', '提示音目录中的文件。']),
  hash: told(['SHA-256', 'SHA-256'], ['Of the file, in hexadecimal.', '文件的十六进制摘要。'], { advanced: true }),
  durationMs: named('Length', '时长', { advanced: true }),
}

export const calendarWords: FormWords = {
  code: named('Code', '编号'),
  name: named('Name', '名称'),
  hours: told(['Hours of the week', '每周时间'], ['Empty: always open.', '为空表示全天。']),
  'hours[].days': named('Days', '星期'),
  'hours[].from': named('From', '从'),
  'hours[].to': named('To', '至'),
  days: told(
    ['Holidays and special days', '节假日与调休'],
    ['They take precedence over the week. Without hours: closed.', '优先于每周时间；没有时段表示当天不营业。'],
  ),
  'days[].date': named('Day', '日期'),
  'days[].name': named('Name', '名称'),
  'days[].open': named('Open', '营业时段'),
  'days[].open[].from': named('From', '从'),
  'days[].open[].to': named('To', '至'),
}

export const featureWords: FormWords = {
  dialect: told(['Table of codes', '功能码表'], ['Own: only those below.', '自定义：只使用下面的功能码。'], {
    choices: choices({ standard: ['standard', '标准'], zhongfang: ['Zhongfang', '中方'], own: ['own', '自定义'] }),
  }),
  codes: told(['Own codes', '自定义功能码'], ['They replace those of the table.', '替换码表中的功能码。']),
  'codes[].action': named('Function', '功能', {
    choices: choices({
      balance: ['balance', '查询余额'],
      sign_in: ['sign in', '签入'],
      sign_out: ['sign out', '签出'],
      ready: ['ready', '示闲'],
      not_ready: ['not ready', '示忙'],
      long_sign_in: ['long sign-in', '长签'],
      end_long_sign_in: ['end long sign-in', '结束长签'],
      blind_transfer: ['blind transfer', '盲转'],
      consult: ['consult', '咨询'],
      mark: ['mark the call', '标记通话'],
      mark_announce: ['mark and announce', '标记并播报'],
      mark_last: ['mark the last call', '标记上次通话'],
      mark_last_announce: ['mark the last call and announce', '标记上次通话并播报'],
      last_number: ['last number', '播报上次号码'],
      hang_up: ['hang up', '挂机'],
      agent_number: ['own agent number', '播报工号'],
      extension_number: ['own extension', '播报分机号'],
    }),
  }),
  'codes[].keys': told(
    ['Keys', '按键'],
    ['D is one digit, A an agent or extension.', 'D 表示一位数字，A 表示工号或分机号。'],
  ),
  keyWaitMs: told(
    ['Wait for further keys', '按键等待'],
    ['Where one code is the beginning of another.', '一个功能码是另一个的开头时等待的时间。'],
  ),
}

export const limitWords: FormWords = {
  abroad: named('Foreign numbers may be called', '允许国际呼叫'),
  callsAMinute: told(
    ['Outside calls a minute', '每分钟外呼次数'],
    ['Of one extension; 0: no limit.', '每个分机；0 表示不限。'],
  ),
  longestCallMs: told(
    ['Longest outside call', '最长外线通话'],
    ['It is ended after this; 0: never.', '超过即结束；0 表示不限。'],
  ),
  barred: told(['Barred numbers', '禁呼号码'], ['Numbers that begin so are never called.', '以此开头的号码禁止呼出。']),
}

export const recordingWords: FormWords = {
  from: told(['Recordings begin', '录音开始'], ['Empty: when somebody answers.', '为空表示接听时。'], {
    choices: choices({
      answer: ['when somebody answers', '接听时'],
      ringing: ['when the first phone rings', '首个话机振铃时'],
    }),
  }),
  keepDays: told(['Keep recordings, days', '录音保留天数'], ['Empty: they are kept.', '为空表示一直保留。']),
}

export const houseWords: FormWords = {
  zone: told(
    ['Time zone', '时区'],
    [
      'IANA name, such as Asia/Shanghai; days and hours follow it.',
      'IANA 时区名，例如 Asia/Shanghai；日期与时间均按此计算。',
    ],
  ),
}
