/**
 * Replaces `uvu` in a test file that the runner runs (`child.ts` arranges that). It is uvu, and also
 * reports what uvu keeps to itself: titles, skips, `.only`, hooks that threw, suites that never ran.
 *
 * It is needed because uvu ends a file with exit code 0 when a `before` throws (a `return` in `finally`
 * swallows the error), when a `.run()` is missing, and when an `.only` hides all other tests.
 */
import { writeSync } from 'node:fs'
import { exec as execUvu, suite as uvuSuite, type Callback, type Context, type Test } from 'uvu'
import { reportDescriptor, type Report } from './report.ts'

export function report(line: Report): void {
  writeSync(reportDescriptor, `${JSON.stringify(line)}\n`)
}

/** Suites with tests that no `.run()` has picked up yet. */
const waiting = new Map<string, number>()

export function suite<T = Context>(name = '', context?: T): Test<T> {
  const inner = uvuSuite<T>(name, context)
  const titled = (title: string) => (name === '' ? title : `${name} › ${title}`)
  const pending = `${name === '' ? 'the file' : name}#${waiting.size}`
  waiting.set(pending, 0)
  const oneMore = () => waiting.set(pending, waiting.get(pending)! + 1)

  const test = (title: string, body: Callback<T>) => {
    oneMore()
    inner(title, recorded(titled(title), body))
  }
  const hook = (kind: string, register: (body: Callback<T>) => void) => (body: Callback<T>) =>
    register(guarded(titled(kind), body))
  return Object.assign(test, {
    only(title: string, body: Callback<T>) {
      oneMore()
      report({ say: 'only', title: titled(title) })
      inner.only(titled(title), recorded(titled(title), body))
    },
    skip(title?: string) {
      oneMore()
      report({ say: 'skip', title: titled(title ?? 'a test without a title') })
      inner.skip()
    },
    before: Object.assign(hook('before', inner.before), { each: hook('before each', inner.before.each) }),
    after: Object.assign(hook('after', inner.after), { each: hook('after each', inner.after.each) }),
    run() {
      waiting.set(pending, 0)
      inner.run()
    },
  }) as Test<T>
}

export const test = suite()

/** Runs all suites, then reports those that were never run. */
export async function exec(): Promise<void> {
  await execUvu()
  for (const [name, tests] of waiting) {
    if (tests > 0) report({ say: 'unrun', title: name.slice(0, name.lastIndexOf('#')), tests })
  }
  report({ say: 'done' })
}

function recorded<T>(title: string, body: Callback<T>): Callback<T> {
  return async (context) => {
    const started = performance.now()
    const end = (error: unknown) =>
      report({
        say: 'end',
        title,
        passed: error === null,
        ms: Math.round(performance.now() - started),
        error: error === null ? null : String(error),
      })
    report({ say: 'begin', title })
    try {
      await body(context)
    } catch (error) {
      end(error ?? 'undefined was thrown')
      throw error
    }
    end(null)
  }
}

function guarded<T>(title: string, body: Callback<T>): Callback<T> {
  return async (context) => {
    try {
      await body(context)
    } catch (error) {
      report({ say: 'hook', title, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      throw error
    }
  }
}
