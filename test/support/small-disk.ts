/** A disk of a few megabytes to fill up, if this user may mount one. */
import * as assert from 'uvu/assert'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Its directory until this process ends; null if it cannot be mounted. */
export function smallDisk(megabytes: number): string | null {
  const place = mkdtempSync(join(tmpdir(), 'ledgerline-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=777`, 'tmpfs', place], { stdio: 'ignore' })
  } catch {
    rmSync(place, { recursive: true })
    return null
  }
  process.once('exit', () => {
    execFileSync('umount', ['--lazy', place], { stdio: 'ignore' })
    rmSync(place, { recursive: true })
  })
  return place
}

/** Writes until there is no room. */
export function fillUp(file: string): void {
  const handle = openSync(file, 'w')
  try {
    for (const size of [1 << 20, 1 << 12, 1]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(size, 1))
      } catch (error) {
        assert.is((error as NodeJS.ErrnoException).code, 'ENOSPC')
      }
    }
  } finally {
    closeSync(handle)
  }
}
