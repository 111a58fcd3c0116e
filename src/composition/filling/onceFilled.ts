import { ProjectionFilling } from '../../application/errors';
import type { FillingBehind } from '../../projections/engine/fillBehind';

/** Throws `ProjectionFilling` as long as projections are being filled behind others: an answer from them would not be whole. */
export function requireFilled(state: FillingBehind | null): void {
  if (state === null) return;
  const { percentRead, remainingSeconds } = state;
  const remaining = remainingSeconds === null ? '' : `, with about ${remainingSeconds} s to go`;
  throw new ProjectionFilling(`The history is still being filled from the log: ${percentRead} % of it has been read${remaining}. Send the same request again later; /health/ready tells the progress.`);
}

/** Returns the same queries, whose calls `requireFilled` comes before. */
export function onceFilled<T extends object>(queries: T, require: () => void): T {
  return new Proxy(queries, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]): unknown => {
        require();
        return Reflect.apply(value, target, given) as unknown;
      };
    },
  });
}
