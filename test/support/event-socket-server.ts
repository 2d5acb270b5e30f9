/** A server that speaks FreeSWITCH's event socket protocol: logs in whoever knows the password, and follows a script. */
import { createServer, type AddressInfo, type Socket } from 'node:net'

/** What is answered to each command; undefined: the usual to a log-in and a subscription, nothing otherwise. */
export type Script = (command: string, socket: Socket) => string | undefined

export const reply = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`
export const response = (body: string): string =>
  `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`
export const event = (fields: Record<string, string>, body = ''): string => {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${encodeURIComponent(value)}\n`)
  const end = body === '' ? '\n' : `Content-Length: ${Buffer.byteLength(body)}\n\n${body}`
  const text = lines.join('') + end
  return `Content-Length: ${Buffer.byteLength(text)}\nContent-Type: text/event-plain\n\n${text}`
}

export interface EventSocketServer {
  port: number
  /** What it was told, with bodies. */
  commands: string[]
  /** How often it was made to look for events. */
  readonly looks: number
  /** Its side of each connection. */
  peers: Socket[]
  close(): Promise<void>
}

export async function eventSocketServer(
  script: Script,
  greeting = 'Content-Type: auth/request\n\n',
): Promise<EventSocketServer> {
  const commands: string[] = []
  let looks = 0
  const peers: Socket[] = []
  const server = createServer((socket) => {
    peers.push(socket)
    socket.on('error', () => {})
    socket.write(greeting)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
      for (;;) {
        // An empty line before a command is none.
        for (; text.startsWith('\n'); text = text.slice(1)) looks++
        const end = text.indexOf('\n\n')
        if (end < 0) return
        const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
        if (text.length < end + 2 + length) return
        const command = text.slice(0, end + 2 + length).trimEnd()
        text = text.slice(end + 2 + length)
        commands.push(command)
        const answer = script(command, socket) ?? standard(command)
        if (answer) socket.write(answer)
      }
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    get looks() {
      return looks
    },
    peers,
    close: () => new Promise<void>((closed) => server.close(() => closed())),
  }
}

function standard(command: string): string | undefined {
  if (command === 'auth ClueCon') return reply('+OK accepted')
  if (command.startsWith('auth')) return reply('-ERR invalid')
  if (command.startsWith('filter')) return reply('+OK filter added')
  return command.startsWith('event') ? reply('+OK event listener enabled plain') : undefined
}
