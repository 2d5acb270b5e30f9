/** The project's own source for the architecture tests: files, imports, and text without comments. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export interface Import {
  /** As written: `./state.ts`, `node:fs`, `@ledgerline/core/kernel/event.ts`, `zod`. */
  specifier: string
  /** Path from the root of the imported file; null for packages and Node's own modules. */
  file: string | null
  /** Only types: nothing is loaded. */
  typeOnly: boolean
  /** Names imported, empty for `* as`, side effects and `import()`. */
  names: string[]
}

export interface SourceFile {
  /** Path from the root. */
  path: string
  text: string
  imports: Import[]
}

let files: SourceFile[] | null = null

/** Every TypeScript and Svelte file of the seven rooms. */
export function sourceFiles(): SourceFile[] {
  files ??= globSync('{core,projections,adapters,ui,ops,fixtures,test}/**/*.{ts,svelte}', {
    cwd: root,
    exclude: (path) => /node_modules|(^|\/)dist(\/|$)/.test(path),
  })
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, imports: importsOf(path, text) }
    })
  return files
}

/** The room a file is in: `core`, `ops` … */
export function roomOf(path: string): string {
  return path.slice(0, path.indexOf('/'))
}

/** A text with its comments blanked out; line numbers stay. Good enough for house rules: it knows strings, not regular expressions. */
export function withoutComments(text: string): string {
  return text.replace(
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<![:\w])\/\/.*|<!--[\s\S]*?-->/g,
    (match, string: string | undefined) => string ?? match.replace(/[^\n]/g, ' '),
  )
}

/** `path:line` of each match. */
export function places(file: SourceFile, pattern: RegExp): string[] {
  const text = withoutComments(file.text)
  return [...text.matchAll(new RegExp(pattern, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`))].map(
    (match) => `${file.path}:${text.slice(0, match.index).split('\n').length}: ${match[0].trim().split('\n')[0]}`,
  )
}

const STATIC =
  /^[ \t]*(import|export)\s+(type\s+)?(?:(\{[^}]*\}|\*(?:\s+as\s+\w+)?|\w+(?:\s*,\s*\{[^}]*\})?)\s*from\s*)?'([^']+)'/gm
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g

function importsOf(path: string, text: string): Import[] {
  const code = withoutComments(text)
  const found: Import[] = []
  for (const [, keyword, type, clause, specifier] of code.matchAll(STATIC)) {
    if (keyword === 'export' && clause === undefined) continue
    const members = /\{([^}]*)\}/
      .exec(clause ?? '')?.[1]
      ?.split(',')
      .map((member) => member.trim())
      .filter((member) => member !== '')
    const values = members?.filter((member) => !member.startsWith('type '))
    const braced = clause?.startsWith('{') ?? false
    found.push({
      specifier: specifier!,
      file: target(path, specifier!),
      typeOnly: type !== undefined || (braced && values!.length === 0),
      names: (values ?? []).map((member) => member.split(/\s+as\s+/)[0]!),
    })
  }
  for (const [, specifier] of code.matchAll(DYNAMIC))
    found.push({ specifier: specifier!, file: target(path, specifier!), typeOnly: false, names: [] })
  return found
}

function target(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier))
  if (specifier.startsWith('@ledgerline/')) return specifier.slice('@ledgerline/'.length)
  return null
}
