/** The events of a call in Chinese. */
import { parts, type EventWords, type Terms } from './event-words.ts'

export const terms: Terms = {
  by: { customer: '客户', agent: '坐席', supervisor: '班长', system: '系统', network: '网络' },
  purpose: { customer: '客户', agent: '坐席', consultation: '咨询', supervisor: '班长', robot: '机器人' },
  reason: {
    hung_up: '挂断', busy: '忙', no_answer: '无人接听', rejected: '拒接', unregistered: '话机未注册', cancelled: '已取消', unreachable: '无法接通', media_lost: '媒体中断',
    node_lost: '服务器中断', refused: '被拒绝', completed: '正常结束', forced: '强拆', taken_over: '被强插', limit: '超出时长', set_aside: '事件无法读取',
  },
  offerFailure: {
    no_answer: '无人接听', refused: '拒接', busy: '忙', unregistered: '话机未注册', caller_gone: '主叫已挂断', lost_race: '已被他人接听', withdrawn: '已撤回', failed: '失败',
  },
  queueExit: {
    abandoned: '放弃', timed_out: '等待超时', left_by_key: '按键离开', no_agent: '无坐席', overflowed: '溢出', called_back: '改为回拨', moved: '被转移', closed: '已关闭', failed: '失败',
  },
}

const { by, purpose, reason, offerFailure, queueExit } = terms
const mode = { listen: '监听', whisper: '耳语', three_way: '三方', take_over: '强插' }

