/**
 * More than there is room for: connections and streams of one address, and of all; with raw sockets, the way someone
 * opens them who wants to keep others out. An existing wall carries on as if nobody had come.
 */
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Places, type ConnectionLimits } from '@ledgerline/adapters/connection-limits.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { until } from '../support/gate.ts'
import { startWeb, type Web } from './web.ts'

const few: ConnectionLimits = { connections: { inAll: 6, ofOne: 4 }, streams: { inAll: 3, ofOne: 2 } }
const [wall, other, third] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const

const test = suite('more connections than there is room for')
const opened = new Set<Socket>()
/** One with its usual times, and one that soon gives up on clients that do not use their place. */
let [usual, impatient]: Web[] = []
let web: Web
test.before(async () => {
  usual = await startWeb('connections', { connectionLimits: few })
  impatient = await startWeb('connections_impatient', { connectionLimits: few, requestMs: 1_000, stillMs: 4_000 })
})
test.before.each(() => void (web = usual!))
test.after.each(async () => {
  for (const socket of opened) socket.destroy()
  opened.clear()
  await until('a server that everybody has left', () => web.server.connections === 0)
})
test.after(async () => {
  await Promise.all([usual!.close(), impatient!.close()])
})

interface Line {
  socket: Socket
  /** What came, and how it ended. */
  heard: string
  closed: boolean
}

/** A connection from an address of this machine, once it is established. */
async function open(from: string): Promise<Line> {
  const socket = connect({ host: '127.0.0.1', port: web.port, localAddress: from })
  const line: Line = { socket, heard: '', closed: false }
  opened.add(socket)
  socket.on('data', (part: Buffer) => (line.heard += part.toString()))
  socket.on('error', () => {})
  socket.on('close', () => (line.closed = true))
  await until('a connection', () => !socket.connecting)
  return line
}

