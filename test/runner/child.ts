/** Runs one test file in this process and reports to the runner: `node child.ts FILE`. */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/** After its last test a file may take this long to close what it opened, counted in turns that this process really got. */
const LETTING_GO_MS = 5000
const TURN_MS = 100

// uvu must wait for `exec` instead of starting by itself.
Object.assign(globalThis, { UVU_DEFER: 1, UVU_QUEUE: [[null]] })

const recorder = new URL('recorder.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'uvu' && context.parentURL !== recorder
      ? { url: recorder, shortCircuit: true }
      : next(specifier, context),
})

const { exec, report } = await import('./recorder.ts')
await import(pathToFileURL(process.argv[2]!).href)
await exec()

let turns = LETTING_GO_MS / TURN_MS
setInterval(() => {
  if (--turns > 0) return
  report({ say: 'held', by: process.getActiveResourcesInfo().filter((resource) => resource !== 'Timeout') })
  process.exit(1)
}, TURN_MS).unref()
