/** The levels that a screen shows: each reading is given in, what has held long enough comes out. */
import { SvelteMap } from 'svelte/reactivity'
import { holdLevel, type HeldLevel, type Level } from './levels.ts'

export class LevelKeeper {
  readonly #held = new Map<string, HeldLevel>()
  readonly #shown = new SvelteMap<string, Level | null>()
  readonly #holds: boolean

  /** @param holds a level must hold a while to be shown; not so for a board that stands still */
  constructor(holds = true) {
    this.#holds = holds
  }

  /** Call it with every new reading, and at least every second. */
  read(levels: Readonly<Record<string, Level | null>>): void {
    const now = performance.now()
    for (const [name, level] of Object.entries(levels)) {
      const held = holdLevel(this.#holds ? (this.#held.get(name) ?? null) : null, level, now)
      this.#held.set(name, held)
      this.#shown.set(name, held.shown)
    }
  }

  shown(name: string): Level | null {
    return this.#shown.get(name) ?? null
  }
}
