/**
 * Finds overlapping services of one agent: a person talks to one customer at a time, so at least one of the two clocks
 * is wrong. Only four numbers are kept per service, however large a row is.
 */

export interface Overlap {
  server: string
  /** The file and line of the service that began before the other had ended. */
  file: string
  line: number
  /** Line of the service before it. */
  before: number
  /** By how much, seconds. */
  seconds: number
}

export class Overlaps {
  /** By server: start, end, file and line of each service in turn. */
  readonly #services = new Map<string, number[]>()
  readonly #files: string[] = []

  /** @param from @param to seconds on one scale for all */
  add(server: string, from: number, to: number, file: string, line: number): void {
    if (this.#files.at(-1) !== file) this.#files.push(file)
    const service = [from, to, this.#files.length - 1, line]
    const known = this.#services.get(server)
    if (known) known.push(...service)
    else this.#services.set(server, service)
  }

  /** Services that began before the previous one of the same server had ended. */
  found(): Overlap[] {
    const found: Overlap[] = []
    for (const [server, flat] of this.#services) {
      const services = Array.from({ length: flat.length / 4 }, (_, i) => ({
        from: flat[4 * i]!,
        to: flat[4 * i + 1]!,
        file: flat[4 * i + 2]!,
        line: flat[4 * i + 3]!,
      }))
      services.sort((a, b) => a.from - b.from || a.file - b.file || a.line - b.line)
      for (let i = 1; i < services.length; i++) {
        const [before, service] = [services[i - 1]!, services[i]!]
        if (service.from < before.to)
          found.push({
            server,
            file: this.#files[service.file]!,
            line: service.line,
            before: before.line,
            seconds: before.to - service.from,
          })
      }
    }
    return found
  }
}
