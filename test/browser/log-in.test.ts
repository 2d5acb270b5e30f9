/**
 * Logging in in a real browser over a real server: asked for by any page, with a password for one use, with errors, and out
 * again. `PICTURES=DIR` keeps screenshots.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Page } from 'playwright-core'
import { QuickPasswords } from '../access/people.ts'
import { startSpine, type Spine } from '../http/spine.ts'
import { builtScreens } from '../support/browser.ts'
import { tenant } from '../support/house.ts'
import { screensFor } from '../support/screens.ts'

const test = suite('the log-in page')
const { look, closing } = screensFor(test)

async function house(): Promise<Spine> {
  const spine = await startSpine(
    'log_in_screen',
    { agents: 2, access: { passwords: new QuickPasswords() } },
    await builtScreens(),
  )
  closing(() => spine.close())
  return spine
}

async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env['PICTURES']
  if (directory) await page.screenshot({ path: join(directory, `${name}.png`) })
}

async function logIn(page: Page, name: string, password: string): Promise<void> {
  await page.fill('[name=username]', name)
  await page.fill('[name=password]', password)
  await page.click('button.go')
}

const OPTIONS = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const

test('C1.1-login-page C1.1-field-username C1.1-field-password C1.1-submit C1.1-remember C1.2-logout B1-login-screen: in, where one wanted to go, and out', async () => {
  const spine = await house()
  const first = (await spine.access.begin('en'))!
  const { page } = await look(`${spine.url}/calls?lang=en&theme=light`, OPTIONS)
  await page.waitForURL(/\/log-in\?to=%2Fcalls/)
  await page.waitForSelector('[name=password]')
  await picture(page, 'log-in-en-light')
  await page.check('text=Remember my user name')
  await logIn(page, first.name, first.password)
  await page.waitForSelector('[name=new]')
  await picture(page, 'choose-password-en-light')
  await page.fill('[name=new]', 'correct horse battery')
  await page.fill('[name=again]', 'correct horse batter')
  await page.click('button.go')
  await page.waitForSelector('.fault:has-text("differ")')
  await page.fill('[name=again]', 'correct horse battery')
  await page.click('button.go')
  await page.waitForURL(/\/calls/)
  await page.waitForSelector('nav a[href="/calls"][aria-current=page]')
  await picture(page, 'logged-in-en-light')
  await page.click('nav a[href="/monitor"]')
  await page.waitForURL(/\/monitor/)
  await page.click('button[aria-label="Log out"]')
  await page.waitForURL(/\/log-in$/)
  assert.is(await page.inputValue('[name=username]'), first.name)
  await page.goBack()
  await page.waitForURL(/\/log-in\?to=%2Fcalls/)
})

test('C1.1-auth-error C1.1-captcha-after-3: an error tells nothing about the user, and the fourth try works first', async () => {
  const spine = await house()
  await spine.access.begin('zh')
  const { page } = await look(`${spine.url}/log-in?lang=zh&theme=dark`, { ...OPTIONS, expected: /401/ } as never)
  await page.waitForSelector('[name=password]')
  const said: string[] = []
  for (const name of ['admin', 'nobody']) {
    await logIn(page, name, 'wrong')
    await page.waitForSelector('.fault:not(:empty)')
    said.push(await page.innerText('.fault'))
    await picture(page, 'log-in-wrong-zh-dark')
  }
  assert.is(said[0], said[1])
  assert.match(said[0]!, /用户名或密码不正确/)
  for (let failure = 1; failure < 4; failure++) {
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/log-in') && answer.status() === 401)
    await logIn(page, 'admin', `wrong ${failure}`)
    await answered
    await page.waitForSelector('button.go:enabled')
  }
  assert.match(
    await page.innerText('.fault'),
    /用户名或密码不正确/,
    'the work was done, and the password was still wrong',
  )
})

test('A2.1-login-page: the menu has what one may open, and nothing else opens or is loaded', async () => {
  const spine = await house()
  const { access } = spine
  await access.begin('en')
  const [userId, hash] = [randomUUID(), await access.passwords.hash('a good long password')]
  const envelope = () => ({ tenant, commandId: randomUUID(), actor: 'test' })
  const profile = {
    displayName: 'Li Wei',
    email: null,
    mobile: null,
    departmentId: null,
    agentCode: '201',
    supervisorCode: null,
  }
  await access.directory.carryOut({ do: 'add_user', userId, name: 'liwei', roleIds: ['agent'], ...profile }, envelope())
  await access.directory.carryOut({ do: 'set_password', userId, hash, by: 'user', validUntil: null }, envelope())
  const { page } = await look(`${spine.url}/desk?lang=en&theme=light`, OPTIONS)
  await page.waitForSelector('[name=password]')
  await logIn(page, 'liwei', 'a good long password')
  await page.waitForURL(/\/desk/)
  await page.waitForSelector('nav a[href="/desk"]')
  const menu = await page.$$eval('nav a', (links) => links.map((link) => link.getAttribute('href')))
  assert.equal(menu, ['/wall', '/monitor', '/desk', '/history', '/registers'])
  const loaded: string[] = []
  page.on('request', (request) => loaded.push(request.url()))
  await page.goto(`${spine.url}/reports?lang=en`)
  await page.waitForSelector('h1:has-text("You may not see this page")')
  assert.not(
    loaded.some((url) => /ReportList|\/api\/v1\/reports/.test(url)),
    loaded.join('\n'),
  )
  await picture(page, 'not-permitted-en-light')
})

test.run()