const asking = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`

/** Asks on a connection; returns the status and the rest of the answer's beginning. */
async function ask(
  line: Line,
  path = '/api/v1/status',
  headers = '',
): Promise<{ status: number; head: string; json: any }> {
  line.heard = ''
  line.socket.write(asking(path, headers))
  await until(
    `an answer to ${path}`,
    () =>
      (/\r\n\r\n/.test(line.heard) && (path.includes('/live') || /\}\s*$/.test(line.heard))) ||
      (line.closed && Promise.reject(new Error(`closed after ${line.heard}`))),
  )
  const [head = '', ...rest] = line.heard.split('\r\n\r\n')
  const status = Number(head.split(' ')[1])
  return { status, head, json: status >= 400 ? JSON.parse(rest.join('\r\n\r\n')) : null }
}

test('a client whose address has used up its places is told so, others are not; a place given up is free', async () => {
  const held = await Promise.all(Array.from({ length: few.connections.ofOne }, () => open(other)))
  for (const line of held) assert.is((await ask(line)).status, 200)
  const late = await open(other)
  const { status, head, json } = await ask(late)
  assert.equal([status, json.code, json.passing, json.details], [503, 'server.too_many_of_one', true, { limit: 4 }])
  assert.match(head, /^Retry-After: [1-9]\d*$/im)
  assert.match(head, /^Connection: close$/im)
  await until('a refused connection that is closed', () => late.closed)
  assert.match(
    (await ask(await open(other), '/wall', 'Accept-Language: zh\r\n')).json.detail,
    /^该地址打开的连接数已达上限 4。/,
  )

  // Another address has its own places, as far as there are any.
  const [mine] = await Promise.all([open(wall), open(wall)])
  assert.is((await ask(mine!)).status, 200)
  assert.is((await ask(await open(third))).json.code, 'server.too_many_connections')
  held[0]!.socket.destroy()
  await until('a place that is free', async () => (await ask(await open(other))).status === 200)
})

test('of those refused few are answered, and none for long', async () => {
  const held = await Promise.all(Array.from({ length: few.connections.ofOne }, () => open(other)))
  const crowd = await Promise.all(Array.from({ length: 80 }, () => open(other)))
  await until('the rest to be hung up on', () => crowd.filter(({ closed }) => closed).length >= 30)
  assert.ok(crowd.every(({ heard }) => heard === ''))
  assert.ok(held.every(({ closed }) => !closed))
  assert.is((await ask(await open(wall))).status, 200)
  await until('those who do not ask to be hung up on', () => crowd.every(({ closed }) => closed))
  assert.ok(web.told.some(({ message, level }) => level === 'warn' && message.includes('without an answer')))
})

test('a place has to be used: headers a letter at a time, a body that does not come, nothing at all, an answer that is not read', async () => {
  web = impatient!
  const [letters, body, nothing, unread] = await Promise.all([open(other), open(other), open(other), open(other)])
  const dripping = setInterval(() => letters!.socket.writable && letters!.socket.write('x'), 20)
  try {
    letters!.socket.write('GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')
    body!.socket.write(
      'POST /api/v1/calls/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    )
    unread!.socket.pause()
    // More than two sockets can buffer between them.
    for (let times = 0; times < 200; times++) unread!.socket.write(asking('/api/openapi.json'))
    for (const line of [letters!, body!, nothing!]) {
      await until('a connection that is ended', () => line.closed)
      assert.match(line.heard, /^HTTP\/1\.1 408 /)
      assert.match(line.heard, 'request.slow')
    }
  } finally {
    clearInterval(dripping)
  }
  await until('its places, all of them', async () => {
    const four = await Promise.all(Array.from({ length: 4 }, () => open(other)))
    const answers = await Promise.all(four.map((line) => ask(line).catch(() => null)))
    for (const { socket } of four) socket.destroy()
    return answers.every((answer) => answer?.status === 200)
  })
})

test('streams have places of their own, and leave some for requests', async () => {
  const live = '/api/v1/live?topics=calls'
  const mine = [await open(other), await open(other)]
  for (const line of mine) assert.is((await ask(line, live)).status, 200)
  const late = await open(other)
  const { status, head, json } = await ask(late, live).then(
    async (answer) => (await until('all of it', () => late.heard.endsWith('}')), { ...answer }),
  )
  assert.equal([status, json.code, json.details], [503, 'live.too_many_of_one', { limit: 2 }])
  assert.match(head, /^Retry-After: [1-9]/im)
  // It is refused the stream, not the connection.
  assert.is((await ask(late)).status, 200)
  assert.is((await ask(await open(wall), live)).status, 200)
  assert.is((await ask(await open(wall), live)).json.code, 'live.too_many')
  mine[0]!.socket.destroy()
  await until('a place of a stream', async () => (await ask(late, live)).status === 200)
  assert.is(web.server.feed.listeners, 3)
})

test('an existing wall carries on: its stream beats, and its connection is kept', async () => {
  web = impatient!
  const stream = await open(wall)
  assert.is((await ask(stream, '/api/v1/live')).status, 200)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ports = new Set<number>()
  const asks = () =>
    new Promise<number>((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: web.port, path: '/api/v1/status', agent },
        (response) => void response.resume().on('end', () => resolve(response.statusCode!)),
      )
      sent.on(
        'socket',
        (socket) =>
          void (socket.localPort
            ? ports.add(socket.localPort)
            : socket.once('connect', () => ports.add(socket.localPort!))),
      )
      sent.on('error', reject).end()
    })
  try {
    const crowd = await Promise.all(Array.from({ length: 40 }, () => open(other)))
    const beats = () => stream.heard.split('event: beat').length
    for (let round = 0; round < 10; round++) {
      for (const { socket } of crowd) if (socket.writable) socket.write(round === 0 ? 'GET / HTTP/1.1\r\nX: ' : 'x')
      const before = beats()
      assert.is(await asks(), 200)
      await until('a beat', () => beats() > before)
      // Longer, in total, than a request may take.
      await pause(150)
    }
    assert.is(ports.size, 1, 'one connection for all it asked')
    assert.not(stream.closed)
  } finally {
    agent.destroy()
  }
})

test('places are counted right, whoever comes and goes', async () => {
  const dice = seededDice(8)
  const places = new Places({ inAll: 20, ofOne: 7 })
  const held = new Map<string, (() => void)[]>()
  const of = (address: string) => held.get(address) ?? held.set(address, []).get(address)!
  const all = () => [...held.values()].reduce((sum, { length }) => sum + length, 0)
  for (let step = 0; step < 5_000; step++) {
    const address = `127.0.0.${Math.floor(dice() * 5)}`
    const mine = of(address)
    if (dice() < 0.55) {
      const place = places.take(address)
      const right = all() >= 20 ? 'inAll' : mine.length >= 7 ? 'ofOne' : 'function'
      assert.is(typeof place === 'function' ? 'function' : place, right)
      if (typeof place === 'function') mine.push(place)
    } else if (mine.length > 0) {
      const [leave] = mine.splice(Math.floor(dice() * mine.length), 1)
      leave!()
      leave!()
    }
    assert.is(places.taken, all())
  }
})

test.run()
