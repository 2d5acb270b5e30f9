/**
 * Libraries that consist of hundreds of small files, joined into one file each for the processes of a run. Node looks up,
 * reads and links every file of a library by itself, which takes half of the start of a process that works with
 * PostgreSQL, and a run starts several hundred.
 *
 * The code is the library's own, and one joining covers all of its entries, so that what is there once stays there once.
 * It is done when the lock file has changed.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The entries that are imported anywhere, and a room that may import them. */
const LIBRARIES = [
  { room: 'core', platform: 'neutral', entries: ['zod', 'zod/locales', 'zod/v4', 'zod/v4/core'] },
  { room: 'projections', platform: 'neutral', entries: ['kysely', 'kysely/migration'] },
  { room: 'adapters', platform: 'neutral', entries: ['rxjs'] },
  { room: 'adapters', platform: 'node', entries: ['express'] },
]

/** What we use of the bundler. */
interface Bundler {
  rolldown(options: object): Promise<{ write(options: object): Promise<unknown>; close(): Promise<void> }>
}

/** Joins them unless that is done; returns what a process has to load first (`node --import`) to use them. */
export async function joinLibraries(root: string): Promise<string> {
  const key = createHash('sha256')
  for (const file of [`${root}/pnpm-lock.yaml`, import.meta.filename]) key.update(readFileSync(file))
  const parent = join(root, '.tools', 'joined')
  const directory = join(parent, key.digest('hex').slice(0, 16))
  const hook = pathToFileURL(join(directory, 'hook.mjs')).href
  if (existsSync(directory)) return hook
  mkdirSync(parent, { recursive: true })
  const draft = mkdtempSync(join(parent, 'draft-'))
  // The one that builds the screens.
  const vite = createRequire(`${root}/ui/package.json`).resolve('vite/package.json')
  const { rolldown } = (await import(pathToFileURL(createRequire(vite).resolve('rolldown')).href)) as Bundler
  const fileOf = (entry: string) => entry.replaceAll('/', '-')
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
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
    })
    await joining.close()
  }
  const places = LIBRARIES.flatMap(({ entries }) => entries).map((entry) => [
    entry,
    pathToFileURL(join(directory, `${fileOf(entry)}.mjs`)).href,
  ])
  writeFileSync(
    join(draft, 'hook.mjs'),
    `import { registerHooks } from 'node:module'
const places = new Map(${JSON.stringify(places)})
registerHooks({
  resolve(specifier, context, next) {
    const url = places.get(specifier)
    return url ? { url, shortCircuit: true } : next(specifier, context)
  },
})
`,
  )
  try {
    renameSync(draft, directory)
  } catch (error) {
    // Another run was quicker.
    rmSync(draft, { recursive: true })
    if (!existsSync(directory)) throw error
  }
  return hook
}
