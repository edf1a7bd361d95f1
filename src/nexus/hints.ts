// The ways in which a Nexus tool touches data, as MCP tool annotations.
import type { ToolHints } from '../define/tool';

export const reads: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Adds a record; a second call adds a second one. */
export const adds: ToolHints = { ...reads, readOnlyHint: false, idempotentHint: false };

/** Adds something that other people are told of, and that can't be taken back. */
export const sends: ToolHints = { ...adds, openWorldHint: true };

/** Overwrites what was there. */
export const overwrites: ToolHints = { ...reads, readOnlyHint: false, destructiveHint: true };
