/**
 * The independent dimensions of an agent's state, and the words, colours and time totals that each of the three manuals
 * uses for them. This is the one place where that is decided: the board's word, the screens that show a manual's word,
 * the totals of the work report and the page `ops/docs/agent-states.md` all come from here.
 *
 * Pure and browser-safe. A manual's view gives exactly one word for every combination of dimensions, including those
 * its author never thought of; where we decided, the word says why.
 */
import type { CallDirection } from '../call/events.ts'
import type { Words } from '../kernel/words.ts'
import type { Work } from './events.ts'

/** An agent's state, as far as the words depend on it (columns of `agent_monitor`). */
export interface AgentDimensions {
  /** What the agent is willing to do. */
  work: Work | 'signed_out'
  /** What the phone is doing. */
  callState: CallState
  /** The phone is registered. */
  registered: boolean
  /** The agent left too many offers unanswered. */
  notResponding: boolean
  /** Direction of the present call; for a held one, its direction before the hold. */
  direction: CallDirection | null
}

export const callStates = [
  'idle',
  'previewing',
  'ringing',
  'inbound',
  'outbound',
  'internal',
  'on_hold',
  'wrap_up',
] as const
export type CallState = (typeof callStates)[number]
export const works = [
  'signed_out',
  'ready',
  'on_demand',
  'not_ready',
  'away',
] as const satisfies readonly AgentDimensions['work'][]

/** One word for our own boards. What agents are doing takes precedence over what they are willing to do. */
export const houseWords = [
  'ready',
  'ringing',
  'in_call',
  'on_hold',
  'wrap_up',
  'previewing',
  'on_demand',
  'not_ready',
  'away',
  'not_responding',
  'signed_out',
] as const
export type HouseWord = (typeof houseWords)[number]

export function houseWord({
  work,
  callState,
  notResponding,
}: Pick<AgentDimensions, 'work' | 'callState' | 'notResponding'>): HouseWord {
  if (work === 'signed_out') return 'signed_out'
  switch (callState) {
    case 'inbound':
    case 'outbound':
    case 'internal':
      return 'in_call'
    case 'idle':
      return notResponding ? 'not_responding' : work
    default:
      return callState
  }
}

/** A colour named in a manual. */
export type ManualColour = 'green' | 'light_green' | 'yellow' | 'red' | 'blue' | 'grey'

/** A manual's word. */
export interface ManualWord extends Words {
  colour?: ManualColour
  /** The catalogue item. */
  cites: string
  /** Why this word, where the manual leaves it open. */
  because?: string
}

/** The words a manual uses for an agent in one place of its screens. */
export interface ManualView<W extends string = string> {
  manual: 'A' | 'B' | 'C'
  /** The catalogue item of the place. */
  place: string
  title: Words
  words: Readonly<Record<W, ManualWord>>
  wordOf(dimensions: AgentDimensions): W
}

function view<const W extends string>(definition: ManualView<W>): ManualView<W> {
  return definition
}

const engaged = (callState: CallState): boolean =>
  callState !== 'idle' && callState !== 'previewing' && callState !== 'ringing' && callState !== 'wrap_up'

/** A: the status of a queue member, FreeSWITCH's four. */
export const memberStatus = view({
  manual: 'A',
  place: 'A3.2.2.4-status',
  title: { zh: '队列成员状态', en: 'status of a queue member' },
  words: {
    available: { zh: '空闲', en: 'Available', cites: 'A3.2.2.4-status' },
    on_demand: { zh: '置闲', en: 'Available (On Demand)', cites: 'A3.2.2.4-status' },
    on_break: {
      zh: '休息',
      en: 'On Break',
      cites: 'A3.2.2.4-status',
      because: 'a queue treats not ready, away and not responding alike: no offers',
    },
    logged_out: { zh: '注销', en: 'Logged Out', cites: 'A3.2.2.4-status' },
  },
  wordOf: ({ work, notResponding }) =>
    work === 'signed_out'
      ? 'logged_out'
      : notResponding
        ? 'on_break'
        : work === 'ready'
          ? 'available'
          : work === 'on_demand'
            ? 'on_demand'
            : 'on_break',
})

/** A: the toolbar's toggle. */
export const toolbarState = view({
  manual: 'A',
  place: 'A2.2-btn-ready',
  title: { zh: '语音工具条', en: 'voice toolbar' },
  words: {
    ready: { zh: '就绪', en: 'Ready', cites: 'A2.2-btn-ready' },
    not_ready: { zh: '未就绪', en: 'Not ready', cites: 'A2.2-btn-ready' },
    logged_out: { zh: '登出', en: 'Logged out', cites: 'A2.2-btn-logout' },
  },
  wordOf: ({ work, notResponding }) =>
    work === 'signed_out'
      ? 'logged_out'
      : !notResponding && (work === 'ready' || work === 'on_demand')
        ? 'ready'
        : 'not_ready',
})

