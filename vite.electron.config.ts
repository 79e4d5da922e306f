/** Bundles the app: `--mode main` makes main.js and engine-child.js (ESM), `--mode preload` makes preload.cjs: a sandboxed preload is one CommonJS file. */
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { defineConfig } from 'vite'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string }
/** What is not bundled: Electron's own module, the packages with native code, and what the sketches would need only to be written to a wire. */
const external = ['electron', 'better-sqlite3', 'node-llama-cpp', 'protobufjs/minimal', ...builtinModules, /^node:/]

export default defineConfig(({ mode }) => ({
  publicDir: false,
  ssr: { noExternal: true },
  define: {
    __HEADGATE_VERSION__: JSON.stringify(version),
    // Set by whoever signs: an unsigned build has no login item and no updates, and says so.
    __HEADGATE_SIGNED__: JSON.stringify(process.env['HEADGATE_SIGNED'] === '1'),
  },
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'dist/electron',
    emptyOutDir: false, // an app that runs opens its window with the preload from here, also while this builds; tools/dist.ts begins anew
    minify: false, // so it needs no map, which the packed app would not have
    rolldownOptions:
      mode === 'preload'
        ? { input: 'electron/preload.ts', external, output: { format: 'cjs', entryFileNames: 'preload.cjs' } }
        : {
            // The child lies beside main.js: router/engine/worker-wire.ts looks for it there.
            input: { main: 'electron/main.ts', 'engine-child': 'router/engine/child.ts' },
            external,
            output: {
              format: 'esm',
              entryFileNames: '[name].js', // electron-updater's own file is called main too
              chunkFileNames: ({ name }) => (name === 'main' ? 'updater.js' : `${name}.js`),
            },
          },
  },
}))
