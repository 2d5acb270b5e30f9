/**
 * The order of routes. A call goes by the first rule that matches, in the order of `order`; between equal ones a literal
 * number goes first, then a pattern, then all numbers. Moving a rule gives it an order of its own between its new
 * neighbours, and gives others a new one only where there is no room.
 */
import type { RouteSettings } from '../routing/settings.ts'
import { isPattern } from '../routing/pattern.ts'

/** A rule without an order has this one (A3.2.3-order). */
const USUAL_ORDER = 100
const MOST_ORDER = 1_000_000
/** Between two rules that get new orders, so that others fit in between later. */
const STEP = 10

const orderOf = ({ order = USUAL_ORDER }: RouteSettings): number => order
const breadthOf = ({ to }: RouteSettings): number => (to === '*' ? 2 : isPattern(to) ? 1 : 0)

/** In the order in which they are tried. */
export function inOrder(routes: readonly RouteSettings[]): RouteSettings[] {
  return routes.toSorted((a, b) => orderOf(a) - orderOf(b) || breadthOf(a) - breadthOf(b))
}

/** The orders that change if a rule comes right before another. @param before null: last */
export function placesFor(routes: readonly RouteSettings[], key: string, before: string | null): Map<string, number> {
  const moved = routes.find(({ code }) => code === key)!
  const places = new Map<string, number>()
  if (before === key) return places
  const rest = inOrder(routes).filter((route) => route !== moved)
  const at = before === null ? rest.length : rest.findIndex(({ code }) => code === before)
  const [previous, next] = [rest[at - 1], rest[at]]
  const least = previous ? orderOf(previous) : next ? Math.max(-1, orderOf(next) - 2 * STEP) : USUAL_ORDER - STEP
  const most = next ? orderOf(next) : Math.min(MOST_ORDER + 1, least + 2 * STEP)
  if (most - least > 1) {
    const order = Math.floor((least + most) / 2)
    return order === moved.order ? places : places.set(key, order)
  }
  // No number lies between: everything from here on moves on, as far as it must.
  let order = least
  for (const route of [moved, ...rest.slice(at)]) {
    const isFree = route !== moved && orderOf(route) > order
    if (isFree) break
    order = Math.min(MOST_ORDER, order + STEP)
    places.set(route.code, order)
  }
  return places
}