/** A: the extension in the lists of agents. */
export const extensionState = view({
  manual: 'A',
  place: 'A11.2.1-online#分机状态',
  title: { zh: '分机状态', en: 'extension state' },
  words: {
    ready: { zh: '就绪', en: 'Ready', cites: 'A11.2.2-all', because: 'the counterpart of the one value seen' },
    not_ready: {
      zh: '未就绪',
      en: 'Not ready',
      cites: 'A11.2.2-all',
      because: 'no one is signed in at it, or it is not registered',
    },
  },
  wordOf: ({ work, registered }) => (work !== 'signed_out' && registered ? 'ready' : 'not_ready'),
})

/** A: the agent in the lists of agents, FreeSWITCH's agent states. */
export const listedState = view({
  manual: 'A',
  place: 'A11.2.1-online#坐席状态',
  title: { zh: '坐席状态', en: 'agent state' },
  words: {
    logged_out: { zh: '登出', en: 'Logged Out', cites: 'A11.2.2-all' },
    waiting: { zh: '等待', en: 'Waiting', cites: 'A11.2.2-all', because: 'waiting for a call' },
    receiving: {
      zh: '振铃',
      en: 'Receiving',
      cites: 'A11.2.1-online',
      because: 'a FreeSWITCH state, not among the values seen',
    },
    in_call: { zh: '通话中', en: 'In a call', cites: 'A11.2.3-tiles' },
    wrap_up: { zh: '后处理', en: 'After-call work', cites: 'A2.2-btn-wrapup' },
    idle: { zh: '休息', en: 'Idle', cites: 'A3.2.2.4-status', because: 'signed in but not waiting for a call' },
  },
  wordOf: ({ work, callState, notResponding }) => {
    if (work === 'signed_out') return 'logged_out'
    if (callState === 'ringing') return 'receiving'
    if (callState === 'wrap_up') return 'wrap_up'
    if (engaged(callState)) return 'in_call'
    return callState === 'idle' && !notResponding && (work === 'ready' || work === 'on_demand') ? 'waiting' : 'idle'
  },
})

/** A: the chips of the agent board; all but 离线 are the time columns of the work report (A11.3.3). */
export const boardFilter = view({
  manual: 'A',
  place: 'A11.2.4-filters',
  title: { zh: '坐席监控筛选', en: 'filter of the agent board' },
  words: {
    offline: { zh: '离线', en: 'Offline', cites: 'A11.2.4-filters' },
    ready: {
      zh: '就绪',
      en: 'Ready',
      cites: 'A11.2.4-filters',
      because: 'includes ringing: they are there for the queue',
    },
    not_ready: { zh: '未就绪', en: 'Not ready', cites: 'A11.2.4-filters' },
    idle: {
      zh: '空闲',
      en: 'Idle',
      cites: 'A11.2.4-filters',
      because: 'no call, and not in line for the queue: on demand (置闲), wrap-up',
    },
    in_call: { zh: '通话中', en: 'In call', cites: 'A11.2.4-filters', because: 'includes hold' },
    previewing: { zh: '预览中', en: 'Previewing', cites: 'A11.2.4-filters' },
  },
  wordOf: (dimensions) => boardFilterOf[houseWord(dimensions)],
})

const boardFilterOf = {
  ready: 'ready',
  ringing: 'ready',
  in_call: 'in_call',
  on_hold: 'in_call',
  wrap_up: 'idle',
  previewing: 'previewing',
  on_demand: 'idle',
  not_ready: 'not_ready',
  away: 'not_ready',
  not_responding: 'not_ready',
  signed_out: 'offline',
} as const satisfies Record<HouseWord, string>

/** A time column of the work report (catalogue A11.3.3-work #3–#7). */
export type WorkReportColumn = Exclude<(typeof boardFilterOf)[HouseWord], 'offline'>

/**
 * House states whose time counts in a column of the work report. Each state counts in one column, so that the total is
 * the time signed in.
 */
export function statesOfColumn(column: WorkReportColumn): HouseWord[] {
  return houseWords.filter((state) => boardFilterOf[state] === column)
}

/** B: agents are on line or off line; its totals add up the intervals on line (BM-online-total). */
export const onlineState = view({
  manual: 'B',
  place: 'B4.8-act-online',
  title: { zh: '坐席上下线', en: 'on line or off line' },
  words: {
    online: { zh: '上线', en: 'Online', cites: 'B4.8-act-online' },
    offline: { zh: '下线', en: 'Offline', cites: 'B4.8-act-offline' },
  },
  wordOf: ({ work }) => (work === 'signed_out' ? 'offline' : 'online'),
})

/** C: the top one of the three dots. */
export const workDot = view({
  manual: 'C',
  place: 'C4.0-three-dots#top',
  title: { zh: '工作状态', en: 'work status' },
  words: {
    online: {
      zh: '在线',
      en: 'Online',
      colour: 'green',
      cites: 'C4.0-work-online',
      because: 'includes one call only: they can be called',
    },
    offline: { zh: '离线', en: 'Offline', colour: 'grey', cites: 'C4.0-work-offline' },
    busy: { zh: '忙', en: 'Busy', colour: 'yellow', cites: 'C4.0-work-busy' },
    away: {
      zh: '离开',
      en: 'Away',
      colour: 'blue',
      cites: 'C4.0-work-away',
      because: 'includes not responding: a rule has set them away',
    },
  },
  wordOf: ({ work, notResponding }) => {
    if (work === 'signed_out') return 'offline'
    if (notResponding || work === 'away') return 'away'
    return work === 'not_ready' ? 'busy' : 'online'
  },
})

