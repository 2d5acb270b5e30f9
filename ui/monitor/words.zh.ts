/** Texts of a supervisor's actions, in Chinese: the catalogue whose type the English one satisfies. */
export const zh = {
  longSignIn: { on: '设为长签', off: '退出长签' },
  call: { title: '监控通话' },
  /** 监听、耳语、三方、强插、强拆：目录 C5.2–C5.5。 */
  act: { listen: '监听', whisper: '耳语', three_way: '三方', take_over: '强插', leave: '退出监控', disconnect: '强拆' },
  about: {
    listen: '双方都听不到您，也不会察觉',
    whisper: '只有坐席听得到您',
    three_way: '坐席和客户都听得到您',
    take_over: '您与客户通话，坐席退出',
    leave: '通话照常继续',
    disconnect: '立即结束该坐席与客户的通话',
  },
  phone: {
    label: '监控号码',
    none: '未设置',
    kind: '号码类型',
    extension: '分机',
    number: '固话 / 手机',
    change: '更换',
    to: { listen: '监听', whisper: '耳语', three_way: '三方通话', take_over: '强插' },
    ask: (act: string) => `请输入用来${act}的分机或号码`,
    help: '系统先呼叫此号码，接听后即开始；本浏览器会记住它',
    ok: (act: string) => `呼叫并${act}`,
    extensionHelp: '分机最多六位数字',
    numberHelp: '请输入可拨打的号码',
  },
  reasonNone: '不填',
  bar: {
    label: '正在进行的监控',
    mode: { listen: '监听', whisper: '耳语', three_way: '三方', take_over: '强插' },
    rings: '正在呼叫您的话机',
    phone: (value: string) => `您的话机 ${value}`,
    outside: '外线号码',
  },
  confirm: {
    sign_out: (who: string) => `确定将 ${who} 签出？`,
    take_over: (who: string) => `确定强插？${who} 的通话会结束，由您与客户通话。`,
    disconnect: (who: string) => `确定强拆 ${who} 的通话？客户也会被挂断。`,
    yes: { sign_out: '确认签出', take_over: '确认强插', disconnect: '确认强拆' },
  },
  caller: {
    manage: (who: string) => `调整 ${who} 的排队`,
    title: '调整排队',
    move: '转到技能组',
    priority: '优先级',
    priorityHelp: '−1000 到 1000，按秒计为已等待时间，数值越大越靠前',
    setPriority: '设置优先级',
    gone: '该来电已不在排队。',
  },
}
export type SupervisorWords = typeof zh
