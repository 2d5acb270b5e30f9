/** Voice menus for tests. */
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { ivrSettings, type IvrSettings } from '@ledgerline/core/ivr/settings.ts'
import type { z } from 'zod'

export type IvrInput = z.input<typeof ivrSettings>
type MenuInput = IvrInput['menus'][number]
type NodeInput = MenuInput['nodes'][number]

/** An entry of a menu. */
export function node(key: string, what: NodeInput['action']['do'], to = ''): NodeInput {
  return { key, name: `${what} ${to}`.trim(), action: { do: what, to } }
}

/** A menu with all prompts, named after it. */
export function menu(code: string, nodes: NodeInput[], change: Partial<MenuInput> = {}): MenuInput {
  return {
    code,
    name: code,
    greetLong: `${code}_long`,
    greetShort: `${code}_short`,
    invalid: 'invalid',
    exit: 'exit',
    transfer: 'transfer',
    nodes,
    ...change,
  }
}

export function ivr(menus: MenuInput[], change: Partial<IvrInput> = {}): IvrSettings {
  return ivrSettings.parse({ code: 'main', name: 'Main menu', root: menus[0]!.code, menus, ...change })
}

/** A house in which 95500 is a voice menu. */
export function houseWith(
  settings: IvrSettings,
  network: NetworkInput = {},
): { network: NetworkInput; routes: RouteSettings[] } {
  return {
    network: {
      ...network,
      ivrs: [settings],
      media: promptsOf(settings).map((code) => ({ code, name: code, file: `${code}.wav` })),
    },
    routes: [
      { code: 'local', order: 100, type: 'basic', to: '^\\d{3,4}$' },
      { code: 'out', order: 90, type: 'outbound', to: '^(\\d{5,13})$' },
      { code: 'menu', order: 1, type: 'ivr', to: '95500', target: { kind: 'ivr', code: settings.code } },
    ],
  }
}

function promptsOf({ menus }: IvrSettings): string[] {
  const named = menus.flatMap(({ greetLong, greetShort, invalid, exit, transfer, confirmMacro, nodes }) => [
    greetLong,
    greetShort,
    invalid,
    exit,
    transfer,
    confirmMacro,
    ...nodes.flatMap(({ action }) => (action.do === 'play' ? [action.to] : [])),
  ])
  return [...new Set(named)].filter((code): code is string => code !== null)
}
