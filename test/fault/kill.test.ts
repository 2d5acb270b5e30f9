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
import { times } from '../support/depth.ts'
import { killAgain } from '../support/kill-again.ts'
import { endOwners } from '../support/owners.ts'
import { begunIn } from '../support/tables.ts'

const ROUNDS = times('KILL_ROUNDS', 3, 200)

const kill = suite('kill -9')

kill(
  'the owner, or its database, or both, under traffic: nothing acknowledged is lost, nothing counted twice, nobody stuck',
  async () => {
    const data = await mkdtemp(join(tmpdir(), 'ledgerline-kill-'))
    const database = (): void =>
      void process.kill(
        Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]),
        'SIGKILL',
      )
    try {
      await begunIn(data)
      await killAgain(data, process.env, ROUNDS, [{}, { before: database, survived: true }, { before: database }])
    } finally {
      await endOwners()
      await rm(data, { recursive: true, force: true })
    }
  },
)

kill.run()
