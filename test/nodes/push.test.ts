/**
 * Live push between processes, over a real Redis: what one commits reaches the boards of another; while Redis is away
 * they are read and say that they are late; when it is back they are pushed again, and nothing missed stays missing.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import { LivePush } from '@ledgerline/adapters/live/push.ts'
import { STALE, type BoardChange } from '@ledgerline/adapters/live/source.ts'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Engine, LaneStatus } from '@ledgerline/projections/engine/engine.ts'
import type { ReadModel, Row } from '@ledgerline/projections/engine/model.ts'
import { until } from '../support/gate.ts'
import { startRedis, type TestRedis } from '../support/redis.ts'

const push = suite('live push between processes')
const BEAT_MS = 100
const key = (fill: number): Buffer => Buffer.alloc(32, fill)

let redis: TestRedis
push.before(async () => void (redis = await startRedis()))
push.after(() => redis.stop())

interface Heard {
  changes: BoardChange[]
  stale: number
}

/** A publishing process, and one whose boards another process folds. */
function pair(master = { teller: key(1), listener: key(1) }) {
  const told: string[] = []
  const options = {
    url: redis.url,
    database: 'test',
    models: new Set(['calls']),
    beatMs: BEAT_MS,
    logger: { warn: (_: object, message: string) => void told.push(message) },
  }
  const state = { folds: true }
  const teller = new LivePush({
    ...options,
    sealedMessages: new SealedMessages(master.teller, 'live push'),
    folds: () => state.folds,
  })
  const listener = new LivePush({
    ...options,
    sealedMessages: new SealedMessages(master.listener, 'live push'),
    folds: () => false,
  })
  const status = [{ lane: 'switchboard', state: 'standby', position: null, lagMs: 0 } as LaneStatus]
  const engine: Pick<Engine, 'onCommitted' | 'onStarted' | 'status' | 'laneOf'> = {
    onCommitted: () => () => {},
    onStarted: () => () => {},
    status: () => status,
    laneOf: () => 'switchboard',
  }
  const boards = new EngineBoards(engine, 'postgres://nobody@127.0.0.1:1/none', listener)
  const heard: Heard = { changes: [], stale: 0 }
  const following = boards
    .follow('t')
    .subscribe((signal) => (signal === STALE ? void heard.stale++ : void heard.changes.push(signal)))
  let page = 0
  const commit = (tenant: string, row: Row, model = 'calls'): void => {
    teller.tell({
      lane: 'switchboard',
      position: String(++page).padStart(19, '0') as Position,
      tables: [{ model: { name: model } as ReadModel, inserts: [{ tenant, key: row, row }], updates: [], removes: [] }],
    })
  }
  return {
    teller,
    listener,
    boards,
    heard,
    told,
    state,
    commit,
    close() {
      following.unsubscribe()
      teller.close()
      listener.close()
      return boards.close()
    },
  }
}

/** Commits until one arrives; nothing may arrive twice or out of order. */
async function reaches({ commit, heard }: ReturnType<typeof pair>): Promise<void> {
  const before = heard.changes.length
  await until('a change that is pushed', () => {
    commit('t', { callId: `c${heard.changes.length}` })
    return heard.changes.length > before
  })
  const positions = heard.changes.map(({ position }) => position)
  assert.equal(positions, [...new Set(positions)].toSorted())
}

push('what is committed in one process reaches the boards of another, and those of no other tenant', async () => {
  const nodes = pair()
  try {
    nodes.teller.started('switchboard')
    await until('a teller who is heard', () => nodes.listener.hears('switchboard'))
    assert.is(nodes.boards.progress('t').delayed, false)
    nodes.commit('somebody else', { callId: 'secret' })
    nodes.commit('t', { agentId: 'not on a board of this kind' }, 'shifts')
    await reaches(nodes)
    assert.ok(
      nodes.heard.changes.every(
        ({ model, lane, upserts }) =>
          model === 'calls' && lane === 'switchboard' && String(upserts[0]?.['callId']).startsWith('c'),
      ),
    )
  } finally {
    await nodes.close()
  }
})

