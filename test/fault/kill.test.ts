/**
 * Kill -9 of the whole process, of its database, or of both at random moments under traffic, again and
 * again on the same data. What was acknowledged is in the ledger, once; every call and lease that the dead
 * process left behind is closed by events that say why; a database that died alone comes back by itself;
 * and the tables equal the log.
 *
 * Time limit: 600 s.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import { killAgain } from '../support/kill-again.ts'
import { endOwners } from '../support/owners.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 4)

const kill = suite('kill -9')

kill(`${ROUNDS} rounds under traffic: nothing acknowledged is lost, nothing counted twice, nobody stuck`, async () => {
  const data = await mkdtemp(join(tmpdir(), 'ledgerline-kill-'))
  const database = (): void =>
    void process.kill(Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL')
  try {
    await killAgain(data, process.env, ROUNDS, [{}, { before: database, survived: true }, {}, { before: database }])
  } finally {
    endOwners()
    await rm(data, { recursive: true, force: true })
  }
})

kill.run()
