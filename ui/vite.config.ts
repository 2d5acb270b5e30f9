/**
 * How the screens are built: one page, each route its own chunk, so that the TV on the wall loads only
 * the wallboard. Sizes are checked by test/browser/bundle-size.test.ts, which reads the manifest.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** Where `pnpm --filter @ledgerline/ui dev` finds the server; the built screens are served by the server itself. */
const server = process.env['LEDGERLINE_SERVER'] ?? 'http://127.0.0.1:7070'

export default defineConfig({
  plugins: [svelte()],
  build: {
    modulePreload: {
      // What a wall loads later need not be named in what it loads first: it finds its parts by itself, one step later.
      resolveDependencies: (_, files, { hostId }) =>
        /\bWall-/.test(hostId) ? files.filter((file) => file.endsWith('.css')) : files,
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
