/**
 * Light or dark: from the address (`?theme=light`), else what was chosen here before, else the system's; on the wall,
 * unless the address says otherwise, dark. The tokens follow `color-scheme` alone.
 */
const KEPT = 'ledgerline.theme'

export type Theme = 'system' | 'light' | 'dark'

function asTheme(text: string | null): Theme | null {
  return text === 'light' || text === 'dark' || text === 'system' ? text : null
}

function asked(): Theme | null {
  return asTheme(new URLSearchParams(location.search).get('theme'))
}

class ThemeChoice {
  /** Chosen for the desk. */
  desk: Theme = $state(asked() ?? asTheme(localStorage.getItem(KEPT)) ?? 'system')
  /** The wall has a choice of its own: a television is not a desk. */
  wall: Theme = $state(asked() ?? 'dark')

  choose(place: 'desk' | 'wall', theme: Theme): void {
    this[place] = theme
    if (place === 'desk') localStorage.setItem(KEPT, theme)
  }
}

export const theme = new ThemeChoice()

/** Makes the page follow a theme. Call within an effect. */
export function wear(chosen: Theme): void {
  document.documentElement.style.colorScheme = chosen === 'system' ? 'light dark' : chosen
}
