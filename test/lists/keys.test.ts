/** The keys by which lists find texts: a name by characters and by how it is read, a number in any notation, by its tail. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { orderOf, searchedAs, soughtIn, type Match } from '@ledgerline/projections/search/keys.ts'

const test = suite('search keys')
const keysOf = (match: Match, value: string) => searchedAs[match].keysOf?.(value) ?? null

/** Would the index find it? */
const finds = (match: Match, value: string, typed: string): boolean => {
  const keys = new Set(keysOf(match, value))
  return soughtIn(match, typed).sets.some(({ keys: wanted }) => wanted.every((key) => keys.has(key)))
}

test('a name is found by one character, by two, by all of it, and not by two that are not neighbours', () => {
  for (const part of ['王', '小', '王小', '小明', '王小明', ' 王 小明 ']) assert.ok(finds('name', '王小明', part), part)
  for (const part of ['王明', '明小', '李']) assert.not.ok(finds('name', '王小明', part), part)
})

test('a name is found by the beginning of its pinyin and of its initials', () => {
  for (const part of ['w', 'wang', 'wangxiaom', 'WangXiaoMing', 'wang xiao', 'wx', 'wxm'])
    assert.ok(finds('name', '王小明', part), part)
  for (const part of ['xm', 'ming', 'wangm']) assert.not.ok(finds('name', '王小明', part), part)
})

test('a surname is read as one, and a word as a word', () => {
  for (const [name, part] of [
    ['单雄信', 'shanx'],
    ['曾国藩', 'zeng'],
    ['仇英', 'qiuy'],
    ['解缙', 'xie'],
    ['单价', 'danjia'],
    ['重庆银行', 'chongqingyin'],
    ['吕布', 'lvb'],
    ['吕布', 'lüb'],
  ] as const)
    assert.ok(finds('name', name, part), `${name} ${part}`)
})

test('a name in Latin letters, in full width or in capitals is found by any part', () => {
  for (const part of ['oh', 'john', 'HN S', 'ｊｏｈｎ']) assert.ok(finds('name', 'John Smith', part), part)
  assert.ok(finds('name', 'ＶＩＰ客户', 'vip客'))
})

test('names are sorted as they are read, syllable by syllable', () => {
  const names = ['张三', '重庆', '先生', '长沙', '西安', '李四', 'Bob', 'alice', '阿里', '12']
  const sorted = names.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  assert.equal(sorted, ['12', '阿里', 'alice', 'Bob', '长沙', '重庆', '李四', '西安', '先生', '张三'])
})

test('a number is found by any three digits in a row, whole in any notation, and an agent’s by all of it', () => {
  for (const part of ['138', '0011', '00111', '13800001111', '+86 138-0000-1111', '008613800001111', '１３８０'])
    assert.ok(finds('number', '13800001111', part), part)
  for (const part of ['139', '1113', '11112']) assert.not.ok(finds('number', '13800001111', part), part)
  assert.ok(finds('number', '201', '201'))
  assert.ok(finds('number', '021-61234567', '2161234'))
  assert.equal(keysOf('number', 'anonymous'), [])
})

test('no key of ours is kept of a long text', () => {
  assert.is(keysOf('part', '您好，请问'), null)
})

test('keys of the longest texts are few, and their order fits into an index', () => {
  assert.ok(keysOf('name', '装'.repeat(200))!.length < 60)
  assert.ok(Buffer.byteLength(orderOf('装'.repeat(20_000))) < 2_000)
})

test.run()
