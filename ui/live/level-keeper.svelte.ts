/** The levels that a screen shows: each reading is given in, what has held long enough comes out. */
import { SvelteMap } from 'svelte/reactivity'
import { holdLevel, isWorse, type HeldLevel, type Level } from './levels.ts'

export class LevelKeeper {
  readonly #held = new Map<string, HeldLevel>()
  readonly #shown = new SvelteMap<string, { level: Level | null; broke: number | null }>()
  readonly #holds: boolean

  /** @param holds a level must hold a while to be shown; not so for a board that stands still */
  constructor(holds = true) {
    this.#holds = holds
  }

  /**
   * Call it with every new reading, and at least every second.
   * @param values of the figures, where a level that is held shall say what broke it
   */
  read(levels: Readonly<Record<string, Level | null>>, values: Readonly<Record<string, number | null>> = {}): void {
    const now = performance.now()
    for (const [name, level] of Object.entries(levels)) {
      const held = holdLevel(this.#holds ? (this.#held.get(name) ?? null) : null, level, now, values[name] ?? null)
      this.#held.set(name, held)
      const broke = isWorse(held.shown, level) ? held.broke : null
      const before = this.#shown.get(name)
      if (before?.level !== held.shown || before.broke !== broke) this.#shown.set(name, { level: held.shown, broke })
    }
  }

  shown(name: string): Level | null {
    return this.#shown.get(name)?.level ?? null
  }

  /** The value that broke a level which is still shown although the figure has recovered; null where it has not. */
  broke(name: string): number | null {
    return this.#shown.get(name)?.broke ?? null
  }
}
