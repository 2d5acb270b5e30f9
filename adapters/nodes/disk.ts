/**
 * How much room the data directory has. Checked every few seconds, so that people hear of it, and of what to do, before
 * everything stands still.
 */
import { statfs } from 'node:fs/promises'

export interface DiskState {
  /** little: someone should make room. full: no more writes can be relied upon. */
  state: 'enough' | 'little' | 'full'
  freeBytes: number
}

const LOOK_MS = 2_000
const MIB = 1024 * 1024
/** PostgreSQL writes its log in files of 16 MiB: with less room it cannot begin another. */
const FULL_BYTES = 16 * MIB
const LITTLE_BYTES = 512 * MIB
/** How much more room must be back before it counts, so that nobody is told again and again. */
const BACK = 1.25

export class Disk {
  readonly #directory: string
  readonly #onChange: (now: DiskState, before: DiskState['state']) => void
  readonly #looking: NodeJS.Timeout
  #state: DiskState | null = null
  #asking: Promise<void> | null = null

  constructor(directory: string, onChange: (now: DiskState, before: DiskState['state']) => void = () => {}) {
    this.#directory = directory
    this.#onChange = onChange
    this.#looking = setInterval(() => void this.look(), LOOK_MS).unref()
    void this.look()
  }

  /** The state at the last check; null before that. */
  get state(): DiskState | null {
    return this.#state
  }

  /** Checks now. A disk that does not answer is asked once, not once per check. */
  look(): Promise<void> {
    this.#asking ??= this.#look().finally(() => (this.#asking = null))
    return this.#asking
  }

  close(): void {
    clearInterval(this.#looking)
  }

  async #look(): Promise<void> {
    let freeBytes: number
    try {
      const { bavail, bsize } = await statfs(this.#directory)
      freeBytes = bavail * bsize
    } catch {
      return
    }
    const before = this.#state?.state ?? 'enough'
    const state = stateOf(freeBytes, before)
    this.#state = { state, freeBytes }
    if (state !== before) this.#onChange(this.#state, before)
  }
}

function stateOf(free: number, before: DiskState['state']): DiskState['state'] {
  if (free < FULL_BYTES * (before === 'full' ? BACK : 1)) return 'full'
  return free < LITTLE_BYTES * (before === 'enough' ? 1 : BACK) ? 'little' : 'enough'
}
