// Writes a PNG of every page, narrow and wide, light and dark: npx node test/browser/screenshots.ts FOLDER [FILTER]
// Vite compiles our pages, which Node cannot: they are JSX.
import { mkdirSync } from 'node:fs';
import { createViteServer } from 'vitest/node';
import { chromiumPath, launch, serve } from './harness.ts';

const [folder, filter = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/browser/screenshots.ts FOLDER [FILTER]');
if (chromiumPath === undefined) throw new Error('no Chromium: set CHROMIUM_PATH or apt-get install chromium');
mkdirSync(folder, { recursive: true });

const vite = await createViteServer({
  configFile: false,
  appType: 'custom',
  server: { middlewareMode: true, ws: false, watch: null },
});
const { gallery, show } = (await vite.ssrLoadModule('/test/browser/gallery.ts')) as typeof import('./gallery.ts');

const browser = await launch(chromiumPath);
await using server = await serve(({ path }) => show(path));
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [390, 1280]) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
    for (const path of gallery.keys()) {
      if (!path.includes(filter)) continue;
      await page.goto(`${server.origin}${path}`);
      await page.screenshot({ path: `${folder}${path}-${width}-${colorScheme}.png`, fullPage: true });
    }
    await page.close();
  }
}
await browser.close();
await vite.close();
