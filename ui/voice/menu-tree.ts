/** A voice menu as a tree: menus, their keys, and the menus behind these. Pure. */
export interface MenuAction {
  do: string
  to: string
}
export interface MenuNode {
  key: string
  name: string
  action: MenuAction
}
export interface Menu {
  code: string
  name: string
  nodes: readonly MenuNode[]
  [setting: string]: unknown
}
export interface Ivr {
  root: string
  menus: readonly Menu[]
}

/** A line of the tree. */
export interface TreeRow {
  /** Unlike that of any other line. */
  id: string
  depth: number
  /** Places in the lists: of the menu, and of its key; null: the menu itself. */
  menu: number
  node: number | null
  /** It leads to this menu, whose keys follow; null: it does not, or they are shown elsewhere. */
  inside: number | null
}

/**
 * Lines in order: each menu with its keys, below the key that leads there first. A menu that no key leads to stands at the end,
 * so that nothing is hidden.
 */
export function treeRows({ root, menus }: Ivr, closed: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = []
  const shown = new Set<number>()
  const placeOf = (code: string): number => menus.findIndex((menu) => menu.code === code)
  const keys = (menu: number, depth: number): void => {
    for (const [node, { action }] of menus[menu]!.nodes.entries()) {
      const target = action.do === 'menu' ? placeOf(action.to) : -1
      const inside = target >= 0 && !shown.has(target) ? target : null
      const id = `${menu}.${node}`
      rows.push({ id, depth, menu, node, inside })
      if (inside === null) continue
      shown.add(inside)
      if (!closed.has(id)) keys(inside, depth + 1)
    }
  }
  const top = (menu: number): void => {
    shown.add(menu)
    const id = String(menu)
    rows.push({ id, depth: 0, menu, node: null, inside: menu })
    if (!closed.has(id)) keys(menu, 1)
  }
  const first = placeOf(root)
  if (first >= 0) top(first)
  for (const menu of menus.keys()) if (!shown.has(menu)) top(menu)
  return rows
}

/** The keys of a phone that a menu does not use yet. */
export function freeKeys({ nodes }: Menu): string[] {
  const used = new Set(nodes.map(({ key }) => key))
  return [...'1234567890*#'].filter((key) => !used.has(key))
}

/** A code that no menu has. */
export function freeCode({ menus }: Ivr): string {
  const used = new Set(menus.map(({ code }) => code))
  for (let n = menus.length + 1; ; n++) if (!used.has(`menu${n}`)) return `menu${n}`
}
