/**
 * How the screens are built: one page, each route its own chunk, so that the TV on the wall loads only
 * the wallboard. Sizes are checked by test/browser/bundle-size.test.ts, which reads the manifest.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

/** Where `pnpm --filter @ledgerline/ui dev` finds the server; the built screens are served by the server itself. */
const server = process.env['LEDGERLINE_SERVER'] ?? 'http://127.0.0.1:7070'

/** Below this, compression saves nothing noticeable. */
const WORTH_BYTES = 1_000

/** Puts the compressed forms beside each file once, so that no server has to make them at its start. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir }) {
      const paths = readdirSync(dir!, { recursive: true, encoding: 'utf8' }).filter((path) =>
        /^[^.].*\.(?:html|js|css|json|webmanifest|svg|txt)$/.test(path),
      )
      await Promise.all(
        paths.map(async (path) => {
          const body = readFileSync(join(dir!, path))
          if (body.length < WORTH_BYTES) return
          const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: body.length }
          writeFileSync(join(dir!, `${path}.br`), await promisify(brotliCompress)(body, { params }))
          writeFileSync(join(dir!, `${path}.gz`), await promisify(gzip)(body, { level: 9 }))
        }),
      )
    },
  }
}

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    modulePreload: {
      // The first file names what its pages load, and a wall loads it, too. So only the parts of the wall are named there; any other
      // page, and what a wall loads later, finds its parts by itself, one step later.
      resolveDependencies: (page, files, { hostId }) =>
        /\bWall-/.test(hostId) || !/\bWall-/.test(page) ? files.filter((file) => file.endsWith('.css')) : files,
    },
    // The first file names every page and its styles, so short names save what a wall loads; 42 bits of a hash tell builds apart.
    rollupOptions: {
      output: { chunkFileNames: 'assets/[name]-[hash:7].js', assetFileNames: 'assets/[name]-[hash:7][extname]' },
    },
    // A wall may run on a television's own browser: no newer than what light-dark() already asks for.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    manifest: true,
    // Assets stay files: the page must work under a content security policy without `data:`.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: { proxy: { '/api': { target: server, changeOrigin: false } } },
})
