/**
 * Two of each role as separate processes, on one PostgreSQL; the same on a real EventStoreDB is in `test/live`.
 *
 * Time limit: 300 s.
 */
import { suite } from 'uvu'
import { twoOfEach } from '../support/two-of-each.ts'

const roles = suite('two of each role')

roles(
  'the owner of the calls, the folding process and Redis are killed: calls and boards continue, and nothing is ' +
    'left behind',
  () => twoOfEach(),
)

roles.run()
