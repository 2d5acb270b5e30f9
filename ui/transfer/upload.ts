/** Sends a file to the server in parts, so that none takes long. */
import { PART_BYTES } from '@ledgerline/core/transfer/parts.ts'
import { commandId, upload } from '../http/requests.ts'

/** @param told the share that has arrived, from 0 to 1 @returns the file's id */
export async function uploaded(file: File, told: (share: number) => void): Promise<string> {
  const fileId = commandId()
  told(0)
  const parts = Math.max(1, Math.ceil(file.size / PART_BYTES))
  for (let part = 0; part < parts; part++) {
    await upload('/api/v1/uploads', { fileId, part }, file.slice(part * PART_BYTES, (part + 1) * PART_BYTES))
    told((part + 1) / parts)
  }
  return fileId
}
