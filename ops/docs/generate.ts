/** Writes the pages that are generated from the code: `node ops/docs/generate.ts`. */
import { writeFileSync } from 'node:fs'
import { pages } from './pages.ts'

for (const { file, text } of pages()) {
  writeFileSync(new URL(file, import.meta.url), text)
  console.log(`ops/docs/${file}`)
}
