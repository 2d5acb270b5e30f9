/** The event socket against a server that speaks its protocol: order, chunks, refusals, deadlines and ends. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EventSocket, type SocketEvent } from '@ledgerline/adapters/telephony/drachtio/event-socket.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import {
  event,
  eventSocketServer,
  reply,
  response,
  type EventSocketServer,
  type Script,
} from '../support/event-socket-server.ts'

const test = suite('event socket')

let server: EventSocketServer | null = null
const open: { close(): void }[] = []

async function served(script: Script, greeting?: string): Promise<EventSocketServer> {
  return (server = await eventSocketServer(script, greeting))
}

async function opened(port: number, password = 'ClueCon') {
  const events: SocketEvent[] = []
  let end = (_: string): void => {}
  const gone = new Promise<string>((resolve) => (end = resolve))
  const socket = await EventSocket.open({
    address: { host: '127.0.0.1', port, password },
    events: ['CHANNEL_PARK', 'BACKGROUND_JOB'],
    fields: ['Event-Name', 'Unique-ID', 'Name'],
    heard: (heard) => void events.push(heard),
    gone: end,
  })
  open.push(socket)
  return { socket, events, gone }
}

const problemOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (isProblem(error) ? error.code : String(error)),
  )

test.after.each(async () => {
  for (const each of open.splice(0)) each.close()
  await server?.close()
  server = null
})

test('of an event of many kinds it asks for one kind alone', async () => {
  const { port, commands } = await served(() => undefined)
  const socket = await EventSocket.open({
    address: { host: '127.0.0.1', port, password: 'ClueCon' },
    events: ['CHANNEL_PARK'],
    some: { event: 'CHANNEL_EXECUTE_COMPLETE', field: 'Application', value: 'playback' },
    heard() {},
    gone() {},
  })
  open.push(socket)
  assert.equal(commands, [
    'auth ClueCon',
    'filter Event-Name CHANNEL_PARK',
    'filter Application playback',
    'event plain CHANNEL_PARK CHANNEL_EXECUTE_COMPLETE',
  ])
})

test('while an event is waited for, the server is made to look for it, and no longer', async () => {
  const { port } = await served((command) => (command === 'api status' ? response('UP') : undefined))
  const { socket } = await opened(port)
  const told = Promise.withResolvers<string>()
  const waits = Promise.all([socket.hurried(told.promise), socket.hurried(told.promise)])
  await until(() => server!.looks >= 3)
  assert.is(await socket.api('status'), 'UP', 'commands pass in between')
  told.resolve('it is')
  assert.equal(await waits, ['it is', 'it is'])
  // What was sent before has arrived with the answer.
  await socket.api('status')
  const { looks } = server!
  await new Promise((resolve) => setTimeout(resolve, 30))
  await socket.api('status')
  assert.is(server!.looks, looks)
})

test('it logs in, subscribes, and hears an event that came in pieces', async () => {
  const { port, commands } = await served(() => undefined)
  const { socket, events } = await opened(port)
  assert.equal(commands, ['auth ClueCon', 'event plain CHANNEL_PARK BACKGROUND_JOB'])
  assert.ok(socket.up)
  // What somebody calls themselves is no other field, and what was not asked for is not read.
  const name = '王芳\nUnique-ID: u2'
  const bytes = Buffer.from(event({ 'Event-Name': 'CHANNEL_PARK', Other: 'x', 'Unique-ID': 'u1', Name: name }))
  const peer = server!.peers.at(-1)!
  for (const byte of bytes) peer.write(Buffer.from([byte]))
  await until(() => events.length === 1)
  assert.equal(events, [{ 'Event-Name': 'CHANNEL_PARK', 'Unique-ID': 'u1', Name: name }])
})

async function until(true_: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !true_(); turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(true_(), 'it comes to that')
}

test('a wrong password and an address that is not allowed are told apart from a server that is away', async () => {
  const { port } = await served(() => undefined)
  assert.is(await problemOf(opened(port, 'wrong')), 'telephony.media_denied')
  await server!.close()
  assert.is(await problemOf(opened(port)), 'telephony.media_unreachable')
  const refusing = await served(() => undefined, 'Content-Type: text/rude-rejection\nContent-Length: 0\n\n')
  assert.is(await problemOf(opened(refusing.port)), 'telephony.media_unreachable')
})

test('answers belong to the commands in their order; a refusal says which command, and nothing of its content', async () => {
  const { port } = await served((command) => {
    if (command === 'api status') return response('UP 0 years')
    if (command.startsWith('api uuid_kill')) return response('-ERR No such channel!\n')
    return command.startsWith('api') ? response('-ERR 13800001111 is odd\n') : undefined
  })
  const { socket } = await opened(port)
  const [status, kill, odd] = await Promise.all([
    socket.api('status'),
    problemOf(socket.api('uuid_kill x')),
    socket.api('uuid_setvar u number 13800001111').catch((error: unknown) => error),
  ])
  assert.is(status, 'UP 0 years')
  assert.is(kill, 'telephony.no_leg')
  assert.ok(isProblem(odd, 'telephony.unavailable'))
})

test('a job resolves with its result, whichever ends first', async () => {
  const jobs: string[] = []
  const { port } = await served((command, socket) => {
    if (!command.startsWith('bgapi')) return undefined
    jobs.push(/Job-UUID: (.*)/.exec(command)![1]!)
    if (jobs.length === 2)
      setImmediate(() => {
        for (const id of jobs.toReversed())
          socket.write(event({ 'Event-Name': 'BACKGROUND_JOB', 'Job-UUID': id }, `+OK ${jobs.indexOf(id)}\n`))
      })
    return reply('+OK Job-UUID')
  })
  const { socket } = await opened(port)
  assert.equal(await Promise.all([socket.job('originate a'), socket.job('originate b')]), ['+OK 0', '+OK 1'])
})

test('what is under way fails when the server is gone, and so does everything after it', async () => {
  const { port } = await served((command, socket) => {
    if (command.startsWith('api')) socket.destroy()
    return undefined
  })
  const { socket, gone } = await opened(port)
  const job = problemOf(socket.job('originate a'))
  assert.is(await problemOf(socket.api('status')), 'telephony.unavailable')
  assert.is(await job, 'telephony.unavailable')
  await gone
  assert.not(socket.up)
  assert.is(await problemOf(socket.api('status')), 'telephony.unavailable')
})

test('a text from outside cannot begin a command of its own', async () => {
  const { port, commands } = await served((command) => (command.startsWith('api') ? response('+OK') : undefined))
  const { socket } = await opened(port)
  await socket.api('uuid_setvar u name x\n\napi hupall')
  assert.equal(commands.slice(2), ['api uuid_setvar u name x  api hupall'])
})

test.run()
