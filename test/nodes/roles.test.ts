/**
 * Two of each role as processes of their own, on one PostgreSQL; the same on a real EventStoreDB stands in `test/live`.
 *
 * Time limit: 300 s.
 */
import { suite } from 'uvu'
import { twoOfEach } from '../support/two-of-each.ts'

const roles = suite('two of each role')

roles(
  'the owner of the calls, the one who folds and Redis are killed: calls and boards go on, and nothing is left behind',
  () => twoOfEach(),
)

roles.run()
