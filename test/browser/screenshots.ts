// Writes a PNG of every page, narrow and wide, light and dark: npx node test/browser/screenshots.ts FOLDER [FILTER]
// Our sources import without extensions, which Node does not resolve by itself.
import { mkdirSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const ours = context.parentURL?.includes('/node_modules/') === false && specifier.startsWith('.');
    return next(ours && !specifier.endsWith('.ts') ? `${specifier}.ts` : specifier, context);
  },
});

const [folder, filter = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node test/browser/screenshots.ts FOLDER [FILTER]');
mkdirSync(folder, { recursive: true });

// After the hook, hence not static.
const { chromiumPath, launch, serve } = await import('./harness.ts');
const { gallery, show } = await import('./gallery.ts');
if (chromiumPath === undefined) throw new Error('no Chromium: set CHROMIUM_PATH or apt-get install chromium');

const browser = await launch(chromiumPath);
await using server = await serve(({ path }) => show(path));
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
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
