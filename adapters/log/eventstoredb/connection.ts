/**
 * The connection to EventStoreDB or KurrentDB: the official client's, with its discovery of a cluster's leader, its
 * TLS, its credentials and its recovery after a loss. Only the two calls that everything goes through use our own
 * messages (`messages.ts`).
 *
 * One client per process and server: the client keeps its pending calls in one place for all of its instances, so that
 * losing one connection fails the appends of another.
 */
import { EventStoreDBClient } from '@eventstore/db-client'
import {
  Channel,
  Client,
  Metadata,
  status,
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type ClientDuplexStream,
  type ClientReadableStream,
} from '@grpc/grpc-js'
import { within } from '../../postgres/line.ts'
import { unavailable } from '../../postgres/answered.ts'
import { refusalOf } from './refusals.ts'

/** Default time limit for an answer, ms. */
const DEADLINE_MS = 10_000

export type ReadCall = ClientReadableStream<Buffer>
export type AppendCall = ClientDuplexStream<Buffer, Buffer>

const same = (buffer: Buffer): Buffer => buffer

/** The service's two calls, whose messages stay bytes. */
class Streams extends Client {
  read(request: Buffer, metadata: Metadata, options: CallOptions): ReadCall {
    return this.makeServerStreamRequest(
      '/event_store.client.streams.Streams/Read',
      same,
      same,
      request,
      metadata,
      options,
    )
  }

  append(metadata: Metadata, options: CallOptions): AppendCall {
    return this.makeBidiStreamRequest('/event_store.client.streams.Streams/BatchAppend', same, same, metadata, options)
  }
}

/** What the official client keeps for its own commands, and we call for ours. */
interface Inside {
  GRPCStreamCreator<T>(client: typeof Streams, name: string, make: (client: Streams) => T): () => Promise<T>
  callArguments(options: { requiresLeader?: boolean }, call: CallOptions): [Metadata, CallOptions]
  createChannel(): Promise<Channel>
  getChannel(): Promise<Channel>
}

/** The options a grpc-js channel was made with. */
interface InsideChannel {
  internalChannel: { credentials: ChannelCredentials; options: ChannelOptions }
}

/**
 * Separate connections. By default all channels of a process share them: a channel made because the connection is dead
 * would get the dead one again, until its keep-alive gives it up, and one to a server that was away for long would wait
 * up to two minutes before trying. And with HTTP/2's usual window of 64 KiB the server would wait for us after every
 * few hundred events.
 */
const OWN_CONNECTIONS: ChannelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc-node.flow_control_window': 1024 * 1024,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
}

function withOwnConnections(inside: Inside): void {
  const create = inside.createChannel
  inside.createChannel = async () => {
    const channel = await create()
    const { credentials, options } = (channel as unknown as InsideChannel).internalChannel
    channel.close()
    return new Channel(channel.getTarget(), credentials, { ...options, ...OWN_CONNECTIONS })
  }
}

const open = new Map<string, { client: EventStoreDBClient; users: number }>()

export class Connection {
  readonly #url: string
  /** The official client, for use with its own messages. */
  readonly client: EventStoreDBClient
  /** Time limit for an answer, ms. */
  readonly deadlineMs: number
  readonly #inside: Inside
  #closed = false

  /** @throws Problem `log.address` for a connection string that the client does not understand */
  constructor(url: string, deadlineMs = DEADLINE_MS) {
    this.#url = url
    this.deadlineMs = deadlineMs
    let shared = open.get(url)
    if (!shared) {
      try {
        shared = { client: EventStoreDBClient.connectionString(spoken(url)), users: 0 }
        withOwnConnections(shared.client as unknown as Inside)
      } catch (error) {
        throw refusalOf(error, 'address')
      }
      open.set(url, shared)
    }
    shared.users++
    this.client = shared.client
    this.#inside = shared.client as unknown as Inside
  }

  /** @throws Problem `log.unavailable`, `log.denied` */
  read(request: Buffer): Promise<ReadCall> {
    return this.#call('read', (streams) =>
      streams.read(request, ...this.#inside.callArguments({ requiresLeader: true }, { deadline: Infinity })),
    )
  }

  /** @throws Problem `log.unavailable`, `log.denied` */
  append(): Promise<AppendCall> {
    return this.#call('append', (streams) =>
      streams.append(...this.#inside.callArguments({ requiresLeader: true }, { deadline: Infinity })),
    )
  }

  /** Gives up a call whose server no longer responds: the next call makes a new connection. */
  abandon(call: ReadCall | AppendCall): void {
    // The client takes this at face value, and reconnects.
    call.destroy(
      Object.assign(new Error('14 UNAVAILABLE: the server is not answering'), {
        code: status.UNAVAILABLE,
        details: 'the server is not answering',
        metadata: new Metadata(),
      }),
    )
    call.cancel()
  }

  async #call<T>(name: string, make: (streams: Streams) => T): Promise<T> {
    if (this.#closed) throw unavailable('it was closed')
    try {
      // Finding the leader of a cluster may take a while.
      return await within(this.deadlineMs, this.#inside.GRPCStreamCreator(Streams, name, make)())
    } catch (error) {
      throw refusalOf(error)
    }
  }

  /** Releases the connection; the last user closes it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const shared = open.get(this.#url)
    if (!shared || --shared.users > 0) return
    open.delete(this.#url)
    // The client itself leaves its channel open.
    const channel = await within(this.deadlineMs, this.#inside.getChannel()).catch(() => null)
    await within(this.deadlineMs, shared.client.dispose()).catch(() => {})
    channel?.close()
  }
}

/**
 * The address in the client's terms. KurrentDB is the same server under a new name that the client does not know yet.
 */
function spoken(url: string): string {
  const named = url.replace(/^kurrentdb(\+discover)?:/, 'esdb$1:')
  // Given several addresses with +discover, it would ask only the first, dead or alive; without it, all of them.
  return /^esdb\+discover:\/\/(?:[^@/?]*@)?[^@/?]*,/.test(named) ? named.replace('+discover', '') : named
}