export const words: EventWords = {
  title: {
    CallReceived: '来电接入', CallPlaced: '发起呼叫', CallRouted: '选定路由', CallRejected: '呼叫被拒绝',
    LegDialled: '呼叫话路', LegRinging: '振铃', LegAnswered: '话路接通', LegHeld: '保持', LegResumed: '恢复通话', LegDigit: '按键', LegEnded: '话路结束',
    CallQueued: '开始排队', CallPriorityChanged: '优先级变更', CallCircleBroken: '循环转移已中断', CallAnnounced: '播放提示', CallOffered: '分配给坐席', OfferEnded: '分配结束', CallbackRequested: '请求回拨', CallbackPlaced: '回拨已排队', CallLeftQueue: '结束排队',
    CallAnswered: '坐席接听', ConsultationStarted: '开始咨询', ConsultationAnswered: '咨询接通', ConsultationEnded: '咨询结束', CallTransferred: '转接', TransferFailed: '转接失败',
    ThreeWayStarted: '三方通话开始', ThreeWayEnded: '三方通话结束', SupervisorJoined: '班长介入', SupervisorModeChanged: '介入方式变更', SupervisorTookOver: '班长强插', SupervisorLeft: '班长退出', CallForceDisconnected: '班长强拆',
    SurveyStarted: '满意度评价', SurveyRated: '客户评价', CallNoted: '通话备注', AgentLeftCall: '坐席离开通话', CallsMerged: '通话合并', CallSetAside: '事件无法读取，通话关闭', CallEnded: '通话结束',
  },
  detail: {
    CallReceived: (d, say) => parts(`${say.number(d.from)} → ${d.to}`, d.gateway && `网关 ${d.gateway}`, d.category),
    CallPlaced: (d, say) => parts(say.number(d.to), d.agentCode && say.agent(d.agentCode), d.campaign && `活动 ${d.campaign}`),
    CallRouted: (d) => parts(`路由 ${d.route}`, d.to.code, `配置 ${d.configVersion}`),
    CallRejected: (d) => ({ blacklisted: '黑名单', no_route: '无路由', closed: '非服务时间', no_media: '无媒体资源', overload: '过载', in_arrears: '欠费', not_allowed: '不允许' })[d.reason],
    LegDialled: (d, say) => parts(purpose[d.purpose], d.agentCode && say.agent(d.agentCode), d.extension && `分机 ${d.extension}`, d.number && say.number(d.number)),
    LegRinging: (d, say) => say.leg(d.legId),
    LegAnswered: (d, say) => say.leg(d.legId),
    LegHeld: (d, say) => parts(say.leg(d.legId), d.agentCode ? say.agent(d.agentCode) : by[d.by]),
    LegResumed: (d, say) => parts(say.leg(d.legId), d.agentCode && say.agent(d.agentCode)),
    LegDigit: (d) => d.digit,
    LegEnded: (d, say) => parts(say.leg(d.legId), `${by[d.by]}${reason[d.reason]}`, `原因码 ${d.cause}`, d.sip !== null && `SIP ${d.sip}`),
    CallQueued: (d, say) => parts(say.queue(d.queueCode), `服务水平阈值 ${say.ms(d.targetMs)}`, d.priority !== 0 && `优先级 ${d.priority}`, d.resumed && '保留原位'),
    CallPriorityChanged: (d, say) => parts(say.queue(d.queueCode), `优先级 ${d.priority}`, d.by),
    CallCircleBroken: (d, say) => `${say.queue(d.to)} 已接收该来电 ${d.visits} 次，来电留在 ${say.queue(d.queueCode)}`,
    CallAnnounced: (d) => ({ sound: '提示音', place: `排在第 ${d.value} 位`, expected_wait: '预计等待时间' })[d.kind],
    CallOffered: (d, say) => parts(say.agent(d.agentCode), d.extension && `分机 ${d.extension}`),
    OfferEnded: (d, say) => parts(say.agent(d.agentCode), offerFailure[d.result]),
    CallbackRequested: (d, say) => parts(say.queue(d.queueCode), say.number(d.number)),
    CallbackPlaced: (d) => d.callbackCallId,
    CallLeftQueue: (d, say) => parts(say.queue(d.queueCode), queueExit[d.exit], `等待 ${say.ms(d.waitMs)}`),
    CallAnswered: (d, say) => parts(say.agent(d.agentCode), `等待 ${say.ms(d.waitMs)}`, `振铃 ${say.ms(d.ringMs)}`),
    ConsultationStarted: (d, say) => parts(say.agent(d.agentCode), d.to.code),
    ConsultationAnswered: (d, say) => say.leg(d.legId),
    ConsultationEnded: (d) => ({ transferred: '已转接', joined: '已并入三方', dropped: '已放弃', not_reached: '未接通' })[d.result],
    CallTransferred: (d, say) => parts(say.agent(d.agentCode), d.kind === 'blind' ? '盲转' : '询转', d.to.kind === 'queue' ? say.queue(d.to.code) : d.to.code),
    TransferFailed: (d) => parts(d.to.code, offerFailure[d.reason]),
    ThreeWayStarted: (d, say) => say.agent(d.agentCode),
    SupervisorJoined: (d, say) => parts(`班长 ${d.supervisorCode}`, mode[d.mode], say.agent(d.agentCode)),
    SupervisorModeChanged: (d) => parts(`班长 ${d.supervisorCode}`, mode[d.mode]),
    SupervisorTookOver: (d, say) => parts(`班长 ${d.supervisorCode}`, say.agent(d.agentCode)),
    SupervisorLeft: (d) => `班长 ${d.supervisorCode}`,
    CallForceDisconnected: (d, say) => parts(`班长 ${d.supervisorCode}`, say.agent(d.agentCode)),
    SurveyStarted: (d, say) => say.agent(d.agentCode),
    SurveyRated: (d) => ({ satisfied: '满意', fair: '一般', dissatisfied: '不满意' })[d.rating],
    CallNoted: (d, say) => parts(say.agent(d.agentCode), d.note),
    AgentLeftCall: (d, say) => parts(d.agentCode && say.agent(d.agentCode), `由${by[d.by]}结束`, `通话 ${say.ms(d.talkMs)}`, d.holdMs > 0 && `保持 ${say.ms(d.holdMs)}`),
    CallsMerged: (d) => `并入 ${d.intoCallId}`,
    CallSetAside: (d) => parts(`事件 ${d.revision}（${d.eventType}）`, { unknown: '由更新的版本写入', newer: '事件模式版本更新', corrupt: '数据损坏' }[d.why]),
    CallEnded: (d) => parts(`${by[d.by]}${reason[d.reason]}`, `原因码 ${d.cause}`),
  },
}
