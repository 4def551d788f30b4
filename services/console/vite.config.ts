import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The console's web part: everything bundled, nothing asked of another origin. */
export default defineConfig({
  root: 'src/web',
  publicDir: 'public',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    // Licences of the packages that are really in the bundle; those of the typefaces are in public/licenses.txt.
    license: { fileName: 'licenses-of-code.txt' },
    // An inlined font or image would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
});