push(
  'Redis is killed: boards are read and say that they are late; it comes back: they are read once more and pushed again',
  async () => {
    const nodes = pair()
    const { heard, boards, listener } = nodes
    try {
      nodes.teller.started('switchboard')
      await until('a teller who is heard', () => listener.hears('switchboard'))
      await reaches(nodes)
      await redis.kill()
      await until('boards that say they are late', () => boards.progress('t').delayed)
      // Committed meanwhile: nothing is published, and nothing waits for Redis.
      nodes.commit('t', { callId: 'meanwhile' })
      const read = heard.stale
      await until('boards that are read', () => heard.stale > read + 1)
      await redis.start()
      await until('a teller who is heard again', () => listener.hears('switchboard'))
      assert.is(boards.progress('t').delayed, false)
      await reaches(nodes)
      assert.not(
        heard.changes.some(({ upserts }) => upserts[0]?.['callId'] === 'meanwhile'),
        'what was missed is read, not told late',
      )
      // Two connections each, and two processes: each reports once, when the first is lost and when the last is back.
      const reports = (what: string) => nodes.told.filter((line) => line.startsWith(what)).length
      await until('both processes that have all connections again', () => reports('Redis is answering again') >= 2)
      for (const what of ['Redis is not answering', 'Redis is answering again'])
        assert.is(reports(what), 2, nodes.told.join('\n'))
    } finally {
      await nodes.close()
    }
  },
)

push(
  'Redis falls silent without hanging up: that is noticed, nothing piles up, and it ends when Redis comes back',
  async () => {
    const nodes = pair()
    const { heard, boards, listener } = nodes
    try {
      nodes.teller.started('switchboard')
      await until('a teller who is heard', () => listener.hears('switchboard'))
      redis.stall()
      await until('boards that say they are late', () => boards.progress('t').delayed)
      for (let page = 0; page < 5_000; page++) nodes.commit('t', { callId: 'meanwhile' })
      const read = heard.stale
      await until('boards that are read', () => heard.stale > read + 1)
      redis.goOn()
      await until('a teller who is heard again', () => listener.hears('switchboard') && !boards.progress('t').delayed)
      await reaches(nodes)
    } finally {
      redis.goOn()
      await nodes.close()
    }
  },
)

push('what is too large to be published is read', async () => {
  const nodes = pair()
  try {
    nodes.teller.started('switchboard')
    await until('a teller who is heard', () => nodes.listener.hears('switchboard'))
    await reaches(nodes)
    const { stale } = nodes.heard
    nodes.commit('t', { callId: 'x'.repeat(1_000_000) })
    await until('boards that are read', () => nodes.heard.stale > stale)
    await reaches(nodes)
    assert.not(nodes.heard.changes.some(({ upserts }) => String(upserts[0]?.['callId']).startsWith('x')))
  } finally {
    await nodes.close()
  }
})

push('a process that stops folding is no longer heard; its successor is, and the boards are read once', async () => {
  const nodes = pair()
  try {
    nodes.teller.started('switchboard')
    await until('a teller who is heard', () => nodes.listener.hears('switchboard'))
    nodes.state.folds = false
    await until('that nobody is heard', () => !nodes.listener.hears('switchboard'))
    assert.is(nodes.boards.progress('t').delayed, true)
    nodes.state.folds = true
    const { stale } = nodes.heard
    nodes.teller.started('switchboard')
    await until('a successor who is heard', () => nodes.listener.hears('switchboard') && nodes.heard.stale > stale)
    await reaches(nodes)
  } finally {
    await nodes.close()
  }
})

push('another house on the same Redis is neither heard nor understood', async () => {
  const nodes = pair({ teller: key(2), listener: key(1) })
  const ours = pair()
  try {
    nodes.teller.started('switchboard')
    ours.teller.started('switchboard')
    await until('our own teller', () => ours.listener.hears('switchboard'))
    nodes.commit('t', { callId: 'foreign' })
    await reaches(ours)
    await until('a second listener of our house', () => nodes.heard.changes.length > 0)
    assert.not(
      [...ours.heard.changes, ...nodes.heard.changes].some(({ upserts }) => upserts[0]?.['callId'] === 'foreign'),
    )
    assert.is(
      new SealedMessages(key(1), 'live push').open('a', new SealedMessages(key(2), 'live push').seal('a', { row: 1 })),
      null,
    )
    assert.is(
      new SealedMessages(key(1), 'live push').open('b', new SealedMessages(key(1), 'live push').seal('a', { row: 1 })),
      null,
    )
    assert.equal(
      new SealedMessages(key(1), 'live push').open('a', new SealedMessages(key(1), 'live push').seal('a', { row: 1 })),
      {
        row: 1,
      },
    )
  } finally {
    await Promise.all([nodes.close(), ours.close()])
  }
})

push.run()
