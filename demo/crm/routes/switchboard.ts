// The test switches over HTTP: make the CRM slow, fail, forget its tokens; read how often it was asked.
import { Hono } from 'hono';
import type { CrmHono } from '../env.ts';
import { readBody } from '../input.ts';
import { readCounts, resetSwitches, setSwitches, switchesShape } from '../switches.ts';

export const switchboard = new Hono<CrmHono>()
  .post('/switches', async (c) => {
    await setSwitches(c.env.CRM_DB, await readBody(c, switchesShape), c.env.now());
    return c.json({ ok: true });
  })
  .get('/counts', async (c) => c.json(await readCounts(c.env.CRM_DB)))
  .post('/reset', async (c) => {
    await resetSwitches(c.env.CRM_DB);
    return c.json({ ok: true });
  });
