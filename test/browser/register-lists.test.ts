/**
 * The list of a register with 200 records in Chinese, in a real browser: several conditions at once, kept in the address;
 * columns chosen and moved; rows selected. `PICTURES=DIR` keeps screenshots.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { startSpine, type Spine } from '../http/spine.ts'
import { orderOf } from '@ledgerline/projections/search/keys.ts'
import { post } from '../http/web.ts'
import { builtScreens } from '../support/browser.ts'
import { until } from '../support/gate.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('lists of registers')
const { look } = screensFor(test)
let spine: Spine

const surnames = [...'王李张刘陈杨赵黄单曾']
const given = [...'小明伟芳娜秀英敏静丽']
/** 200 names, all different, in a fixed order. */
const people = Array.from(
  { length: 200 },
  (_, index) => surnames[index % 10]! + given[Math.floor(index / 10) % 10]! + (index < 100 ? '' : given[index % 7]!),
)

async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env['PICTURES']
  if (directory) await page.screenshot({ path: join(directory, `${name}.png`) })
}

test.before(async () => {
  spine = await startSpine('register_lists', {}, await builtScreens())
  const send = async (table: string, values: object): Promise<string> => {
    const reply = await post(spine, `/api/v1/${table}`, { commandId: randomUUID(), values })
    assert.is(reply.status, 201, reply.text)
    return reply.json.recordId as string
  }
  const groups = [await send('label_groups', { name: '意向' }), await send('label_groups', { name: '来源' })]
  const colours = ['red', 'green', 'blue']
  for (const [index, name] of people.entries())
    await send('labels', { group: groups[index % 2], name, colour: colours[index % 3] })
  await spine.settled()
})
test.after(() => spine.close())

const names = (page: Page) => page.locator('tr[data-row] button.whole-row').allInnerTexts()
const counted = (page: Page) => page.locator('[data-place]').innerText()

test('C0.3-query-dialog C0.3-query-reset C0.3-fuzzy-toggle: conditions hold together, are in the address, and go one by one', async () => {
  const { page } = await look(`${spine.url}/registers/labels?lang=zh&theme=light`, {
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  })
  await until('200 rows', async () => (await counted(page)) === '第 1 – 50 条，共 200 条')
  await page.getByRole('button', { name: '更多条件' }).click()
  const panel = page.locator('form.panel')
  await panel.getByLabel('标签名称', { exact: true }).fill('王小')
  await page.keyboard.press('Enter')
  const expected = people.filter((name) => name.includes('王小')).length
  await until('names with 王小', async () => (await names(page)).length === expected)
  await page.locator('summary[aria-label=颜色]').click()
  await page.getByLabel('红', { exact: true }).check()
  await page.keyboard.press('Escape')
  const both = people.filter((name, index) => name.includes('王小') && index % 3 === 0)
  await until('of these the red', async () => (await names(page)).length === both.length)
  assert.equal((await names(page)).toSorted(), both.toSorted())
  await picture(page, 'list-conditions-zh-light-1280')
  const link = page.url()
  assert.match(link, /like\.name=/)

  // A link is the list with its filters.
  await page.goto('about:blank')
  await page.goto(link)
  await until('the same rows', async () => (await names(page)).length === both.length)
  assert.equal(await page.locator('.chips button').allInnerTexts(), ['标签名称 含“王小”', '颜色 红'])

  // Exactly this, rather than a part.
  await page.getByRole('button', { name: '更多条件' }).click()
  await panel.getByRole('button', { name: '标签名称：模糊匹配' }).click()
  await panel.getByRole('button', { name: '查询' }).click()
  await until('nothing is called just that, or one', async () => {
    const wanted = people.filter((name, index) => name === '王小' && index % 3 === 0).length
    return (
      (await names(page)).length === wanted && (await page.locator('.chips button').first().innerText()).includes('为')
    )
  })
  await page.locator('.chips button', { hasText: '红' }).click()
  await panel.getByRole('button', { name: '重置' }).click()
  await until('200 rows again', async () => (await counted(page)) === '第 1 – 50 条，共 200 条')
})

