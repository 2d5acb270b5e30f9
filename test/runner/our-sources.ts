/**
 * Our own sources that a run joins (`joined.ts`): the rooms, and what tests share. Left out is what does something as
 * soon as it is loaded: the tests, and the programs that `knip.json` names as entries.
 *
 * They are joined in parts, by the entry of the room and by the libraries that a module needs, so that a process loads little
 * for the sake of a neighbour. Entries of a room form no circle, and a part imports only what needs as much or less.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Source {
  /** Path from the project's root. */
  file: string
  text: string
  /** Files it imports when it is loaded. */
  imports: readonly string[]
  /** The joined file that holds it. */
  part: string
}

const ROOMS = ['core', 'projections', 'adapters', 'ops', 'fixtures']
const SHARED = 'test/support'
const DATABASE = /^(kysely|pg|pg-copy-streams)(\/|$)/
const SCHEMAS = /^zod(\/|$)/
const STATIC_IMPORT = /^(?:import|export)\s(?!type\b)[^'"]*?from\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm

export function ourSources(root: string): Source[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'knip.json'), 'utf8')) as {
    workspaces: Record<string, { entry?: string[] }>
  }
  const programs = new Set(ROOMS.flatMap((room) => workspaces[room]?.entry?.map((entry) => `${room}/${entry}`) ?? []))
  const texts = new Map<string, string>()
  const imports = new Map<string, string[]>()
  const add = (file: string): void => {
    if (texts.has(file)) return
    const text = readFileSync(join(root, file), 'utf8')
    texts.set(file, text)
    const found = [...text.matchAll(STATIC_IMPORT)].flatMap(([, from, alone]) => placeOf(file, (from ?? alone)!) ?? [])
    imports.set(file, found)
    // Helpers of tests lie beside them, too.
    for (const one of found) if (one.startsWith('test/')) add(one)
  }
  for (const room of [...ROOMS, SHARED])
    for (const file of globSync(`${room}/**/*.ts`, {
      cwd: root,
      exclude: (path) => path.includes('node_modules'),
    }).sort())
      if (!programs.has(file)) add(file)

  const needs = new Map<string, ReadonlySet<string>>()
  const needsOf = (file: string): ReadonlySet<string> => {
    const known = needs.get(file)
    if (known) return known
    const all = new Set<string>()
    for (const one of imports.get(file)!) for (const need of texts.has(one) ? needsOf(one) : [one]) all.add(need)
    needs.set(file, all)
    return all
  }
  const numbers = new Map<string, number>()
  return [...texts].map(([file, text]) => {
    const [room, entry] = file.split('/') as [string, string]
    const key = [room, entry, ...kindsOf(needsOf(file))].join(' ')
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return { file, text, imports: imports.get(file)!, part: `${room}-${number}` }
  })
}

/** Libraries that are nearly always loaded together count as one. */
function kindsOf(needs: ReadonlySet<string>): string[] {
  const all = [...needs]
  const usual = all.some((need) => DATABASE.test(need))
    ? ['database']
    : all.some((need) => SCHEMAS.test(need))
      ? ['zod']
      : []
  return [...usual, ...all.filter((need) => !DATABASE.test(need) && !SCHEMAS.test(need)).sort()]
}

/** The file of ours that is imported, or the library; null for what comes with Node. */
function placeOf(file: string, asked: string): string | null {
  if (asked.startsWith('node:')) return null
  if (asked.startsWith('@ledgerline/')) return asked.slice('@ledgerline/'.length)
  return asked.startsWith('.') ? join(dirname(file), asked) : asked
}
