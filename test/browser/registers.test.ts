/**
 * Registers in a real browser over a real server: a record is added, corrected, reviewed, changed and removed.
 * `PICTURES=DIR` keeps screenshots.
 */
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { operatorPermissions, type Permission } from '@ledgerline/core/access/session.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { until } from '../support/gate.ts'
import { builtScreens } from '../support/browser.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('registers')
const { look, closing } = screensFor(test)
const may = new Set<Permission>(operatorPermissions)

async function house(): Promise<Spine> {
  const spine = await startSpine('registers_screen', { permissions: may }, await builtScreens())
  closing(() => spine.close())
  return spine
}

async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env['PICTURES']
  if (directory) await page.screenshot({ path: join(directory, `${name}.png`) })
}

const panel = (page: Page, id = '') => page.locator(`aside[data-record${id && `="${id}"`}]`)
async function add(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  await page.click('button.add')
  await panel(page, 'new').waitFor()
  for (const [name, value] of Object.entries(fields)) {
    const control = page.locator(`[data-field=${name}] :is(input, textarea, select)`)
    const isChoice = (await control.evaluate('(element) => element.tagName')) === 'SELECT'
    if (isChoice) await control.selectOption({ label: value })
    else await control.fill(value)
  }
  await page.click('aside footer .go')
  await page.waitForSelector('aside[data-record]:not([data-record=new]) form')
}

test('C28.1-add C28.1-field-category C28.1-field-content C28.1-pending C28.2-delete: a phrase from its form to its removal', async () => {
  const spine = await house()
  const { page } = await look(`${spine.url}/registers/categories?lang=en&theme=light`, {
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  })
  await page.waitForSelector('[data-state=empty]')
  await picture(page, 'registers-empty-en-light')
  await add(page, { name: 'Greetings' })
  await page.waitForSelector('tr[data-row]')

  await page.click('nav a[href="/registers/phrases"]')
  await page.waitForSelector('[data-state=empty]')
  await page.click('button.add')
  await panel(page, 'new').waitFor()
  await page.click('aside footer .go')
  // Nothing was filled in: both fields say so, and nothing was sent.
  assert.is(await page.locator('aside .why').count(), 2)
  await page.waitForSelector('[data-field=category] option:has-text("Greetings")', { state: 'attached' })
  await page.locator('[data-field=category] select').selectOption({ label: 'Greetings' })
  await page.locator('[data-field=content] textarea').fill('Good morning, how can I help?')
  await picture(page, 'registers-form-en-light')
  await page.click('aside footer .go')
  await page.waitForSelector('.state[data-review=in_review]')
  await page.waitForSelector('tr[data-row] [data-review=in_review]')
  assert.match(await page.locator('tr[data-row]').innerText(), /Greetings\s+Good morning/)

  await page.click('.acts.review .go')
  await page.waitForSelector('tr[data-row] [data-review=approved]')
  await page.locator('[data-field=content] textarea').fill('Good morning!')
  await page.click('aside footer .go')
  await page.waitForSelector('tr[data-row] [data-review=changed]')
  assert.match(await page.locator('[data-field=content] .was').innerText(), /how can I help/)
  await page.click('aside footer .link')
  await page.waitForSelector('aside ol li:nth-child(3)')
  assert.equal(await page.locator('aside ol li b').allInnerTexts(), ['Changed', 'Approved', 'Added'])
  await picture(page, 'registers-history-en-light')

  // A category that is used stays; the phrase goes, and then the category may.
  await page.click('nav a[href="/registers/categories"]')
  const choose = page.locator('tr[data-row] input[type=checkbox]')
  await choose.check()
  await page.click('footer .danger')
  await page.waitForSelector('[data-in-the-way]')
  assert.match(
    await page.locator('[data-in-the-way]').innerText(),
    /1 still refer to this: it cannot be removed: Good morning/,
  )
  await page.click('nav a[href="/registers/phrases"]')
  await page.waitForSelector('tr[data-row] [data-review]')
  await choose.check()
  await page.click('footer .danger')
  await page.waitForSelector('[role=alertdialog]')
  await picture(page, 'registers-remove-en-light')
  await page.click('[role=alertdialog] .alarm')
  await page.waitForSelector('[data-state=empty]')
})

test('C0.3-required-mark C0.3-row-checkbox C0.3-row-count C28.3-query-content: a list in Chinese, searched by a part', async () => {
  const spine = await house()
  const { page } = await look(`${spine.url}/registers/label_groups?lang=zh&theme=dark`, {
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
  })
  await page.waitForSelector('[data-state=empty]')
  for (const name of ['意向客户', '投诉客户', '老客户']) await add(page, { name })
  await page.waitForSelector('tr[data-row]:nth-child(3)')
  assert.match(await page.locator('[data-place]').innerText(), /第 1 – 3 条，共 3 条/)
  assert.is(await page.locator('aside .label b').count(), 1)
  await page.locator('input[type=search]').fill('投诉')
  await page.keyboard.press('Enter')
  await until('1 rows', async () => (await page.locator('tr[data-row]').count()) === 1)
  await page.locator('input[type=search]').fill('')
  await until('3 rows', async () => (await page.locator('tr[data-row]').count()) === 3)
  await page.locator('thead input[type=checkbox]').check()
  assert.match(await page.locator('.selection').innerText(), /已选 3 条/)

  // The same name twice: the field says why.
  await page.click('button.add')
  await panel(page, 'new').waitFor()
  await page.locator('[data-field=name] input').fill('老客户')
  await page.click('aside footer .go')
  await page.waitForSelector('[data-field=name] .why')
  assert.match(await page.locator('[data-field=name] .why').innerText(), /已存在相同的客户标签组：老客户/)
  await picture(page, 'registers-taken-zh-dark')
})

test('who may only see has no button to write', async () => {
  const spine = await house()
  may.delete('labels.edit')
  const { page } = await look(`${spine.url}/registers/labels?lang=en&theme=light`)
  await page.waitForSelector('[data-state=empty]')
  assert.is(await page.locator('button.add').count(), 0)
  may.add('labels.edit')
})
test.run()
