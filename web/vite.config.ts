import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Cross-origin isolation: what the engine's threaded builds need (SharedArrayBuffer).
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [svelte()],
  resolve: { alias: { heddle: here('../dist/index.js') } },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: here('../build/site'),
    emptyOutDir: true,
    rollupOptions: { input: [here('index.html'), here('speed.html')] },
  },
  server: { headers, fs: { allow: [here('..')] } },
  preview: { headers },
});
