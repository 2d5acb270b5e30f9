/**
 * Two processes of the house on one database server, under traffic. The owner of the switchboard is killed (again and
 * again in a deep run), then stopped and resumed; the other takes over, what was left behind is closed, and the one that comes back does
 * nothing on its old belief. The duration of each take-over, from the kill to the successor's first offer, is printed
 * but not judged: this machine may be busy.
 *
 * Time limit: 600 s.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exitCodeOf, firstOffers, readLedger } from '../support/aftermath.ts'
import { times } from '../support/depth.ts'
import { brokenPromises } from '../support/house.ts'
import { atRest, endOwners, gone, owns, startNode, switchboardOf, works } from '../support/owners.ts'
import { freshDatabase } from '../support/postgres.ts'
import { tablesDatabase } from '../support/tables.ts'

const ROUNDS = times('TAKE_OVER_ROUNDS', 1, 50)
/** Longer than a lease. */
const STOPPED_MS = 5_000

const takeOver = suite('take-over')

takeOver('the owner is killed and is stopped: each time the other takes over, and nobody is stuck', async () => {
  const data = await mkdtemp(join(tmpdir(), 'ledgerline-take-over-'))
  const [tables, log] = [await tablesDatabase('take_over'), await freshDatabase('take_over_log')]
  const env = { ...process.env, DATABASE_URL: tables.url, LOG_DATABASE_URL: log.url }
  /** When its predecessor was killed, by epoch. */
  const killed = new Map<number, number>()
  try {
    let owner = await startNode(env, data)
    await owns(owner)
    let since = Date.now()
    let standby = await startNode(env, data)
    for (let round = 0; round < ROUNDS; round++) {
      assert.is((await switchboardOf(standby.url)).role, 'standby')
      await works(owner, since)
      const at = Date.now()
      await gone(owner.child, 'SIGKILL')
      killed.set(await owns(standby), at)
      since = Date.now()
      owner = standby
      standby = await startNode(env, data)
    }

    // Stopped for longer than its lease, it finds itself without it.
    await works(owner, since)
    const { epoch: old } = await switchboardOf(owner.url)
    owner.child.kill('SIGSTOP')
    await pause(STOPPED_MS)
    const later = await owns(standby)
    since = Date.now()
    owner.child.kill('SIGCONT')
    await works(standby, since)
    assert.equal(await switchboardOf(owner.url), { ...(await switchboardOf(standby.url)), role: 'standby' })

    // A polite end, and a last life without traffic that closes what is left.
    await gone(owner.child, 'SIGTERM')
    await gone(standby.child, 'SIGTERM')
    const last = await startNode(env, data, 'quiet')
    await atRest(last.url)
    await gone(last.child, 'SIGTERM')

    const ledger = await readLedger(data, env)
    const from = ledger.findIndex((event) => event.type === 'SwitchboardTakenOver' && event.data.epoch === later)
    assert.equal(
      ledger.slice(from).filter((event) => event.type === 'AgentReserved' && event.data.epoch === old),
      [],
      'what was stopped decided nothing any more',
    )
    const offers = firstOffers(ledger)
    const took = [...killed].map(([epoch, at]) => (offers.get(epoch) ?? Infinity) - at).toSorted((a, b) => a - b)
    assert.ok(took.every(Number.isFinite), 'every successor made offers')
    console.log(
      `kill to first offer of the successor, ms: p50 ${took[Math.floor(took.length / 2)]}, max ${took.at(-1)} of ${took.length}`,
    )
    assert.is(new Set(ledger.map((event) => event.id)).size, ledger.length, 'every event once')
    assert.equal(brokenPromises(ledger), [])
    assert.is(await exitCodeOf(['verify', '--data', data], env), 0, 'the tables equal the log')
  } finally {
    await endOwners()
    await rm(data, { recursive: true, force: true })
    await tables.drop()
    await log.drop()
  }
})

takeOver.run()
