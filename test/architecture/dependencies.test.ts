/** The layout of the house and who may depend on whom: the dependency rule, enforced by a test. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileSync, readdirSync } from 'node:fs'
import { places, roomOf, root, sourceFiles, withoutComments, type Import } from './source.ts'

/** What a room may import from, besides its own files. `ui` also has a rule of its own. */
const below: Record<string, readonly string[]> = {
  core: [],
  fixtures: ['core'],
  projections: ['core'],
  adapters: ['core', 'projections'],
  ui: ['core', 'projections'],
  ops: ['core', 'projections', 'adapters', 'fixtures'],
  test: ['core', 'projections', 'adapters', 'ops', 'ui', 'fixtures'],
}

const files = sourceFiles()
const named = new Map(files.map((file) => [file.path, file]))
const room = (name: string) => files.filter((file) => roomOf(file.path) === name)

const test = suite('the house')

test('has the seven rooms and no other names at the top', () => {
  const generated = readFileSync(`${root}/.gitignore`, 'utf8')
    .split('\n')
    .map((line) => line.replaceAll('/', ''))
  const fixed = [
    ...Object.keys(below),
    'package.json',
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
    'tsconfig.json',
    'README.md',
    'README.zh.md',
    'LICENSE',
    '.ci',
    '.editorconfig',
    '.nvmrc',
    '.oxfmtrc.json',
    '.oxlintrc.json',
    'knip.json',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    '.gitignore',
    '.gitattributes',
    '.git',
  ]
  assert.equal(
    readdirSync(root).filter((name) => !fixed.includes(name) && !generated.includes(name)),
    [],
  )
})

/** Shapes of answers, declared once where they are made: `ui` takes their types. */
const answers =
  /^adapters\/(queries|replay|http\/(access|commands|registers|requests|switchboard))\/answers\.ts$|^adapters\/live\/messages\.ts$/

test('imports point down only', () => {
  const wrong = files.flatMap((file) => {
    const own = roomOf(file.path)
    return file.imports
      .filter(
        (wanted) =>
          wanted.file !== null &&
          roomOf(wanted.file) !== own &&
          !below[own]!.includes(roomOf(wanted.file)) &&
          !(own === 'ui' && wanted.typeOnly && answers.test(wanted.file)),
      )
      .map((wanted) => `${file.path} imports ${wanted.specifier}`)
  })
  assert.equal(wrong, [])
})

test('at every level of the tree, siblings import in no circle, types included', () => {
  // An import leads from one file or folder to a sibling, at the level where their paths part.
  const levels = new Map<string, Map<string, Map<string, string>>>()
  for (const file of files.filter(({ path }) => roomOf(path) !== 'test')) {
    for (const { file: wanted } of file.imports) {
      if (wanted === null || wanted === file.path) continue
      const [from, to] = [file.path.split('/'), wanted.split('/')]
      const parts = from.findIndex((step, at) => step !== to[at])
      const [one, other] = [from.slice(0, parts + 1).join('/'), to.slice(0, parts + 1).join('/')]
      const level = within(levels, from.slice(0, parts).join('/'), () => new Map<string, Map<string, string>>())
      within(level, one, () => new Map<string, string>()).set(other, `${file.path} imports ${wanted}`)
    }
  }
  assert.equal([...levels.values()].flatMap(circlesIn), [])
})

/** Each circle once, as the imports that form it. */
function circlesIn(imports: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] {
  const circles: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (place: string, way: readonly string[]): void => {
    if (state.get(place) === 'done') return
    if (state.get(place) === 'open') {
      const circle = [...way.slice(way.indexOf(place)), place]
      circles.push(
        circle
          .slice(1)
          .map((next, at) => imports.get(circle[at]!)!.get(next)!)
          .join(', '),
      )
      return
    }
    state.set(place, 'open')
    for (const next of imports.get(place)?.keys() ?? []) visit(next, [...way, place])
    state.set(place, 'done')
  }
  for (const place of imports.keys()) visit(place, [])
  return circles
}

