/** What roles can allow, in the reader’s language, in groups. English is the server’s own text. */
import { permissions, type Permission } from '@ledgerline/core/access/session.ts'
import type { Words } from '@ledgerline/core/kernel/words.ts'

const zh: Readonly<Record<Permission, string>> = {
  'boards.see': '查看大屏与实时画面：坐席、技能组、进行中的通话',
  'calls.see': '查看通话、通话段与话路及其经过',
  'recordings.hear': '收听和下载录音',
  'voicemail.handle': '标记、回拨、删除语音留言',
  'missed.handle': '处理、回拨、分配未接来电',
  'reports.see': '查看统计报表与坐席状态日志',
  'numbers.see': '查看完整号码与客户（否则隐藏中间位）',
  'staff.see': '查看坐席姓名（否则隐藏）',
  'agents.act': '在本人坐席台操作：签入、就绪、保持、转接等',
  'agents.web_phone': '在浏览器中使用本人坐席的电话',
  'supervise.ready': '将坐席置为就绪',
  'supervise.not_ready': '将坐席置忙',
  'supervise.away': '将坐席置为离开',
  'supervise.sign_out': '强制签出坐席',
  'supervise.long_sign_in': '设置、取消坐席话机长签',
  'supervise.queues': '调整坐席所属技能组',
  'supervise.listen': '监听通话',
  'supervise.whisper': '对坐席耳语，客户听不到',
  'supervise.three_way': '三方通话',
  'supervise.take_over': '强插，接管客户',
  'supervise.disconnect': '强拆坐席的通话',
  'supervise.move': '将排队来电移到其他技能组',
  'supervise.priority': '调整排队来电的优先级',
  'switchboard.see': '查看生效的配置：技能组、坐席、路由、班次规则',
  'switchboard.edit': '修改配置草稿，启用前不生效',
  'switchboard.activate': '启用新的配置',
  'registers.list': '查看有哪些资料（内容另有权限）',
  'library.see': '查看资料库：问题、话术、链接',
  'library.edit': '编辑资料库（须审核）',
  'library.review': '审核资料库',
  'labels.see': '查看客户标签与跟进阶段',
  'labels.edit': '编辑客户标签与跟进阶段',
  'dictionaries.see': '查看数据字典',
  'dictionaries.edit': '编辑数据字典',
  'registers.import': '向可编辑的资料导入文件，并可撤销',
  'registers.export': '将可查看的资料导出为文件',
  'blacklist.see': '查看黑名单',
  'blacklist.edit': '编辑黑名单',
  'users.see': '查看用户、角色与部门',
  'users.edit': '添加、修改、停用用户，重置密码，授予角色，结束会话',
  'roles.edit': '设置角色的权限',
  'departments.edit': '编辑部门',
  'audit.see': '查看审计日志',
  'server.see': '查看服务器状态',
}

const groups: Readonly<Record<string, Words>> = {
  boards: { en: 'Boards', zh: '实时画面' },
  calls: { en: 'Calls and recordings', zh: '通话与录音' },
  personal: { en: 'Personal data', zh: '个人信息' },
  agents: { en: 'Agents’ own desk', zh: '坐席台' },
  supervise: { en: 'Supervision', zh: '班长操作' },
  switchboard: { en: 'Configuration', zh: '配置' },
  registers: { en: 'Registers', zh: '资料' },
  access: { en: 'Users and audit', zh: '用户与审计' },
}

/** By the first part of a permission’s name. */
const groupOf: Readonly<Record<string, keyof typeof groups>> = {
  boards: 'boards',
  reports: 'boards',
  calls: 'calls',
  recordings: 'calls',
  voicemail: 'calls',
  missed: 'calls',
  numbers: 'personal',
  staff: 'personal',
  agents: 'agents',
  supervise: 'supervise',
  switchboard: 'switchboard',
  server: 'switchboard',
  users: 'access',
  roles: 'access',
  departments: 'access',
  audit: 'access',
}

export interface PermissionGroup {
  name: Words
  permissions: readonly { permission: Permission; words: Words }[]
}

/** All permissions in their groups; those of a new register are among registers. */
export const permissionGroups: readonly PermissionGroup[] = Object.entries(groups).map(([group, name]) => ({
  name,
  permissions: (Object.keys(permissions) as Permission[])
    .filter((permission) => (groupOf[permission.split('.')[0]!] ?? 'registers') === group)
    .map((permission) => ({ permission, words: { en: permissions[permission], zh: zh[permission] } })),
}))
