/**
 * What the processes of a run load, joined into few files: libraries that consist of hundreds of small files, and our
 * own sources except for the tests themselves. Node looks up, reads and links every file by itself, which takes most of
 * the start of a process that works with PostgreSQL, and a run starts several hundred of them.
 *
 * The code stays the same, and what is there once stays there once: a library is joined with all of its entries, and
 * every module of ours keeps its address: each import of it, by any path, gets the same one. It is done again when
 * a source has changed. A process that is started without `first` runs the sources as they are.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire, SourceMap } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ourSources, type Source } from './our-sources.ts'

/** The entries that are imported anywhere, and a room that may import them. */
const LIBRARIES = [
  { room: 'core', platform: 'neutral', entries: ['zod', 'zod/locales', 'zod/v4', 'zod/v4/core'] },
  { room: 'projections', platform: 'neutral', entries: ['kysely', 'kysely/migration'] },
  { room: 'adapters', platform: 'neutral', entries: ['rxjs'] },
  { room: 'adapters', platform: 'node', entries: ['express'] },
]

const DRAFT = 'draft.'
const USED = 'used.'

/** What we use of the bundler. */
interface Bundler {
  rolldown(options: object): Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>
}

/** Joined files, ready to be used. */
export interface Joined {
  /** What a process has to load first (`node --import`) to use them. */
  first: string
  /** Where Node keeps what it compiled of them. */
  compiled: string
  /** A text with the places of the sources instead of those in joined files. */
  inSources(text: string): string
}

/** Joins what is not joined yet. */
export async function joinSources(root: string): Promise<Joined> {
  const sources = ourSources(root)
  const key = createHash('sha256')
  for (const file of [`${root}/pnpm-lock.yaml`, import.meta.filename]) key.update(readFileSync(file))
  for (const { file, part, text } of sources) key.update(`${file}\0${part}\0${text}\0`)
  const parent = join(root, '.tools', 'joined')
  const directory = join(parent, key.digest('hex').slice(0, 16))
  mkdirSync(parent, { recursive: true })
  if (!use(directory)) {
    await make(root, sources, parent, directory)
    use(directory)
  }
  tidy(parent, directory)
  return {
    first: pathToFileURL(join(directory, 'hook.mjs')).href,
    compiled: join(directory, 'compiled'),
    inSources: (text) => inSources(root, directory, text),
  }
}

async function make(root: string, sources: readonly Source[], parent: string, directory: string): Promise<void> {
  const draft = mkdtempSync(join(parent, `${DRAFT}${process.pid}.`))
  // The one that builds the screens.
  const vite = createRequire(`${root}/ui/package.json`).resolve('vite/package.json')
  const { rolldown } = (await import(pathToFileURL(createRequire(vite).resolve('rolldown')).href)) as Bundler
  for (const { room, platform, entries } of LIBRARIES) {
    const joining = await rolldown({
      cwd: join(root, room),
      input: Object.fromEntries(entries.map((entry) => [fileOf(entry), entry])),
      platform,
      // Of a CommonJS module only the default is seen from outside: the other form where names are imported.
      ...(platform === 'neutral' && { resolve: { conditionNames: ['es2015', 'import', 'default'] } }),
    })
    await joining.write({
      dir: draft,
      format: 'esm',
      entryFileNames: 'lib.[name].mjs',
      chunkFileNames: 'lib.[name]-[hash].mjs',
    })
    await joining.close()
  }
  await joinOurs(root, sources, rolldown, draft)
  writeFileSync(join(draft, 'hook.mjs'), hookOf(root, sources))
  try {
    renameSync(draft, directory)
  } catch (error) {
    // Another run was quicker.
    rmSync(draft, { recursive: true })
    if (!existsSync(directory)) throw error
  }
}

