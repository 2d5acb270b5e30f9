/** The levels on screen: it takes each reading and returns what has held long enough. */
import { SvelteMap } from 'svelte/reactivity'
import { holdLevel, isWorse, type HeldLevel, type Level } from './levels.ts'

export class LevelKeeper {
  readonly #held = new Map<string, HeldLevel>()
  readonly #shown = new SvelteMap<string, { level: Level | null; broke: number | null }>()
  readonly #holds: boolean

  /** @param holds a level must hold for a while before it shows; not needed for a past board */
  constructor(holds = true) {
    this.#holds = holds
  }

  /**
   * Call it with every new reading, and at least every second.
   * @param values of the figures, for levels that should say which value broke the limit
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

  /** The value that broke the limit, while its level still shows after the figure has recovered; else null. */
  broke(name: string): number | null {
    return this.#shown.get(name)?.broke ?? null
  }
}