/** C: the middle dot. */
export const callDot = view({
  manual: 'C',
  place: 'C4.0-three-dots#middle',
  title: { zh: '呼叫状态', en: 'call status' },
  words: {
    idle: {
      zh: '空闲',
      en: 'Idle',
      colour: 'green',
      cites: 'C4.0-call-idle',
      because: 'includes previewing: the phone is free',
    },
    ringing: { zh: '振铃', en: 'Ringing', colour: 'red', cites: 'C4.0-call-ringing' },
    inbound: {
      zh: '呼入已接通',
      en: 'Inbound connected',
      colour: 'red',
      cites: 'C4.0-call-inbound-connected',
      because: 'hold has no value of its own (C-E2): a held call is connected',
    },
    outbound: {
      zh: '呼出已接通',
      en: 'Outbound connected',
      colour: 'red',
      cites: 'C-E3 Q3',
      because: 'the manual lists no value; named after its counterpart',
    },
    internal: {
      zh: '内部通话',
      en: 'Internal call',
      colour: 'red',
      cites: 'C-E3 Q3',
      because: 'the manual lists no value',
    },
    wrap_up: { zh: '整理', en: 'Wrap-up', colour: 'red', cites: 'C4.0-call-wrapup' },
  },
  wordOf: ({ work, callState, direction }) => {
    if (work === 'signed_out' || callState === 'previewing') return 'idle'
    return callState === 'on_hold' ? (direction ?? 'inbound') : callState
  },
})

/** C: the bottom dot. */
export const registrationDot = view({
  manual: 'C',
  place: 'C4.0-three-dots#bottom',
  title: { zh: '注册状态', en: 'registration' },
  words: {
    registered: { zh: '已注册', en: 'Registered', colour: 'green', cites: 'C4.0-reg-registered' },
    unregistered: { zh: '未注册', en: 'Not registered', colour: 'grey', cites: 'C4.0-reg-unregistered' },
  },
  wordOf: ({ registered }) => (registered ? 'registered' : 'unregistered'),
})

/**
 * C: the colour of a monitor tile. What agents are doing takes precedence over what they are willing to do; the manual
 * leaves it open.
 */
export const monitorTile = view({
  manual: 'C',
  place: 'C5.0-tile-view',
  title: { zh: '监控磁贴', en: 'tile of the monitor' },
  words: {
    idle: { zh: '空闲', en: 'Idle', colour: 'light_green', cites: 'C5.0-colour-idle' },
    offline: { zh: '离线', en: 'Offline', colour: 'grey', cites: 'C5.0-colour-offline' },
    busy: { zh: '置忙', en: 'Busy', colour: 'yellow', cites: 'C5.0-colour-busy' },
    calling: {
      zh: '有呼叫业务',
      en: 'In call business',
      colour: 'red',
      cites: 'C5.0-colour-calling',
      because: 'ringing, talking, hold and wrap-up (C-E2)',
    },
    away: { zh: '离开', en: 'Away', colour: 'blue', cites: 'C5.0-colour-away' },
  },
  wordOf: (dimensions) => {
    const work = workDot.wordOf(dimensions)
    if (work === 'offline') return 'offline'
    if (callDot.wordOf(dimensions) !== 'idle') return 'calling'
    return work === 'online' ? 'idle' : work
  },
})

/** Every place of a manual that has a word for an agent. */
export const manualViews: readonly ManualView[] = [
  memberStatus,
  toolbarState,
  extensionState,
  listedState,
  boardFilter,
  onlineState,
  workDot,
  callDot,
  registrationDot,
  monitorTile,
] as readonly ManualView[]

/** The word a manual uses for an agent in one place. */
export function manualWord<W extends string>(place: ManualView<W>, dimensions: AgentDimensions): ManualWord {
  return place.words[place.wordOf(dimensions)]
}

/** Every combination of the dimensions, including impossible ones. */
export function* everyCombination(): Iterable<AgentDimensions> {
  for (const work of works) {
    for (const callState of callStates) {
      for (const registered of [true, false]) {
        for (const notResponding of [false, true]) {
          for (const direction of ['inbound', 'outbound', 'internal', null] as const)
            yield { work, callState, registered, notResponding, direction }
        }
      }
    }
  }
}

/**
 * Can an agent be in this state? Someone signed out is never in a call; only a rule makes an agent not responding, and
 * it sets them away.
 */
export function isPossible({ work, callState, notResponding, direction }: AgentDimensions): boolean {
  if (notResponding && work !== 'away') return false
  if (work === 'signed_out' && callState !== 'idle') return false
  if (callState === 'idle' || callState === 'previewing') return direction === null
  return callState === 'on_hold'
    ? direction !== null
    : !['inbound', 'outbound', 'internal'].includes(callState) || callState === direction
}
