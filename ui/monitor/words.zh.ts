/** The words of what a supervisor does, in Chinese: the catalogue whose type the English one satisfies. */
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
  phone: { label: '监控号码', own: '本人分机', kind: '号码类型', extension: 'SIP 分机', number: '固话 / 手机', help: '执行监听、耳语、三方、强插时，系统先呼叫此号码；留空则用您自己的分机' },
  confirm: {
    sign_out: (who: string) => `确定将 ${who} 登出？`,
    take_over: (who: string) => `确定强插？${who} 的通话会结束，由您与客户通话。`,
    disconnect: (who: string) => `确定强拆 ${who} 的通话？客户也会被挂断。`,
    yes: { sign_out: '确认登出', take_over: '确认强插', disconnect: '确认强拆' },
  },
  caller: {
    manage: (who: string) => `调整 ${who} 的排队`,
    title: '调整排队',
    move: '转到队列',
    priority: '优先级',
    priorityHelp: '−1000 到 1000，按秒计为已等待时间，数值越大越靠前',
    setPriority: '设置优先级',
    gone: '该来电已离开队列。',
  },
}
export type SupervisorWords = typeof zh
