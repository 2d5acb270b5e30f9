/** Where tests keep their files. */
import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const GIB = 1024 ** 3

/**
 * In memory if there is plenty of it: a database is three hundred files, and each commit of a house waits for the disk
 * (10 ms on a common one). Processes that are killed find their files again; tests of this kind do not prove what must
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
