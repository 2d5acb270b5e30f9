/** HTTP as the operator of a house that runs as a process of its own, like a program with what `ops/ledgerline token` prints. */
import { OperatorTokens } from '@ledgerline/adapters/access/operator-token.ts'
import { findMasterKey } from '@ledgerline/adapters/keys/master.ts'

const DAY_MS = 86_400_000

/** @param data the house's data directory, which exists since the house answers */
export function operatorHeaders(data: string): { authorization: string } {
  const token = new OperatorTokens(findMasterKey(data, {})!.key).issue(Date.now() + DAY_MS)
  return { authorization: `Bearer ${token}` }
}
