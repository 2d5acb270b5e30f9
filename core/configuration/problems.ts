/** Refusals concerning the switchboard as a whole: its configuration and its ownership. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const switchboardProblems = {
  'switchboard.superseded': {
    status: 409,
    passing: true,
    en: 'Owner number {epoch} of the switchboard may no longer do this: number {later} has taken over.',
    zh: '第 {epoch} 任交换主控已无权执行此操作：第 {later} 任已接管。',
    cure: { en: 'Nothing to do: the new owner continues from the ledger.', zh: '无需处理：新的主控将依据账本继续。' },
  },
  'switchboard.standby': {
    status: 503,
    passing: true,
    en: 'No process that owns the switchboard is answering at present.',
    zh: '当前没有交换主控进程应答。',
    cure: {
      en:
        'Try again in a moment: a standby process takes over within seconds. /api/v1/status says who owns the ' +
        'switchboard.',
      zh: '请稍后重试：热备进程会在数秒内接管。/api/v1/status 会说明当前主控。',
    },
  },
  'switchboard.activated_meanwhile': {
    status: 412,
    en: 'Version {version} is in force now; this was decided on when {after} was.',
    zh: '现行版本为 {version}，而本次操作所依据的是版本 {after}。',
    cure: {
      en: 'Somebody activated meanwhile: look at what differs now, and activate again.',
      zh: '期间已有他人激活，请查看最新差异后重新激活。',
    },
  },
  'switchboard.zone_unknown': {
    status: 422,
    en: 'There is no time zone {zone}.',
    zh: '不存在时区 {zone}。',
    cure: { en: 'Give an IANA name, such as Asia/Shanghai.', zh: '请填写 IANA 时区名，例如 Asia/Shanghai。' },
  },
  'switchboard.id_telling': {
    status: 422,
    en: 'The id {id} of agent {agent} is neither a UUID nor the number.',
    zh: '坐席 {agent} 的标识 {id} 既不是 UUID，也不是工号。',
    cure: {
      en: 'Leave agentId out and one will be made. It stands in the ledger in the clear, where no name may stand.',
      zh: '请省略 agentId，由系统生成。该标识以明文写入账本，不得包含姓名。',
    },
  },
  'switchboard.twice': {
    status: 422,
    en: 'The configuration has two {what} {code}.',
    zh: '配置中有两个相同的{what} {code}。',
    cure: { en: 'Give each its own.', zh: '请保证唯一。' },
  },
  'switchboard.extension_reserved': {
    status: 422,
    en: 'Agent {agent} has the extension {extension}, which is an emergency number.',
    zh: '坐席 {agent} 的分机 {extension} 是紧急号码。',
    cure: {
      en: 'Give the agent another extension: 110, 119, 120, 122 and the like always reach the emergency service.',
      zh: '请为该坐席分配其他分机：110、119、120、122 等始终接通紧急服务。',
    },
  },
  'switchboard.queue_unknown': {
    status: 422,
    en: '{who} names the queue {queue}, which is not in this configuration.',
    zh: '{who} 引用的技能组 {queue} 不在本配置中。',
    cure: { en: 'Add the queue, or name an existing one.', zh: '请添加该技能组，或引用已有技能组。' },
  },
  'switchboard.exit_unknown': {
    status: 422,
    en: 'Queue {queue} sends callers who leave it ({exit}) to {to}, which does not exist.',
    zh: '技能组 {queue} 的出口（{exit}）指向不存在的 {to}。',
    cure: {
      en: 'Name a queue or agent of this configuration, a phone, or hang_up.',
      zh: '请填写本配置中的技能组或坐席、分机或号码，或选择挂断（hang_up）。',
    },
  },
  'switchboard.exit_itself': {
    status: 422,
    en: 'Queue {queue} sends callers who leave it ({exit}) back to itself.',
    zh: '技能组 {queue} 的出口（{exit}）指向其自身。',
    cure: {
      en: 'Name another destination, or set the rule to 0 (off) so that callers stay.',
      zh: '请填写其他去向，或将该规则设为 0（关闭），让来电继续排队。',
    },
  },
  'switchboard.out_of_bounds': {
    status: 422,
    en: 'Setting {setting} of {of} is {value}: it may be {off}{least} to {most}.',
    zh: '{of} 的设置 {setting} 为 {value}，允许范围：{off}{least} 至 {most}。',
    cure: {
      en: 'Correct it and activate again. Durations are milliseconds.',
      zh: '请更正后重新生效。时长单位为毫秒。',
    },
  },
  'switchboard.code_invalid': {
    status: 422,
    en: '{code} cannot be the code of a {what}.',
    zh: '{code} 不能用作{what}的编号。',
    cure: {
      en: 'Use letters, digits, hyphens and underscores, without spaces around them; names such as constructor or __proto__ are reserved.',
      zh: '请使用字母、数字、连字符和下划线，首尾不含空格；constructor、__proto__ 等为保留名称。',
    },
  },
  'switchboard.exit_circle': {
    status: 422,
    en: 'A caller to queue {queue} could be sent in an endless circle: {to}.',
    zh: '技能组 {queue} 的来电可能在瞬间循环转移：{to}。',
    cure: {
      en: 'Let one of these queues keep its callers, or send them elsewhere when it is closed or full.',
      zh: '请让其中一个技能组保留来电，或在关闭、排满时转到别处。',
    },
  },
  'switchboard.lists_mended': {
    status: 500,
    passing: true,
    en:
      'The switchboard found errors in its lists of agents and callers, {times} times from {since} to {lastAt}, ' +
      'in {entries} entries ({kinds}).',
    zh: '交换主控发现坐席与来电名单有误：{since} 至 {lastAt} 共 {times} 次，涉及 {entries} 项（{kinds}）。',
    cure: {
      en:
        'They were corrected within seconds each time, and no action is needed. This is a defect in the program: ' +
        'report it with the SwitchboardListsMended events of that time.',
      zh: '每次均已在数秒内自动修正，无需人工处理。这是程序缺陷，请附上该时段的 SwitchboardListsMended 事件报告。',
    },
  },
} as const satisfies ProblemEntries
