// Reads { sdl, introspection } and prints both schemas as graphql-js sees them.
import { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, printSchema } from 'graphql';

if (process.argv[2] === 'query') {
  console.log(JSON.stringify(getIntrospectionQuery({
    descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true,
    inputValueDeprecation: true, oneOf: true,
  })));
} else {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const { sdl, introspection } = JSON.parse(text);
  const print = (schema) => printSchema(lexicographicSortSchema(schema));
  console.log(JSON.stringify({ written: print(buildSchema(sdl)), served: print(buildClientSchema(introspection)) }));
}
