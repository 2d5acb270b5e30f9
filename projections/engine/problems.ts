/** What can go wrong with read models and must be reported. */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const projectionProblems = {
  'tables.unavailable': {
    status: 503,
    passing: true,
    en: 'The database of the read models is not answering: {reason}.',
    zh: '读模型数据库没有响应：{reason}。',
    cure: {
      en: 'Nothing is lost: tables catch up from the log as soon as it is back.',
      zh: '数据不会丢失，数据库恢复后读模型会自动追上事件日志。',
    },
  },
  'tables.newer': {
    status: 500,
    passing: true,
    en: 'The table of {model} was made by a newer version of the program ({found}; this one knows {known}).',
    zh: '{model} 的表由更新版本的程序建立（{found}，当前程序为 {known}）。',
    cure: {
      en: 'Start that version, or give this one an empty database for its tables: they are folded again from the log.',
      zh: '请启动新版本，或为当前版本提供一个空的读模型数据库，它会从日志重新生成。',
    },
  },
  'tables.changed': {
    status: 500,
    passing: true,
    en: 'The columns of {model} are not those of its version {version}.',
    zh: '{model} 的列与其版本 {version} 的定义不一致。',
    cure: {
      en: 'Raise the version of the model: its table is then rebuilt beside the old one.',
      zh: '请提高该模型的版本号，系统会在旧表旁边重新生成新表。',
    },
  },
  'tables.forbidden': {
    status: 500,
    passing: true,
    en: 'The database user {user} may not {what}.',
    zh: '数据库用户 {user} 没有权限：{what}。',
    cure: {
      en: 'Give it CREATEROLE and CREATE on the database, or connect as a user that has them.',
      zh: '请授予 CREATEROLE 以及数据库的 CREATE 权限，或使用具有这些权限的用户。',
    },
  },
  'tables.view_in_use': {
    status: 409,
    en: 'The view {model} gets different columns and cannot be replaced while other views depend on it: {views}.',
    zh: '视图 {model} 的列有变化，但仍有其他视图依赖它：{views}。',
    cure: { en: 'Drop these views, and create them again afterwards.', zh: '请先删除这些视图，完成后再重新建立。' },
  },
  'tables.other_log': {
    status: 500,
    passing: true,
    en: 'The tables were folded from another log than the one in use.',
    zh: '现有数据表由另一个日志生成，与当前日志不符。',
    cure: {
      en:
        'If the log was moved (EVENT_LOG, LOG_DATABASE_URL), fold the tables from it: ops/ledgerline rebuild ' +
        '--other-log; the old ones answer until then. If not, use the log that was used before.',
      zh: '若已更换日志（EVENT_LOG、LOG_DATABASE_URL），请运行 ops/ledgerline rebuild --other-log 由新日志重新生成，此前旧表继续可用；否则请改回原来的日志。',
    },
  },
  'tables.unknown_model': {
    status: 404,
    en: 'There is no read model {model}.',
    zh: '不存在读模型 {model}。',
    cure: { en: 'There are: {models}.', zh: '可选：{models}。' },
  },
  'tables.being_built': {
    status: 409,
    passing: true,
    en: 'Another rebuild is running.',
    zh: '另一个重建正在进行。',
    cure: { en: 'Wait until it is finished: only one runs at a time.', zh: '请等待其完成，一次只能进行一个重建。' },
  },
  'tables.poison': {
    status: 500,
    passing: true,
    en: '{model} cannot take event {id} ({type}) at position {position}, key {key}: {reason}.',
    zh: '{model} 无法处理位置 {position} 的事件 {id}（{type}），键 {key}：{reason}。',
    cure: {
      en:
        'The rebuild was given up and the old table stays. Correct the fold (or start the version that wrote the ' +
        'event) and rebuild again.',
      zh: '重建已放弃，旧表保持不变。请修正该模型（或启动写入该事件的版本）后再次重建。',
    },
  },
  'tables.readers_unbounded': {
    status: 500,
    passing: true,
    en:
      'The database user {user} may not set all limits for people who query by SQL: they can use more of the ' +
      'server than they should ({count}).',
    zh: '数据库用户 {user} 无权设置 SQL 查询者的全部限制：其占用的服务器资源少受 {count} 项约束。',
    cure: {
      en:
        'Everything else works. An administrator of the server can run, in the database {database}: {sql} The ' +
        'next start will find it done.',
      zh: '其余功能不受影响。数据库管理员可在数据库 {database} 中执行：{sql} 下次启动时即生效。',
    },
  },
  'tables.no_trigrams': {
    status: 500,
    passing: true,
    en: 'The database {database} has no trigrams (pg_trgm): searching long texts by a part reads every row.',
    zh: '数据库 {database} 没有 pg_trgm 扩展：按部分内容查找长文本时需逐行读取。',
    cure: {
      en:
        'Everything else works. An administrator of the server can run in that database: create extension pg_trgm; ' +
        'The next start makes the indexes.',
      zh: '其余功能不受影响。数据库管理员可在该库执行 create extension pg_trgm; 下次启动时建立索引。',
    },
  },
  'tables.no_chinese_trigrams': {
    status: 500,
    passing: true,
    en: 'In the database {database} Chinese characters are no letters (lc_ctype): searching long texts reads every row.',
    zh: '数据库 {database} 的 lc_ctype 不把汉字视为字母：按部分内容查找长文本时需逐行读取。',
    cure: {
      en:
        "Everything else works. Make the tables' database with lc_ctype 'C.UTF-8', and let the tables be folded into it " +
        '(ops/ledgerline rebuild).',
      zh: "其余功能不受影响。请以 lc_ctype 'C.UTF-8' 建立数据表所在的数据库，并重新生成数据表（ops/ledgerline rebuild）。",
    },
  },
  'tables.before_history': {
    status: 404,
    en: 'Nothing was recorded before {moment}.',
    zh: '{moment} 之前没有任何记录。',
    cure: { en: 'Ask for a later moment.', zh: '请选择更晚的时间。' },
  },
} as const satisfies ProblemEntries
