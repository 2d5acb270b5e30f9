/**
 * The real servers that live tests run against: which setting names each, and which part of our code its tests prove. A
 * server's tests are in `test/live/NAME/`, their latest results in `test/live/result-NAME.json`.
 */

export interface LiveServer {
  name: string
  /** The part of our code that its tests are about: changes there make their result outdated. */
  proves: string
  /** Prepares the server that the environment names for the tests; null if none is named. */
  ready(env: NodeJS.ProcessEnv): Promise<ReadyServer | null>
}

/** A server that answers. */
export interface ReadyServer {
  /** Its own name. */
  server: { name: string; version: string }
  /** How the tests find it. */
  env: NodeJS.ProcessEnv
  stop(): Promise<void>
}

/**
 * What a live test may ask for in its opening comment (`Needs: LIVE_EVENTSTORE.`), explained to someone who has not set
 * it.
 */
export const settings: Readonly<Record<string, string>> = {
  EVENT_LOG: 'esdb://… of an EventStoreDB or KurrentDB that nobody else writes to; or else LIVE_EVENTSTORE',
  LIVE_EVENTSTORE:
    'a command that runs such a server in the foreground, without TLS, at {port}, with its files in {data}',
  LIVE_FAKETIME:
    'libfaketime (its file for several threads): shows the server that LIVE_EVENTSTORE starts, or a call centre, another time',
  LIVE_EVENTSTORE_CLUSTER:
    'such a command for one node of a cluster of three, the addresses of the other two in {seeds}, separated by commas',
  LIVE_FREESWITCH:
    'a command that runs FreeSWITCH in the foreground with the configuration of ops/compose, on 127.0.0.1: its event socket at {port} with the password ClueCon, its files in {dir}',
  LIVE_DRACHTIO:
    'a command that runs drachtio in the foreground: clients at {control} with the secret cymru, SIP over UDP at {sip}, both on 127.0.0.1; its files in {dir}',
  LIVE_FULL_DISK:
    'an empty directory on a file system of its own of some 64 kB, which FreeSWITCH fills: mount -t tmpfs -o size=64k …',
  LIVE_S3:
    'an S3-compatible store and a bucket for the tests alone, as in LEDGERLINE_RECORDING_STORE: s3://KEY:SECRET@host:port/bucket?tls=false',
}

export const liveServers: readonly LiveServer[] = [
  {
    name: 'eventstoredb',
    proves: 'adapters/log/eventstoredb',
    // Not before it is needed: a run that is not live does without our adapter.
    ready: async (env) => (await import('./eventstoredb/server.ts')).readyEventStore(env),
  },
  {
    name: 'telephony',
    proves: 'adapters/telephony',
    ready: async (env) => (await import('./telephony/server.ts')).readyDrachtio(env),
  },
  {
    name: 'recordings',
    proves: 'adapters/recordings/s3.ts',
    ready: async (env) => (await import('./recordings/server.ts')).readyStore(env),
  },
]
