// Resources as an adopter declares them: data that a client can attach to a conversation, by URI.
import type { ContentAnnotations, Icon, ResourceBody } from './content';
import type { Completer, ContextFor } from './context';
import type { UpstreamUse } from './upstream';

interface ResourceCommon<Scope extends string, Upstream extends UpstreamUse> {
  /** Stable id, unique among the definition's resources: part of audit events. */
  readonly name: string;
  readonly title: string;
  /** At most 2,048 characters. */
  readonly description: string;
  readonly mimeType: string;
  /** Every scope that reading it needs; without them it isn't listed either. */
  readonly scopes: readonly [Scope, ...Scope[]];
  readonly upstream: Upstream;
  readonly annotations?: ContentAnnotations;
  readonly icons?: readonly Icon[];
}

/** One resource, at a fixed URI. */
export interface ResourceDefinition<
  Scope extends string = string,
  Upstream extends UpstreamUse = UpstreamUse,
> extends ResourceCommon<Scope, Upstream> {
  readonly uri: string;
  read(context: ContextFor<Upstream>): Promise<readonly ResourceBody[]>;
}

/** One entry of a list of resources. */
export interface ResourceEntry {
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
}

/** Resources of one shape: `nexus://leads/{id}`. Each `{variable}` is one path segment, percent-decoded. */
export interface ResourceTemplateDefinition<
  Scope extends string = string,
  Upstream extends UpstreamUse = UpstreamUse,
> extends ResourceCommon<Scope, Upstream> {
  /** RFC 6570 level 1. */
  readonly uriTemplate: string;
  read(variables: Readonly<Record<string, string>>, context: ContextFor<Upstream>): Promise<readonly ResourceBody[]>;
  /** Suggests values of a variable. */
  readonly complete?: Readonly<Record<string, Completer>>;
}

/** Identity function, for a place to read the contract. */
export function defineResource<const Scope extends string, const Upstream extends UpstreamUse>(
  resource: ResourceDefinition<Scope, Upstream>,
): ResourceDefinition<Scope, Upstream> {
  return resource;
}

/** Identity function, for a place to read the contract. */
export function defineResourceTemplate<const Scope extends string, const Upstream extends UpstreamUse>(
  template: ResourceTemplateDefinition<Scope, Upstream>,
): ResourceTemplateDefinition<Scope, Upstream> {
  return template;
}
