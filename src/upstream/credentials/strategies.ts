// The strategies by which a credential is obtained. A new one is a file here, a row in this table, and its data in
// define/credential.ts.
import type { CredentialDefinition } from '../../define/credential';
import type { UpstreamDefinition } from '../../define/upstream';
import { customSource } from './custom';
import type { CredentialSource, SourceOptions } from './source';
import { verifySource } from './verify';

export type { CredentialSource, CredentialSubject, SourceOptions } from './source';
export { verifySource } from './verify';

type Strategies = {
  readonly [Name in CredentialDefinition['strategy']]: (
    options: SourceOptions<Extract<CredentialDefinition, { strategy: Name }>>,
  ) => CredentialSource;
};

const strategies: Strategies = { verify: verifySource, custom: customSource };

/** @throws TypeError for an upstream whose strategy doesn't exist: called when the Worker starts */
export function checkStrategies(upstreams: readonly UpstreamDefinition[]): void {
  for (const { name, credential } of upstreams) {
    if (!Object.hasOwn(strategies, credential.strategy)) {
      const known = Object.keys(strategies).join(', ');
      throw new TypeError(`upstream ${name}: no credential strategy ${credential.strategy}; there are ${known}`);
    }
  }
}

/** The source of an upstream's credentials for one session. */
export function credentialSource(options: SourceOptions<CredentialDefinition>): CredentialSource {
  // TypeScript doesn't see that the row and the upstream are of the same strategy.
  const strategy = strategies[options.upstream.credential.strategy] as (
    options: SourceOptions<CredentialDefinition>,
  ) => CredentialSource;
  return strategy(options);
}
