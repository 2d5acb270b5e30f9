/** A voice menu as a tree: every menu has its line, each once, whatever leads where. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { freeCode, freeKeys, treeRows, type Ivr, type Menu } from '../../ui/voice/menu-tree.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { times } from '../support/depth.ts'

const test = suite('the tree of a voice menu')

const menu = (code: string, ...to: (string | null)[]): Menu => ({
  code,
  name: code,
  nodes: to.map((target, index) => ({
    key: String(index + 1),
    name: '',
    action: target === null ? { do: 'hang_up', to: '' } : { do: 'menu', to: target },
  })),
})
const lines = (ivr: Ivr, closed: readonly string[] = []) =>
  treeRows(ivr, new Set(closed)).map(({ id, depth, inside }) => [id, depth, inside])

test('A3.2.4.3-tree: menus stand below the key that leads there; what none leads to stands at the end', () => {
  const ivr = { root: 'a', menus: [menu('a', 'b', null), menu('b', 'a', null), menu('lost', null)] }
  assert.equal(lines(ivr), [
    ['0', 0, 0],
    ['0.0', 1, 1],
    ['1.0', 2, null],
    ['1.1', 2, null],
    ['0.1', 1, null],
    ['2', 0, 2],
    ['2.0', 1, null],
  ])
  assert.equal(lines(ivr, ['0.0', '2']), [
    ['0', 0, 0],
    ['0.0', 1, 1],
    ['0.1', 1, null],
    ['2', 0, 2],
  ])
})

test('whatever leads where, every key has one line and no line comes twice', () => {
  const dice = seededDice(5)
  const any = (most: number) => Math.floor(dice() * most)
  for (let round = 0; round < times('TREE_ROUNDS', 100, 5_000); round++) {
    const codes = Array.from({ length: 1 + any(6) }, (_, at) => `m${at}`)
    const menus = codes.map((code) =>
      menu(code, ...Array.from({ length: any(4) }, () => (any(3) === 0 ? null : `m${any(codes.length + 1)}`))),
    )
    const rows = treeRows({ root: codes[any(codes.length)]!, menus }, new Set())
    const ids = rows.map(({ id }) => id)
    assert.is(new Set(ids).size, ids.length)
    const keys = menus.flatMap(({ nodes }, at) => nodes.map((_, node) => `${at}.${node}`))
    assert.equal(ids.filter((id) => id.includes('.')).sort(), keys.sort())
  }
})

test('new keys and menus take what is free', () => {
  assert.equal(freeKeys(menu('a', null, null)).slice(0, 2), ['3', '4'])
  assert.is(freeCode({ root: 'a', menus: [menu('menu2'), menu('a')] }), 'menu3')
})

test.run()
