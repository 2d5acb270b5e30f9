/** What can go wrong with users, roles and log-ins. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const accessProblems = {
  'access.log_in': {
    status: 401,
    passing: true,
    en: 'Nobody is logged in.',
    zh: '您还没有登录。',
    cure: { en: 'Log in first.', zh: '请先登录。' },
  },
  'access.wrong': {
    status: 401,
    passing: true,
    en: 'Name and password do not belong together.',
    zh: '用户名或密码不正确。',
    cure: {
      en: 'Check both. After ten failures this name is closed to this computer for a day; an administrator can reset it.',
      zh: '请核对后重试。连续失败十次后，该用户名在此终端冻结 24 小时，管理员可重置。',
    },
  },
  'access.work_needed': {
    status: 401,
    passing: true,
    en: 'This log-in has failed several times: the browser has to work for the next try.',
    zh: '该登录已多次失败：下一次尝试前浏览器需完成验证计算。',
    cure: {
      en: 'Send a solution to the task: a text whose SHA-256 with the task begins with {bits} zero bits.',
      zh: '请提交任务的解：与任务拼接后，其 SHA-256 的前 {bits} 位为零。',
    },
  },
  'access.frozen': {
    status: 429,
    passing: true,
    en: 'There were too many failed log-ins with this name from this computer: it is closed to it for {hours} hours.',
    zh: '该用户名在此终端登录失败次数过多，已冻结 {hours} 小时。',
    cure: {
      en: 'An administrator opens it again by resetting the password.',
      zh: '管理员重置密码后即可解冻。',
    },
  },
  'access.busy': {
    status: 503,
    passing: true,
    en: 'Too many people are logging in at this moment.',
    zh: '当前登录人数过多。',
    cure: { en: 'Try again in a few seconds.', zh: '请几秒后重试。' },
  },
  'access.password_old': {
    status: 403,
    passing: true,
    en: 'The password must be changed before anything else.',
    zh: '须先修改密码才能使用。',
    cure: { en: 'Choose a password of your own.', zh: '请设置您自己的密码。' },
  },
  'access.password_wrong': {
    status: 403,
    passing: true,
    en: 'The present password is not right.',
    zh: '当前密码不正确。',
    cure: { en: 'Enter the password with which you log in now.', zh: '请输入您目前的登录密码。' },
  },
  'access.password_short': {
    status: 422,
    en: 'The password is too short.',
    zh: '密码过短。',
    cure: { en: 'Use at least {least} characters; a sentence is easy to remember.', zh: '至少 {least} 个字符。' },
  },
  'access.password_long': {
    status: 422,
    en: 'The password is too long.',
    zh: '密码过长。',
    cure: { en: 'Use at most {most} characters.', zh: '最多 {most} 个字符。' },
  },
  'access.password_common': {
    status: 422,
    en: 'This is one of the passwords that are tried first.',
    zh: '该密码过于常见，极易被猜中。',
    cure: {
      en: 'Use several words that have nothing to do with your name or the company.',
      zh: '请使用与姓名、企业名称无关的多个词语。',
    },
  },
  'access.taken': {
    status: 409,
    en: 'Somebody else has this {what} already.',
    zh: '该{what}已被使用。',
    cure: { en: 'Choose another one, or change the other first.', zh: '请换一个，或先修改对方的设置。' },
  },
  'access.last_administrator': {
    status: 409,
    en: 'Afterwards nobody could administer users and roles any longer.',
    zh: '此操作后将无人能够管理用户和角色。',
    cure: {
      en: 'First give another user with a password a role that administers users and roles.',
      zh: '请先为另一位有密码的用户授予用户与角色管理权限。',
    },
  },
  'access.beyond_own': {
    status: 403,
    en: 'This user may do more than you may, or would: {permission}.',
    zh: '该用户拥有或将拥有超出您自身的权限：{permission}。',
    cure: { en: 'Somebody who may edit roles has to do this.', zh: '请由有角色管理权限的用户操作。' },
  },
  'access.begun': {
    status: 409,
    en: 'This tenant has users already.',
    zh: '该企业已有用户。',
    cure: { en: 'Its administrators add others.', zh: '请由管理员添加用户。' },
  },
  'access.role_in_use': {
    status: 409,
    en: 'Role {role} belongs to {users} users.',
    zh: '角色 {role} 正被 {users} 个用户使用。',
    cure: { en: 'Take it away from them first.', zh: '请先收回这些用户的该角色。' },
  },
  'access.department_in_use': {
    status: 409,
    en: 'Department {department} has {people} users and {below} departments below it.',
    zh: '部门 {department} 有 {people} 个用户和 {below} 个下级部门。',
    cure: { en: 'Move them first.', zh: '请先移走它们。' },
  },
  'access.circle': {
    status: 409,
    en: 'Department {department} would be below itself.',
    zh: '部门 {department} 将成为自己的下级。',
    cure: { en: 'Choose a department that is not below it.', zh: '请选择非其下级的部门。' },
  },
  'access.not_own': {
    status: 403,
    en: 'You do not work as {code}.',
    zh: '您的用户并非 {code}。',
    cure: {
      en: 'Act as the one that your user is bound to, or have an administrator bind it.',
      zh: '请以您用户所绑定的身份操作，或由管理员绑定。',
    },
  },
  'access.newer': {
    status: 500,
    passing: true,
    en: 'The tables of sessions were made by a newer version ({found}; this one knows up to {known}).',
    zh: '会话表由更新的版本（{found}）创建，当前版本最高支持 {known}。',
    cure: { en: 'Start the newer version.', zh: '请启动更新的版本。' },
  },
} as const satisfies ProblemEntries
