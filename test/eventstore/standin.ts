/**
 * NOT imitated here: users but one, access lists, stream metadata but `$tb`, links, indexes, persistent subscriptions,
 * projections, deadlines of appends, replication (nodes of a cluster share one log), anything of the disk.
 *
 * A stand-in for EventStoreDB: a server of the same wire protocol in this process, over a log in memory, whose
 * definitions and messages are the official client's own. It answers as the server's source does, and fails on demand.
 * It is behind a {@link Proxy}, which treats its connections as networks do.
 */
import { randomUUID } from 'node:crypto'
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import featureMessages from '@eventstore/db-client/generated/serverfeatures_pb.js'
import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import gossipMessages from '@eventstore/db-client/generated/gossip_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import service from '@eventstore/db-client/generated/streams_grpc_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import {
  Server,
  ServerCredentials,
  type Metadata,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
} from '@grpc/grpc-js'
import { Hold } from './hold.ts'
import { Ledger, type Expected, type Proposed } from './ledger.ts'
import * as say from './messages.ts'
import { Proxy } from './proxy.ts'
import { Reading, type Misdelivery, type ReadCall } from './reading.ts'

export interface StandInOptions {
  /** A log to serve; by default a new one. */
  ledger?: Ledger
  /** Bytes of one append at most, as the server counts them. */
  maxAppendSize?: number
  /** Bytes of one event at most, as younger servers have it. */
  maxAppendEventSize?: number
  /** Who may read and write; by default everybody. */
  user?: { name: string; password: string }
  /** Uses TLS with this certificate; otherwise plain. */
  tls?: { key: Buffer; certificate: Buffer }
}

/** What happens to an append whose answer is lost. */
type Lost = 'written' | 'not written'

const MIB = 1024 * 1024

export class StandIn {
  readonly ledger: Ledger
  /** The address clients connect to, which fails as networks do. */
  readonly proxy: Proxy
  /** Appends that have arrived but are not written yet. */
  readonly appends = new Hold()
  /** Answers to appends that are written. */
  readonly answers = new Hold()
  /** Answers to reads and subscriptions of any kind. */
  readonly reads = new Hold()
  /** Events for subscriptions. */
  readonly deliveries = new Hold()
  /** Passed by subscriptions that have caught up; it holds none of them, but a test can wait for it. */
  readonly live = new Hold()
  /** Messages sent to reads and subscriptions, in total. */
  sent = 0
  readonly #server: Server
  /** Where it listens behind its proxy. */
  readonly #port: number
  readonly #options: StandInOptions
  readonly #misdelivery: Misdelivery = { leftOut: new Map(), repeated: new Map(), missing: new Set() }
  #user: { name: string; password: string } | undefined
  #maxAppendSize: number
  #nextIsLost: { how: Lost; done: () => void } | null = null
  /** Calls that were lost before all of their messages came. */
  readonly #cutOff = new WeakSet<BatchCall>()
  /** The nodes of its cluster, and which of them leads. */
  #cluster: { nodes: readonly StandIn[]; leader: StandIn | null } | null = null
  #refused = 0

  private constructor(options: StandInOptions, server: Server, port: number, proxy: Proxy) {
    this.#options = options
    this.#server = server
    this.#port = port
    this.proxy = proxy
    this.ledger = options.ledger ?? new Ledger()
    this.#user = options.user
    this.#maxAppendSize = options.maxAppendSize ?? MIB
    server.addService(features.ServerFeaturesService, { getSupportedMethods })
    server.addService(gossip.GossipService, {
      read: (_: unknown, answer: sendUnaryData<gossipMessages.ClusterInfo>) => answer(null, this.#gossip()),
    })
    server.addService(service.StreamsService, {
      read: (call: ReadCall) => this.#read(call),
      append: (
        call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
        answer: sendUnaryData<streams.AppendResp>,
      ) => this.#append(call, answer),
      batchAppend: (call: BatchCall) => this.#batchAppend(call),
      delete: (
        call: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>,
        answer: sendUnaryData<streams.DeleteResp>,
      ) => this.#delete(call, answer),
      tombstone: (
        call: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
        answer: sendUnaryData<streams.TombstoneResp>,
      ) => this.#tombstone(call, answer),
    })
  }

  static async start(options: StandInOptions = {}): Promise<StandIn> {
    const { tls } = options
    const server = new Server({ 'grpc.max_receive_message_length': 17 * MIB, 'grpc.max_send_message_length': 17 * MIB })
    const credentials = tls
      ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
      : ServerCredentials.createInsecure()
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    )
    return new StandIn(options, server, port, await Proxy.start({ host: '127.0.0.1', port }))
  }

