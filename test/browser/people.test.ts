/** Users, roles, departments and one's own page in a real browser over a real server. `PICTURES=DIR` keeps screenshots. */
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { QuickPasswords } from '../access/people.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { builtScreens } from '../support/browser.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('users, roles and departments on screen')
const { look, closing } = screensFor(test)
const OPTIONS = { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' } as const
const PASSWORD = 'correct horse battery'

/** A house, and a page of its administrator. */
async function administrator(name: string, query: string): Promise<{ spine: Spine; page: Page }> {
  const access = { passwords: new QuickPasswords() }
  const spine = await startSpine(name, { agents: 2, access }, await builtScreens())
  closing(() => spine.close())
  const first = (await spine.access.begin('en'))!
  const { page } = await look(`${spine.url}/users?${query}`, OPTIONS)
  await enter(page, first.name, first.password)
  return { spine, page }
}

/** Logs in with a first password, and chooses another. */
async function enter(page: Page, name: string, first: string): Promise<void> {
  await page.fill('[name=username]', name)
  await page.fill('[name=password]', first)
  await page.click('button.go')
  await page.fill('[name=new]', PASSWORD)
  await page.fill('[name=again]', PASSWORD)
  await page.click('button.go')
}

async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env['PICTURES']
  if (directory) await page.screenshot({ path: join(directory, `${name}.png`) })
}

test('A3.1.1-user-list A3.1.1-create A3.1.2-create-role A3.1.3-create-dept B11.2-act-add-member B11.3-act-select-permission: an administrator lets somebody in', async () => {
  const { spine, page } = await administrator('people', 'lang=en&theme=light')
  await page.waitForSelector('tr[data-user=admin]')
  await page.click('[data-view=departments]')
  await page.fill('form [name=name]', 'Hotline')
  await page.click('form button.go')
  await page.waitForSelector('li:has-text("Hotline")')
  await page.click('[data-view=roles]')
  await page.click('nav[aria-label=Roles] >> text=Add role')
  await page.fill('form [name=name]', 'Listener')
  await page.check('[data-permission="boards.see"] input')
  await page.check('[data-permission="calls.see"] input')
  await page.selectOption('[data-permission="calls.see"] select', 'department')
  await picture(page, 'roles-en-light')
  await page.click('form button.go')
  await page.waitForSelector('[role=status]:has-text("Saved")')
  await page.click('[data-view=users]')
  await page.click('button.add')
  await page.fill('aside [name=name]', 'li.wei')
  await page.fill('aside [name=displayName]', 'Li Wei')
  await page.fill('aside [name=agentCode]', '201')
  await page.selectOption('aside select', { label: 'Hotline' })
  await page.check('aside fieldset label:has-text("Listener") input')
  await page.click('aside button.go')
  await page.waitForSelector('tr[data-user="li.wei"].chosen')
  await page.click('aside >> text=Reset password')
  await page.click('[role=alertdialog] button >> nth=0')
  const password = (await page.textContent('output.password'))!
  await picture(page, 'users-en-light')

  const { page: theirs } = await look(`${spine.url}/calls?lang=zh&theme=dark`, OPTIONS)
  await enter(theirs, 'li.wei', password)
  await theirs.waitForSelector('nav a[href="/calls"]')
  assert.equal(await theirs.$$eval('nav a', (links) => links.map((link) => link.getAttribute('href'))), [
    '/wall',
    '/monitor',
    '/calls',
    '/missed',
    '/messages',
    '/history',
  ])
  await theirs.click('a.me')
  await theirs.waitForSelector('[data-session=this]')
  await picture(theirs, 'account-zh-dark')

  // Disabled: the page that is open leads to the log-in.
  await page.click('aside >> text=Disable')
  await page.click('[role=alertdialog] button >> nth=0')
  await page.waitForSelector('tr[data-user="li.wei"]:has-text("Disabled")')
  await theirs.click('nav a[href="/missed"]')
  await theirs.waitForURL(/\/log-in/)

  await spine.settled()
  await page.goto(`${spine.url}/audit?lang=en&theme=light`)
  await page.waitForSelector('tr:has-text("User disabled"):has-text("Li Wei")')
  await picture(page, 'audit-en-light')
})

test.run()
