// Resources as an adopter declares them: data that a client can attach to a conversation, by URI.
import type { ContentAnnotations, Icon, ResourceBody } from './content';
import type { Completer, RequestContext } from './context';

interface ResourceCommon<Scope extends string> {
  /** Stable id, unique among the definition's resources: part of audit events. */
  readonly name: string;
  readonly title: string;
  /** At most 2,048 characters. */
  readonly description: string;
  readonly mimeType: string;
  /** Every scope that reading it needs; without them it isn't listed either. */
  readonly scopes: readonly [Scope, ...Scope[]];
  /** `none`: read without asking the upstream. */
  readonly upstream: 'default' | 'none';
  readonly annotations?: ContentAnnotations;
  readonly icons?: readonly Icon[];
}

/** One resource, at a fixed URI. */
export interface ResourceDefinition<Scope extends string = string> extends ResourceCommon<Scope> {
  readonly uri: string;
  read(context: RequestContext): Promise<readonly ResourceBody[]>;
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
export interface ResourceTemplateDefinition<Scope extends string = string> extends ResourceCommon<Scope> {
  /** RFC 6570 level 1. */
  readonly uriTemplate: string;
  read(variables: Readonly<Record<string, string>>, context: RequestContext): Promise<readonly ResourceBody[]>;
  /** Suggests values of a variable. */
  readonly complete?: Readonly<Record<string, Completer>>;
}

/** Identity function, for a place to read the contract. */
export function defineResource<const Scope extends string>(
  resource: ResourceDefinition<Scope>,
): ResourceDefinition<Scope> {
  return resource;
}

/** Identity function, for a place to read the contract. */
export function defineResourceTemplate<const Scope extends string>(
  template: ResourceTemplateDefinition<Scope>,
): ResourceTemplateDefinition<Scope> {
  return template;
}
