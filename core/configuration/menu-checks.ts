/** What is wrong with a voice menu, or hardly meant. */
import { isApplication } from '../ivr/applications.ts'
import type { IvrAction, IvrMenu, IvrSettings } from '../ivr/settings.ts'
import { hint, refusal, twice, type Remark } from '../kernel/remark.ts'
import { unknown, unknownTarget, type Known } from './known.ts'

export function* ivrRemarks(ivr: IvrSettings, at: string, known: Known): Generator<Remark> {
  const { code, root, menus } = ivr
  const who = `ivr ${code}`
  const byCode = new Map(menus.map((menu) => [menu.code, menu]))
  yield* twice(
    'menu',
    menus.map((menu) => menu.code),
  )
  const isMenu = function* (menu: string, to: string, where: string): Generator<Remark> {
    if (!byCode.has(to)) yield refusal('network.menu_unknown', { ivr: code, menu, to }, where)
  }
  yield* isMenu('–', root, `${at}.root`)
  for (const [index, menu] of menus.entries()) {
    const here = `${at}.menus.${index}`
    const { greetLong, greetShort, invalid, exit, transfer, confirmMacro } = menu
    for (const [name, prompt] of Object.entries({ greetLong, greetShort, invalid, exit, transfer, confirmMacro }))
      yield* unknown(known, `${who}, menu ${menu.code}`, 'media', prompt, `${here}.${name}`)
    yield* twice(
      'key',
      menu.nodes.map(({ key }) => `${menu.code} ${key}`),
    )
    const actions: [IvrAction, string][] = [
      [menu.exhausted, `${here}.exhausted`],
      ...menu.nodes.map(({ action }, node): [IvrAction, string] => [action, `${here}.nodes.${node}.action`]),
    ]
    for (const [action, where] of actions) {
      if (action.do === 'menu') yield* isMenu(menu.code, action.to, where)
      else if (action.do === 'play') yield* unknown(known, `${who}, menu ${menu.code}`, 'media', action.to, where)
      else if (action.do === 'application' && action.to !== '' && !isApplication(action.to))
        yield refusal(
          'network.unknown',
          { who: `${who}, menu ${menu.code}`, what: 'application', code: action.to },
          where,
        )
      else if (action.do !== 'back' && action.do !== 'top')
        yield* unknownTarget(known, `${who}, menu ${menu.code}`, { kind: action.do, code: action.to }, where)
    }
  }
  yield* circles(ivr, byCode, at)
  const reached = reachable(ivr, byCode)
  for (const [index, menu] of menus.entries())
    if (!reached.has(menu.code))
      yield hint('network.menu_unreachable', { ivr: code, menu: menu.code }, `${at}.menus.${index}`)
}

/** What keeps a caller in the menus. */
function stays({ do: action }: IvrAction): boolean {
  return action === 'menu' || action === 'back' || action === 'top' || action === 'play'
}

/**
 * A caller who presses nothing goes from menu to menu by `exhausted`, and must get out by it. One who presses keys for
 * ever is sent after `longestMs` where the root sends those it gives up, so the root must send them out itself.
 */
function* circles(
  { code, root, menus }: IvrSettings,
  byCode: ReadonlyMap<string, IvrMenu>,
  at: string,
): Generator<Remark> {
  const parents = new Map<string, string[]>()
  for (const menu of menus)
    for (const { action } of menu.nodes)
      if (action.do === 'menu') parents.set(action.to, [...(parents.get(action.to) ?? []), menu.code])
  const next = (menu: IvrMenu): readonly string[] => {
    const { do: action, to } = menu.exhausted
    if (action === 'menu') return [to]
    if (action === 'top') return [root]
    // In the root there is nothing to go back to, and after a prompt the caller is where they were.
    if (action === 'back') return menu.code === root ? [root] : (parents.get(menu.code) ?? [])
    return action === 'play' ? [menu.code] : []
  }
  const told = new Set<string>()
  for (const [index, menu] of menus.entries()) {
    const circle = circleFrom([menu.code], byCode, next)
    // Each circle once, whichever of its menus comes first.
    if (!circle || circle.some((each) => told.has(each))) continue
    for (const each of circle) told.add(each)
    yield refusal(
      'network.menu_circle',
      { ivr: code, menu: menu.code, way: circle.join(' → ') },
      `${at}.menus.${index}.exhausted`,
    )
  }
  const top = byCode.get(root)
  if (top && stays(top.exhausted) && !told.has(root))
    yield refusal('network.root_keeps', { ivr: code, menu: root, action: top.exhausted.do }, `${at}.root`)
}

function circleFrom(
  way: readonly string[],
  byCode: ReadonlyMap<string, IvrMenu>,
  next: (menu: IvrMenu) => readonly string[],
): readonly string[] | null {
  // Depth first, each menu once: with 200 menus there may be more ways than anyone can walk.
  const seen = new Set<string>()
  const walk = (path: readonly string[]): readonly string[] | null => {
    const menu = byCode.get(path.at(-1)!)
    if (!menu) return null
    for (const to of next(menu)) {
      if (to === way[0]) return [...path, to]
      if (seen.has(to)) continue
      seen.add(to)
      const circle = walk([...path, to])
      if (circle) return circle
    }
    return null
  }
  return walk(way)
}

function reachable({ root }: IvrSettings, byCode: ReadonlyMap<string, IvrMenu>): Set<string> {
  const reached = new Set([root])
  for (const code of reached) {
    const menu = byCode.get(code)
    const actions = menu ? [menu.exhausted, ...menu.nodes.map(({ action }) => action)] : []
    for (const { do: action, to } of actions) if (action === 'menu') reached.add(to)
  }
  return reached
}
