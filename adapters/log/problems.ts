/** What can go wrong with the ledger's chain, with a copy of the ledger, and with a log on EventStoreDB. */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const chainProblems = {
  'chain.broken': {
    status: 500,
    passing: true,
    en: 'The ledger differs from what was sealed: page {page} of its chain, up to position {position}.',
    zh: '账本与封存内容不一致：链的第 {page} 页，截至位置 {position}。',
    cure: {
      en:
        'Nothing more is sealed until this is resolved: ops/ledgerline verify --chain names the event; compare with ' +
        'a backup.',
      zh: '在查明之前不再继续封存。请运行 ops/ledgerline verify --chain 找出具体事件，并与备份比对。',
    },
  },
  'chain.key_invalid': {
    status: 400,
    en: 'The key for signing the chain cannot be used ({key}): {reason}.',
    zh: '无法使用链的签名密钥（{key}）：{reason}。',
    cure: {
      en: 'Give an Ed25519, EC or RSA key in PEM (private where it signs, public where a program signs), or its file.',
      zh: '请提供 PEM 格式的 Ed25519、EC 或 RSA 密钥（自行签名用私钥，由程序签名用公钥），或其文件路径。',
    },
  },
  'chain.not_signed': {
    status: 503,
    passing: true,
    en: 'The chain could not be signed: {reason}.',
    zh: '无法对链签名：{reason}。',
    cure: {
      en: 'Events stay sealed; the next signature covers them. Check LEDGERLINE_CHAIN_SIGNER, its program and its key.',
      zh: '事件仍会封存，并由下一次签名覆盖。请检查 LEDGERLINE_CHAIN_SIGNER、其程序及密钥。',
    },
  },
  'ledger.incomplete': {
    status: 409,
    passing: true,
    en: 'Events are gone from the ledger, or differ from what was sealed: {events} missing, {changed} changed ({which}).',
    zh: '账本中的事件缺失，或与封存内容不符：缺失 {events} 个，改动 {changed} 处（{which}）。',
    cure: {
      en:
        'Tables folded from it would silently lack them. Restore a backup; if that is impossible, ops/ledgerline ' +
        'rebuild --accept-loss records what is gone, and continues without it.',
      zh: '由其生成的数据表会缺少这些内容。请恢复备份；确实无法恢复时，可用 ops/ledgerline rebuild --accept-loss 记录缺失内容并继续。',
    },
  },
} as const satisfies ProblemEntries

export const transferProblems = {
  'log.same': {
    status: 409,
    en: 'Both addresses lead to the same log.',
    zh: '两个地址指向同一个日志。',
    cure: { en: 'Name another log to copy to.', zh: '请指定另一个目标日志。' },
  },
  'log.empty': {
    status: 409,
    en: 'The log to copy from contains no events.',
    zh: '要复制的日志中没有事件。',
    cure: {
      en: 'Check its address: a log on PostgreSQL has its own database, next to that of the tables (…_log).',
      zh: '请检查地址：PostgreSQL 上的日志有独立的数据库，位于数据表数据库旁（…_log）。',
    },
  },
  'log.not_a_copy': {
    status: 409,
    en:
      'The target contains other events: {type} {id} ({stream} {revision}, position {position}) differs from the ' +
      'original after {after} events.',
    zh: '目标日志中存在其他事件：{type} {id}（{stream} {revision}，位置 {position}），与原日志第 {after} 个事件之后的内容不符。',
    cure: {
      en: 'Nothing was written. Copy to an empty log, or to one that was copied from this one.',
      zh: '未写入任何内容。请复制到空日志，或此前由该日志复制而来的日志。',
    },
  },
  'log.copy_disturbed': {
    status: 409,
    passing: true,
    en: 'Something else is writing to the target: stream {stream} is at revision {revision}.',
    zh: '有其他程序正在写入目标日志：流 {stream} 的版本为 {revision}。',
    cure: {
      en: 'Stop whatever uses the target, then run the copy again: it will say whether it can continue.',
      zh: '请停止使用目标日志的程序，然后重新运行复制，它会判断能否继续。',
    },
  },
} as const satisfies ProblemEntries

