/**
 * Events of an agent's shift as text in both languages: who signed the agent in, set them busy, took over their desk. The types come
 * from the event catalogue, so an event without a text, or with a field that no longer exists, breaks the build of the screens.
 */
import type { shiftEvents } from '@ledgerline/core/agent/events.ts'
import type { DataOf } from '@ledgerline/core/kernel/event.ts'
import type { Deed } from '@ledgerline/adapters/replay/answers.ts'
import { parts } from '../calls/event-words.ts'
import { formatCount, type LanguageCode } from '../language/format.ts'
import type { AgentState } from '../live/protocol.ts'

type ShiftEvents = typeof shiftEvents
/** Offers and calls are shown elsewhere on the page. */
type Elsewhere =
  | 'AgentReserved'
  | 'AgentReservationEnded'
  | 'AgentRang'
  | 'AgentCallStarted'
  | 'AgentCallHeld'
  | 'AgentCallResumed'
  | 'AgentCallEnded'
  | 'AgentWrapUpStarted'
  | 'AgentWrapUpEnded'
type Told = Exclude<keyof ShiftEvents & string, Elsewhere>

type Words = {
  title: Record<Told, string>
  detail: { [T in Told]?: (data: DataOf<ShiftEvents, T>) => string | null | undefined }
}

interface Changed {
  by: 'agent' | 'supervisor' | 'system'
  byCode?: string | null
  reason?: string | null
}

function wordsOf(code: LanguageCode, states: Record<AgentState, string>, labelOf: (reason: string) => string): Words {
  const en = code === 'en'
  const say = (chinese: string, english: string) => (en ? english : chinese)
  const reasons: Record<string, string> = {
    desk_lost: say('坐席台中断', 'desk lost'),
    not_responding: say('未接来电过多', 'too many missed offers'),
    on_demand: say('已接一通', 'after one call only'),
    no_answer: say('无人接听', 'no answer'),
    phone_taken: say('话机已被他人使用', 'phone in use by somebody else'),
    extension_changed: say('更换分机', 'extension changed'),
    signed_out: say('签出', 'signed out'),
    asked: say('按要求', 'on request'),
    hung_up: say('挂断', 'hung up'),
    set_aside: say('事件无法读取', 'an event cannot be read'),
  }
  const who = ({ by, byCode }: Changed) =>
    by === 'agent'
      ? say('本人', 'by the agent')
      : by === 'system'
        ? say('系统', 'System')
        : parts(say('班长', 'supervisor'), byCode)
  const change = (data: Changed) => parts(who(data), data.reason && (reasons[data.reason] ?? labelOf(data.reason)))
  const extension = (value: string | null) => value && say(`分机 ${value}`, `extension ${value}`)
  return {
    title: {
      AgentSignedIn: say('签入', 'Signed in'),
      AgentSignedOut: say('签出', 'Signed out'),
      ShiftSetAside: say('事件无法读取，班次结束', 'Event unreadable: shift ended'),
      AgentQueuesChanged: say('技能组变更', 'Queues changed'),
      AgentBecameReady: states.ready,
      AgentBecameOnDemand: states.on_demand,
      AgentBecameNotReady: states.not_ready,
      AgentWentAway: states.away,
      AgentWishedFor: say('预约通话后状态', 'State after the call requested'),
      AgentBecameNotResponding: states.not_responding,
      AgentWrapUpExtended: say('延长话后处理', 'More wrap-up time'),
      AgentPreviewStarted: say('开始预览客户', 'Preview started'),
      AgentPreviewEnded: say('预览结束', 'Preview ended'),
      AgentPhoneRegistered: say('话机已注册', 'Phone registered'),
      AgentPhoneUnregistered: say('话机掉线', 'Phone unregistered'),
      AgentDeskClaimed: say('在浏览器中开始工作', 'Desk opened in a browser'),
      AgentDeskConnected: say('坐席台已连接', 'Desk connected'),
      AgentDeskLost: say('坐席台中断', 'Desk lost'),
      AgentExtensionChanged: say('更换分机', 'Extension changed'),
      AgentLongSignInRequested: say('申请长签', 'Long sign-in requested'),
      AgentLongSignInStarted: say('长签接通', 'Long sign-in started'),
      AgentLongSignInEnded: say('长签结束', 'Long sign-in ended'),
    },
    detail: {
      AgentSignedIn: (d) =>
        parts(
          d.via === 'desk' ? say('坐席台', 'at a desk') : say('仅话机', 'by phone only'),
          extension(d.extension),
          d.queues.map((queue) => queue.queueCode).join(en ? ', ' : '、'),
        ),
      AgentSignedOut: change,
      AgentQueuesChanged: (d) =>
        parts(
          d.byCode && say(`班长 ${d.byCode}`, `supervisor ${d.byCode}`),
          d.queues.map((queue) => queue.queueCode).join(en ? ', ' : '、'),
        ),
      AgentBecameReady: change,
      AgentBecameOnDemand: change,
      AgentBecameNotReady: change,
      AgentWentAway: change,
      AgentWishedFor: (d) =>
        parts(
          d.work === null ? say('撤回', 'request cancelled') : states[d.work],
          who(d),
          d.reason && (reasons[d.reason] ?? labelOf(d.reason)),
        ),
      AgentBecameNotResponding: (d) =>
        say(`连续未接 ${formatCount(code, d.missed)} 次`, `${formatCount(code, d.missed)} offers missed in a row`),
      AgentPreviewEnded: (d) =>
        ({ called: say('已呼叫', 'called'), skipped: say('已跳过', 'skipped'), timed_out: say('超时', 'timed out') })[
          d.result
        ],
      AgentPhoneRegistered: (d) => extension(d.extension),
      AgentPhoneUnregistered: (d) => extension(d.extension),
      AgentExtensionChanged: (d) => extension(d.extension),
      AgentLongSignInRequested: (d) => who(d),
      AgentLongSignInEnded: change,
    },
  }
}

/** The sentence of an event; what is unknown is shown by its type. `labelOf` gives the words of a configured reason. */
export function shiftEventInWords(
  code: LanguageCode,
  states: Record<AgentState, string>,
  event: Deed,
  labelOf: (reason: string) => string = (reason) => reason,
): { title: string; detail: string } {
  const words = wordsOf(code, states, labelOf)
  const type = event.type as Told
  const detail = words.detail[type] as ((data: unknown) => string | null | undefined) | undefined
  return { title: words.title[type] ?? event.type, detail: detail?.(event.data) ?? '' }
}