test('C0.3-date-presets: spans in the tenant’s zone; names in the order in which they are read, found by pinyin', async () => {
  const { page } = await look(`${spine.url}/registers/labels?lang=zh&theme=dark`, {
    viewport: { width: 1920, height: 1000 },
    reducedMotion: 'reduce',
  })
  await until('200 rows', async () => (await counted(page)) === '第 1 – 50 条，共 200 条')
  const read = people.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  assert.equal((await names(page)).slice(0, 50), read.slice(0, 50))
  await picture(page, 'list-200-zh-dark-1920')
  // The rows scroll; where the page lies, and the way to the next, stay in sight.
  const { y, height } = (await page.locator('[data-place]').boundingBox())!
  assert.ok(y + height <= 1000, `the footer ends at ${y + height}`)
  await page.locator('[data-range=yesterday]').click()
  await page.waitForSelector('[data-state=empty]')
  await page.locator('[data-range=thisWeek]').click()
  await until('all of them', async () => (await counted(page)) === '第 1 – 50 条，共 200 条')
  await page.locator('input[type=search]').fill('shan')
  await page.keyboard.press('Enter')
  await until('单', async () => (await names(page)).length === 20)
  assert.ok((await names(page)).every((name) => name.startsWith('单')))
})

test('C0.3-choose-columns: columns are chosen and moved, for now or kept', async () => {
  const { page } = await look(`${spine.url}/registers/labels?lang=zh&theme=light`, {
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
  })
  const heads = async () => (await page.locator('thead th').allInnerTexts()).map((text) => text.trim()).filter(Boolean)
  await until('rows', async () => (await names(page)).length === 50)
  const declared = await heads()
  assert.equal(declared.slice(0, 3), ['标签组', '标签名称', '颜色'])
  await page.locator('[data-columns] summary').click()
  await page.getByRole('checkbox', { name: '颜色', exact: true }).uncheck()
  await page.getByRole('checkbox', { name: '编辑人', exact: true }).check()
  await page.getByRole('button', { name: '移动 标签名称' }).focus()
  await page.keyboard.press('ArrowUp')
  await until('moved', async () => (await heads())[0] === '标签名称')
  // Still on the handle: once more moves nothing, for it is the first.
  await page.keyboard.press('ArrowUp')
  assert.equal((await heads()).slice(0, 2), ['标签名称', '标签组'])
  assert.ok((await heads()).includes('编辑人'))
  await page.locator('[data-column=created]').dragTo(page.locator('[data-column=group]'))
  await until('dragged', async () => (await heads())[1] === '创建时间')
  await picture(page, 'list-columns-zh-light-1280')
  await page.reload()
  await until('as declared', async () => (await heads()).join() === declared.join())

  await page.locator('[data-columns] summary').click()
  await page.getByRole('checkbox', { name: '颜色', exact: true }).uncheck()
  await page.getByRole('button', { name: '保存为我的列' }).click()
  await page.reload()
  await until('kept', async () => (await heads()).length > 0 && !(await heads()).includes('颜色'))
  await page.locator('[data-columns] summary').click()
  await page.getByRole('button', { name: '恢复默认' }).click()
  await until('as declared', async () => (await heads()).join() === declared.join())
})

test('C0.3-row-checkbox A0-list-pattern: this page is selected, or all that is found; it says so before anything happens', async () => {
  const { page } = await look(`${spine.url}/registers/labels?lang=zh&theme=light&colour=blue`, {
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  })
  const blue = people.filter((_, index) => index % 3 === 2).length
  await until('the blue', async () => (await counted(page)) === `第 1 – 50 条，共 ${blue} 条`)
  await page.locator('thead input[type=checkbox]').check()
  assert.match(await page.locator('.selection').innerText(), /已选 50 条/)
  await page.getByRole('button', { name: `改选全部结果 ${blue} 条` }).click()
  assert.match(await page.locator('.selection').innerText(), new RegExp(`已选全部结果 ${blue} 条`))
  await page.getByRole('button', { name: '批量修改' }).click()
  const form = page.locator('form.above')
  await form.getByLabel('修改的字段').selectOption({ label: '颜色' })
  await form.locator('[data-field=colour] select').selectOption({ label: '紫' })
  assert.match(await form.innerText(), new RegExp(`将修改 ${blue} 条`))
  await picture(page, 'list-change-many-zh-light-1440')
  await form.getByRole('button', { name: '批量修改' }).click()
  await page.waitForSelector('[data-state=empty]')

  await page.goto(`${spine.url}/registers/labels?lang=zh&theme=dark&colour=purple`)
  await until('the purple', async () => (await counted(page)) === `第 1 – 50 条，共 ${blue} 条`)
  await page.locator('thead input[type=checkbox]').check()
  await page.getByRole('button', { name: `改选全部结果 ${blue} 条` }).click()
  await page.locator('footer .danger').click()
  await page.waitForSelector('[role=alertdialog]')
  assert.match(await page.locator('[role=alertdialog]').innerText(), new RegExp(`删除 ${blue} 条客户标签`))
  await picture(page, 'list-remove-many-zh-dark-1440')
  await page.locator('[role=alertdialog] .alarm').click()
  await page.waitForSelector('[data-state=empty]')
})

test.run()
