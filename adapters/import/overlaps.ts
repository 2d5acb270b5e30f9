/**
 * Finds services of one agent that overlap: a person talks to one customer at a time, so at least one
 * of the two clocks is wrong. Four numbers are kept a service, whatever else a row holds.
 */

export interface Overlap {
  server: string
  /** The service that began before the other had ended. */
  file: string
  line: number
  /** Line of the one before it. */
  before: number
  /** By how much, seconds. */
  seconds: number
}

export class Overlaps {
  /** By server: start, end, file and line of each service, one after the other. */
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

  /** Services that began before the one that began before them had ended. */
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
