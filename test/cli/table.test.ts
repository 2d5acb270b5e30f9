/** Tables of the command. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shown, table, width } from '@ledgerline/ops/cli/table.ts'

const test = suite('a table')

test('sets text to the left and numbers to the right', () => {
  assert.equal(
    table(
      ['outcome', 'count'],
      [
        ['answered', 27162],
        ['abandoned', 904],
      ],
    ),
    ['outcome    count', '─────────  ─────', 'answered   27162', 'abandoned    904'],
  )
})

test('is aligned even though Chinese characters take two places', () => {
  const lines = table(
    ['队列', 'calls'],
    [
      ['客服一组', 3],
      ['VIP', 12],
    ],
  )
  assert.is(new Set(lines.slice(2).map(width)).size, 1)
  assert.equal(lines, ['队列      calls', '────────  ─────', '客服一组      3', 'VIP          12'])
})

test('shows null as empty and keeps a row on its line', () => {
  assert.equal([shown(null), shown('a\n\tb\u001b[31m')], ['', 'a b [31m'])
})

test('a column with text among its numbers stays on the left', () => {
  assert.equal(table(['n'], [[1], ['x'], [null]]).slice(2), ['1', 'x', ''])
})

test.run()
