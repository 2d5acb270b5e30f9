/**
 * What can go wrong between the house and the outside world, in the form of the kernel's problems. Those that the ports
 * themselves define (`log.unavailable`, `key.master_lost` …) are in `core/kernel/problem.ts`.
 */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { historyProblems } from './import/problems.ts'
import { httpProblems } from './http/problems.ts'
import { chainProblems, eventStoreProblems, transferProblems } from './log/problems.ts'
import { sipProblems } from './telephony/sip/problems.ts'

export const adapterProblems = {
  ...httpProblems,
  ...historyProblems,
  ...chainProblems,
  ...eventStoreProblems,
  ...transferProblems,
  ...sipProblems,
  // the data directory and its database
  'data.owned': {
    status: 409,
    passing: true,
    en: 'The data directory {directory} is in use by process {pid}.',
    zh: '数据目录 {directory} 正被进程 {pid} 使用。',
    cure: {
      en: 'Stop that process first, or choose another directory with --data.',
      zh: '请先停止该进程，或用 --data 指定其他目录。',
    },
  },
  'data.not_writable': {
    status: 500,
    passing: true,
    en: 'The data directory {directory} cannot be written: {reason}.',
    zh: '数据目录 {directory} 无法写入：{reason}。',
    cure: {
      en: 'Choose a directory that this user may write, with --data.',
      zh: '请用 --data 指定当前用户可写的目录。',
    },
  },
  'data.unreachable': {
    status: 500,
    passing: true,
    en: 'The database runs as user {user}, who may not enter {blocked} on the way to {directory}.',
    zh: '数据库以用户 {user} 运行，该用户无法进入 {blocked}，因而无法访问 {directory}。',
    cure: {
      en: 'Choose a directory that this user can reach, such as --data /var/lib/ledgerline, or do not start as root.',
      zh: '请选择该用户可以访问的目录，例如 --data /var/lib/ledgerline，或不要以 root 启动。',
    },
  },
  'data.foreign': {
    status: 500,
    passing: true,
    en: 'The database in {directory} belongs to user number {owner}; this process runs as number {user}.',
    zh: '{directory} 中的数据库属于用户 {owner}，而本进程以用户 {user} 运行。',
    cure: { en: 'Start as that user, or as root.', zh: '请以该用户或 root 启动。' },
  },
  'postgres.no_user': {
    status: 500,
    passing: true,
    en: 'PostgreSQL does not run as root, and creating a user for it failed: {reason}.',
    zh: 'PostgreSQL 不能以 root 运行，且无法为其创建用户：{reason}。',
    cure: {
      en: 'Create a user named postgres, or start as a user other than root.',
      zh: '请创建名为 postgres 的用户，或以非 root 用户启动。',
    },
  },
  'postgres.no_binaries': {
    status: 500,
    passing: true,
    en: 'There is no embedded PostgreSQL for {platform}.',
    zh: '没有适用于 {platform} 的内置 PostgreSQL。',
    cure: {
      en: 'Install the packages again (including optional ones), or set DATABASE_URL to a server.',
      zh: '请重新安装依赖（包括可选依赖），或用 DATABASE_URL 指定数据库。',
    },
  },
  'postgres.newer': {
    status: 500,
    passing: true,
    en: 'The database in {directory} was made by PostgreSQL {found}; this version ships {known}.',
    zh: '{directory} 中的数据库由 PostgreSQL {found} 创建，当前版本自带 {known}。',
    cure: { en: 'Start the newer version of the program that made it.', zh: '请使用创建它的较新版本程序。' },
  },
  'postgres.older': {
    status: 500,
    passing: true,
    en: 'The database in {directory} was made by PostgreSQL {found}; this version ships {known} and cannot read it.',
    zh: '{directory} 中的数据库由 PostgreSQL {found} 创建，当前版本自带 {known}，无法读取。',
    cure: {
      en: 'Move it with pg_upgrade, or start the version of the program that made it.',
      zh: '请用 pg_upgrade 迁移，或使用创建它的版本。',
    },
  },
  'postgres.port_taken': {
    status: 409,
    passing: true,
    en: 'Port {port} for the database is in use by another program.',
    zh: '数据库端口 {port} 已被其他程序占用。',
    cure: {
      en: 'Free the port, or let the program choose one.',
      zh: '请释放该端口，或让程序自行选择端口。',
    },
  },
  'postgres.failed': {
    status: 500,
    passing: true,
    en: 'PostgreSQL could not {what}: {reason}.',
    zh: 'PostgreSQL 操作（{what}）失败：{reason}。',
    cure: { en: 'The details are in {log}.', zh: '详细信息见 {log}。' },
  },
  'postgres.unreachable': {
    status: 503,
    passing: true,
    en: 'The database {server} cannot be reached: {reason}.',
    zh: '无法连接数据库 {server}：{reason}。',
    cure: {
      en: 'Check that it is running, and that its address and password are right.',
      zh: '请检查数据库是否运行，地址和密码是否正确。',
    },
  },
  'push.redis_away': {
    status: 503,
    passing: true,
    en: 'Redis at {server} is not answering.',
    zh: 'Redis（{server}）没有响应。',
    cure: {
      en:
        'Everything continues; boards of other processes are read every second until it answers. Check that it is ' +
        'running, and check REDIS_URL.',
      zh: '其他功能照常运行；在其恢复之前，其他进程的看板每秒读取一次。请检查其是否运行以及 REDIS_URL。',
    },
  },
  'log.newer': {
    status: 500,
    passing: true,
    en: 'The event log has layout {found}; this version knows up to {known}.',
    zh: '事件日志的结构版本为 {found}，当前版本最高支持 {known}。',
    cure: {
      en: 'It was made by a newer version of the program: start that version.',
      zh: '该日志由更新版本的程序创建，请启动新版本。',
    },
  },
  'key.file_unreadable': {
    status: 500,
    passing: true,
    en: 'The master key file {key} cannot be read: {reason}.',
    zh: '无法读取主密钥文件 {key}：{reason}。',
    cure: {
      en: 'Make it readable for the user who runs the program, with mode 600.',
      zh: '请将该文件的所有者设为运行程序的用户，权限设为 600。',
    },
  },
  'key.file_invalid': {
    status: 500,
    passing: true,
    en: 'The master key in {key} is not 32 bytes in base64 or hexadecimal.',
    zh: '{key} 中的主密钥不是 32 字节的 base64 或十六进制文本。',
    cure: {
      en: 'Restore the key file that was made with this data, or set LEDGERLINE_MASTER_KEY to it.',
      zh: '请恢复与该数据一同生成的密钥文件，或将 LEDGERLINE_MASTER_KEY 设为该密钥。',
    },
  },
} as const satisfies ProblemEntries
