/** What any book of answers must do (`AnswerBook` in `core/kernel/command.ts`). */
import type { AnswerBook, KeptAnswer } from '@ledgerline/core/kernel/command.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const HOUR = 60 * 60 * 1000

/** An empty book, on a clock that the test moves. */
export interface BookUnderTest {
  book: AnswerBook
  clock: { now: number }
  remove(): Promise<void>
}

export function answersContract(name: string, make: () => Promise<BookUnderTest>): void {
  const test = suite<{ under: BookUnderTest; book: AnswerBook }>(`answers contract: ${name}`)

  test.before.each(async (context) => {
    context.under = await make()
    context.book = context.under.book
  })
  test.after.each(async (context) => context.under.remove())

  const answered: KeptAnswer = {
    digest: 'd1',
    answer: { revision: 3, position: '0000000000000000007' as Position, events: ['A', 'B'] },
    refusal: null,
  }
  const refused: KeptAnswer = {
    digest: 'd2',
    answer: null,
    refusal: { code: 'agent.busy', details: { agent: '201', since: 5, forced: false, by: null }, where: 'agentId' },
  }

  test('answers and refusals are found as they were kept', async ({ book }) => {
    assert.is(await book.find('t', 'one'), null)
    await book.keep('t', 'one', answered)
    await book.keep('t', 'two', refused)
    assert.equal(await book.find('t', 'one'), answered)
    assert.equal(await book.find('t', 'two'), refused)
  })

  test('a command id belongs to its tenant', async ({ book }) => {
    await book.keep('t', 'one', answered)
    assert.is(await book.find('u', 'one'), null)
    await book.keep('u', 'one', refused)
    assert.equal(await book.find('t', 'one'), answered)
  })

  test('the first answer stays the answer', async ({ book }) => {
    await book.keep('t', 'one', answered)
    await book.keep('t', 'one', refused)
    assert.equal(await book.find('t', 'one'), answered)
  })

  test('an answer is kept for 24 hours, and its id may be used again after that', async ({ under, book }) => {
    await book.keep('t', 'one', answered)
    under.clock.now += 24 * HOUR - 1
    assert.equal(await book.find('t', 'one'), answered)
    under.clock.now += 1
    assert.is(await book.find('t', 'one'), null)
    await book.keep('t', 'one', refused)
    assert.equal(await book.find('t', 'one'), refused)
  })

  test.run()
}
