/** Texts in the languages that the product speaks. Browser-safe. */
export type Language = 'en' | 'zh'

/** One text in every language. */
export type Words = Readonly<Record<Language, string>>
