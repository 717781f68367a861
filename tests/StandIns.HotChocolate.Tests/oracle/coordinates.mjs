// Reads schema coordinates, one JSON string a line, and prints what graphql-js makes of each; null for none.
import { createInterface } from 'node:readline';
import { Kind, parseSchemaCoordinate } from 'graphql';

const text = (node) => node?.value ?? null;
for await (const line of createInterface({ input: process.stdin })) {
  let answer = null;
  try {
    const node = parseSchemaCoordinate(JSON.parse(line));
    const ofDirective = node.kind === Kind.DIRECTIVE_COORDINATE || node.kind === Kind.DIRECTIVE_ARGUMENT_COORDINATE;
    answer = [ofDirective, text(node.name), text(ofDirective ? null : node.memberName ?? node.fieldName), text(node.argumentName)];
  } catch { /* It is none. */ }
  console.log(JSON.stringify(answer));
}
