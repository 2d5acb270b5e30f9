/**
 * What the doctor says about one thing it tried. A check yields findings and never throws: what it cannot try is itself
 * a finding.
 */
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Words } from '@ledgerline/core/kernel/words.ts'

/** What was looked at; named as on screen in {@link areaNames}. */
export type Area = keyof typeof areaNames

export const areaNames = {
  settings: { en: 'settings', zh: '设置' },
  machine: { en: 'machine', zh: '本机' },
  data: { en: 'data', zh: '数据目录' },
  log: { en: 'event log', zh: '事件日志' },
  tables: { en: 'tables', zh: '数据表' },
  redis: { en: 'Redis', zh: 'Redis' },
  hook: { en: 'call records', zh: '话单推送' },
  sip: { en: 'SIP', zh: 'SIP' },
  media: { en: 'media', zh: '媒体' },
  prompts: { en: 'prompts', zh: '语音' },
  network: { en: 'gateways', zh: '网关' },
} as const satisfies Record<string, Words>

export type Finding =
  | { area: Area; state: 'good'; says: Words }
  /** A hint works, but not for long or not for everybody; what is bad does not work. */
  | { area: Area; state: 'hint' | 'bad'; problem: Problem }

export type Check = AsyncIterable<Finding>

/** How long one thing may take, ms. What is slower is of no use to a call. */
export const PATIENCE_MS = 10_000

export const good = (area: Area, en: string, zh: string): Finding => ({ area, state: 'good', says: { en, zh } })
export const hint = (area: Area, problem: Problem): Finding => ({ area, state: 'hint', problem })
export const bad = (area: Area, problem: Problem): Finding => ({ area, state: 'bad', problem })

/** The findings of a check, up to its first failure, which becomes the last of them. */
export async function* guarded(area: Area, check: () => Check): Check {
  try {
    yield* check()
  } catch (error) {
    yield bad(area, asProblem(error))
  }
}

function asProblem(error: unknown): Problem {
  if (isProblem(error)) return error
  return new Problem('unexpected', { reason: error instanceof Error ? error.message : String(error) }, { cause: error })
}

/** How far another clock may be from ours before timestamps of the two no longer fit together, ms. */
const CLOCK_APART_MS = 2_000

/**
 * What there is to say about the clock of another server.
 * @param asked our clock when the question left, and when the answer came, UTC ms
 */
export function clockFinding(
  area: Area,
  server: string,
  theirs: number,
  asked: { from: number; to: number },
): Finding | null {
  // It read its clock somewhere between the two; the error is at most half of what the answer took.
  const apart = theirs - (asked.from + asked.to) / 2
  if (Math.abs(apart) - (asked.to - asked.from) / 2 <= CLOCK_APART_MS) return null
  const seconds = (Math.abs(apart) / 1000).toFixed(1)
  return bad(area, new Problem(apart > 0 ? 'doctor.clock_ahead' : 'doctor.clock_behind', { server, seconds }))
}
