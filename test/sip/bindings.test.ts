/** Registrations in PostgreSQL and in Redis keep the contract; and what they do while their server is away. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import { openPostgresBindings } from '@ledgerline/adapters/telephony/sip/bindings-postgres.ts'
import { openRedisBindings } from '@ledgerline/adapters/telephony/sip/bindings-redis.ts'
import type { Bindings } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import type { Binding } from '@ledgerline/adapters/telephony/sip/registrar.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { bindingsContract } from '../contract/bindings.ts'
import { gateBefore, until } from '../support/gate.ts'
import { freshDatabase } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'

const sealedMessages = (key = 1) => new SealedMessages(Buffer.alloc(32, key), 'registrations')

bindingsContract('registrations in PostgreSQL', async () => {
  const database = await freshDatabase('registrations')
  const store = await openPostgresBindings(database.url)
  return {
    store,
    another: () => openPostgresBindings(database.url),
    async remove() {
      await store.close()
      await database.drop()
    },
  }
})

bindingsContract('registrations in Redis', async () => {
  const redis = await startRedis()
  const open = () => openRedisBindings({ url: redis.url, sealedMessages: sealedMessages(), database: 'tables' })
  const store = open()
  return {
    store,
    another: async () => open(),
    async remove() {
      await store.close()
      await redis.stop()
    },
  }
})

const test = suite('stores of registrations')

const away = (store: Bindings): Promise<boolean> =>
  store.all().then(
    () => false,
    (error: unknown) => isProblem(error, 'sip.bindings_away'),
  )

test('Redis away or silent: a clear problem in time, and the store is back by itself', async () => {
  const redis = await startRedis()
  const store = openRedisBindings({ url: redis.url, sealedMessages: sealedMessages(), database: 'tables' })
  try {
    assert.equal(await store.all(), [])
    redis.stall()
    assert.is(await away(store), true)
    redis.goOn()
    await until('it answers again', async () => !(await away(store)))
    await redis.kill()
    assert.is(await away(store), true)
    await redis.start()
    await until('it answers again', async () => !(await away(store)))
  } finally {
    await store.close()
    await redis.stop()
  }
})

test('PostgreSQL away or silent: a clear problem in time, and the store is back by itself', async () => {
  const database = await freshDatabase('registrations_away')
  const gate = await gateBefore(Number(new URL(database.url).port))
  const store = await openPostgresBindings(gate.through(database.url))
  try {
    assert.equal(await store.all(), [])
    for (const fault of ['stall', 'shut'] as const) {
      gate[fault]()
      assert.is(await away(store), true, fault)
      gate.open()
      await until('it answers again', async () => !(await away(store)))
    }
  } finally {
    await store.close()
    await gate.close()
    await database.drop()
  }
})

test('in Redis a contact opens only for the phone, and in the house, that it was sealed for', async () => {
  const redis = await startRedis()
  const open = (key: number) =>
    openRedisBindings({ url: redis.url, sealedMessages: sealedMessages(key), database: 'tables' })
  const [one, other] = [open(1), open(2)]
  const [victim, thief] = ['101', '102'].map((extension) => ({ tenant: 'bank', extension }))
  try {
    await one.save(thief!, 0, [{ contact: 'sip:thief@192.0.2.9' } as Binding])
    assert.equal(await other.all(), [])
    const key = `ledgerline:${sealedMessages().house}:tables:registrations`
    const [from, to] = ['["bank","102"]', '["bank","101"]']
    const move = `redis.call('HSET', KEYS[1], ARGV[2], redis.call('HGET', KEYS[1], ARGV[1])) return 1`
    assert.is(await tell(redis.url, ['EVAL', move, '1', key, from, to]), ':1\r\n')
    assert.is((await one.load(thief!)).bindings.length, 1)
    assert.equal(await one.load(victim!), { ...victim!, revision: 1, bindings: [] })
    assert.equal(
      (await one.all()).map(({ extension }) => extension),
      ['102'],
    )
  } finally {
    await one.close()
    await other.close()
    await redis.stop()
  }
})

/** One command to Redis, past our store. */
async function tell(url: string, words: string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  try {
    socket.write(
      [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n'),
    )
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}

test.run()
