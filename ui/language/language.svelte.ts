/**
 * The language of the screens: from the address (`?lang=en`, a wall keeps it there), else what was chosen here
 * before, else the browser's. Any component reads `language.t` and follows a switch at once.
 */
import type { Words } from '@ledgerline/core/kernel/words.ts'
import { en } from './en.ts'
import { inLanguage, type LanguageCode } from './format.ts'
import { zh, type Messages } from './zh.ts'

const catalogues: Record<LanguageCode, Messages> = { 'zh-CN': zh, en }
const KEPT = 'ledgerline.language'

/** zh, zh-CN, zh-Hans … and en, en-GB …; null for any other. */
function asLanguage(text: string | null | undefined): LanguageCode | null {
  if (!text) return null
  const [main] = text.toLowerCase().split('-')
  return main === 'zh' ? 'zh-CN' : main === 'en' ? 'en' : null
}

function firstChoice(): LanguageCode {
  const asked = asLanguage(new URLSearchParams(location.search).get('lang')) ?? asLanguage(localStorage.getItem(KEPT))
  return asked ?? navigator.languages.map(asLanguage).find((code) => code !== null) ?? 'zh-CN'
}

class Language {
  code: LanguageCode = $state(firstChoice())
  t: Messages = $derived(catalogues[this.code])

  /** A text that exists in both languages, in the reader's language. */
  say(text: Words): string {
    return inLanguage(this.code, text)
  }

  choose(code: LanguageCode): void {
    this.code = code
    localStorage.setItem(KEPT, code)
  }
}

export const language = new Language()