/** Every module of ours gets a file of its own that only hands on what is in one of the joined files. */
async function joinOurs(
  root: string,
  sources: readonly Source[],
  rolldown: Bundler['rolldown'],
  directory: string,
): Promise<void> {
  const joinedIn = new Map(sources.map(({ file, part }) => [join(root, file), part]))
  const joining = await rolldown({
    cwd: root,
    input: Object.fromEntries(sources.map(({ file }) => [fileOf(file), join(root, file)])),
    platform: 'node',
    treeshake: false,
    logLevel: 'silent',
    preserveEntrySignatures: 'allow-extension',
    plugins: [
      {
        name: 'ours',
        resolveId(asked: string, from: string | undefined) {
          if (from === undefined) return null
          const path = asked.startsWith('@ledgerline/')
            ? join(root, asked.slice('@ledgerline/'.length))
            : asked.startsWith('.')
              ? join(from, '..', asked)
              : null
          if (path === null) return { id: asked, external: true }
          return joinedIn.has(path) ? path : { id: pathToFileURL(path).href, external: true }
        },
        // Who asks where they are gets the place of the source; a joined file is never the one that was started.
        transform: (code: string, id: string) =>
          code.includes('import.meta.')
            ? code
                .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
                .replaceAll('import.meta.filename', JSON.stringify(id))
                .replaceAll('import.meta.dirname', JSON.stringify(join(id, '..')))
                .replaceAll('import.meta.main', 'false')
            : null,
      },
    ],
  })
  await joining.write({
    dir: directory,
    format: 'esm',
    sourcemap: true,
    comments: false,
    entryFileNames: 'our.[name].mjs',
    chunkFileNames: 'all.[name].mjs',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: (id: string) => joinedIn.get(id) ?? null }],
    },
  })
  await joining.close()
}

function fileOf(name: string): string {
  return name.replace(/\.ts$/, '').replaceAll('/', '~')
}

/** The module that sends imports to the joined files. */
function hookOf(root: string, sources: readonly Source[]): string {
  const ours = sources.map(({ file }) => file)
  const libraries = LIBRARIES.flatMap(({ entries }) => entries)
  return `import { registerHooks } from 'node:module'
const here = new URL('.', import.meta.url).href
const root = ${JSON.stringify(`${pathToFileURL(root).href}/`)}
const fileOf = ${fileOf}
const libraries = new Map(${JSON.stringify(libraries)}.map((name) => [name, here + 'lib.' + fileOf(name) + '.mjs']))
const ours = new Map(${JSON.stringify(ours)}.map((file) => [root + file, here + 'our.' + fileOf(file) + '.mjs']))
const found = (url) => ({ url, format: 'module', shortCircuit: true })
registerHooks({
  resolve(asked, context, next) {
    if (asked.startsWith('node:')) return next(asked, context)
    const library = libraries.get(asked)
    if (library) return found(library)
    const from = context.parentURL
    const ourOwn = from !== undefined && from.startsWith(here)
    if (ourOwn && asked.startsWith('./')) return found(here + asked.slice(2))
    const url = asked.startsWith('@ledgerline/') ? root + asked.slice(12)
      : asked.startsWith('.') && from !== undefined ? new URL(asked, from).href
      : asked.startsWith('file:') ? asked : null
    const joined = url === null ? undefined : ours.get(url)
    if (joined) return found(joined)
    // A joined file finds the packages of the room whose sources it holds.
    if (!ourOwn || url !== null) return next(asked, context)
    const room = /^(?:our|all)[.]([a-z]+)/.exec(from.slice(here.length))
    return next(asked, room ? { ...context, parentURL: root + room[1] + '/package.json' } : context)
  },
})
`
}

/** Marks it as used by this process; false if it is not there. */
function use(directory: string): boolean {
  if (!existsSync(directory)) return false
  writeFileSync(join(directory, `${USED}${process.pid}`), '')
  return true
}

/** Removes what was joined from earlier sources and is no longer used by any run. */
function tidy(parent: string, used: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    const by = name.startsWith(DRAFT) ? [name.slice(DRAFT.length)] : usersOf(path)
    if (path !== used && !by.some((pid) => isAlive(Number.parseInt(pid, 10))))
      rmSync(path, { recursive: true, force: true })
  }
}

function usersOf(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => (name.startsWith(USED) ? [name.slice(USED.length)] : []))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** `file:///…/.tools/joined/KEY/all.core-1.mjs:123:45`, or the same as a path. */
function inSources(root: string, directory: string, text: string): string {
  const maps = new Map<string, SourceMap | null>()
  const mapOf = (name: string): SourceMap | null => {
    if (!maps.has(name)) {
      const file = join(directory, `${name}.map`)
      maps.set(name, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null)
    }
    return maps.get(name)!
  }
  return text.replace(
    /(?:file:\/\/)?([^\s()]*\/)((?:our|all)\.[^\s()/]+\.mjs):(\d+):(\d+)/g,
    (whole, place, name, line, column) => {
      if (place !== `${directory}/`) return whole
      const entry = mapOf(name)?.findEntry(Number(line) - 1, Number(column) - 1)
      if (!entry || !('originalSource' in entry)) return whole
      return `${join(directory, entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`.replace(
        `${root}/`,
        '',
      )
    },
  )
}
