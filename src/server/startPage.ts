/** The page at `/`: what this is and, in development, how to ask it something. It loads nothing. */
export function startPage(development: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Partner access</title>
</head>
<body>
<main>
<h1>Partner access</h1>
<p>Gives partners access to their clients' apps, takes it away again, and proves who had access when and why.</p>
<p>Programs talk to it in GraphQL, by <code>POST /graphql</code>.</p>
${development ? DEVELOPMENT : ''}</main>
</body>
</html>
`;
}

const DEVELOPMENT = `<h2>Try it</h2>
<p>This server runs in development mode. Get a token for a Keap ID:</p>
<pre>curl -s localhost:4000/dev/token -H 'content-type: application/json' \\
  -d '{"keapId": "coach@example.com"}'</pre>
<p>Then ask, with the port that this server listens on:</p>
<pre>curl -s localhost:4000/graphql -H 'content-type: application/json' -H 'authorization: Bearer TOKEN' \\
  -d '{"query": "{ viewer { keapId } }"}'</pre>
<p>Any GraphQL client that runs on this machine, such as GraphiQL, reads the schema from <code>/graphql</code>.</p>
`;
