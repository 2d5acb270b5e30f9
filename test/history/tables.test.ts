import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importAnonymousBank } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { bankTarget, caughtUp } from '../support/history.ts'
import { freshDatabase } from '../support/postgres.ts'

type Row = readonly (string | null)[]
type Ask = (sql: string) => Promise<Row[]>

/** Imports files, folds them into tables, and lets a test query them. */
async function imported(
  files: readonly string[],
  work: (ask: Ask, again: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const target = bankTarget()
  const database = await freshDatabase('history tables')
  const parked: string[] = []
  const engine = new Engine({
    log: target.log,
    codec: target.codec,
    url: database.url,
    models: readModels,
    onParked: (_, { model, key, reason }) => parked.push(`${model} ${key} ${reason}`),
  })
  const client = await connect(database.url, { application: 'test' })
  const load = async () => {
    await importAnonymousBank({ files, ...target })
    await caughtUp(engine, target.log)
    assert.equal(parked, [])
  }
  try {
    await engine.start()
    await load()
    await work(async (sql) => (await client.query<string[]>({ text: sql, rowMode: 'array' })).rows, load)
  } finally {
    await engine.stop()
    await disconnect(client)
    await database.drop()
  }
}

const one = async (ask: Ask, sql: string) => (await ask(sql))[0]!.map(Number)
const outcomes = async (ask: Ask) =>
  Object.fromEntries(
    (await ask('select outcome, count(*) from calls group by 1 order by 1')).map(([outcome, n]) => [
      outcome,
      Number(n),
    ]),
  )

const tables = suite('tables of imported history')

tables('a day: outcomes, talk, intervals and agents say what the file says', async () => {
  await imported([DEMO_DAY], async (ask, again) => {
    assert.equal(await outcomes(ask), { abandoned: 226, answered: 1319, pre_queue: 394 })
    assert.equal(await one(ask, 'select sum(talk_ms) / 1000 from calls'), [226_426])
    assert.equal(await one(ask, 'select min(wait_ms), count(*) filter (where ended_at is null) from calls'), [0, 0])
    assert.equal(
      await one(ask, 'select sum(offered), sum(answered), sum(abandoned), sum(talk_ms) / 1000 from queue_interval'),
      [1545, 1319, 226, 226_426],
    )
    assert.equal(await one(ask, "select count(*) from call_segments where kind = 'agent'"), [1319])
    // Served by nobody known: answered all the same, but in nobody's figures.
    assert.equal(
      await one(
        ask,
        "select count(*) filter (where agent_code is null), count(distinct agent_code) from calls where outcome = 'answered'",
      ),
      [1319 - 1294, 17],
    )
    assert.equal(await one(ask, 'select sum(answered) from agent_day'), [1294])
    assert.equal(await ask('select distinct day::text from queue_day'), [['1999-02-03']])
    const before = await ask('select * from queue_interval order by queue_code, starts_at')
    await again()
    assert.equal(await ask('select * from queue_interval order by queue_code, starts_at'), before)
  })
})

const february = fileURLToPath(new URL('../../../shared/data/anonymous-bank/1999-02.txt.gz', import.meta.url))
const whole = existsSync(february) ? tables : tables.skip
whole(
  'February: 27,162 answered, 5,904 abandoned or pre-queue, mean service 176.35 s, deviation 217.13 s',
  async () => {
    await imported([february], async (ask) => {
      const { answered, abandoned, pre_queue } = await outcomes(ask)
      assert.equal([answered, Number(abandoned) + Number(pre_queue)], [27_162, 5_904])
      const [mean, deviation] = await one(
        ask,
        "select avg(talk_ms) / 1000, stddev_pop(talk_ms) / 1000 from calls where outcome = 'answered'",
      )
      assert.equal([mean!.toFixed(2), deviation!.toFixed(2)], ['176.35', '217.13'])
    })
  },
)

tables.run()
