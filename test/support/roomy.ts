/** Where tests keep their files. */
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const GIB = 1024 ** 3

/**
 * In memory if there is plenty of it: a database has three hundred files, and each commit waits for the disk
 * (10 ms on an ordinary one). Killed processes find their files again. These tests do not prove what must
 * survive a crash of the machine.
 */
export function roomyDirectory(gib = 2): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    if (bavail * bsize > gib * GIB) return '/dev/shm'
  } catch {
    // None here.
  }
  return tmpdir()
}
