// A challenge quotes the product's title, whose words are the adopter's.
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { parseConfig } from '../../../src/config';
import { product } from '../../product/definition';
import { resourceServers } from '../../../src/oauth/resource-server';
import { resourceOf } from '../../../src/shared/resources';

const config = parseConfig({ ...env }, product.upstream);

test.each(['The "Best" CRM', 'Back\\slash', 'Müller 東京 CRM', 'two\nlines'])(
  'a title of any characters leaves the challenge well-formed (RFC 6750 §3): %s',
  (title) => {
    const { lostAccess } = resourceServers({ ...product, title }, [])(config, resourceOf(config.issuer, null));
    expect(lostAccess).toMatch(/^Bearer (?:[a-z_]+="[\x20\x21\x23-\x5B\x5D-\x7E]*"(?:, |$))+$/);
    expect(new Headers({ 'WWW-Authenticate': lostAccess }).get('WWW-Authenticate')).toBe(lostAccess);
    expect(lostAccess).toContain('error="invalid_token", error_description="');
  },
);
