// Runs a command of the built program, and prints at the end which of the program's files it has loaded.
const { join, relative } = require('node:path');

const dist = join(__dirname, '../../dist');
process.on('exit', () => {
  process.stdout.write(`${JSON.stringify(Object.keys(require.cache).map((file) => relative(dist, file)))}\n`);
});
require(join(dist, 'cli/main.js'));