function within<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

test('the engine of read models knows no product: of core it imports the kernel only', () => {
  const wrong = room('projections')
    .filter(({ path }) => path.startsWith('projections/engine/'))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ file }) => file !== null && !/^(projections\/(engine|postgres)|core\/kernel)\//.test(file))
        .map(({ specifier }) => `${path} imports ${specifier}`),
    )
  assert.equal(wrong, [])
})

test('core does no input or output, reads no clock and rolls no dice', () => {
  const allowed = (wanted: Import) =>
    wanted.file !== null ||
    wanted.specifier === 'zod' ||
    // Maps that share what did not change: states of many thousand records.
    wanted.specifier === 'immutable' ||
    wanted.typeOnly ||
    (wanted.specifier === 'node:crypto' && wanted.names.every((name) => name === 'createHash' || name === 'hash'))
  const imports = room('core').flatMap((file) =>
    file.imports.filter((wanted) => !allowed(wanted)).map((wanted) => `${file.path} imports ${wanted.specifier}`),
  )
  const calls = room('core').flatMap((file) =>
    places(
      file,
      /\b(Date\.now\(|new Date\(\)|Math\.random\b|performance\.|setTimeout\(|setInterval\(|setImmediate\(|process\.(env|argv|stdout|stderr|hrtime|nextTick)|fetch\(|console\.)/,
    ),
  )
  assert.equal([...imports, ...calls], [])
})

test('ui takes types and browser-safe helpers from below, nothing that needs Node or a package', () => {
  const wrong: string[] = []
  const check = (path: string, way: string[], seen: Set<string>) => {
    if (seen.has(path)) return
    seen.add(path)
    for (const wanted of named.get(path)?.imports ?? []) {
      if (wanted.typeOnly) continue
      if (wanted.file === null) wrong.push(`${[...way, path].join(' → ')} imports ${wanted.specifier}`)
      else check(wanted.file, [...way, path], seen)
    }
  }
  for (const file of room('ui')) {
    for (const wanted of file.imports)
      if (wanted.file !== null && !wanted.typeOnly && roomOf(wanted.file) !== 'ui')
        check(wanted.file, [file.path], new Set())
  }
  assert.equal(wrong, [])
})

test('SQL lives in projections and adapters only', () => {
  const sql =
    /['"`]\s*(?:select\b[^'"`]*\bfrom\b|insert into\b|update \w+ set\b|delete from\b|create (?:table|view|schema|role)\b|with \w+ as \()/i
  const rooms = ['core', 'ui', 'ops', 'fixtures'].flatMap(room)
  // Text a person would type is not our SQL.
  const typed = /ops\/ledgerline sql "[^"]*"/g
  assert.equal(
    rooms.flatMap((file) => places({ ...file, text: file.text.replace(typed, '') }, sql)),
    [],
  )
})

test('nothing is called utils, common or index, and no file merely re-exports others', () => {
  const names = files
    .filter((file) =>
      file.path.split('/').some((step) => /^(utils?|common|helpers?|misc|shared|lib|index)(\.ts)?$/.test(step)),
    )
    .map((file) => file.path)
  const barrels = files
    .filter(
      (file) =>
        /\bexport\b/.test(file.text) &&
        withoutComments(file.text)
          .replace(/export\s+(type\s+)?(\*|\{[^}]*\})\s*(as \w+ )?from\s*'[^']+'/g, '')
          .trim() === '',
    )
    .map((file) => file.path)
  assert.equal([...names, ...barrels], [])
})

test('every file begins with what it is, a test file by the name of its suite', () => {
  const silent = files
    .filter(
      (file) =>
        !file.path.endsWith('.test.ts') && !/^(#!.*\n)?\s*(<script[^>]*>\s*)?(\/\*\*|\/\/|<!--)/.test(file.text),
    )
    .map((file) => file.path)
  assert.equal(silent, [])
})

test.run()
