const { TestEnvironment } = require('jest-environment-node');

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
