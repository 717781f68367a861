// Types from the schema that the gateway serves, once by introspection and once from its SDL, compiled by tsc.
import { generate } from '@graphql-codegen/cli';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { authorization, print, url } from './connect.mjs';

const USE = `
import { ApproveDocument, EngagementDocument, StoryDocument } from './types';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

declare function ask<T, V>(document: TypedDocumentNode<T, V>, variables: V): T;

const answer = ask(EngagementDocument, { id: 'eu_ct_1', first: 5 });
export const name: string | undefined = answer.contract?.name;
export const titles: string[] | undefined = answer.engagement?.timeline.nodes.map((entry) => entry.title);
export const codes = ask(ApproveDocument, { input: { idempotencyKey: 'k', invoiceId: 'eu_inv_1' } }).approveInvoice.errors;
export const title: string = ask(StoryDocument, { id: 'eu_ct_1' }).engagementTimeline.title;
// @ts-expect-error The schema requires an id.
ask(EngagementDocument, {});
// @ts-expect-error A contract has no such field.
export const nothing = answer.contract?.nothing;
`;

const compile = promisify(execFile);
const headers = { authorization };
const sdl = await (await fetch(`${url}?sdl`, { headers })).text();
const folder = await mkdtemp(join(import.meta.dirname, 'generated-'));
const uses = [];

async function write(name, schema) {
  await generate({
    schema, documents: join(import.meta.dirname, 'operations.graphql'), silent: true,
    generates: {
      [join(folder, name, 'types.ts')]: { plugins: ['typescript-operations', 'typed-document-node'], config: { useTypeImports: true } },
    },
  }, true);
  uses.push(join(folder, name, 'use.ts'));
  await writeFile(uses.at(-1), USE);
}

try {
  await write('introspection', [{ [url]: { headers } }]);
  await write('sdl', sdl);
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022'];
  await compile('npx', ['--no-install', 'tsc', ...flags, ...uses], { cwd: import.meta.dirname });
  print({ compiled: uses.length });
} catch (error) {
  print({ problem: error.stdout || error.errors?.map(String) || String(error) });
} finally {
  await rm(folder, { recursive: true });
}
