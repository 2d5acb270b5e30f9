/** A process of the installation (a node): its task, and what all of its parts are opened with. */
import type { IceServer } from '@ledgerline/adapters/telephony/sip/ice-servers.ts'
import type { ConnectionLimits } from '@ledgerline/adapters/connection-limits.ts'
import type { JournalState } from '@ledgerline/adapters/journal/journal.ts'
import type { OutageHandlers } from '@ledgerline/adapters/log/outages.ts'
import type { Signer } from '@ledgerline/adapters/log/chain/signers.ts'
import type { TakingLog } from '@ledgerline/adapters/log/taking.ts'
import type { Disk } from '@ledgerline/adapters/nodes/disk.ts'
import type { NodeRole } from '@ledgerline/adapters/nodes/health.ts'
import type { NodeAddress } from '@ledgerline/adapters/nodes/node-server.ts'
import type { ServerLog } from '@ledgerline/adapters/server-log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Language } from '@ledgerline/core/kernel/words.ts'
import type { Installation } from '../installation/installation.ts'
import type { Starting } from '../installation/server-wait.ts'
import type { Demo } from './demo.ts'
import type { PaceState } from './pace.ts'
import type { TelephonySettings } from '../config.ts'
import type { RecordingStore } from '../settings.ts'

export interface UpOptions {
  port: number
  /** What this process does. */
  roles: readonly NodeRole[]
  /** Where it answers the other processes of the installation. */
  nodeAddress: NodeAddress
  /** The master key, by which the processes know each other. */
  masterKey: Buffer
  /** For how many days requests over HTTP are kept; absent, or 0: they are not. */
  requestDays?: number
  /** Who signs the chain of the ledger; absent: nobody does. */
  chainSigner?: Signer
  /** Redis, through which processes tell each other what changed on the boards; null: there is none. */
  redis: string | null
  /** The servers of the telephone network; null: the simulator. */
  telephony: TelephonySettings | null
  /** Where recordings are kept. */
  recordings: RecordingStore
  /** Where browsers register as phones; null: they cannot. */
  webPhones: string | null
  /** STUN and TURN servers for them. */
  iceServers?: readonly IceServer[]
  /** Called with what is wrong with one of them. */
  onTelephony?: (problem: Problem) => void
  /** How many connections are let in at once. */
  connectionLimits?: ConnectionLimits
  /** The tenant that the screens show; by default the demo's, or the only one there is. */
  tenant?: string
  /** The language of the terminal: in it the first roles are named. */
  language?: Language
  /** Called with the first user of a house that had none. Their password is told here, and kept nowhere. */
  onFirstUser?: (first: { name: string; password: string }) => void
  /** The demo's own traffic, on its own clock, from the tenant's latest moment on (null: from the beginning). */
  demo?: (lastAt: number | null) => Promise<Demo>
  logger: ServerLog
  /** The state of the journal behind the logger. Absent: there is no journal. */
  journal?: () => JournalState
  /** Called when the demo cannot keep its speed, and when it can again. */
  onPace?: (pace: PaceState) => void
  /** Called about Redis: it is being waited for, it is away, it is back. */
  onRedis?: Required<OutageHandlers> & Pick<Starting, 'onWaiting'>
  /** Called with what was found wrong at the start and needs someone, though the process continues. */
  onFound?: (problem: Problem) => void
  /** The room on the data directory's disk. Absent: nobody watches it. */
  disk?: Disk
  /** Called when everything answers. */
  ready: (address: Ready) => void
}

export interface Ready {
  /** Of the screens, or of `GET /health` where this process has none. */
  url: string
  roles: readonly NodeRole[]
  tenant: string
  replay: Demo | null
  standby: boolean
}

export interface Node {
  /** Names this process and its life. */
  name: string
  /** Its ledger is `log`. */
  installation: Installation
  log: TakingLog
  options: UpOptions
  logger: ServerLog
  does(role: NodeRole): boolean
  /** Each part registers here how to close it, as soon as it is open: what was opened last is closed first. */
  closing: AsyncDisposableStack
}
