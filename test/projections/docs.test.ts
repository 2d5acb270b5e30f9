/** The generated pages say what the code says, and so do the comments in the database. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { chapters, provenBy } from '@ledgerline/ops/docs/coverage-page.ts'
import { pages } from '@ledgerline/ops/docs/pages.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { withRig } from './rig.ts'

const docs = suite('the generated pages')

docs('are up to date (node ops/docs/generate.ts)', () => {
  for (const { file, text } of pages())
    assert.is(readFileSync(new URL(`../../ops/docs/${file}`, import.meta.url), 'utf8'), text, file)
})

docs('titles of tests name items that the catalogues have', () => {
  const known = new Set(chapters().flatMap(({ items }) => items))
  assert.ok(known.size > 2_000)
  assert.equal(
    [...provenBy()].filter(([item]) => !known.has(item)).map(([item, files]) => `${item} in ${files.join(', ')}`),
    [],
  )
})

docs('name every event and every table', () => {
  const [events, dictionary] = pages()
  for (const type of Object.keys(catalogue)) assert.ok(events!.text.includes(`\n### ${type}\n`), type)
  for (const { name } of [...readModels.models, ...readModels.views])
    assert.ok(dictionary!.text.includes(`\n### ${name}\n`), name)
})

docs('every event and every column has a description', () => {
  for (const [type, { about }] of Object.entries(catalogue)) assert.match(about, /\.$/, type)
  for (const { name, about, key, columns } of readModels.models) {
    assert.match(about, /\.$/, name)
    for (const [column, { about }] of Object.entries({ ...key, ...columns }))
      assert.ok(about.length > 3, `${name}.${column}`)
  }
})

docs(
  'every view and column in the database carries its description',
  withRig('docs', async (rig) => {
    await rig.engine().prepare()
    const bare = await rig.sql(
      `select c.relname as view, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'v' and col_description(c.oid, a.attnum) is null`,
    )
    assert.equal(bare, [])
    const views = await rig.sql<{ name: string; about: string | null }>(
      "select relname as name, obj_description(oid) as about from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v' order by 1",
    )
    assert.equal(
      views.map(({ name }) => name),
      [...readModels.models, ...readModels.views].map(({ name }) => name).sort(),
    )
    assert.ok(views.every(({ about }) => about !== null))
  }),
)

docs.run()
