// Reads { released, current, today } per line and prints what changed between the two schemas, what of it breaks clients,
// which deprecations do not say since when and what to use instead, and what has no description.
import { createInterface } from 'node:readline';
import { buildASTSchema, findSchemaChanges, Kind, parse, visit } from 'graphql';

const daysUntilRemoval = 90;
const reason = /^(\d{4}-\d{2}-\d{2}): use .+/;

// A client reads a default as part of the contract, so changing one breaks it, whatever a parser says.
const breaking = /^(TYPE_REMOVED|TYPE_CHANGED_KIND|TYPE_REMOVED_FROM_UNION|VALUE_REMOVED_FROM_ENUM|REQUIRED_INPUT_FIELD_ADDED|IMPLEMENTED_INTERFACE_REMOVED|FIELD_REMOVED|FIELD_CHANGED_KIND|REQUIRED_ARG_ADDED|ARG_REMOVED|ARG_CHANGED_KIND|ARG_DEFAULT_VALUE_CHANGE|INPUT_FIELD_DEFAULT_VALUE_CHANGE)$/;

const build = (document) => buildASTSchema(document, { assumeValid: true, assumeValidSDL: true });
const changes = (from, to) => findSchemaChanges(build(from), build(to));

const deprecation = (node) => {
  const directive = node.directives?.find((d) => d.name.value === 'deprecated');
  return directive && (directive.arguments.find((a) => a.name.value === 'reason')?.value.value ?? '');
};

const isRipe = (node, today) => {
  const since = reason.exec(deprecation(node) ?? '')?.[1];
  return since !== undefined && Date.parse(today) - Date.parse(since) >= daysUntilRemoval * 86_400_000;
};

const members = [Kind.FIELD_DEFINITION, Kind.INPUT_VALUE_DEFINITION, Kind.ENUM_VALUE_DEFINITION];

// What was deprecated long enough, and the types that only it led to, is no promise any more.
function promised(document, today) {
  const kept = visit(document, { enter: (node) => (members.includes(node.kind) && isRipe(node, today) ? null : undefined) });
  const named = new Map(kept.definitions.filter((d) => d.name).map((d) => [d.name.value, d]));
  const roots = kept.definitions.find((d) => d.kind === Kind.SCHEMA_DEFINITION)?.operationTypes.map((o) => o.type.name.value);
  const reached = new Set();
  const follow = (name) => {
    if (reached.has(name) || !named.has(name)) return;
    reached.add(name);
    visit(named.get(name), { [Kind.NAMED_TYPE]: (type) => follow(type.name.value) });
    for (const [other, definition] of named) if (definition.interfaces?.some((i) => i.name.value === name)) follow(other);
  };
  for (const root of roots ?? ['Query', 'Mutation', 'Subscription']) follow(root);
  return { ...kept, definitions: kept.definitions.filter((d) => !d.name || reached.has(d.name.value)) };
}

const described = [...members, Kind.SCALAR_TYPE_DEFINITION, Kind.OBJECT_TYPE_DEFINITION, Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION, Kind.ENUM_TYPE_DEFINITION, Kind.INPUT_OBJECT_TYPE_DEFINITION];

function find(document, matches) {
  const found = [];
  visit(document, {
    enter(node, _key, _parent, _path, ancestors) {
      if (matches(node)) found.push([...ancestors.filter((a) => a.name), node].map((n) => n.name.value).join('.'));
    },
  });
  return found;
}

const vague = (document) =>
  find(document, (node) => members.includes(node.kind) && deprecation(node) !== undefined && !reason.test(deprecation(node)));

const undescribed = (document) => find(document, (node) => described.includes(node.kind) && !node.description?.value.trim());

for await (const line of createInterface({ input: process.stdin })) {
  const { released, current, today } = JSON.parse(line);
  const [from, to] = [parse(released), parse(current)];
  console.log(JSON.stringify({
    breaking: changes(promised(from, today), to).filter((c) => breaking.test(c.type)).map((c) => c.description),
    changes: changes(from, to).filter((c) => c.type !== 'DESCRIPTION_CHANGED').map((c) => c.description),
    vague: vague(to),
    undescribed: undescribed(to),
  }));
}
