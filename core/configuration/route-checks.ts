/** What is wrong with the routes of a configuration, or hardly meant: loose ends, unsafe patterns, rules that never match. */
import { hint, refusal, type Remark } from '../kernel/remark.ts'
import { isEmergency, phoneNumber } from '../number/number.ts'
import { compiledPattern, exampleOf, isPattern, patternFault } from '../routing/pattern.ts'
import type { RouteSettings } from '../routing/settings.ts'
import { knownIn, unknown, unknownTarget } from './known.ts'
import type { Wanted } from './wanted.ts'

/** The place of a rule that gives none. */
const USUAL_ORDER = 100

export function* routeRemarks(wanted: Wanted): Generator<Remark> {
  const { routes, network } = wanted
  const known = knownIn(wanted)
  const typeOf = new Map(network.extensions.map(({ number, type }) => [number, type]))
  for (const [index, route] of routes.entries()) {
    const at = `routes.${index}`
    const who = `route ${route.code}`
    const { fromGateway, gateways = [], calendar, closed, target } = route
    yield* unknown(known, who, 'gateway', fromGateway, `${at}.fromGateway`)
    for (const [place, gateway] of gateways.entries())
      yield* unknown(known, who, 'gateway', gateway, `${at}.gateways.${place}`)
    yield* unknown(known, who, 'calendar', calendar, `${at}.calendar`)
    yield* unknown(known, who, 'media', closed?.media, `${at}.closed.media`)
    if (target) yield* unknownTarget(known, who, target, `${at}.target`)
    if (closed?.target) yield* unknownTarget(known, who, closed.target, `${at}.closed.target`)
    yield* destinationRemarks(route, at, typeOf)
    yield* patternRemarks(route, `${at}.to`)
  }
  yield* shadows(routes, known.extension)
}

/** Does a rule of its type say where calls go, and is that of the right kind? */
function* destinationRemarks(
  { code, type, to, target, queueCode }: RouteSettings,
  at: string,
  typeOf: ReadonlyMap<string, string>,
): Generator<Remark> {
  if (type === undefined || type === 'basic' || type === 'outbound') return
  // A queue, ivr or robot rule for an extension of that type leads where the extension does; a pattern fits many.
  const byExtension = type !== 'inbound' && (to.startsWith('^') || to === '*' || typeOf.get(to) === type)
  if (!target && !queueCode && !byExtension) yield refusal('network.route_incomplete', { route: code, type }, at)
  if (target && type !== 'inbound' && target.kind !== type)
    yield refusal('network.route_kind', { route: code, type, kind: target.kind }, `${at}.target.kind`)
}

function* patternRemarks({ code, to }: RouteSettings, where: string): Generator<Remark> {
  if (isEmergency(to)) yield hint('network.route_emergency', { route: code, to }, where)
  if (!isPattern(to)) return
  const about = { route: code, pattern: to }
  const fault = patternFault(to)
  if (fault === 'too_many_ways') yield refusal('network.pattern_unsafe', about, where)
  else if (fault === 'loose_branch') yield refusal('network.pattern_loose', about, where)
  else if (fault !== null) yield refusal('network.pattern_broken', about, where)
  // The empty number is dialled by nobody.
  else if (!exampleOf(to) && !compiledPattern(to)!.test('0'))
    yield hint('network.pattern_matches_nothing', about, where)
}

/** 0 a literal number, 1 a pattern, 2 all: the order in which rules of the same `order` are tried. */
function breadthOf({ to }: RouteSettings): 0 | 1 | 2 {
  return to === '*' ? 2 : isPattern(to) ? 1 : 0
}

/** Whose calls a rule may take, as `route.ts` applies it. */
interface Sides {
  outside: boolean
  /** Calls of our own phones, and of the house itself. */
  inside: boolean
}

function sidesOf({ type = 'queue', to, fromGateway }: RouteSettings): Sides {
  const everyNumber = to === '*' && type !== 'outbound' && type !== 'basic'
  return { outside: type !== 'outbound', inside: type !== 'inbound' && !fromGateway && !everyNumber }
}

/** Two rules for the same calls in the same place: the second would have no effect, whichever was written last. */
export function sameCalls(route: RouteSettings): string {
  const to = breadthOf(route) === 0 ? compared(route.to) : route.to
  const { outside, inside } = sidesOf(route)
  return JSON.stringify([to, route.order ?? USUAL_ORDER, outside, inside, route.fromGateway ?? null])
}

function compared(to: string): string {
  return phoneNumber(to).normalised ?? to
}

/** In how many cases a pattern is tried on a number here, at most: 5,000 rules could be compared for minutes. */
const MOST_TRIES = 200_000

/** Rules that never match, because an earlier one takes all of their calls. @param extensions all that a basic rule takes */
function* shadows(routes: readonly RouteSettings[], extensions: ReadonlySet<string>): Generator<Remark> {
  const inOrder = [...routes.entries()].toSorted(
    ([, a], [, b]) => (a.order ?? USUAL_ORDER) - (b.order ?? USUAL_ORDER) || breadthOf(a) - breadthOf(b),
  )
  const literals = new Map<string, RouteSettings[]>()
  const open: RouteSettings[] = []
  let tries = 0
  for (const [index, route] of inOrder) {
    const breadth = breadthOf(route)
    const literal = compared(route.to)
    const takes = (earlier: RouteSettings): boolean => {
      if (!covers(earlier, route)) return false
      // A basic rule passes on whatever is no extension.
      if (earlier.type === 'basic' && route.type !== 'basic' && (breadth !== 0 || !extensions.has(literal)))
        return false
      if (breadthOf(earlier) === 2 || earlier.to === route.to) return true
      if (breadth !== 0 || ++tries > MOST_TRIES) return false
      const expression = compiledPattern(earlier.to)
      return expression !== null && (expression.test(route.to) || expression.test(literal))
    }
    const earlier = (breadth === 0 && literals.get(literal)?.find((one) => covers(one, route))) || open.find(takes)
    if (earlier)
      yield hint('network.route_never', { route: route.code, to: route.to, by: earlier.code }, `routes.${index}.to`)
    if (breadth === 0) literals.set(literal, [...(literals.get(literal) ?? []), route])
    else open.push(route)
  }
}

/** Does the earlier rule see every call that the later one sees? */
function covers(earlier: RouteSettings, later: RouteSettings): boolean {
  const [first, second] = [sidesOf(earlier), sidesOf(later)]
  return (
    (first.outside || !second.outside) &&
    (first.inside || !second.inside) &&
    (!earlier.fromGateway || earlier.fromGateway === later.fromGateway)
  )
}
