const vm = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

const compileFunction = vm.compileFunction;

/**
 * Compiles a module for the context of a test file. Jest has every module compiled anew for each file, which takes a third of the time to load a
 * service. V8 keeps what it has compiled as a script, by its text and name, and has it ready for the next file of the same worker.
 */
vm.compileFunction = (code, parameters = [], options = {}) => {
  if (!options.parsingContext) return compileFunction(code, parameters, options);
  const head = `(function (${parameters.join(',')}) {`;
  return new vm.Script(`${head}${code}\n})`, { filename: options.filename, columnOffset: -head.length }).runInContext(options.parsingContext);
};

/**
 * The environment of every test file. Jest loads modules anew for each file, which takes the better part of a second for Playwright: files that
 * need it share one, which each worker loads once.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    Object.defineProperty(this.global, 'sharedPlaywright', { get: () => require('playwright-core'), configurable: true });
  }
};
