// Answers JSON lines { sdl, document, variables, operationName } with what graphql-js says:
// { syntax } or { rules } or { result }, messages left out.
import { createInterface } from 'node:readline';
import {
  buildSchema, execute, isEnumType, isLeafType, isListType, isNonNullType, isObjectType, parse, specifiedRules,
  validate,
} from 'graphql';

const schemas = new Map();
const schemaOf = (sdl) => {
  if (!schemas.has(sdl)) schemas.set(sdl, buildSchema(sdl));
  return schemas.get(sdl);
};

function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return (h ^ (h >>> 13)) >>> 0;
}

const canonical = (value) =>
  Array.isArray(value) ? `[${value.map(canonical).join(',')}]`
  : value !== null && typeof value === 'object'
    ? `{${Object.keys(value).sort().map((k) => `${k}:${canonical(value[k])}`).join(',')}}`
    : String(value);

function value(schema, type, path, args) {
  const h = hash(path);
  if (isNonNullType(type)) {
    return h % 29 === 1 ? null : value(schema, type.ofType, path + '!', args);
  }
  if (h % 7 === 1) return null;
  if (isListType(type)) {
    return Array.from({ length: h % 3 }, (_, i) => value(schema, type.ofType, `${path}/${i}`, args));
  }
  if (isEnumType(type)) {
    const values = type.getValues();
    return values[h % values.length].name;
  }
  if (isLeafType(type)) {
    switch (type.name) {
      case 'Int': return h % 1000;
      case 'Float': return (h % 1000) / 4;
      case 'Boolean': return h % 2 === 0;
      case 'ID': return `id${h % 50}`;
      default: return Object.keys(args).length > 0 ? canonical(args) : `s${h % 100}`;
    }
  }
  const possible = isObjectType(type) ? [type] : schema.getPossibleTypes(type);
  return { __typename: possible[h % possible.length].name };
}

const pathOf = (path) => (path.prev ? pathOf(path.prev) : '') + '/' + path.key;

function resolve(source, args, _context, info) {
  const path = pathOf(info.path);
  if (hash(path + '?') % 17 === 1) throw new Error('boom');
  return value(info.schema, info.returnType, path, args);
}

const locations = (error) => (error.locations ?? []).map((l) => [l.line, l.column]);

// Errors do not say which rule they are of, so each rule reports through a context of its own.
const taggedRules = specifiedRules.map((rule) => (context) => rule(Object.assign(Object.create(context), {
  reportError: (error) => context.reportError(Object.assign(error, { rule: rule.name })),
})));

async function answer({ sdl, document, variables, operationName }) {
  const schema = schemaOf(sdl);
  let ast;
  try {
    // Empty selection sets are a leniency of graphql-js, not of the specification.
    ast = parse(document, { allowEmptySelectionSets: false });
  } catch (error) {
    return { syntax: locations(error) };
  }
  const rules = validate(schema, ast, taggedRules, { maxErrors: 10000 }).map((e) => [e.rule, locations(e)]);
  if (rules.length > 0) return { rules };
  if (ast.definitions.some((d) => d.operation === 'subscription')) return { subscription: true };
  const result = await execute({
    schema, document: ast, variableValues: variables, operationName, fieldResolver: resolve, typeResolver: (v) => v.__typename,
  });
  return {
    result: {
      data: result.data,
      errors: (result.errors ?? []).map((e) => ({ path: e.path ?? null, locations: locations(e) })),
    },
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))));
}
