// How the gateway's pages look for Nexus: its blue, and its icon before the name and in the browser's tab.
import type { Branding } from '../define/branding';
import { nexusIcon } from './icon';

export const nexusBranding: Branding = {
  accent: { light: '#3b5bdb', dark: '#91a7ff' },
  logo: nexusIcon.src,
  favicon: nexusIcon.src,
  tenant: { one: 'workspace', many: 'workspaces' },
};
