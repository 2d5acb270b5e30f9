/** Rows on their way into a table by COPY, on a separate connection that is opened for the first row. */
import { once } from 'node:events'
import type { Client } from 'pg'
import { from, type CopyStreamQuery } from 'pg-copy-streams'
import type { Row } from './model.ts'
import { BinaryWriter } from './binary.ts'
import { connect, disconnect } from './connect.ts'
import type { Target } from './store.ts'
import { quote, snake } from './names.ts'
import { tableIn } from './table.ts'

const CHUNK = 1 << 18

export class Copier {
  readonly #url: string
  readonly #target: Target
  readonly #writer = new BinaryWriter(CHUNK + 8192)
  #client: Client | null = null
  #stream: CopyStreamQuery | null = null
  #failed: Error | null = null
  #begun = false

  constructor(url: string, target: Target) {
    this.#url = url
    this.#target = target
  }

  /** Takes a row; {@link drained} sends it on. */
  row(tenant: string, row: Row): void {
    if (!this.#begun) {
      this.#begun = true
      this.#writer.copyHeader()
    }
    this.#writer.copyRow(tenant, this.#target.fields, row)
  }

  /** Sends what is there if it is worth sending, and waits for a server that is behind. */
  async drained(): Promise<void> {
    if (this.#writer.length >= CHUNK) await this.#send()
  }

  async #send(): Promise<void> {
    const stream = this.#stream ?? (await this.#open())
    if (this.#failed) throw this.#failed
    if (!stream.write(this.#writer.take())) await Promise.race([once(stream, 'drain'), once(stream, 'close')])
    if (this.#failed) throw this.#failed
  }

  async #open(): Promise<CopyStreamQuery> {
    const { table, fields } = this.#target
    this.#client = await connect(this.#url, { application: `ledgerline copy ${table}`, statementMs: 0 })
    const columns = ['tenant', ...fields.map(([name]) => quote(snake(name)))]
    const stream = this.#client.query(from(`copy ${tableIn(table)} (${columns.join(', ')}) from stdin (format binary)`))
    stream.on('error', (error: Error) => {
      this.#failed ??= error
    })
    this.#stream = stream
    return stream
  }

  /** Sends the rest; resolves when the server has all of it. */
  async finish(): Promise<void> {
    if (!this.#begun) return
    this.#writer.copyTrailer()
    await this.#send()
    const stream = this.#stream!
    await new Promise<void>((resolve, reject) => {
      stream.once('finish', resolve)
      stream.once('error', reject)
      stream.end()
    })
  }

  async close(): Promise<void> {
    if (this.#stream && !this.#stream.writableFinished) this.#stream.destroy()
    await disconnect(this.#client)
    this.#client = null
  }
}
