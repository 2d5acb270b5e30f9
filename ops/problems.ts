/**
 * What can go wrong with the command itself, and the whole catalogue of the house: what the command
 * prints as one line and what `ops/docs` lists.
 */
import { adapterProblems } from '@ledgerline/adapters/problems.ts'
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { coreProblems } from '@ledgerline/core/problems.ts'

export const opsProblems = {
  // what was typed
  'usage.unknown_option': {
    status: 400,
    en: 'There is no option {option}.',
    zh: '没有选项 {option}。',
    cureEn: 'The options are listed by: {help}.',
    cureZh: '可用选项请查看：{help}。',
  },
  'usage.unknown_command': {
    status: 400,
    en: 'There is no command {command}.',
    zh: '没有命令 {command}。',
    cureEn: 'The commands are listed by: {help}.',
    cureZh: '可用命令请查看：{help}。',
  },
  'usage.misspelt': {
    status: 400,
    en: 'There is no {given}. Did you mean {near}?',
    zh: '没有 {given}，是否想输入 {near}？',
    cureEn: 'All are listed by: {help}.',
    cureZh: '全部列表请查看：{help}。',
  },
  'usage.missing': {
    status: 400,
    en: '{what} is missing.',
    zh: '缺少 {what}。',
    cureEn: 'How the command is written is shown by: {help}.',
    cureZh: '命令用法请查看：{help}。',
  },
  'usage.too_many': {
    status: 400,
    en: '{what} is one too many.',
    zh: '多余的参数 {what}。',
    cureEn: 'Put what contains spaces in quotes. How the command is written is shown by: {help}.',
    cureZh: '含空格的内容请加引号。命令用法请查看：{help}。',
  },
  'usage.value': {
    status: 400,
    en: '{option} cannot be {value}: {reason}.',
    zh: '{option} 的值不能为 {value}：{reason}。',
    cureEn: 'What it takes is shown by: {help}.',
    cureZh: '取值说明请查看：{help}。',
  },
  'usage.conflict': {
    status: 400,
    en: '{one} and {other} do not go together.',
    zh: '{one} 与 {other} 不能同时使用。',
    cureEn: 'Give one of them.',
    cureZh: '请只给出其中一个。',
  },
  // configuration
  'config.invalid': {
    status: 400,
    en: 'The setting {setting} is wrong: {reason}.',
    zh: '设置 {setting} 不正确：{reason}。',
    cureEn: 'It takes {expected}.',
    cureZh: '应为 {expected}。',
  },
  'config.not_yet': {
    status: 501,
    en: 'The setting {setting} asks for {what}, which this version does not have yet.',
    zh: '设置 {setting} 需要 {what}，当前版本尚不支持。',
    cureEn: 'Take the setting away: {instead} is used then.',
    cureZh: '请去掉该设置，将使用 {instead}。',
  },
  // files and ports
  'file.missing': {
    status: 404,
    en: 'There is no file {file}.',
    zh: '文件 {file} 不存在。',
    cureEn: 'Check the path; it is taken from the directory in which the command was typed.',
    cureZh: '请检查路径，相对路径以输入命令时的目录为准。',
  },
  'file.not_readable': {
    status: 403,
    en: 'The file {file} cannot be read: {reason}.',
    zh: '文件 {file} 无法读取：{reason}。',
    cureEn: 'Give this user the right to read it.',
    cureZh: '请授予当前用户读取权限。',
  },
  'data.none': {
    status: 404,
    en: 'There are no data in {directory}.',
    zh: '{directory} 中没有数据。',
    cureEn: 'Check --data, or make some with: ops/ledgerline up, or: ops/ledgerline import.',
    cureZh: '请检查 --data，或先运行 ops/ledgerline up 或 ops/ledgerline import。',
  },
  'up.port_taken': {
    status: 409,
    en: 'Port {port} is taken by another program.',
    zh: '端口 {port} 已被其他程序占用。',
    cureEn: 'Choose another one with --port, or 0 for any that is free.',
    cureZh: '请用 --port 指定其他端口，0 表示任意空闲端口。',
  },
  'up.port_not_allowed': {
    status: 403,
    en: 'This user may not open port {port}.',
    zh: '当前用户无权打开端口 {port}。',
    cureEn: 'Choose one above 1023 with --port.',
    cureZh: '请用 --port 指定大于 1023 的端口。',
  },
  // sql
  'sql.not_a_query': {
    status: 400,
    en: 'The statement is no query: {reason}.',
    zh: '该语句不是查询：{reason}。',
    cureEn: 'This command reads; it takes one select, with, table, values, explain or show.',
    cureZh: '该命令只读，接受一条 select、with、table、values、explain 或 show 语句。',
  },
  'sql.refused': {
    status: 400,
    en: 'The database refuses the statement: {reason}.',
    zh: '数据库拒绝执行该语句：{reason}。',
    cureEn: 'The tables and their columns are described in ops/docs/data.md.',
    cureZh: '数据表与字段说明见 ops/docs/data.md。',
  },
  'sql.too_slow': {
    status: 408,
    en: 'The statement took longer than {seconds} s and was given up.',
    zh: '语句执行超过 {seconds} 秒，已放弃。',
    cureEn: 'Narrow it (a day, a queue), or give it more time with --timeout.',
    cureZh: '请缩小范围（某天、某队列），或用 --timeout 延长时限。',
  },
  // what was asked for by name
  'model.unknown': {
    status: 404,
    en: 'There is no read model {model}.',
    zh: '没有读模型 {model}。',
    cureEn: 'They are: {models}.',
    cureZh: '可用的有：{models}。',
  },
  'bench.unknown': {
    status: 404,
    en: 'There is no benchmark {name}.',
    zh: '没有基准测试 {name}。',
    cureEn: 'They are: {names}.',
    cureZh: '可用的有：{names}。',
  },
  // anything nobody thought of
  'unexpected': {
    status: 500,
    en: 'Something unexpected went wrong: {reason}.',
    zh: '发生意外错误：{reason}。',
    cureEn: 'Nothing acknowledged is lost. Start it again with LEDGERLINE_DEBUG=1 to see where it happened.',
    cureZh: '已确认的数据不会丢失。请设置 LEDGERLINE_DEBUG=1 重新运行以查看出错位置。',
  },
} as const satisfies ProblemEntries

/** Every problem of the house. */
export const problems: ProblemEntries = { ...coreProblems, ...adapterProblems, ...opsProblems }
