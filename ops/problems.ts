/**
 * What can go wrong with the command itself, and the whole catalogue of the house: what the command
 * prints as one line and what `ops/docs` lists.
 */
import { adapterProblems } from '@ledgerline/adapters/problems.ts'
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { coreProblems } from '@ledgerline/core/problems.ts'
import { projectionProblems } from '@ledgerline/projections/engine/problems.ts'
import { doctorProblems } from './doctor/problems.ts'

export const opsProblems = {
  ...doctorProblems,
  // found at the start
  'clock.apart': {
    status: 500,
    passing: true,
    en: 'The clock of this machine says {own}, that of the tables’ database server {server}.',
    zh: '本机时钟为 {own}，数据表所在数据库服务器的时钟为 {server}。',
    cure: {
      en: 'Correct the one that is wrong, by NTP, and restart this process: anything written meanwhile keeps the wrong times.',
      zh: '请用 NTP 校准有误的一方，并重新启动本进程：在此期间写入的内容会保留错误的时间。',
    },
  },
  'clock.quiet': {
    status: 500,
    passing: true,
    en: 'The last event was recorded at {last}, and the clock says {now}: {hours} hours later.',
    zh: '最后一个事件记录于 {last}，而时钟为 {now}，相隔 {hours} 小时。',
    cure: {
      en: 'If the system was off, or nothing happened, for that long, all is well. If not, the clock is wrong: stop this process, correct the clock, and start again, since recorded times are never changed.',
      zh: '若系统确曾停用或无事件发生这么久，则一切正常。否则时钟有误：请停止本进程，校准时钟后重新启动，因为已记录的时间不会更改。',
    },
  },
  // what was typed
  'usage.unknown_option': {
    status: 400,
    en: 'There is no option {option}.',
    zh: '没有选项 {option}。',
    cure: { en: 'To list the options, run: {help}.', zh: '可用选项请查看：{help}。' },
  },
  'usage.unknown_command': {
    status: 400,
    en: 'There is no command {command}.',
    zh: '没有命令 {command}。',
    cure: { en: 'To list the commands, run: {help}.', zh: '可用命令请查看：{help}。' },
  },
  'usage.misspelt': {
    status: 400,
    en: 'There is no {given}. Did you mean {near}?',
    zh: '没有 {given}，是否想输入 {near}？',
    cure: { en: 'To list all of them, run: {help}.', zh: '全部列表请查看：{help}。' },
  },
  'usage.missing': {
    status: 400,
    en: '{what} is missing.',
    zh: '缺少 {what}。',
    cure: { en: 'To see the usage, run: {help}.', zh: '命令用法请查看：{help}。' },
  },
  'usage.too_many': {
    status: 400,
    en: '{what} is one too many.',
    zh: '多余的参数 {what}。',
    cure: {
      en: 'Put anything that contains spaces in quotes. To see the usage, run: {help}.',
      zh: '含空格的内容请加引号。命令用法请查看：{help}。',
    },
  },
  'usage.not_whole': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: { en: 'Give a whole number from {from} to {to}.', zh: '应为 {from} 到 {to} 之间的整数。' },
  },
  'usage.not_a_shift': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: {
      en: 'Give a number of people and a period of the day, such as 12@09:00-17:30.',
      zh: '应为人数与时段，例如 12@09:00-17:30。',
    },
  },
  'usage.not_a_setting': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: { en: 'Give a name and a value, such as maxWaitMs=60000.', zh: '应为名称与值，例如 maxWaitMs=60000。' },
  },
  'usage.not_a_log': {
    status: 400,
    en: '{option} is not the address of a log.',
    zh: '{option} 不是日志地址。',
    cure: {
      en:
        'Give one such as postgres://user:password@host:5432/ledgerline_log or ' +
        'esdb://user:password@host:2113?tls=true.',
      zh: '应为如下地址：postgres://user:password@host:5432/ledgerline_log 或 esdb://user:password@host:2113?tls=true。',
    },
  },
  'usage.not_positive': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: { en: 'Give a number above 0, at most {to}.', zh: '应为大于 0 且不超过 {to} 的数。' },
  },
  'usage.not_a_day': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: { en: 'Give a day such as 2026-01-31.', zh: '应为日期，例如 2026-01-31。' },
  },
  'usage.out_of_reach': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: { en: 'Days go from {first} to {last}.', zh: '日期应在 {first} 至 {last} 之间。' },
  },
  'usage.not_a_moment': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: {
      en: 'Give a moment such as 2026-01-31T10:42:00+08:00; without an offset, this machine’s time zone applies.',
      zh: '应为时刻，例如 2026-01-31T10:42:00+08:00；不带时区则取本机时间。',
    },
  },
  'usage.not_a_name': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: {
      en: 'Use lowercase letters, digits and underscores, at most 63 characters, not starting with an underscore.',
      zh: '应由小写字母、数字和下划线组成，最多 63 个字符，且不以下划线开头。',
    },
  },
  'usage.not_one_of': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: { en: 'Use one of: {words}.', zh: '应为以下之一：{words}。' },
  },
  'usage.not_a_note': {
    status: 400,
    en: '{option} cannot be {value}.',
    zh: '{option} 的值不能为 {value}。',
    cure: {
      en: 'Give a line printed by ops/ledgerline verify --chain: a position, a colon, 64 hexadecimal digits.',
      zh: '应为 ops/ledgerline verify --chain 打印的一行：位置、冒号和 64 位十六进制数字。',
    },
  },
  'usage.not_faults': {
    status: 400,
    en: '{option} does not know the fault {value}.',
    zh: '{option} 无法识别故障 {value}。',
    cure: {
      en:
        'Give kinds with a chance on each occasion, a rate per hour or the n-th occasion, and how long: ' +
        'bye-lost=0.01,media-down=1/h:30s,leg-lost=@3. Kinds: {kinds}.',
      zh: '应为故障种类加每次发生概率、每小时次数或第几次，可注明时长：bye-lost=0.01,media-down=1/h:30s,leg-lost=@3。种类：{kinds}。',
    },
  },
  'usage.conflict': {
    status: 400,
    en: '{one} and {other} cannot be used together.',
    zh: '{one} 与 {other} 不能同时使用。',
    cure: { en: 'Give only one of them.', zh: '请只给出其中一个。' },
  },
  // configuration
  'config.invalid': {
    status: 400,
    en: 'The setting {setting} has a wrong value.',
    zh: '设置 {setting} 的值不正确。',
    cure: { en: 'Give one such as: {expected}.', zh: '应为（示例）：{expected}。' },
  },
  'config.log_alone': {
    status: 400,
    en: 'LOG_DATABASE_URL is set without DATABASE_URL.',
    zh: '设置了 LOG_DATABASE_URL，但没有设置 DATABASE_URL。',
    cure: {
      en: 'Set both, or DATABASE_URL alone: the log is then kept next to it.',
      zh: '请同时设置两者，或只设置 DATABASE_URL，日志库将与其并列。',
    },
  },
  'config.roles_alone': {
    status: 400,
    en: 'Running roles in separate processes needs a database server that all of them can reach, and DATABASE_URL is not set.',
    zh: '按角色分进程运行需要各进程都能访问的数据库，但未设置 DATABASE_URL。',
    cure: {
      en: 'Set DATABASE_URL for each process, or start without --role: one process then does everything.',
      zh: '请为每个进程设置 DATABASE_URL；或不使用 --role，由一个进程承担全部角色。',
    },
  },
  'config.node_address': {
    status: 400,
    en: 'This process cannot listen at {address}: {reason}.',
    zh: '本进程无法监听 {address}：{reason}。',
    cure: {
      en: 'Set LEDGERLINE_NODE_ADDRESS to a name or an address of this machine, and a port.',
      zh: '请将 LEDGERLINE_NODE_ADDRESS 设为本机的名称或地址及端口。',
    },
  },
  'config.chain_signer_halved': {
    status: 400,
    en: 'Only one of LEDGERLINE_CHAIN_SIGNER and LEDGERLINE_CHAIN_PUBLIC_KEY is set.',
    zh: 'LEDGERLINE_CHAIN_SIGNER 与 LEDGERLINE_CHAIN_PUBLIC_KEY 只设置了其中一个。',
    cure: {
      en: 'Set both, or neither: every signature is checked with the public key before it is kept.',
      zh: '请同时设置或都不设置：每个签名在保存前都要用公钥核对。',
    },
  },
  'config.hook_halved': {
    status: 400,
    en: 'Only one of CALL_RECORD_HOOK_URL and CALL_RECORD_HOOK_SECRET is set.',
    zh: 'CALL_RECORD_HOOK_URL 与 CALL_RECORD_HOOK_SECRET 只设置了其中一个。',
    cure: {
      en: 'Set both, or neither: records are never sent without a signature.',
      zh: '请同时设置或都不设置：话单不会在无签名的情况下发送。',
    },
  },
  'config.telephony_halved': {
    status: 400,
    en: 'Only one of DRACHTIO_URL and FREESWITCH_URL is set.',
    zh: 'DRACHTIO_URL 与 FREESWITCH_URL 只设置了其中一个。',
    cure: {
      en: 'Set both for real calls, or neither: the simulator is then the telephone network.',
      zh: '真实通话需同时设置两者；都不设置时由模拟器充当电话网络。',
    },
  },
  'config.spool_in_store': {
    status: 400,
    en: 'Recordings would be written to {spool} and kept in {store}: one lies in the other.',
    zh: '录音写入 {spool}，保存于 {store}：两个目录不能相同或相互包含。',
    cure: {
      en: 'Set LEDGERLINE_RECORDINGS and LEDGERLINE_RECORDING_STORE to directories that lie apart.',
      zh: '请将 LEDGERLINE_RECORDINGS 与 LEDGERLINE_RECORDING_STORE 设为互不包含的目录。',
    },
  },
  'file.missing': {
    status: 404,
    en: 'There is no file {file}.',
    zh: '文件 {file} 不存在。',
    cure: {
      en: 'Check the path; it is relative to the directory in which the command was run.',
      zh: '请检查路径，相对路径以输入命令时的目录为准。',
    },
  },
  'file.not_readable': {
    status: 403,
    en: 'The file {file} cannot be read: {reason}.',
    zh: '文件 {file} 无法读取：{reason}。',
    cure: { en: 'Give this user permission to read it.', zh: '请授予当前用户读取权限。' },
  },
  'file.no_file': {
    status: 400,
    en: '{file} is a pipe, a socket or a device, not a file.',
    zh: '{file} 是管道、套接字或设备，不是文件。',
    cure: { en: 'Save its output to a file and give that.', zh: '请先将内容保存为文件。' },
  },
  'file.directory': {
    status: 400,
    en: '{file} is a directory.',
    zh: '{file} 是一个目录。',
    cure: { en: 'Give a file.', zh: '请指定一个文件。' },
  },
  'data.none': {
    status: 404,
    en: 'There is no data in {directory}.',
    zh: '{directory} 中没有数据。',
    cure: {
      en: 'Check --data, or create some with: ops/ledgerline up, or: ops/ledgerline import.',
      zh: '请检查 --data，或先运行 ops/ledgerline up 或 ops/ledgerline import。',
    },
  },
  'switchboard.none': {
    status: 409,
    passing: true,
    en: 'Tenant {tenant} has no switchboard in this process.',
    zh: '企业 {tenant} 在本进程中没有交换机。',
    cure: {
      en: 'History can only be viewed; commands work for the tenant this process was started for.',
      zh: '历史数据仅供查看，操作命令只适用于本进程所启动的企业。',
    },
  },
  // sql
  'sql.not_a_query': {
    status: 400,
    en: 'The statement does more than read: {reason}.',
    zh: '该语句不只是读取数据：{reason}。',
    cure: {
      en: 'This command only reads: give it one select, with, table, values, explain or show.',
      zh: '该命令只读，接受一条 select、with、table、values、explain 或 show 语句。',
    },
  },
  'sql.several': {
    status: 400,
    en: 'That is more than one statement.',
    zh: '一次只能执行一条语句。',
    cure: { en: 'Run them one at a time.', zh: '请逐条执行。' },
  },
  'sql.refused': {
    status: 400,
    en: 'The database rejected the statement: {reason}.',
    zh: '数据库拒绝执行该语句：{reason}。',
    cure: {
      en: 'The tables and their columns are described in ops/docs/data-dictionary.md.',
      zh: '数据表与字段说明见 ops/docs/data-dictionary.md。',
    },
  },
  'sql.too_slow': {
    status: 408,
    passing: true,
    en: 'The statement took longer than {seconds} s and was cancelled.',
    zh: '语句执行超过 {seconds} 秒，已放弃。',
    cure: {
      en: 'Narrow it (a day, a queue), or give it more time with --timeout.',
      zh: '请缩小范围（某天、某技能组），或用 --timeout 延长时限。',
    },
  },
  // what was asked for by name
  'replay.which_tenant': {
    status: 400,
    en: 'There is not exactly one tenant here: {tenants}.',
    zh: '此处的企业不止一个或尚无企业：{tenants}。',
    cure: { en: 'Say which with --tenant.', zh: '请用 --tenant 指定。' },
  },
  'route.nothing_in_force': {
    status: 404,
    en: 'Tenant {tenant} has no configuration yet.',
    zh: '企业 {tenant} 尚无生效的配置。',
    cure: {
      en: 'Activate one, or ask a file with --file.',
      zh: '请先激活配置，或用 --file 查询配置文件。',
    },
  },
  'route.file_unreadable': {
    status: 400,
    en: 'The configuration {file} cannot be read: {reason}.',
    zh: '无法读取配置文件 {file}：{reason}。',
    cure: { en: 'Check its path and permissions.', zh: '请检查路径和权限。' },
  },
  'route.file_not_json': {
    status: 400,
    en: 'The configuration {file} is not JSON: {reason}.',
    zh: '配置文件 {file} 不是 JSON：{reason}。',
    cure: { en: 'See fixtures/switchboard.json for the form.', zh: '格式见 fixtures/switchboard.json。' },
  },
  'tenant.unknown': {
    status: 404,
    en: 'There is no tenant {tenant} here.',
    zh: '此处没有企业 {tenant}。',
    cure: { en: 'There are: {tenants}.', zh: '现有企业：{tenants}。' },
  },
  'bench.unknown': {
    status: 404,
    en: 'There is no benchmark {name}.',
    zh: '没有基准测试 {name}。',
    cure: { en: 'They are: {names}.', zh: '可用的有：{names}。' },
  },
  // where we write to
  'journal.lost': {
    status: 500,
    passing: true,
    en: 'The journal {file} cannot be written: {reason}.',
    zh: '运行日志 {file} 无法写入：{reason}。',
    cure: {
      en:
        'Everything else continues. Free space on its disk, or check its permissions: writing then resumes by ' +
        'itself.',
      zh: '其他功能照常运行。请清理磁盘空间或检查其权限，之后会自动恢复写入。',
    },
  },
  'disk.full': {
    status: 507,
    passing: true,
    en: 'The disk of the data directory {directory} is full: {free} MiB left.',
    zh: '数据目录 {directory} 所在磁盘已满：剩余 {free} MiB。',
    cure: {
      en: 'Free some space; nothing acknowledged is lost, and everything resumes by itself. In the directory, delete nothing but old journals such as ledgerline.log.1.',
      zh: '请清理空间；已确认的数据不会丢失，之后一切自动恢复。目录内除 ledgerline.log.1 等旧日志外请勿删除任何文件。',
    },
  },
  'disk.little': {
    status: 507,
    passing: true,
    en: 'The disk of the data directory {directory} is nearly full: {free} MiB left.',
    zh: '数据目录 {directory} 所在磁盘空间不足：剩余 {free} MiB。',
    cure: {
      en: 'Free some space before it is full, or nothing more can be written.',
      zh: '请在写满之前清理空间，否则将无法写入任何数据。',
    },
  },
  'output.lost': {
    status: 500,
    passing: true,
    en: 'The answer could not be written: {reason}.',
    zh: '结果无法写出：{reason}。',
    cure: {
      en: 'Send it to a place with enough room; what was written is incomplete.',
      zh: '请输出到有足够空间的位置；已写出的内容不完整。',
    },
  },
  'log.elsewhere': {
    status: 409,
    en: 'The PostgreSQL log here is not the ledger in use, which is elsewhere.',
    zh: '该目录的 PostgreSQL 日志不是其账本，账本在别处。',
    cure: {
      en: 'Name the log to copy with --from, such as --from "$EVENT_LOG".',
      zh: '请用 --from 指定要复制的日志，例如 --from "$EVENT_LOG"。',
    },
  },
  // unforeseen errors
  unexpected: {
    status: 500,
    passing: true,
    en: 'Something unexpected went wrong: {reason}.',
    zh: '发生意外错误：{reason}。',
    cure: {
      en: 'Nothing acknowledged is lost. Start it again with LEDGERLINE_DEBUG=1 to see where it happened.',
      zh: '已确认的数据不会丢失。请设置 LEDGERLINE_DEBUG=1 重新运行以查看出错位置。',
    },
  },
  // what-if
  'what_if.no_day': {
    status: 404,
    en: '{source} has no calls of {day}.',
    zh: '{source} 中没有 {day} 的通话。',
    cure: { en: 'It has days from {from} to {to}.', zh: '其日期范围为 {from} 至 {to}。' },
  },
  'what_if.empty_day': {
    status: 404,
    en: 'No call of {tenant} entered a queue on {day}.',
    zh: '{tenant} 在 {day} 没有通话进入技能组。',
    cure: {
      en: 'Ask for another day; days with calls: ops/ledgerline sql "select distinct day from queue_day order by 1".',
      zh: '请换一天；有通话的日期可查询：ops/ledgerline sql "select distinct day from queue_day order by 1"。',
    },
  },
  'what_if.too_many': {
    status: 413,
    en: 'The day has more than {limit} rows in {table}.',
    zh: '当天在 {table} 中的记录超过 {limit} 行。',
    cure: { en: 'A day this large cannot be replayed in memory.', zh: '如此大的一天无法在内存中重演。' },
  },
  'what_if.no_queue': {
    status: 400,
    en: 'There was no queue {queue} on that day.',
    zh: '当天没有技能组 {queue}。',
    cure: { en: 'The queues of that day: {queues}.', zh: '当天的技能组：{queues}。' },
  },
  'what_if.no_setting': {
    status: 400,
    en: 'A queue has no setting {setting}.',
    zh: '技能组没有设置项 {setting}。',
    cure: { en: 'It has: {settings}.', zh: '可用设置项：{settings}。' },
  },
  'what_if.bad_value': {
    status: 400,
    en: 'The setting {setting} cannot be {value}: {reason}.',
    zh: '设置项 {setting} 的值不能为 {value}：{reason}。',
    cure: {
      en: 'Times are whole milliseconds, shares fractions of 1, switches true or false.',
      zh: '时间为整数毫秒，比例为 0 到 1 的小数，开关为 true 或 false。',
    },
  },
} as const satisfies ProblemEntries

/** Every problem of the house. */
export const problems: ProblemEntries = {
  ...coreProblems,
  ...projectionProblems,
  ...adapterProblems,
  ...opsProblems,
}
