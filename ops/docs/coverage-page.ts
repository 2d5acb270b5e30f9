/**
 * The page of coverage: each item of the three catalogues, and the tests that prove it. A test proves the items with which
 * its title begins (CONTRIBUTING.md), so the page is read from the titles and cannot claim more than is tested.
 */
import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)
const ITEM = /[ABC]\d+(?:\.\d+)*-[A-Za-z0-9][\w-]*/
/** The items with which a title begins; words follow them. */
const TITLE = new RegExp(`['"\`](${ITEM.source}(?:[ ,]+${ITEM.source})*)(?=[: ])`, 'g')

interface Chapter {
  code: string
  name: string
  items: string[]
}

/** The items of the catalogues, by chapter (`fixtures/catalogue/items.txt`). */
export function chapters(): Chapter[] {
  const all: Chapter[] = []
  for (const line of readFileSync(new URL('fixtures/catalogue/items.txt', root), 'utf8').split('\n')) {
    const [, code, name] = /^# (\S+) (.*)$/.exec(line) ?? []
    if (code !== undefined) all.push({ code, name: name!, items: [] })
    else if (line !== '') all.at(-1)!.items.push(line)
  }
  return all
}

/** The files whose titles name an item, by item. */
export function provenBy(): Map<string, string[]> {
  const proven = new Map<string, Set<string>>()
  const names = readdirSync(new URL('test', root), { recursive: true, encoding: 'utf8' })
  for (const name of names.filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules')).sort())
    for (const [, items] of readFileSync(new URL(`test/${name}`, root), 'utf8').matchAll(TITLE))
      for (const item of items!.split(/[ ,]+/)) {
        const files = proven.get(item) ?? new Set()
        proven.set(item, files.add(name.replaceAll('\\', '/')))
      }
  return new Map([...proven].map(([item, files]) => [item, [...files]]))
}

/** @param made says how the page is made */
export function coveragePage(made: string): string {
  const all = chapters()
  const proven = provenBy()
  const done = (items: readonly string[]): string[] => items.filter((item) => proven.has(item))
  const items = all.flatMap((chapter) => chapter.items)
  const anchor = ({ code }: Chapter): string => code.toLowerCase().replaceAll('.', '')
  const link = (file: string): string => `[${file.replace(/\.test\.ts$/, '')}](../../test/${file})`
  return [
    '# What of the catalogues is proven',
    '',
    made,
    '',
    `${done(items).length} of ${items.length} items stand at the beginning of a test's title. ` +
      'A is the service desk, B the AI-outbound client, C the agent desk. What is not listed with a test is not proven, and as a rule not built.',
    '',
    '| chapter | items | proven | not yet |',
    '|---|---:|---:|---:|',
    ...all.map((chapter) => {
      const count = done(chapter.items).length
      const { length } = chapter.items
      return `| [${chapter.code}](#${anchor(chapter)}) ${chapter.name} | ${length} | ${count} | ${length - count} |`
    }),
    ...all.flatMap((chapter) => {
      const there = done(chapter.items)
      const missing = chapter.items.filter((item) => !proven.has(item))
      return [
        '',
        `<a id="${anchor(chapter)}"></a>`,
        '',
        `## ${chapter.code} ${chapter.name}`,
        ...(there.length === 0 ? [] : ['', '| item | tests |', '|---|---|']),
        ...there.map((item) => `| \`${item}\` | ${proven.get(item)!.map(link).join(', ')} |`),
        ...(missing.length === 0 ? [] : ['', `Not yet: ${missing.map((item) => `\`${item}\``).join(', ')}.`]),
      ]
    }),
    '',
  ].join('\n')
}
