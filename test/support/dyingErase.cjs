// The built command line, which kills its own process right before the change of a file or directory whose number is in KILL_BEFORE, counted
// from when a log is written anew. Prints that number to standard error when it is not reached.
const fs = require('node:fs');

const CHANGES = ['mkdirSync', 'renameSync', 'rmSync', 'writeFileSync', 'writeSync', 'ftruncateSync'];
let changes = 0;
let hasBegun = false;
for (const name of CHANGES) {
  const change = fs[name];
  fs[name] = (...args) => {
    hasBegun ||= name === 'mkdirSync' && /[\\/]rewrite$/.test(String(args[0]));
    if (hasBegun) {
      changes += 1;
      if (changes === Number(process.env.KILL_BEFORE)) process.kill(process.pid, 'SIGKILL');
    }
    return change(...args);
  };
}
process.once('exit', () => { fs.writeSync(2, `changes: ${changes}\n`); });

require('../../dist/cli/main.js');
