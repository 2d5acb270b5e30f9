/** A page over a house whose clock is the test's own: what both need of each other. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Spine } from '../http/spine.ts'

/** Keeps a screenshot, if `PICTURES=DIR` says where. */
export async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env['PICTURES']
  if (directory) await page.screenshot({ path: join(directory, `${name}.png`) })
}

/** Time passes in the house until the page shows something. */
export async function meanwhile(spine: Spine, page: Page, selector: string): Promise<void> {
  let over = false
  const there = page.waitForSelector(selector).finally(() => (over = true))
  while (!over) {
    await spine.pass(50)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await there
}
