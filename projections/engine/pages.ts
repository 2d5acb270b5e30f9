/** Reading pages of the log: up to a place, and ahead of the work. */
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { LogPage } from '@ledgerline/core/kernel/log.ts'

/** Pages up to a position, at which the last one is cut. `null`: none; undefined: all. */
export async function* upTo(
  pages: AsyncIterable<LogPage>,
  until: Position | null | undefined,
): AsyncGenerator<LogPage> {
  if (until === null) return
  for await (const page of pages) {
    if (until === undefined || page.position < until) {
      yield page
      continue
    }
    yield { events: page.events.filter(({ position }) => position <= until), position: until, atHead: true }
    return
  }
}

/** Requests the next page before the present one is processed. */
export async function* ahead(pages: AsyncGenerator<LogPage>): AsyncGenerator<LogPage> {
  try {
    let next = pages.next()
    while (true) {
      const page = await next
      if (page.done) return
      next = pages.next()
      next.catch(() => {})
      yield page.value
    }
  } finally {
    await pages.return(undefined)
  }
}
