/** Sets what `src/main.ts` sets: when graphql-js is loaded, NODE_ENV decides whether it uses its slow type checks. */
process.env['NODE_ENV'] = 'production';
