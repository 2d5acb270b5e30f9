/**
 * What we use of drachtio-srf (5.0.29), declared by ourselves: its own types are incomplete, and it is CommonJS, so that
 * everything hangs on the default import. What its parts really do is in `server-line.ts` and in the tests against the
 * stand-in (`test/drachtio`) and the real server (`test/live/telephony`).
 */
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import drachtio from 'drachtio-srf'

/** A message's fields. Several of one name arrive joined by commas. */
interface Fields {
  get(name: string): string | undefined
  has(name: string): boolean
  body?: string
}

export interface SipRequest extends Fields, EventEmitter {
  method: string
  uri: string
  /** Where it came from. */
  source_address: string
  source_port: number
  protocol: string
  /** `host:port` of the SIP server's own address; not there for requests inside a dialog. */
  receivedOn?: string
  stackDialogId?: string
  /** The server's name for this request. */
  stackTxnId?: string
  /** The connection to the SIP server on which it came. */
  socket: Socket
}

export interface SipResponse extends Fields {
  /** What it answers, and the dialog that it begins. */
  readonly req?: SipRequest
  readonly stackDialogId?: string
  status: number
  reason: string
  /** Where it came from. */
  source_address: string
  source_port: number
  protocol: string
  send(status: number, reason: string, options?: { headers?: Record<string, string>; body?: string }): void
  /** A final response was sent. */
  readonly finalResponseSent: boolean
}

/** A request that we send outside a dialog, or inside one whose id we know. */
export interface OutgoingRequest {
  uri: string
  stackDialogId?: string
  /** Of the INVITE that a CANCEL takes back. */
  stackTxnId?: string
  method: string
  headers?: Record<string, string>
  body?: string
  /** Where it really goes, as a SIP URI. */
  proxy?: string
}

/** What the library keeps for one connection; we look into it where it has no other way. */
interface Connection {
  /** Answers that the server owes us, by message id. */
  pendingRequests: Map<string, (answer: string[]) => void>
  /** INVITEs without a final response, by Call-ID. One that is never answered stays for ever, so we take it out. */
  pendingNetworkInvites: Map<string, unknown>
}

export interface Srf extends EventEmitter {
  connect(options: { host: string; port: number; secret: string; reconnect: { maxAttempts: number } }): void
  use(method: string, handler: (request: SipRequest, response: SipResponse) => void): void
  request(
    options: OutgoingRequest,
    sent: (
      error: Error | null,
      request?: EventEmitter & { on(event: 'response', heard: (response: SipResponse) => void): void },
    ) => void,
  ): void
  readonly app: {
    client: {
      mapServer: Map<Socket, Connection>
      wp: EventEmitter & {
        /** Sends one message and returns its id. */
        send(socket: Socket, message: string): string
        disconnect(socket: Socket): void
      }
    }
  }
}

export const Srf = drachtio as unknown as new () => Srf
