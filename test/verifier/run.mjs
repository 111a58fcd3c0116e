// Runs the verifier in Python for whoever started this process: each message is a job, and each answer has its number.
import { readFileSync } from 'node:fs';
import { loadPyodide } from 'pyodide';

const files = ['ed25519.py', 'aes_gcm.py', 'roster.py', 'review.py', 'verify.py'];

const python = await loadPyodide();
for (const file of files) python.FS.writeFile(file, readFileSync(new URL(file, import.meta.url)));
python.runPython('import sys\nsys.path.insert(0, ".")');
const verify = python.runPython(`
import json
from verify import verify

def run(options, bundle, kept, previous):
    given = json.loads(options)
    result = verify(bundle.to_bytes(), given["keys"], [one.to_bytes() for one in kept], [one.to_bytes() for one in previous], witness_keys=given["witnessKeys"])
    return json.dumps(result)

run
`);

/** Pyodide takes typed arrays, and not those of Node.js. */
const plain = (buffer) => new Uint8Array(buffer);

process.on('message', ({ number, keys, witnessKeys, bundle, kept, previous }) => {
  try {
    process.send({ number, result: JSON.parse(verify(JSON.stringify({ keys, witnessKeys }), plain(bundle), kept.map(plain), previous.map(plain))) });
  } catch (error) {
    process.send({ number, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send({ number: -1 });
