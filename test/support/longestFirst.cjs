const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that take twenty seconds or more. Begun last, one of them would run alone in the end. */
const LONGEST = [
  'test/web/look/everyPage', 'test/web/console/everyChange', 'test/subscriptions/doors', 'test/verifier', 'test/eventstore/eventStoreDb/contract', 'test/http/replicas.',
  'test/http/storeAway', 'test/cli/witness.', 'test/http/accessMatrix', 'test/web/console/person.', 'test/frontEnds/frontEnds', 'test/http/killedUnderLoad',
  'test/web/console/budgets', 'test/http/races', 'test/cli/eraseRewriteKilled', 'test/http/erasureOnReplicas',
];

/** Begins with the longest suites, where jest has no times of an earlier run; the others follow in its own order. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((part) => path.includes(part));
      return place < 0 ? LONGEST.length : place;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
