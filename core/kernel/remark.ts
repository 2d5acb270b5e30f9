/** What a check has to say about settings: something that makes them impossible, or something that is hardly meant. */
import { Problem, type ProblemDetails } from './problem.ts'

export interface Remark {
  problem: Problem
  /** Does it stand in the way, or is it only worth knowing? */
  refuses: boolean
}

/** Settings with this are refused. @param where the path of the setting */
export function refusal(code: string, details: ProblemDetails, where?: string): Remark {
  return { problem: new Problem(code, details, where === undefined ? {} : { where }), refuses: true }
}

/** Worth knowing; the settings are accepted. @param where the path of the setting */
export function hint(code: string, details: ProblemDetails, where?: string): Remark {
  return { problem: new Problem(code, details, where === undefined ? {} : { where }), refuses: false }
}

/** Each that occurs a second time. @param what a thing of the catalogue, as in `thingWords` */
export function* twice(what: string, codes: readonly string[]): Generator<Remark> {
  const seen = new Set<string>()
  for (const code of codes) {
    if (seen.has(code)) yield refusal('switchboard.twice', { what, code })
    seen.add(code)
  }
}
