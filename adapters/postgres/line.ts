/**
 * A single connection that is opened when needed and reopened after it was lost. Whatever was in progress when it was
 * lost fails; whether it was done is for the caller to find out.
 */
import type { Client } from 'pg'
import { connection, type Connecting } from './connect.ts'

export class Line {
  readonly #url: string
  readonly #options: Connecting
  /** Called with each new connection before it is handed out. */
  readonly #greet: (client: Client) => Promise<void>
  #client: Promise<Client> | null = null
  #closed = false

  constructor(url: string, options: Connecting, greet: (client: Client) => Promise<void> = async () => {}) {
    this.#url = url
    this.#options = options
    this.#greet = greet
  }

  /** The connection. @throws whatever the driver says if none can be opened */
  open(): Promise<Client> {
    if (this.#closed) return Promise.reject(new Error('the connection was closed'))
    this.#client ??= this.#dial()
    return this.#client
  }

  /** Gives up the connection, whatever is in progress on it: the next {@link open} makes another. */
  drop(): void {
    const lost = this.#client
    this.#client = null
    lost?.then(
      (client) => client.end().catch(() => {}),
      () => {},
    )
  }

  async close(): Promise<void> {
    this.#closed = true
    const last = this.#client
    this.#client = null
    await last?.then((client) => client.end()).catch(() => {})
  }

  #dial(): Promise<Client> {
    const dialled = this.#dialled()
    dialled.catch(() => {
      if (this.#client === dialled) this.#client = null
    })
    dialled.then(
      (client) =>
        client.once('end', () => {
          if (this.#client === dialled) this.#client = null
        }),
      () => {},
    )
    return dialled
  }

  async #dialled(): Promise<Client> {
    const client = connection(this.#url, this.#options)
    try {
      await client.connect()
      await this.#greet(client)
      return client
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
  }
}

/**
 * Waits for a promise, with a time limit.
 * @throws Error `timeout: no answer within …`, which counts as unreachable
 */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timeout: no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