export const eventStoreProblems = {
  'log.address': {
    status: 500,
    passing: true,
    en: 'The address of the event log is invalid: {reason}.',
    zh: '无法理解事件日志的地址：{reason}。',
    cure: {
      en: 'Use esdb://user:password@host:2113, or esdb+discover://… for a cluster; without TLS add ?tls=false.',
      zh: '格式为 esdb://user:password@host:2113，集群用 esdb+discover://…；不使用 TLS 时加 ?tls=false。',
    },
  },
  'log.denied': {
    status: 500,
    passing: true,
    en: 'The event log refuses this user.',
    zh: '事件日志拒绝该用户访问。',
    cure: {
      en:
        'Check user and password in the address of the log; without TLS they are not sent. The user needs permission ' +
        'to read $all.',
      zh: '请检查日志地址中的用户名和密码；不使用 TLS 时不会发送它们。该用户须有读取 $all 的权限。',
    },
  },
  'log.reader_behind': {
    status: 503,
    passing: true,
    en: 'A reader of the event log fell behind, and the server dropped its subscription.',
    zh: '某个读取方跟不上事件日志的写入速度，服务器已停止向其推送。',
    cure: {
      en: 'Nothing is lost: it reads pages until it is at the head again. Tables and boards lag behind meanwhile.',
      zh: '数据不会丢失：它会按页继续读取，直至追上。期间数据表与看板会有延迟。',
    },
  },
  'log.clock_back': {
    status: 500,
    passing: true,
    en: 'The clock of the event log’s server went back by {seconds} s before position {position}.',
    zh: '事件日志服务器的时钟在位置 {position} 之前回拨了 {seconds} 秒。',
    cure: {
      en:
        'Events count as recorded at the latest moment before that, until the clock has passed it. Synchronise the ' +
        'clocks of all its nodes by NTP.',
      zh: '在时钟重新超过此前的时刻之前，事件均按此前最晚的时刻计为记录时间。请用 NTP 校准所有节点的时钟。',
    },
  },
  'log.clock_ahead': {
    status: 500,
    passing: true,
    en:
      'The clock of the event log’s server says {moment} at position {position}: {minutes} min ahead of this ' +
      'machine’s.',
    zh: '事件日志服务器的时钟在位置 {position} 处为 {moment}，比本机时钟快 {minutes} 分钟。',
    cure: {
      en:
        'Synchronise the clocks of all its nodes, and of this machine, by NTP. What was noted stays: recorded time ' +
        'stands still until that moment has come.',
      zh: '请用 NTP 校准其所有节点及本机的时钟。已记录的时间不会更改：在该时刻到来之前，记录时间保持不动。',
    },
  },
  'log.recorded_ahead': {
    status: 500,
    passing: true,
    en:
      'Events count as recorded at {moment}, which has not come yet: a clock was wrong when that was noted, or ' +
      'is wrong now.',
    zh: '事件的记录时间为 {moment}，而该时刻尚未到来：记录时或现在的时钟有误。',
    cure: {
      en:
        'Nothing is lost, and events keep their own times. If the clocks are right now, recorded time stands still ' +
        'until then: boards as of an earlier moment lack everything that came since.',
      zh: '没有数据丢失，事件自身的时间不受影响。若时钟现已正确，则在该时刻到来之前记录时间保持不动：按此前时刻查询，看不到其后发生的事件。',
    },
  },
  'log.stream_deleted': {
    status: 410,
    passing: true,
    en: 'Stream {stream} was deleted from the event log.',
    zh: '流 {stream} 已从事件日志中删除。',
    cure: {
      en: 'The program never deletes streams: find out who did, and compare with a backup.',
      zh: '程序从不删除流：请查明由谁删除，并与备份比对。',
    },
  },
  'log.stream_cut': {
    status: 410,
    passing: true,
    en:
      'Events of stream {stream} are gone from the event log: revision {revision} is missing, the next one is ' +
      '{first}.',
    zh: '流 {stream} 的部分事件已不在事件日志中：缺少版本 {revision}，其后现存的版本为 {first}。',
    cure: {
      en:
        'The program never removes events: find out who did, and compare with a backup. To list what is missing, run ' +
        'ops/ledgerline verify --chain.',
      zh: '程序从不删除事件：请查明由谁删除，并与备份比对。缺失的内容可由 ops/ledgerline verify --chain 列出。',
    },
  },
  'log.gap': {
    status: 500,
    passing: true,
    en: 'The event log skipped revision {revision} of stream {stream} before position {position}.',
    zh: '事件日志在位置 {position} 之前遗漏了流 {stream} 的版本 {revision}。',
    cure: {
      en:
        'Nothing after it was read. Restart the program; if it happens again, check the server (its logs, its ' +
        'index), then rebuild.',
      zh: '其后的事件均未处理。请重启程序；若再次出现，请检查服务器（日志与索引），然后重建。',
    },
  },
  'log.behind': {
    status: 500,
    passing: true,
    en: 'The event log ends at {head}, before position {position} that was read from it.',
    zh: '事件日志止于 {head}，早于曾从中读取的位置 {position}。',
    cure: {
      en: 'This is another log, or an older backup: restore the right one, or rebuild the tables from this one.',
      zh: '这是另一个日志，或其较旧的备份：请恢复正确的日志，或由当前日志重建数据表。',
    },
  },
  'log.foreign_position': {
    status: 500,
    passing: true,
    en: 'Position {position} does not belong to this event log.',
    zh: '位置 {position} 不属于此事件日志。',
    cure: {
      en: 'It comes from a different kind of log: rebuild the tables from this one.',
      zh: '它来自另一种日志：请由当前日志重建数据表。',
    },
  },
} as const satisfies ProblemEntries
