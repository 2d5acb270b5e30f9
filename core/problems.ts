/**
 * Every problem of the core in one catalogue, and how a problem is presented to people. The layers above add their own
 * entries (`adapters/problems.ts`, `ops/problems.ts`) and pass the larger catalogue in.
 */
import { accessProblems } from './access/problems.ts'
import { switchboardProblems } from './configuration/problems.ts'
import { agentProblems, unavailableWords } from './agent/problems.ts'
import { callProblems } from './call/problems.ts'
import { draftProblems } from './draft/problems.ts'
import type { Refusal } from './routing/outcome.ts'
import { refusalWords } from './routing/reasons.ts'
import { kernelProblems, type Problem, type ProblemEntries } from './kernel/problem.ts'
import type { Language, Words } from './kernel/words.ts'
import { networkProblems } from './network/problems.ts'
import { recordProblems } from './record/problems.ts'
import { recordingProblems } from './recording/problems.ts'
import { registers } from './registers.ts'
import { taskProblems } from './transfer/problems.ts'
import { telephonyProblems } from './telephony/problems.ts'
import { voicemailProblems } from './voicemail/problems.ts'

export const coreProblems = {
  ...kernelProblems,
  ...accessProblems,
  ...callProblems,
  ...agentProblems,
  ...switchboardProblems,
  ...networkProblems,
  ...draftProblems,
  ...recordProblems,
  ...recordingProblems,
  ...taskProblems,
  ...telephonyProblems,
  ...voicemailProblems,
} satisfies ProblemEntries

/** A problem in a reader's language. */
export interface ToldProblem {
  /** HTTP status. */
  status: number
  /** What is wrong, its values filled in. */
  sentence: string
  /** What would be right, or what to do. */
  cure: string
}

/** The things that may be looked for and not found, or be there twice, in words. */
const thingWords: Readonly<Record<string, Words>> = {
  queue: { en: 'queue', zh: '技能组' },
  call: { en: 'call', zh: '通话' },
  agent: { en: 'agent', zh: '坐席' },
  report: { en: 'report', zh: '报表' },
  'agent id': { en: 'agent id', zh: '坐席标识' },
  'agent code': { en: 'agent number', zh: '工号' },
  supervisor: { en: 'supervisor', zh: '班长' },
  reason: { en: 'reason', zh: '原因' },
  route: { en: 'route', zh: '路由规则' },
  'route to': { en: 'routes for the same calls to', zh: '匹配相同来电的号码规则' },
  extension: { en: 'extension', zh: '分机' },
  gateway: { en: 'gateway', zh: '网关' },
  number: { en: 'number of the pool', zh: '号码池号码' },
  media: { en: 'prompt', zh: '媒体资源' },
  calendar: { en: 'calendar', zh: '日历' },
  ivr: { en: 'voice menu', zh: 'IVR' },
  menu: { en: 'menu', zh: '菜单' },
  key: { en: 'key of menu', zh: '菜单按键' },
  day: { en: 'day', zh: '日期' },
  user: { en: 'user', zh: '用户' },
  role: { en: 'role', zh: '角色' },
  department: { en: 'department', zh: '部门' },
  session: { en: 'session', zh: '会话' },
  name: { en: 'name', zh: '名称' },
  agentCode: { en: 'agent number', zh: '工号' },
  supervisorCode: { en: 'supervisor', zh: '班长' },
  feature: { en: 'code for', zh: '功能键' },
  queues: { en: 'queues', zh: '技能组' },
  agents: { en: 'agents', zh: '坐席' },
  extensions: { en: 'extensions', zh: '分机' },
  routes: { en: 'routes', zh: '路由规则' },
  ivrs: { en: 'voice menus', zh: 'IVR' },
  calendars: { en: 'calendars', zh: '日历' },
  gateways: { en: 'gateways', zh: '网关' },
  numbers: { en: 'numbers of the pool', zh: '号码池号码' },
  supervisors: { en: 'supervisors', zh: '班长' },
  reasons: { en: 'reasons', zh: '原因' },
  ...Object.fromEntries(registers.map(({ name, one }) => [name, one])),
}

/** The values of a sentence that name such a thing. */
const THINGS: ReadonlySet<string> = new Set(['what', 'found', 'section'])

/**
 * A problem's entry with its values filled in. A code missing from the catalogue is shown itself, so that nothing goes
 * unreported.
 */
export function tell(problem: Problem, language: Language, entries: ProblemEntries = coreProblems): ToldProblem {
  const entry = entries[problem.code]
  if (!entry) return { status: 500, sentence: problem.message, cure: '' }
  return {
    status: entry.status,
    sentence: filled(entry[language], problem, language),
    cure: filled(entry.cure[language], problem, language),
  }
}

/** A problem as one line: where, what is wrong, what to do. */
export function describe(problem: Problem, language: Language, entries: ProblemEntries = coreProblems): string {
  const { sentence, cure } = tell(problem, language, entries)
  const where = problem.where === null ? '' : language === 'zh' ? `${problem.where}：` : `${problem.where}: `
  const between = language === 'zh' || cure === '' ? '' : ' '
  return `${where}${sentence}${between}${cure}`.replace(/\s*\n\s*/g, ' ')
}

/** A name in braces without a value stays as it is: better odd than silently empty. */
function filled(text: string, problem: Problem, language: Language): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => {
    const value = problem.details[name]
    // Shifts and requests use codes; a reader gets the word.
    const word =
      name === 'why'
        ? unavailableWords[String(value)]
        : THINGS.has(name)
          ? thingWords[String(value)]
          : name === 'refusal'
            ? refusalWords[String(value) as Refusal]
            : undefined
    return value === undefined ? braces : value === null ? '–' : (word?.[language] ?? String(value))
  })
}