  /** Several nodes over one log; the first one leads. */
  static async startCluster(nodes: number): Promise<StandIn[]> {
    const ledger = new Ledger()
    const started = await Promise.all(Array.from({ length: nodes }, () => StandIn.start({ ledger })))
    started[0]!.lead(started)
    return started
  }

  get address(): string {
    return `127.0.0.1:${this.proxy.port}`
  }

  /** A connection string; for several nodes it names all of them. `user`: name and password, as `name:password`. */
  url(settings: Record<string, string> = {}): string {
    const { user, ...rest } = settings
    const query = new URLSearchParams({ tls: String(this.#options.tls !== undefined), ...rest })
    const hosts = this.#cluster?.nodes.map(({ address }) => address).join(',') ?? this.address
    return `esdb://${user ? `${user}@` : ''}${hosts}?${query}`
  }

  // ── what can be done to it ───────────────────────────────────────────────────────────────────

  /** Calls it turned away: for lack of the right user, or because it does not lead. */
  get refused(): number {
    return this.#refused
  }

  /** Becomes the leader of a cluster; the others turn away clients that ask for one. */
  lead(nodes: readonly StandIn[] = this.#cluster?.nodes ?? [this]): void {
    const cluster = { nodes, leader: this }
    for (const node of nodes) node.#cluster = cluster
  }

  limitAppends(bytes: number): void {
    this.#maxAppendSize = bytes
  }

  /** From now on someone else is admitted. */
  admitOnly(user: { name: string; password: string }): void {
    this.#user = user
  }

  /** The answer to the next append is lost, and all connections with it. Resolves when that has happened. */
  loseNextAnswer(how: Lost): Promise<void> {
    return new Promise((done) => (this.#nextIsLost = { how, done }))
  }

  /** Subscriptions do not get this event, this many times. */
  leaveOut(id: string, times = Number.POSITIVE_INFINITY): void {
    this.#misdelivery.leftOut.set(id, times)
  }

  /** Its index has lost this event: nobody who reads or follows everything gets it. */
  lose(id: string): void {
    this.#misdelivery.missing.add(id)
  }

  /** Subscriptions get this event twice, this many times. */
  repeat(id: string, times = Number.POSITIVE_INFINITY): void {
    this.#misdelivery.repeated.set(id, times)
  }

  /** Dies: connections are cut and refused. */
  kill(): Promise<void> {
    return this.proxy.refuse()
  }

  /** Comes back, with its log. */
  revive(): Promise<void> {
    return this.proxy.accept()
  }

  /** Serves at another port as well. */
  servedAt(port: number): Promise<Proxy> {
    return Proxy.start({ host: '127.0.0.1', port: this.#port }, port)
  }

  async close(): Promise<void> {
    for (const hold of [this.appends, this.answers, this.reads, this.deliveries]) hold.open()
    await this.proxy.close()
    this.#server.forceShutdown()
  }

  // ── the calls ────────────────────────────────────────────────────────────────────────────────

  async #read(call: ReadCall): Promise<void> {
    call.on('error', () => {})
    try {
      this.#admit(call.metadata)
      if (!this.#isAllowed(call.metadata)) throw say.accessDenied()
      await new Reading(this.ledger, call, this, this.#misdelivery).answer()
    } catch (error) {
      call.emit('error', error)
    }
  }

  #batchAppend(call: BatchCall): void {
    const pending = new Map<string, Batch>()
    let before = Promise.resolve()
    call.on('error', () => {})
    call.on('data', (request: streams.BatchAppendReq) => {
      // One after the other, as they came; a client that is gone still counts as having asked.
      before = before
        .then(() => this.#batch(call, request, pending))
        .catch((error: unknown) => void call.emit('error', error))
    })
    call.on('end', () => void before.then(() => call.end()))
  }

  async #batch(call: BatchCall, request: streams.BatchAppendReq, pending: Map<string, Batch>): Promise<void> {
    // What was sent after something that never arrived did not arrive either.
    if (this.#cutOff.has(call)) return
    this.#admit(call.metadata)
    const id = say.idOf(request.getCorrelationId())
    const options = request.getOptions()
    if (options)
      pending.set(id, {
        stream: say.nameOf(options.getStreamIdentifier()),
        expected: expectedBy(options),
        proposed: [],
      })
    const batch = pending.get(id)
    if (!batch) return
    batch.proposed.push(...request.getProposedMessagesList().map(proposedOf))
    if (!request.getIsFinal()) return
    pending.delete(id)
    const neverCame = this.#nextIsLost?.how === 'not written'
    const answer = await this.#batchAnswer(call.metadata, batch)
    if (answer === null && neverCame) this.#cutOff.add(call)
    if (answer === null || call.cancelled) return
    answer.setCorrelationId(request.getCorrelationId()!)
    answer.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(batch.stream)))
    call.write(answer)
  }

  /** Null when the answer was lost. */
  async #batchAnswer(
    metadata: Metadata,
    { stream, expected, proposed }: Batch,
  ): Promise<streams.BatchAppendResp | null> {
    if (!this.#isAllowed(metadata)) return say.accessDeniedMessage()
    if (proposed.some(({ type }) => type === ''))
      return say.badRequestMessage("Required Metadata Property 'type' is missing")
    const largest = proposed.find(
      (event) => sizeOf(event) > (this.#options.maxAppendEventSize ?? Number.POSITIVE_INFINITY),
    )
    if (largest) return say.eventTooLargeMessage(largest.id, sizeOf(largest), this.#options.maxAppendEventSize!)
    if (this.#isTooLarge(proposed)) return say.appendTooLargeMessage(this.#maxAppendSize)
    const lost = this.#nextIsLost
    this.#nextIsLost = null
    if (lost?.how !== 'not written') {
      if (this.appends.isClosed) await this.appends.pass()
      const outcome = this.ledger.append(stream, expected, proposed)
      if (!lost) {
        if (this.answers.isClosed) await this.answers.pass()
        return say.appendMessage(outcome, stream, expected)
      }
    }
    this.proxy.drop()
    lost.done()
    return null
  }

  #append(
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    answer: sendUnaryData<streams.AppendResp>,
  ): void {
    let options: streams.AppendReq.Options | undefined
    const proposed: Proposed[] = []
    call.on('error', () => {})
    call.on('data', (request: streams.AppendReq) => {
      if (request.hasOptions()) options = request.getOptions()
      else proposed.push(proposedOf(request.getProposedMessage()!))
    })
    call.on('end', () => {
      try {
        this.#admit(call.metadata)
        if (!this.#isAllowed(call.metadata)) throw say.accessDenied()
        if (this.#isTooLarge(proposed)) throw say.appendTooLarge(this.#maxAppendSize)
        const stream = say.nameOf(options!.getStreamIdentifier())
        const expected = options!.hasRevision() ? BigInt(options!.getRevision()) : expectedBy(options!)
        const outcome = this.ledger.append(stream, expected, proposed)
        if ('deleted' in outcome) throw say.streamDeleted(stream)
        answer(null, say.singleAppendMessage(outcome, expected))
      } catch (error) {
        answer(error as Error)
      }
    })
  }

  #delete(
    { request, metadata }: ServerUnaryCall<streams.DeleteReq, streams.DeleteResp>,
    answer: sendUnaryData<streams.DeleteResp>,
  ): void {
    try {
      const { commit, prepare } = this.ledger.delete(this.#deletable(metadata, request.getOptions()!))
      answer(
        null,
        new streams.DeleteResp().setPosition(
          new streams.DeleteResp.Position().setCommitPosition(String(commit)).setPreparePosition(String(prepare)),
        ),
      )
    } catch (error) {
      answer(error as Error)
    }
  }

  #tombstone(
    { request, metadata }: ServerUnaryCall<streams.TombstoneReq, streams.TombstoneResp>,
    answer: sendUnaryData<streams.TombstoneResp>,
  ): void {
    try {
      const { commit, prepare } = this.ledger.tombstone(this.#deletable(metadata, request.getOptions()!))
      answer(
        null,
        new streams.TombstoneResp().setPosition(
          new streams.TombstoneResp.Position().setCommitPosition(String(commit)).setPreparePosition(String(prepare)),
        ),
      )
    } catch (error) {
      answer(error as Error)
    }
  }

  #deletable(metadata: Metadata, options: streams.DeleteReq.Options | streams.TombstoneReq.Options): string {
    this.#admit(metadata)
    if (!this.#isAllowed(metadata)) throw say.accessDenied()
    const name = say.nameOf(options.getStreamIdentifier())
    const stream = this.ledger.stream(name)
    if (stream === 'deleted') throw say.streamDeleted(name)
    if (options.hasRevision() && BigInt(options.getRevision()) !== (stream?.last ?? -1n))
      throw say.wrongVersion(name, stream?.last ?? -1n)
    return name
  }

  // ── who may ──────────────────────────────────────────────────────────────────────────────────

  /** Turns away clients with a wrong password, and those that ask a node for the leader when another leads. */
  #admit(metadata: Metadata): void {
    const user = this.#user
    const [given] = metadata.get('authorization')
    const leader = this.#cluster?.leader
    const error =
      user &&
      given !== undefined &&
      given !== `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`
        ? say.unauthenticated()
        : leader && leader !== this && metadata.get('requires-leader')[0] === 'true'
          ? say.notLeader({ host: '127.0.0.1', port: leader.proxy.port })
          : null
    if (!error) return
    this.#refused++
    throw error
  }

  /** A client without a name is only turned away by the call itself. */
  #isAllowed(metadata: Metadata): boolean {
    const allowed = !this.#user || metadata.get('authorization').length > 0
    if (!allowed) this.#refused++
    return allowed
  }

  #isTooLarge(proposed: readonly Proposed[]): boolean {
    return proposed.reduce((sum, event) => sum + sizeOf(event), 0) > this.#maxAppendSize
  }

  #gossip(): gossipMessages.ClusterInfo {
    const info = new gossipMessages.ClusterInfo()
    const { nodes, leader } = this.#cluster ?? { nodes: [this], leader: this }
    for (const node of nodes) {
      const member = new gossipMessages.MemberInfo()
        .setInstanceId(new shared.UUID().setString(randomUUID()))
        .setTimeStamp('0')
        .setIsAlive(true)
      member.setState(
        node === leader ? gossipMessages.MemberInfo.VNodeState.LEADER : gossipMessages.MemberInfo.VNodeState.FOLLOWER,
      )
      info.addMembers(
        member.setHttpEndPoint(new gossipMessages.EndPoint().setAddress('127.0.0.1').setPort(node.proxy.port)),
      )
    }
    return info
  }
}

type BatchCall = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>

/** An append that comes in several messages. */
interface Batch {
  stream: string
  expected: Expected
  proposed: Proposed[]
}

function getSupportedMethods(_: unknown, answer: sendUnaryData<featureMessages.SupportedMethods>): void {
  const methods = new featureMessages.SupportedMethods().setEventStoreServerVersion('24.10.0')
  for (const [name, ...its] of [
    ['read', 'position', 'events'],
    ['append'],
    ['batchappend', 'deadline_duration'],
    ['delete'],
    ['tombstone'],
  ]) {
    methods.addMethods(
      new featureMessages.SupportedMethod()
        .setServiceName('event_store.client.streams.streams')
        .setMethodName(name!)
        .setFeaturesList(its),
    )
  }
  answer(null, methods)
}

function expectedBy(
  options: { hasNoStream(): boolean; hasAny(): boolean; hasStreamExists(): boolean } & (
    | { getStreamPosition(): string }
    | object
  ),
): Expected {
  if (options.hasNoStream()) return 'none'
  if (options.hasAny()) return 'any'
  if (options.hasStreamExists()) return 'exists'
  return BigInt((options as { getStreamPosition(): string }).getStreamPosition())
}

function proposedOf(message: streams.BatchAppendReq.ProposedMessage | streams.AppendReq.ProposedMessage): Proposed {
  const properties = message.getMetadataMap()
  return {
    id: say.idOf(message.getId()),
    type: properties.get('type') ?? '',
    json: properties.get('content-type') === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

/** As the server counts: the text of the type by its UTF-16. */
function sizeOf({ type, data, metadata }: Proposed): number {
  return data.length + metadata.length + type.length * 2
}
