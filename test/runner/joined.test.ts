/** The joined sources of a run: parts without circles, and places that people find in the sources. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { joinSources } from './joined.ts'
import { ourSources } from './our-sources.ts'

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

const test = suite('joined sources')

test('no part imports a part that imports it', () => {
  const sources = ourSources(root)
  const partOf = new Map(sources.map(({ file, part }) => [file, part]))
  const imports = new Map<string, Set<string>>()
  for (const { part, imports: asked } of sources) {
    const known = imports.get(part) ?? new Set()
    for (const one of asked) {
      const other = partOf.get(one)
      if (other !== undefined && other !== part) known.add(other)
    }
    imports.set(part, known)
  }
  const reached = (part: string, seen = new Set<string>()): Set<string> => {
    for (const one of imports.get(part)!) if (!seen.has(one)) reached(one, seen.add(one))
    return seen
  }
  assert.ok(imports.size > 10)
  for (const part of imports.keys()) assert.not(reached(part).has(part), part)
})

test('programs are left as they are: they would start with everything else', () => {
  const files = ourSources(root).map(({ file }) => file)
  assert.ok(files.includes('ops/run/up.ts'))
  assert.ok(files.includes('test/support/house.ts'))
  for (const program of ['ops/cli/main.ts', 'ops/simulate/thread.ts', 'test/fault/owner.ts', 'test/run.ts'])
    assert.not(files.includes(program), program)
})

test('where an error came from is told as a place in the sources', async () => {
  const { inSources } = await joinSources(root)
  const error = new Error('no dice')
  const thrown = (): never => {
    throw Object.assign(error, { stack: new Error('no dice').stack })
  }
  assert.throws(uuid7(thrown))
  const place = /core\/kernel\/clock\.ts:(\d+):\d+/.exec(inSources(error.stack!))
  assert.ok(place, error.stack)
  assert.match(readFileSync(`${root}/core/kernel/clock.ts`, 'utf8').split('\n')[Number(place![1]) - 1]!, 'dice()')
  assert.is(inSources('at /elsewhere/all.core-1.mjs:2:3'), 'at /elsewhere/all.core-1.mjs:2:3')
})

test.run()
