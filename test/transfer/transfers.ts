/** Imports and exports in tests: upload, ask, wait for the end. */
import { randomUUID } from 'node:crypto'
import * as assert from 'uvu/assert'
import { PART_BYTES } from '@ledgerline/core/transfer/parts.ts'
import type { Spine } from '../http/spine.ts'
import { get, post, type Reply } from '../http/web.ts'
import { until } from '../support/gate.ts'

export class Transfers {
  readonly #spine: () => Spine

  constructor(spine: () => Spine) {
    this.#spine = spine
  }

  send(path: string, body: object): Promise<Reply> {
    return post(this.#spine(), `/api/v1/${path}`, { commandId: randomUUID(), ...body })
  }

  async done(path: string, body: object, status = 201): Promise<Reply['json']> {
    const reply = await this.send(path, body)
    assert.is(reply.status, status, `${path}: ${reply.text}`)
    return reply.json
  }

  async part(fileId: string, part: number, bytes: Buffer, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.#spine().url}/api/v1/uploads?fileId=${fileId}&part=${part}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', ...headers },
      body: new Uint8Array(bytes),
    })
  }

  async upload(content: Buffer | string): Promise<string> {
    const bytes = Buffer.from(content as string)
    const fileId = randomUUID()
    for (let part = 0; part * PART_BYTES < bytes.length; part++) {
      const reply = await this.part(fileId, part, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES))
      assert.is(reply.status, 200, await reply.clone().text())
    }
    return fileId
  }

  /** What would happen to a file, without the command's id. */
  async preview(table: string, content: Buffer | string, more: object = {}): Promise<Reply> {
    const fileId = await this.upload(content)
    return post(this.#spine(), `/api/v1/${table}/import/preview`, { fileId, ...more })
  }

  /** Imports a file by its headings; returns the task at its end. */
  async import(table: string, content: Buffer | string, more: object = {}): Promise<Reply['json']> {
    const fileId = await this.upload(content)
    const seen = await post(this.#spine(), `/api/v1/${table}/import/preview`, { fileId })
    assert.is(seen.status, 200, seen.text)
    const { taskId } = await this.done(`${table}/import`, { fileId, fields: seen.json.fields, ...more })
    return this.ended(taskId)
  }

  async ended(taskId: string): Promise<Reply['json']> {
    let task: Reply['json'] | undefined
    await until(`task ${taskId} is over`, async () => {
      task = (await get(this.#spine(), `/api/v1/tasks?taskId=${taskId}`)).json.rows[0]
      return task?.endedAt != null
    })
    return task!
  }

  async file(taskId: string, query = ''): Promise<{ status: number; bytes: Buffer; text: string; name: string }> {
    const reply = await fetch(`${this.#spine().url}/api/v1/tasks/${taskId}/file${query}`)
    const bytes = Buffer.from(await reply.arrayBuffer())
    return { status: reply.status, bytes, text: bytes.toString(), name: reply.headers.get('content-disposition') ?? '' }
  }
}
