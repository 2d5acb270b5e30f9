/** A process with an uncaught error: `node throwing.ts throw|reject JOURNAL`. */
import { Journal } from '@ledgerline/adapters/journal/journal.ts'
import { lastWords } from '@ledgerline/ops/run/last-words.ts'

const [how, path] = process.argv.slice(2)
lastWords({ logger: new Journal({ path: path! }), complain: (line) => console.error(line) })
setTimeout(() => {
  if (how === 'throw') throw new TypeError('thrown in a timer')
  void Promise.reject(new RangeError('nobody handles it'))
}, 1)
setInterval(() => {}, 1_000)
